package signin

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/throttle"
)

// spent is a try that is taken back once it proved right.
type spent = throttle.Key

// provePassword spends a try and compares the password, in this order, with no
// connection held while hashing.
func (m *Machine) provePassword(ctx context.Context, s *passage, password string) error {
	s.spent = s.keys()
	d, err := throttle.Spend(ctx, m.db, s.policy, s.from.TenantID, s.now, s.spent...)
	if err != nil {
		return err
	}
	if !d.Allowed {
		return m.refuse(ctx, s, d)
	}
	ok, weak, err := m.passwords.Verify(ctx, s.user.PasswordHash, password)
	if err != nil {
		return err
	}
	if !ok {
		var events []sallyport.Event
		for _, scope := range d.Locks {
			if scope != throttle.Network && s.user.ID != "" {
				events = append(events, s.event(audit.AccountLocked, map[string]string{
					"scope": string(scope), "until": d.LockedUntil.UTC().Format(time.RFC3339),
				}))
			}
		}
		if err := m.fail(ctx, s, sallyport.CodeInvalidCredentials, events); err != nil {
			return err
		}
		return sallyport.Refuse(sallyport.CodeInvalidCredentials, "")
	}
	if weak {
		// A stronger hash is worth having and not worth failing a sign-in for.
		if h, err := m.passwords.Hash(ctx, password); err == nil {
			s.rehash = h
		}
	}
	s.facts.PasswordProven = true
	return nil
}

// keys are the counters a try of this passage is spent on. A device the account
// was used from before has its own, so that strangers cannot spend its owner's.
func (s *passage) keys() []throttle.Key {
	account := throttle.ForAccount(s.flow.Email)
	if s.device.ID != "" && device.MayStart(s.device) {
		account = throttle.ForDevice(s.user.ID, s.device.ID)
	}
	return []throttle.Key{account, throttle.ForNetwork(s.from.Client.IPAddress)}
}

// refuse answers a try that was not allowed. Nothing was compared, so the answer
// is the same for the owner, a guesser, and an address nobody has.
func (m *Machine) refuse(ctx context.Context, s *passage, d throttle.Decision) error {
	code := sallyport.CodeAccountLocked
	if d.Scope == throttle.Network {
		code = sallyport.CodeRateLimited
	}
	if err := m.fail(ctx, s, code, nil); err != nil {
		return err
	}
	return &sallyport.Error{Code: code, RetryAfter: d.Until.Sub(s.now)}
}
