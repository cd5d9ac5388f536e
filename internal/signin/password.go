package signin

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/throttle"
)

// spent is a try that is taken back once it proved right.
type spent = throttle.Key

// provePassword spends a try and compares the password, in this order, with no
// connection held while hashing.
func (m *Machine) provePassword(ctx context.Context, s *passage, given string) error {
	s.spent = s.keys()
	d, err := s.counters().Spend(ctx, m.acts, s.spent...)
	if err != nil {
		return err
	}
	if !d.Allowed {
		return m.refuse(ctx, s, d)
	}
	ok, weak, err := m.passwords.Verify(ctx, s.user.PasswordHash, given)
	if err != nil {
		return err
	}
	if !ok {
		if err := m.fail(ctx, s, sallyport.CodeInvalidCredentials, d); err != nil {
			return err
		}
		return sallyport.Refuse(sallyport.CodeInvalidCredentials, "")
	}
	if weak {
		// A stronger hash is worth having and not worth failing a sign-in for.
		if h, err := m.passwords.Hash(ctx, given); err == nil {
			s.rehash = h
		}
	}
	if s.Breached, err = m.passwords.Breached(given); err != nil {
		return err
	}
	s.PrimaryProven = true
	return nil
}

// choosePassword takes the new password that somebody was told to choose.
func (m *Machine) choosePassword(ctx context.Context, s *passage, value, confirm string) error {
	tenant, err := m.acts.Tenant(ctx, s.from.TenantID)
	if err != nil {
		return err
	}
	in := password.Input{Field: "newPassword", Value: value, Confirm: confirm, ConfirmFieldName: "confirmPassword"}
	if err := m.passwords.Judge(ctx, in, s.user, tenant.Name); err != nil {
		return err
	}
	s.chosen, err = m.passwords.Hash(ctx, value)
	return err
}

// keys are the counters a try of this passage is spent on. A device the account
// was used from before has one of its own and no other, so that strangers can
// spend neither its owner's tries nor those of the network its owner is in. Inside
// a session the user is known, and has a counter for that.
func (s *passage) keys() []throttle.Key {
	if s.stepUp() {
		return []throttle.Key{throttle.ForReauth(s.user.ID)}
	}
	if s.device.ID != "" && device.MayStart(s.device.Device) {
		return []throttle.Key{throttle.ForDevice(s.user.ID, s.device.ID)}
	}
	return []throttle.Key{throttle.ForAccount(s.flow.Email), throttle.ForNetwork(s.from.Client.IPAddress)}
}

// noteLocks notes the counters that a try locked: of nobody's account, too, since the
// answer must take as long.
func (s *passage) noteLocks(a *act.Act, d throttle.Decision) {
	for _, scope := range d.Locks {
		kind := audit.AccountLocked
		if scope == throttle.Network {
			kind = audit.NetworkLimited
		}
		a.Note(kind, act.About{User: s.user.ID}, "scope", string(scope), "until", d.LockedUntil.UTC().Format(time.RFC3339))
	}
}

// strangerWait is what a stranger at a locked account is told to wait, again and
// again: neither that it is locked nor when that ends is theirs to know.
const strangerWait = 30 * time.Second

// refuse answers a try that was not allowed. Nothing was compared, so the answer
// is the same for the owner, a guesser, and an address nobody has; only a device
// of the account, and whoever proved the password, is told of a lock and its end. A network that used up its tries
// is refused without a record: that it did is an event, and more of the same
// would only fill the log.
func (m *Machine) refuse(ctx context.Context, s *passage, d throttle.Decision) error {
	refusal := d.Refusal(s.now)
	if d.Scope == throttle.Network {
		return refusal
	}
	if err := m.fail(ctx, s, sallyport.CodeOf(refusal), d); err != nil {
		return err
	}
	if d.Locked && d.Scope == throttle.Account {
		return &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: strangerWait}
	}
	return refusal
}
