package account

import (
	"context"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
)

// NoteRefusals notes that somebody was refused again and again, so many times, the last time for this reason. by
// is a user, or nobody who is signed in with the address that it came from. It gives and takes nothing, so
// it waits for no lock of the account.
func (s *Service) NoteRefusals(ctx context.Context, by sallyport.Actor, reason string, count int) error {
	return s.acts.Run(ctx, sallyport.System(by.TenantID), act.Nobody, act.Need{}, func(a *act.Act) error {
		a.As(by).Note(audit.RefusalsRepeated, act.About{User: by.UserID}, "count", strconv.Itoa(count), "reason", reason)
		return nil
	})
}
