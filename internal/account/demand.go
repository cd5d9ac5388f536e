package account

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
)

// DemandPassword makes the next sign-in of a user ask for a new password, and tells them by
// mail. Until then the present one is right. It needs users.manage and a step-up. ErrConflict
// with NoPassword for a user who has none. One of whom it is demanded already is no error.
func (s *Service) DemandPassword(ctx context.Context, actor sallyport.Actor, userID string) error {
	return s.acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		switch {
		case a.User.PasswordHash == "":
			return sallyport.Blocked(sallyport.NoPassword)
		case a.User.MustChangePassword:
			return nil
		}
		a.Note(audit.PasswordDemanded, act.About{})
		if err := a.RequirePasswordChange(ctx, a.User.TenantID, userID); err != nil {
			return act.Conflict(err)
		}
		return a.Tell(ctx, act.Alert{Kind: notify.PasswordDemanded})
	})
}
