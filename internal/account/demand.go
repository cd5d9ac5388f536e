package account

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
)

// MailReset mails a user a link for a new password, because an admin asked for it: nobody but its owner
// ever chooses a password. The present one stays right. It needs users.manage and a step-up. ErrConflict
// with NoPassword for who has not joined yet or never signs in, with UserIsDisabled, or CodeAccountClosed;
// CodeSSORequired where nobody has a password; CodeRateLimited when the address, or the admin, has had too many.
func (s *Service) MailReset(ctx context.Context, actor sallyport.Actor, userID string) error {
	return s.acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		switch a.User.Status {
		case sallyport.UserInvited, sallyport.UserService:
			return sallyport.Blocked(sallyport.NoPassword)
		case sallyport.UserDisabled:
			return sallyport.Blocked(sallyport.UserIsDisabled)
		case sallyport.UserClosed:
			return sallyport.Refuse(sallyport.CodeAccountClosed, "")
		}
		if err := s.passwords.Allowed(ctx, a.User.TenantID); err != nil {
			return err
		}
		if err := spendInvitation(ctx, a, a.User.Email); err != nil {
			return err
		}
		a.Note(audit.PasswordResetRequested, act.About{})
		return a.Tell(ctx, act.Alert{Kind: notify.PasswordReset, Link: link.Reset, Data: notify.Data{ByAdmin: true}})
	})
}

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
