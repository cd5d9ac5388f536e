package signin

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/throttle"
)

// spentTry is a try that is given back when it proves right.
type spentTry = throttle.Receipt

// provePassword spends a try, then compares the password. It holds no database
// connection while it hashes. For an address that nobody has it does the same.
func (m *Machine) provePassword(ctx context.Context, s *stage, given string) error {
	if given == "" {
		return required("password")
	}
	if !s.stepUp() {
		if err := m.address(ctx, s); err != nil {
			return err
		}
		if err := m.recogniseDevice(ctx, s); err != nil {
			return err
		}
	}
	d, err := s.counters().Spend(ctx, m.acts, s.keys()...)
	if err != nil {
		return err
	}
	s.spent = d.Spent
	if !d.Allowed {
		return m.refuse(ctx, s, d)
	}
	claim := password.Claim{TenantID: s.from.TenantID, Address: s.flow.Email, Hash: s.user.PasswordHash}
	if s.user.PasswordEnded(s.now) {
		claim.Hash = "" // as if there were none
	}
	ok, weak, err := m.passwords.Compare(ctx, claim, given)
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
		// A failed rehash must not fail the sign-in.
		if h, err := m.passwords.Hash(ctx, given); err == nil {
			s.rehash = h
		}
	}
	if s.Breached, err = m.passwords.Breached(given); err != nil {
		return err
	}
	s.PrimaryProven, s.memory.Password, s.flow.UserID = true, true, s.user.ID
	s.endRun("")
	return m.stand(ctx, s)
}

// required refuses an answer that is empty, before a try is spent.
func required(field string) error {
	return sallyport.Invalid(sallyport.FieldError{Field: field, Code: "required"})
}

// choosePassword takes the new password that the flow demands.
func (m *Machine) choosePassword(ctx context.Context, s *stage, value, confirm string) error {
	tenant, err := m.acts.Tenant(ctx, s.from.TenantID)
	if err != nil {
		return err
	}
	in := password.Input{Field: "newPassword", Value: value, Confirm: confirm, ConfirmFieldName: "confirmPassword"}
	if err := m.passwords.Judge(ctx, in, s.user, tenant.Name); err != nil {
		return err
	}
	s.chosen, err = m.passwords.Make(ctx, s.user, value)
	return err
}

// keys returns the counters that a password try is spent on. A known device of the
// account has its own counter and uses no other, so that strangers can spend neither
// its owner's tries nor those of the owner's network. In a step-up the user is known,
// and the session has a counter for that.
func (s *stage) keys() []throttle.Key {
	if s.stepUp() {
		return throttle.PasswordInSession(s.party())
	}
	if s.onDevice() {
		return throttle.PasswordOnDevice(s.user.ID, s.device.ID)
	}
	return throttle.PasswordByStranger(s.flow.Email, s.from.Client.IPAddress)
}

// onDevice reports whether the client is a device of the user that sessions may begin on.
func (s *stage) onDevice() bool { return s.device.ID != "" && device.MayStart(s.device.Device) }

// party returns whose tries and quotas the step uses.
func (s *stage) party() throttle.Party {
	switch {
	case s.stepUp():
		return throttle.InSession(s.user.ID, s.session.ID, s.session.DeviceID)
	case s.onDevice():
		return throttle.OnDevice(s.user.ID, s.device.ID)
	}
	return throttle.Strangers(s.user.ID)
}

// endRun ends, with the step, what a stolen session on the user's device failed at: the
// device itself has now proven that, the password or a method.
func (s *stage) endRun(method string) {
	if s.onDevice() && !s.stepUp() {
		s.ends = append(s.ends, throttle.EndedOnDevice(s.user.ID, s.device.ID, method))
	}
}

// noteLocks notes the counters that a try locked, also when nobody has the address,
// so that both answers take as long.
func (s *stage) noteLocks(a *act.Act, d throttle.Decision) {
	for _, l := range d.Locks {
		kind := audit.AccountLocked
		if l.Scope == throttle.Network {
			kind = audit.NetworkLimited
		}
		a.Note(kind, act.About{User: s.user.ID}, "scope", string(l.Scope), "until", l.When())
	}
}

// refuse answers a try that was not allowed, with the time when the next one is. No secret was
// compared, and names that nobody has are counted and locked like accounts, so the answer is the
// same for the owner, an attacker and a name that nobody has. A refusal is recorded now and then
// only, and that of a network never: its lock already left an event, and repeating it would only
// fill the log.
func (m *Machine) refuse(ctx context.Context, s *stage, d throttle.Decision) error {
	refusal := d.Refusal(s.now)
	if d.Scope == throttle.Network {
		return refusal
	}
	if !d.Repeated || len(d.Locks) > 0 {
		if err := m.fail(ctx, s, sallyport.CodeOf(refusal), d); err != nil {
			return err
		}
	}
	return refusal
}
