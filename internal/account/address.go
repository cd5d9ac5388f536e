package account

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
)

// NeedVerification is the need for a mail to one's own address.
var NeedVerification = act.Need{Exempt: policy.Harmless}

// RequestVerification mails the actor a link that verifies their address. ErrConflict when
// the address is verified; CodeRateLimited when too many links were asked for.
func (s *Service) RequestVerification(ctx context.Context, actor sallyport.Actor) error {
	return s.acts.Run(ctx, actor, act.User(actor.UserID), NeedVerification, func(a *act.Act) error {
		if !a.User.EmailVerifiedAt.IsZero() {
			return sallyport.Blocked(sallyport.AddressVerified)
		}
		if err := a.SpendOwn(ctx, link.VerifyEmail); err != nil {
			return err
		}
		a.Note(audit.VerificationRequested, act.About{})
		return a.Tell(ctx, act.Alert{Kind: notify.VerifyEmail, Link: link.VerifyEmail})
	})
}

// VerifyEmail verifies the user's address through a mailed link.
func (s *Service) VerifyEmail(ctx context.Context, m link.Mailed) error {
	m.Kind = link.VerifyEmail
	return s.acts.ByLink(ctx, m, func(a *act.Act, _ link.Link) error { return proveAddress(ctx, a) })
}

// proveAddress records, once, that the act's user reads mail at their address.
func proveAddress(ctx context.Context, a *act.Act) error {
	if !a.User.EmailVerifiedAt.IsZero() {
		return nil
	}
	a.Note(audit.EmailVerified, act.About{})
	return a.VerifyEmail(ctx, a.User.TenantID, a.User.ID, a.Now)
}
