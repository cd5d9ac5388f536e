package signin

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// settle gathers the facts, asks next, and does what it decides.
func (m *Machine) settle(ctx context.Context, s *stage) (Result, error) {
	state, reason, err := m.decide(ctx, s)
	if err != nil {
		return Result{}, err
	}
	switch state {
	case Done:
		return m.finish(ctx, s)
	case Deny:
		return Result{}, m.deny(ctx, s, reason)
	default:
		return m.move(ctx, s, state)
	}
}

// decide gathers the facts and asks next. After the second factor it judges the risk
// of the sign-in and asks next again.
func (m *Machine) decide(ctx context.Context, s *stage) (State, sallyport.Code, error) {
	s.gather()
	if s.stepUp() {
		state, reason := nextStepUp(s.facts, s.Ask)
		return state, reason, nil
	}
	state, reason := next(s.facts)
	switch state {
	case Device, ChangePassword, Done:
		if err := m.assess(ctx, s); err != nil {
			return state, reason, err
		}
		s.gather()
		state, reason = next(s.facts)
	}
	var err error
	s.trusted, err = m.trustedAt(ctx, s, state)
	return state, reason, err
}

// gather sets the facts that are not stored with the flow.
func (s *stage) gather() {
	s.MustChangePassword = (s.user.MustChangePassword || s.Breached) && s.chosen.Hash == "" && s.Bond == nil
	s.Around = s.policy.SSORequired && s.Bond == nil && !s.breaksGlass()
	s.Disabled = s.user.Status == sallyport.UserDisabled
	s.Closed = s.user.Status == sallyport.UserClosed
	s.Reopening = s.Reopen != ""
	s.OldPassword = s.memory.Password && s.passwordReopens()
	s.HasFactor = s.standing.Has() || s.verified != nil
	s.HadFactor = s.standing.Had
	s.CanProve = len(s.standing.Choices()) > 0
	s.FactorRequired = s.standing.Required
	s.weighDevice(s.policy, s.device.Device, s.now)
	s.DeviceTrusted = s.DeviceTrusted || s.Trust
	s.AskTrust = s.AsksTrust
	s.Suspicious = s.Assessment != nil && suspicious(s.policy, s.device.ID != "", s.Method, doubt(*s.Assessment))
	if s.FactorProven && !slices.Contains(s.policy.MFAMethods, s.Method) && (s.HasFactor || !s.FactorRequired) {
		s.FactorProven, s.Method = false, "" // policy forbids the method by now, and this is not the way to one that it allows
	}
	s.observe()
}

// weighDevice sets the facts about a device, the zero one where it is unknown.
func (f *facts) weighDevice(p sallyport.Policy, d sallyport.Device, now time.Time) {
	f.DeviceKnown = d.ID != ""
	f.DeviceBlocked = f.DeviceKnown && !device.MayStart(d)
	trust := policy.Trust(p, d, now)
	f.DeviceTrusted = trust >= sallyport.TrustLow
	f.SkipFactor = p.DeviceSkipMFA && trust >= sallyport.TrustMedium
	f.RequireTrusted = p.DeviceRequireTrusted
}

// result describes the flow in a state.
func (s *stage) result(state State) Result {
	r := Result{State: state, FlowID: s.flow.ID, ExpiresAt: s.flow.ExpiresAt, Email: s.flow.Email, Policy: policy.ForPassword(s.policy, s.user, s.now), HasPassword: s.stepUp() && s.user.PasswordHash != "" && !s.policy.SSORequired}
	switch {
	case state == Factor:
		r.Choices, r.EnrolNext = s.standing.Choices(), !s.stepUp() && !s.standing.Has()
	case state == Password && s.stepUp():
		r.Choices = s.standing.Alone()
	case state == Link:
		r.At = s.LinkCode.At
	case state == Device:
		r.Devices = s.trusted
	case state == Enrol:
		r.Methods = s.standing.Methods
	}
	return r
}

// move saves the flow in its next state under a new token. When a parallel request
// took the same step, this one fails. A flow that moves has a user, because a step
// was proven.
func (m *Machine) move(ctx context.Context, s *stage, state State) (Result, error) {
	var did Result
	back := s.back()
	r, err := m.write(ctx, s, state, func(a *act.Act) error {
		if err := s.refund(ctx, a, back); err != nil {
			return err
		}
		return m.redeem(ctx, a, s, &did)
	})
	if err != nil {
		return Result{}, err
	}
	r.Used, r.Enrolled = did.Used, did.Enrolled
	return r, nil
}

// write saves the flow in a state, under a new token, in one transaction with do.
func (m *Machine) write(ctx context.Context, s *stage, state State, do func(*act.Act) error) (Result, error) {
	secret, err := s.save(state)
	if err != nil {
		return Result{}, err
	}
	hash, _ := token.Parse(token.Flow, secret)
	err = m.onUser(ctx, s, func(a *act.Act) error {
		if err := do(a); err != nil {
			return err
		}
		return lostRace(a.MoveFlow(ctx, s.flow, hash[:]))
	})
	if err != nil {
		return Result{}, err
	}
	r := s.result(state)
	r.FlowToken = secret
	return r, nil
}

// onUser does an act on the account of the flow.
func (m *Machine) onUser(ctx context.Context, s *stage, do func(*act.Act) error) error {
	return m.acts.Run(ctx, s.actor(), act.User(s.user.ID), act.Need{}, func(a *act.Act) error {
		a.InFlow(s.flow.ID)
		return do(a)
	})
}

