package session

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/token"
)

// End is the end of a session.
type End struct {
	UserID string // whose it was; "" for a token that nobody knows
	Reason string // why it ended, as [sallyport.Session] has it; "" while it goes on
}

// Ended says whose the session of a token was and why it ended, to whoever held it.
func (s *Service) Ended(ctx context.Context, tenantID, secret string) (End, error) {
	hash, ok := token.Parse(token.Session, secret)
	if !ok {
		return End{}, nil
	}
	v, err := s.acts.SessionByToken(ctx, tenantID, hash[:])
	if errors.Is(err, sallyport.ErrNotFound) {
		return End{}, nil
	}
	e := End{UserID: v.UserID, Reason: v.TerminationReason}
	if now := s.acts.Now(); err == nil && e.Reason == "" && v.EffectiveStatus(now) == sallyport.SessionExpired { // its job marks it later
		e.Reason = act.ReasonLifetime
		if now.Before(v.ExpiresAt) {
			e.Reason = act.ReasonIdle
		}
	}
	return e, err
}
