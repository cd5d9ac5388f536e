package account

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// PendingFactor returns what the actor needs to finish an enrolment that BeginFactor
// began. ErrNotFound when it is over.
func (s *Service) PendingFactor(ctx context.Context, actor sallyport.Actor, id string) (mfa.Begun, error) {
	user, err := s.Own(ctx, actor)
	if err != nil {
		return mfa.Begun{}, err
	}
	return s.factors.Pending(ctx, user, id)
}
