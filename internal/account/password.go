package account

import (
	"context"
	"errors"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// PasswordChange is the form of three fields.
type PasswordChange struct {
	Current, New, Confirm string
}

// ChangePassword replaces the actor's own password. Every other session of
// theirs is revoked, the one they act in stays. The error is CodeInvalid with
// every rule the new password breaks, or with a wrong current one;
// CodeAccountLocked after too many wrong ones. It returns how many sessions ended.
func (s *Service) ChangePassword(ctx context.Context, actor sallyport.Actor, c PasswordChange) (ended int, err error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return 0, err
	}
	user, err := s.db.User(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return 0, err
	}
	tenant, err := s.tenant(ctx, actor.TenantID)
	if err != nil {
		return 0, err
	}
	var wrong problems
	if c.Confirm != c.New {
		wrong.add(sallyport.Invalid(sallyport.FieldError{Field: "confirmPassword", Code: "mismatch"}))
	}
	current := s.proveAgain(ctx, actor, user, c.Current)
	wrong.add(current)
	if current == nil {
		// Whoever does not know the password learns nothing of earlier ones.
		wrong.add(s.judge(ctx, "newPassword", c.New, user, tenant.Name))
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

func (s *Service) replacePassword(ctx context.Context, actor sallyport.Actor, user sallyport.User, hash string) (ended int, err error) {
	now := s.now()
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockUser(ctx, user.TenantID, user.ID); err != nil {
			return err
		}
		// Guarded by the hash that was verified: of two changes one wins.
		if err := conflict(tx.SetPassword(ctx, user.TenantID, user.ID, user.PasswordHash, hash, now)); err != nil {
			return err
		}
		if err := tx.AddPasswordHistory(ctx, user.TenantID, user.ID, token.NewID(), user.PasswordHash, now); err != nil {
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
		e := audit.New(actor, audit.PasswordChanged, now)
		e.UserID, e.Data = user.ID, map[string]string{"sessions": strconv.Itoa(ended)}
		return audit.Append(ctx, tx, append(events, e)...)
	})
	return ended, err
}

// proveAgain asks a signed-in user for their password: a try is spent first, so
// that a stolen session cannot guess it.
func (s *Service) proveAgain(ctx context.Context, actor sallyport.Actor, user sallyport.User, password string) error {
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
		return &sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: d.Until.Sub(now)}
	}
	ok, _, err := s.passwords.Verify(ctx, user.PasswordHash, password)
	if err != nil {
		return err
	}
	return errors.Join(s.db.Write(ctx, func(tx *store.Tx) error {
		if ok {
			return throttle.Reset(ctx, tx, p, actor.TenantID, now, key)
		}
		e := audit.New(actor, audit.ReauthFailed, now)
		e.UserID = user.ID
		return audit.Append(ctx, tx, e)
	}), wrongUnless(ok))
}

func wrongUnless(ok bool) error {
	if ok {
		return nil
	}
	return sallyport.Invalid(sallyport.FieldError{Field: "currentPassword", Code: "wrong_password"})
}

// judge returns CodeInvalid with every rule of the tenant's policy that a new
// password of user breaks. Each former password costs one hashing.
func (s *Service) judge(ctx context.Context, field, password string, user sallyport.User, organisation string) error {
	p, err := s.policy(ctx, user.TenantID)
	if err != nil {
		return err
	}
	password = factor.NormalizePassword(password)
	facts := policy.PasswordFacts{
		Context: []string{user.FirstName, user.LastName, user.Email, organisation},
		Common:  factor.IsCommon(password),
	}
	if len(policy.Password(p, field, password, facts)) == 0 && user.PasswordHash != "" {
		if facts.Reused, err = s.reused(ctx, p, user, password); err != nil {
			return err
		}
	}
	if broken := policy.Password(p, field, password, facts); len(broken) > 0 {
		return sallyport.Invalid(broken...)
	}
	return nil
}

// reused compares with the last passwords, of which the current one is the first.
func (s *Service) reused(ctx context.Context, p sallyport.Policy, user sallyport.User, password string) (bool, error) {
	if p.PasswordHistory == 0 {
		return false, nil
	}
	former, err := s.db.PasswordHistory(ctx, user.TenantID, user.ID, p.PasswordHistory-1)
	if err != nil {
		return false, err
	}
	for _, hash := range append([]string{user.PasswordHash}, former...) {
		if ok, _, err := s.passwords.Verify(ctx, hash, password); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}
