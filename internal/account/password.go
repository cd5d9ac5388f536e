package account

import (
	"context"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/throttle"
)

// PasswordChange is the input of the change-password form.
type PasswordChange struct {
	Current, New, Confirm string
}

// NeedChangePassword is the need for changing one's own password.
var NeedChangePassword = act.Need{StepUp: policy.ChangePassword}

// ChangePassword replaces the actor's own password. Their other sessions are revoked, the
// present one stays, and they are told by mail. It returns how many sessions ended.
// CodeInvalid lists a wrong current password and every rule that the new one breaks;
// CodeRateLimited and CodeAccountLocked after wrong ones; CodeStepUp when a user with a
// second factor has to prove it first.
func (s *Service) ChangePassword(ctx context.Context, actor sallyport.Actor, c PasswordChange) (ended int, err error) {
	user, err := s.Own(ctx, actor)
	if err != nil {
		return 0, err
	}
	if err := s.acts.May(ctx, actor, act.User(user.ID), NeedChangePassword); err != nil {
		return 0, err
	}
	if err := s.judgeChange(ctx, actor, user, c); err != nil {
		return 0, err
	}
	chosen, err := s.passwords.Make(ctx, user, c.New)
	if err != nil {
		return 0, err
	}
	err = s.acts.Run(ctx, actor, act.User(user.ID), NeedChangePassword, func(a *act.Act) error {
		if err := password.Replace(ctx, a, user, chosen); err != nil {
			return err
		}
		if ended, err = a.RevokeSessions(ctx, act.Sessions{Except: actor.SessionID}, act.ReasonPasswordChanged); err != nil {
			return err
		}
		about, err := a.About(ctx)
		if err != nil {
			return err
		}
		a.Note(audit.PasswordChanged, act.About{}, "sessions", strconv.Itoa(ended))
		return a.Tell(ctx, act.Alert{Kind: notify.PasswordChanged, Client: actor.Client, About: about})
	})
	return ended, err
}

// judgeChange returns CodeInvalid with all that is wrong with a change, also when the current
// password is wrong. Who does not know that one learns nothing about former ones.
func (s *Service) judgeChange(ctx context.Context, actor sallyport.Actor, user sallyport.User, c PasswordChange) error {
	tenant, err := s.acts.Tenant(ctx, actor.TenantID)
	if err != nil {
		return err
	}
	var wrong problems
	err = s.proveAgain(ctx, actor, user, c.Current)
	wrong.add(err)
	if wrong.other != nil {
		return err // nothing was compared
	}
	in := newPassword(c.New, c.Confirm)
	in.Unproven = err != nil
	wrong.add(s.passwords.Judge(ctx, in, user, tenant.Name))
	return wrong.err()
}

func newPassword(value, confirm string) password.Input {
	return password.Input{Field: "newPassword", Value: value, Confirm: confirm, ConfirmFieldName: "confirmPassword"}
}

// proveAgain asks a signed-in user for their password.
func (s *Service) proveAgain(ctx context.Context, actor sallyport.Actor, user sallyport.User, given string) error {
	if given == "" { // no try
		return sallyport.Invalid(sallyport.FieldError{Field: "currentPassword", Code: "required"})
	}
	err := s.acts.Prove(ctx, actor, act.Try{Keys: throttle.PasswordInSession, Compare: func() error {
		ok, _, err := s.passwords.Verify(ctx, user, given)
		if err == nil && !ok {
			err = sallyport.Refuse(sallyport.CodeInvalidCredentials, "")
		}
		return err
	}})
	if sallyport.CodeOf(err) == sallyport.CodeInvalidCredentials {
		return sallyport.Invalid(sallyport.FieldError{Field: "currentPassword", Code: "wrong_password"})
	}
	return err
}
