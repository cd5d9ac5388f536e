package session

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Refreshed is the answer to a refresh token.
type Refreshed struct {
	act.Tokens
	Session sallyport.Session
	Reason  string // why it got no tokens, where the session ended, as in [sallyport.Session]; "" otherwise
}

// shown is a refresh token that a client showed, and what it turned out to be.
type shown struct {
	text   string
	claim  token.Claim
	answer Refreshed
}

// Refresh gives a native client its next tokens for a refresh token. Each works once, and its
// successor takes its place. For [token.RefreshGrace] the last one is answered again, with the same
// tokens, since the reply may have got lost; the first use of those ends that. Any older one is a
// copy: whoever holds it, the session ends and its user is told.
//
// Errors are those of [Service.Look]. CodeNotSignedIn for a token that never was one.
func (s *Service) Refresh(ctx context.Context, tenantID, text string, from sallyport.Client) (Refreshed, error) {
	id, ok := token.SessionOf(text)
	if !ok {
		return Refreshed{}, sallyport.ErrNotSignedIn
	}
	t := shown{text: text}
	err := s.acts.Keep(ctx, func(tx *store.Tx) error { return s.rotate(ctx, tx, tenantID, id, &t) })
	if err != nil || t.claim != token.Reused {
		return t.answer, err
	}
	t.answer.Reason = act.ReasonRefreshFailed
	return t.answer, s.reused(ctx, tenantID, id, from)
}

// rotate answers a refresh token in a transaction that holds its session, so that of parallel uses
// the first one gets the tokens and the others get the same.
func (s *Service) rotate(ctx context.Context, tx *store.Tx, tenantID, id string, t *shown) error {
	t.claim, t.answer = token.Foreign, Refreshed{}
	locked, err := tx.LockSessions(ctx, tenantID, []string{id})
	if err != nil {
		return err
	}
	if len(locked) == 0 {
		return sallyport.ErrNotSignedIn
	}
	held, err := tx.HeldOf(ctx, tenantID, id)
	if err != nil {
		return err
	}
	v, now := locked[0], s.acts.Now()
	s.activity.refresh(&v)
	if t.claim = held.Refresh.Claim(t.text, now); t.claim == token.Foreign {
		return sallyport.ErrNotSignedIn
	}
	t.answer.Session = v
	if status := v.EffectiveStatus(now); status != sallyport.SessionActive {
		t.answer.Reason = endOf(v, now)
		return refusals[status]
	}
	u, err := tx.User(ctx, tenantID, v.UserID)
	if err != nil {
		return err
	}
	if err := mayUse(u); err != nil {
		return err
	}
	if t.claim == token.Good {
		held.Refresh = held.Refresh.Next(id, t.text, now)
		held.EndsAt = now.Add(act.AccessLifetime)
	}
	if t.claim == token.Reused {
		return nil
	}
	access, refresh := held.Refresh.Successors(id, t.text)
	t.answer.Tokens = act.Tokens{SessionToken: access, AccessEndsAt: held.EndsAt, RefreshToken: refresh}
	if t.claim == token.Again {
		return nil
	}
	hash, _ := token.Parse(token.Access, access)
	held.Hash = hash[:]
	if err := tx.RefreshSession(ctx, tenantID, id, held); err != nil {
		return err
	}
	return tx.TouchSessions(ctx, []store.Activity{{TenantID: tenantID, SessionID: id, At: now}}) // it is a use, of the device too
}

// reused ends a session of whose refresh tokens there is a copy, and tells its user.
func (s *Service) reused(ctx context.Context, tenantID, id string, from sallyport.Client) error {
	by := sallyport.System(tenantID)
	by.Client = from
	err := s.acts.Run(ctx, by, act.Session(id), act.Need{}, func(a *act.Act) error {
		v, err := a.Session(ctx, tenantID, id)
		if err != nil {
			return err
		}
		n, err := a.RevokeSession(ctx, id, act.ReasonRefreshFailed)
		if err != nil || n == 0 {
			return err
		}
		a.Note(audit.RefreshReused, act.About{Session: id})
		return a.Tell(ctx, act.Alert{Kind: notify.RefreshReused, Client: from, About: link.About{SessionID: id, DeviceID: v.DeviceID}})
	})
	if err != nil {
		return err
	}
	return refusals[sallyport.SessionRevoked]
}

// Surrender ends the session that a token belongs to, by request of whoever holds the token
// (RFC 7009). It is no error when there is none.
func (s *Service) Surrender(ctx context.Context, tenantID, text string, from sallyport.Client) error {
	v, err := s.heldBy(ctx, tenantID, text)
	if err != nil || v.ID == "" {
		return err
	}
	holder := sallyport.Actor{Type: sallyport.ActorUser, TenantID: tenantID, UserID: v.UserID, SessionID: v.ID, Client: from}
	return s.SignOut(ctx, holder)
}

// heldBy returns the live session that a session, access or refresh token belongs to, also a former
// refresh token; the zero session for none.
func (s *Service) heldBy(ctx context.Context, tenantID, text string) (sallyport.Session, error) {
	id, refresh := token.SessionOf(text)
	if refresh {
		held, err := s.acts.HeldOf(ctx, tenantID, id)
		if done, err := act.Ignore(err); !done || held.Refresh.Claim(text, s.acts.Now()) == token.Foreign {
			return sallyport.Session{}, err
		}
		v, err := s.acts.Session(ctx, tenantID, id)
		return liveOnly(v, err, s.acts.Now())
	}
	hash, ok := token.OfSession(text)
	if !ok {
		return sallyport.Session{}, nil
	}
	v, err := s.acts.SessionByToken(ctx, tenantID, hash[:])
	return liveOnly(v, err, s.acts.Now())
}

func liveOnly(v sallyport.Session, err error, now time.Time) (sallyport.Session, error) {
	done, err := act.Ignore(err)
	if !done || !v.EffectiveStatus(now).Live() {
		return sallyport.Session{}, err
	}
	return v, nil
}
