package signin

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/throttle"
)

// admit refuses each step of a sign-in from a network that an admin blocked, before anything of
// an account is read. A step-up goes on, as its session does. A refusal is recorded once in a
// while for each name, like that of a lock, and within what a network may open: whoever is
// refused must not fill the log.
func (m *Machine) admit(ctx context.Context, s *stage) error {
	if s.stepUp() {
		return nil
	}
	refusal := m.acts.Admit(ctx, s.from.TenantID, s.from.Client.IPAddress, s.now)
	if sallyport.CodeOf(refusal) != sallyport.CodeNetworkBlocked {
		return refusal
	}
	d, err := s.counters().Spend(ctx, m.acts, throttle.ForOpening(s.from.Client.IPAddress, ""), throttle.ForBlocked(s.flow.Email))
	if err != nil {
		return err
	}
	if !d.Allowed {
		return refusal
	}
	if err := m.address(ctx, s); err != nil {
		return err
	}
	if err := m.fail(ctx, s, sallyport.CodeNetworkBlocked, throttle.Decision{}); err != nil {
		return err
	}
	return refusal
}
