package account

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/assurance"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// PasswordChange is the form of three fields.
type PasswordChange struct {
	Current, New, Confirm string
}

// ChangePassword replaces the actor's own password. Every other session of
// theirs is revoked, the one they act in stays, and they are told by mail. The
// error is CodeInvalid with every rule the new password breaks, or with a wrong
// current one; CodeRateLimited and
// CodeAccountLocked after wrong ones; CodeStepUp first, for who has a second
// factor. It returns how many sessions ended.
func (s *Service) ChangePassword(ctx context.Context, actor sallyport.Actor, c PasswordChange) (ended int, err error) {
	user, err := s.Own(ctx, actor)
	if err != nil {
		return 0, err
	}
	if err := s.MayAct(ctx, actor, policy.ChangePassword); err != nil {
		return 0, err
	}
	tenant, err := s.db.Tenant(ctx, actor.TenantID)
	if err != nil {
		return 0, err
	}
	var wrong problems
	if err := s.proveAgain(ctx, actor, user, c.Current); err != nil {
		// Whoever does not know the password learns nothing of earlier ones.
		wrong.add(err)
		if c.Confirm != c.New {
			wrong.add(sallyport.Invalid(sallyport.FieldError{Field: "confirmPassword", Code: "mismatch"}))
		}
	} else {
		wrong.add(s.passwords.Judge(ctx, newPassword(c.New, c.Confirm), user, tenant.Name))
	}
	if err := wrong.err(); err != nil {
		return 0, err
	}
	hash, err := s.passwords.Hash(ctx, c.New)
	if err != nil {
		return 0, err
	}
	return s.replacePassword(ctx, actor, user, hash)
}

func newPassword(value, confirm string) password.Input {
	return password.Input{Field: "newPassword", Value: value, Confirm: confirm, ConfirmFieldName: "confirmPassword"}
}

func (s *Service) replacePassword(ctx context.Context, actor sallyport.Actor, user sallyport.User, hash string) (ended int, err error) {
	p, err := s.policy(ctx, user.TenantID)
	if err != nil {
		return 0, err
	}
	now := s.now()
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		current, err := tx.LockUser(ctx, user.TenantID, user.ID)
		if err != nil {
			return err
		}
		if err := assurance.Require(ctx, tx, actor, p, policy.ChangePassword, now); err != nil {
			return err
		}
		if err := password.Replace(ctx, tx, user, hash, now); err != nil {
			return err
		}
		if err := tx.EndFlowsOfUser(ctx, user.TenantID, user.ID); err != nil {
			return err
		}
		events, err := session.EndAll(ctx, tx, actor, user.ID, actor.SessionID, audit.SessionRevoked, sallyport.SessionRevoked, session.ReasonPasswordChanged, now)
		if err != nil {
			return err
		}
		ended = len(events)
		about, err := aboutSession(ctx, tx, actor)
		if err != nil {
			return err
		}
		if err := s.alerts.Send(ctx, tx, alert.Alert{
			Kind: notify.PasswordChanged, User: current, Client: actor.Client, About: about, Policy: p, At: now,
		}); err != nil {
			return err
		}
		e := audit.New(actor, audit.PasswordChanged, now)
		e.UserID, e.Data = user.ID, map[string]string{"sessions": strconv.Itoa(ended)}
		return audit.Append(ctx, tx, append(events, e)...)
	})
	return ended, err
}

// aboutSession is what "This wasn't me" ends after something was done in the
// actor's session: it, and the trust of the device it is on.
func aboutSession(ctx context.Context, tx *store.Tx, actor sallyport.Actor) (link.About, error) {
	v, err := tx.Session(ctx, actor.TenantID, actor.SessionID)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = nil // all of them
	}
	return link.About{SessionID: v.ID, DeviceID: v.DeviceID}, err
}

// proveAgain asks a signed-in user for their password: a try is spent first, so
// that a stolen session cannot guess it.
func (s *Service) proveAgain(ctx context.Context, actor sallyport.Actor, user sallyport.User, given string) error {
	p, err := s.policy(ctx, actor.TenantID)
	if err != nil {
		return err
	}
	now, key := s.now(), throttle.ForReauth(user.ID)
	d, err := throttle.Spend(ctx, s.db, p, actor.TenantID, now, key)
	if err != nil {
		return err
	}
	if !d.Allowed {
		code := sallyport.CodeRateLimited // the wait between two tries
		if d.Locked {
			code = sallyport.CodeAccountLocked
		}
		return &sallyport.Error{Code: code, RetryAfter: d.Until.Sub(now)}
	}
	ok, _, err := s.passwords.Verify(ctx, user.PasswordHash, given)
	if err != nil {
		return err
	}
	return errors.Join(s.db.Write(ctx, func(tx *store.Tx) error {
		if ok {
			return throttle.Reset(ctx, tx, p, actor.TenantID, now, key)
		}
		return s.reauthFailed(ctx, tx, actor, user, p, d, "")
	}), wrongUnless(ok))
}

// reauthFailed records that a signed-in user did not prove what they were asked for
// by method ("" for the password), with what that locked.
func (s *Service) reauthFailed(ctx context.Context, tx *store.Tx, actor sallyport.Actor, user sallyport.User, p sallyport.Policy, d throttle.Decision, method string) error {
	now := s.now()
	e := audit.New(actor, audit.ReauthFailed, now)
	e.UserID = user.ID
	if method != "" {
		e.Data = map[string]string{"method": method}
	}
	events := []sallyport.Event{e}
	for _, scope := range d.Locks {
		e := audit.New(actor, audit.AccountLocked, now)
		e.UserID, e.Data = user.ID, map[string]string{"scope": string(scope), "until": d.LockedUntil.UTC().Format(time.RFC3339)}
		events = append(events, e)
	}
	if len(d.Locks) > 0 {
		if err := s.sendLocked(ctx, tx, user, p, actor.Client, now, d.LockedUntil); err != nil {
			return err
		}
	}
	return audit.Append(ctx, tx, events...)
}

func wrongUnless(ok bool) error {
	if ok {
		return nil
	}
	return sallyport.Invalid(sallyport.FieldError{Field: "currentPassword", Code: "wrong_password"})
}
