package signin

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/store"
)

// ReopenBy returns what besides the mailed link opens a closed account: Factor for a second
// factor that is older than what closed it, otherwise Password for an older password of an
// account that has none. Deny when there is neither: then an admin opens it. link.ErrExpired for a link that is not valid.
func (m *Machine) ReopenBy(ctx context.Context, mailed link.Mailed) (State, error) {
	_, state, err := m.reopening(ctx, mailed)
	return state, err
}

// Reopen starts a flow that opens a closed account, from the link that was mailed to it: half
// of the proof. The link is used up when the account opens, so a wrong answer does not cost it.
// CodeAccountClosed when no older proof exists; link.ErrExpired for a link that is not valid;
// CodeRateLimited as for Open.
func (m *Machine) Reopen(ctx context.Context, from From, mailed link.Mailed) (Result, error) {
	s, state, err := m.reopening(ctx, mailed)
	if err != nil {
		return Result{}, err
	}
	if state == Deny {
		return Result{}, sallyport.Refuse(sallyport.CodeAccountClosed, "no proof is older than what closed the account")
	}
	r, err := m.open(ctx, from, s.policy, store.Flow{Email: s.user.Email, UserID: s.user.ID, State: string(state)}, s.memory)
	if state == Factor {
		r.Choices = s.standing.Choices()
	}
	return r, err
}

func (m *Machine) reopening(ctx context.Context, mailed link.Mailed) (*stage, State, error) {
	mailed.Kind = link.Reopen
	if err := m.passwords.Allowed(ctx, mailed.TenantID); err != nil {
		return nil, "", err // the mailbox and an older password are no way around the provider: an admin opens it
	}
	found, user, err := m.acts.Linked(ctx, mailed)
	if err != nil {
		return nil, "", err
	}
	s := &stage{user: user, memory: memory{Reopen: found.ID}}
	if s.policy, err = m.acts.Policy(ctx, mailed.TenantID); err != nil {
		return nil, "", err
	}
	if err := m.stand(ctx, s); err != nil {
		return nil, "", err
	}
	s.gather()
	switch {
	case s.CanProve:
		s.PrimaryProven = true // the mailbox, as with a password reset
		return s, Factor, nil
	case s.passwordReopens() && !s.HadFactor:
		return s, Password, nil
	}
	return s, Deny, nil
}

// passwordReopens reports whether the password is older than what closed the account.
func (s *stage) passwordReopens() bool {
	return s.user.PasswordHash != "" && s.user.PasswordChangedAt.Before(s.user.DisputedSince)
}

// reopen opens the closed account of a flow, and uses its link up.
func (s *stage) reopen(ctx context.Context, a *act.Act) error {
	if !s.Closed {
		return nil
	}
	if err := link.Take(ctx, a.Tx, link.Link{TenantID: s.user.TenantID, ID: s.Reopen}); err != nil {
		return err
	}
	method := s.Method
	if method == "" {
		method = "password"
	}
	a.Note(audit.UserReopened, act.About{}, "method", method)
	return act.Conflict(a.SetUserStatus(ctx, s.user.TenantID, s.user.ID, sallyport.UserActive, time.Time{}))
}
