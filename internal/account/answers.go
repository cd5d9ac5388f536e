package account

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
)

// OwnAttempts returns up to limit of the actor's sign-in attempts with an id below
// before ("" for the newest), newest first.
func (s *Service) OwnAttempts(ctx context.Context, actor sallyport.Actor, before string, limit int) ([]sallyport.Attempt, error) {
	if _, err := s.Own(ctx, actor); err != nil {
		return nil, err
	}
	return s.db.AttemptsOf(ctx, actor.TenantID, actor.UserID, before, limit)
}

// ListAttempts returns up to limit attempts of the organisation, or of one user of it,
// with an id below before, newest first. It needs sessions.view.
func (s *Service) ListAttempts(ctx context.Context, actor sallyport.Actor, userID, before string, limit int) ([]sallyport.Attempt, error) {
	if err := access.Allowed(actor, access.SessionsView, access.Target{TenantID: actor.TenantID}); err != nil {
		return nil, err
	}
	if userID != "" {
		return s.db.AttemptsOf(ctx, actor.TenantID, userID, before, limit)
	}
	return s.db.Attempts(ctx, actor.TenantID, before, limit)
}

// AnswerMine records, inside a session, that an unusual sign-in was the actor's own:
// what was unusual of it is quiet on that device from then on. ErrNotFound for an
// attempt of somebody else; ErrConflict for one that was answered. (That it was not
// theirs they say by removing the device or ending the session.)
func (s *Service) AnswerMine(ctx context.Context, actor sallyport.Actor, attemptID string) error {
	user, err := s.Own(ctx, actor)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockUser(ctx, user.TenantID, user.ID); err != nil {
			return err
		}
		if err := session.InUse(ctx, tx, actor, s.now()); err != nil {
			return err
		}
		events, err := s.mine(ctx, tx, actor, user, attemptID)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, events...)
	})
}

// Mine is AnswerMine through the link in the mail that told of the sign-in. A sign-in
// that was refused counts as a visit of theirs, so that the next one from there passes.
func (s *Service) Mine(ctx context.Context, tenantID string, c sallyport.Client, secret string) error {
	l, user, err := s.linked(ctx, tenantID, link.Mine, secret)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.takeFor(ctx, tx, l); err != nil {
			return err
		}
		events, err := s.mine(ctx, tx, byMail(user, c), user, l.AttemptID)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, events...)
	})
}

func (s *Service) mine(ctx context.Context, tx *store.Tx, actor sallyport.Actor, user sallyport.User, attemptID string) ([]sallyport.Event, error) {
	a, err := tx.Attempt(ctx, user.TenantID, user.ID, attemptID)
	if err != nil {
		return nil, err
	}
	if a.Answer != sallyport.AnswerNone {
		return nil, sallyport.ErrConflict
	}
	event, err := s.answered(ctx, tx, actor, user, attemptID, sallyport.AnswerMine)
	if err != nil || a.DeviceID == "" {
		return []sallyport.Event{event}, err
	}
	d, err := tx.Device(ctx, a.TenantID, a.DeviceID)
	if err != nil {
		return nil, err
	}
	quiet := slices.Clone(d.Quiet)
	for _, f := range a.Assessment.Findings {
		if !slices.Contains(quiet, f.Signal) {
			quiet = append(quiet, f.Signal)
		}
	}
	return []sallyport.Event{event}, tx.QuietDevice(ctx, d.TenantID, d.ID, quiet)
}

// answered records what the owner said of a sign-in and returns the event.
func (s *Service) answered(ctx context.Context, tx *store.Tx, actor sallyport.Actor, user sallyport.User, attemptID string, answer sallyport.Answer) (sallyport.Event, error) {
	e := audit.New(actor, audit.SignInAnswered, s.now())
	e.UserID, e.TargetID, e.Data = user.ID, attemptID, map[string]string{"answer": string(answer)}
	return e, tx.AnswerAttempt(ctx, user.TenantID, attemptID, answer)
}
