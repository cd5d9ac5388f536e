package signin

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// Pending returns what is needed to finish the enrolment that BeginEnrolment began
// in a flow. It takes no step. ErrNotFound when none was begun, or its time is over.
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