// onNobody does an act that is the same whether or not somebody has the address.
func (m *Machine) onNobody(ctx context.Context, s *stage, do func(*act.Act) error) error {
	return m.acts.Run(ctx, s.anonymous(), act.Nobody, act.Need{}, do)
}

// save stores the flow's state and memory in its row, and returns its new token.
func (s *stage) save(state State) (secret string, err error) {
	text, err := json.Marshal(s.memory)
	s.flow.State, s.flow.Facts = string(state), string(text)
	secret, _ = token.New(token.Flow)
	return secret, err
}

// deny ends the flow: everything was proven, but the sign-in is refused.
func (m *Machine) deny(ctx context.Context, s *stage, reason sallyport.Code) error {
	err := m.onUser(ctx, s, func(a *act.Act) error {
		if err := lostRace(a.EndFlow(ctx, s.flow)); err != nil {
			return err
		}
		if err := s.failed(ctx, a, reason); err != nil {
			return err
		}
		// The proof of this step is used up, so that it cannot be replayed.
		if err := m.redeem(ctx, a, s, &Result{}); err != nil {
			return err
		}
		if reason == sallyport.CodeDeviceNotTrusted && s.Suspicious && !s.DeviceBlocked {
			return s.stop(ctx, a)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if reason == sallyport.CodeDeviceNotTrusted && s.device.Status == sallyport.DeviceRevoked && !s.device.Compromised() {
		return ErrDeviceRemoved
	}
	return sallyport.Refuse(reason, "")
}

// ErrDeviceRemoved refuses a sign-in on a device that was removed from the account.
// The device can come back as a new one, once its client forgets the credential.
var ErrDeviceRemoved = sallyport.Refuse(sallyport.CodeDeviceNotTrusted, "the device was removed")

// back takes what a right step gives back: its own tries and, the first one, the network's
// try for opening the flow. The flow forgets it, so that no later step gives it back again.
func (s *stage) back() []throttle.Receipt {
	out := append(slices.Clip(s.spent), s.Opened...)
	s.spent, s.Opened = nil, nil
	return out
}

// refund gives back what was spent on a step that proved right, and ends the runs of
// failures that it ends.
func (s *stage) refund(ctx context.Context, a *act.Act, back []throttle.Receipt) error {
	if err := a.Counters().Return(ctx, a.Tx, back...); err != nil {
		return err
	}
	for _, k := range s.ends {
		if _, err := a.Counters().Unlock(ctx, a.Tx, k); err != nil {
			return err
		}
	}
	return nil
}

// fail records a failed try, with the events for what it locked. The owner of the
// address is told of a lock. An address that nobody has leaves the same rows, so that
// the answer takes as long.
func (m *Machine) fail(ctx context.Context, s *stage, reason sallyport.Code, d throttle.Decision) error {
	return m.onNobody(ctx, s, func(a *act.Act) error {
		if kind, until := act.LockMail(d.Locks); kind != "" {
			if err := a.AddMailRequest(ctx, store.MailRequest{
				TenantID: s.from.TenantID, ID: token.NewID(), Kind: string(kind), Email: s.flow.Email,
				Client: s.from.Client, LockedUntil: until, CreatedAt: s.now,
			}); err != nil {
				return err
			}
		}
		if err := s.failed(ctx, a, reason); err != nil {
			return err
		}
		s.noteLocks(a, d)
		return nil
	})
}

// failed records a failed try; in a sign-in also as an attempt.
func (s *stage) failed(ctx context.Context, a *act.Act, reason sallyport.Code) error {
	if s.stepUp() {
		method := ""
		if s.flow.State == string(Factor) {
			method = "second_factor"
		}
		a.As(s.actor()).Note(audit.ReauthFailed, act.About{User: s.user.ID}, act.Given("method", method)...)
		return nil
	}
	a.As(s.anonymous()).Note(audit.SignInFailed, act.About{User: s.user.ID}, "reason", string(reason))
	return a.AddAttempt(ctx, s.attempt(reason))
}

// expire ends a flow that took too long. The end is recorded once, however often the
// token is used again.
func (m *Machine) expire(ctx context.Context, s *stage) error {
	if !s.known() {
		if err := m.address(ctx, s); err != nil {
			return err
		}
	}
	err := m.onNobody(ctx, s, func(a *act.Act) error {
		if err := lostRace(a.EndFlow(ctx, s.flow)); err != nil {
			return err
		}
		if s.stepUp() {
			return nil // an expired step-up is no failed try
		}
		return s.failed(ctx, a, sallyport.CodeSessionExpired)
	})
	if err != nil {
		return err
	}
	return errExpired
}

func (s *stage) attempt(reason sallyport.Code) sallyport.Attempt {
	c := s.from.Client
	a := sallyport.Attempt{
		ID: s.attemptID, TenantID: s.from.TenantID, UserID: s.user.ID, DeviceID: s.device.ID, Assessment: s.assessment(), Email: s.flow.Email,
		IPAddress: c.IPAddress, UserAgent: c.UserAgent, DeviceInfo: c.Info, Location: c.Location,
		Successful: reason == "", FailureReason: reason,
		MFARequired: s.standing.Required, MFAVerified: s.FactorProven, CreatedAt: s.now,
	}
	if c := s.circumstances(); c != nil {
		if text, err := json.Marshal(c); err == nil { // it has nothing that JSON cannot hold
			a.Circumstances = string(text)
		}
	}
	return a
}

// lostRace turns the loss of a race for a step into the answer of an expired flow.
func lostRace(err error) error {
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.Refuse(sallyport.CodeFlowExpired, "the step was taken already")
	}
	return err
}
