package signin

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// Pending returns what is needed to finish the enrolment that BeginEnrolment began
// in the flow. The flow stays where it is. ErrNotFound when there is no enrolment or
// it has expired.
func (m *Machine) Pending(ctx context.Context, from From, flowToken string) (mfa.Begun, error) {
	s, err := m.at(ctx, from, flowToken, "", Enrol)
	if err != nil {
		return mfa.Begun{}, err
	}
	if s.Enrolment == "" {
		return mfa.Begun{}, sallyport.ErrNotFound
	}
	return m.factors.Pending(ctx, s.user, s.Enrolment)
}
