package account

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
)

// PendingFactor returns what the actor needs to finish an enrolment that BeginFactor
// began. ErrNotFound when it is over; CodeStepUp as for BeginFactor.
func (s *Service) PendingFactor(ctx context.Context, actor sallyport.Actor, id string) (mfa.Begun, error) {
	user, err := s.Own(ctx, actor)
	if err != nil {
		return mfa.Begun{}, err
	}
	if err := s.MayAct(ctx, actor, policy.AddFactor); err != nil {
		return mfa.Begun{}, err // it shows the seed again
	}
	return s.factors.Pending(ctx, user, id)
}
