package session

import (
	"context"
	"errors"
	"time"

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
	hash, ok := token.OfSession(secret)
	if !ok {
		return End{}, nil
	}
	v, err := s.acts.SessionByToken(ctx, tenantID, hash[:])
	if errors.Is(err, sallyport.ErrNotFound) {
		return End{}, nil
	}
	if err != nil {
		return End{}, err
	}
	return End{UserID: v.UserID, Reason: endOf(v, s.acts.Now())}, nil
}

// endOf says why a session ended, also one that its job marks as expired later; "" while it goes on.
func endOf(v sallyport.Session, now time.Time) string {
	switch {
	case v.TerminationReason != "" || v.EffectiveStatus(now) != sallyport.SessionExpired:
		return v.TerminationReason
	case now.Before(v.ExpiresAt):
		return act.ReasonIdle
	}
	return act.ReasonLifetime
}
