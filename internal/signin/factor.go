package signin

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// Ask sends a code, or makes the options of a passkey, for one of the choices of a
// flow that waits for a second factor. Codes sent before stop working. CodeInvalid
// for a choice there is not; CodeRateLimited after too many codes.
func (m *Machine) Ask(ctx context.Context, from From, flowToken, flowID string, choice mfa.Choice) (Result, error) {
	s, err := m.at(ctx, from, flowToken, flowID, Factor, Password)
	if err != nil {
		return Result{}, err
	}
	state := State(s.flow.State)
	if state == Password && (!s.stepUp() || !sallyport.MethodOf(choice.Method).Alone) {
		return Result{}, sallyport.Refuse(sallyport.CodeFlowMismatch, "the next step is "+s.flow.State)
	}
	choice.Verified = state == Password
	asking, err := m.factors.Ask(ctx, s.subject(), s.flow.ID, choice)
	if err != nil {
		return Result{}, err
	}
	s.Challenge = asking.Challenge
	r, err := m.stay(ctx, s, state, asking.Send)
	if err == nil {
		r.Asked = &asking.Asked
	}
	return r, err
}

// BeginEnrolment begins to set up a second factor in a flow that waits for one. The
// errors are those of [mfa.Service.NewEnrolment] and [mfa.Enrolment.Store].
func (m *Machine) BeginEnrolment(ctx context.Context, from From, flowToken, flowID string, n mfa.NewFactor) (Result, error) {
	s, err := m.at(ctx, from, flowToken, flowID, Enrol)
	if err != nil {
		return Result{}, err
	}
	e, err := m.factors.NewEnrolment(ctx, s.subject(), n)
	if err != nil {
		return Result{}, err
	}
	s.Enrolment = e.Factor.ID
	// Finding and installing an app takes longer than typing a code.
	s.flow.ExpiresAt = earlier(s.now.Add(FlowLifetime), s.flow.CreatedAt.Add(longestFlow))
	r, err := m.stay(ctx, s, Enrol, e.Store)
	if err == nil {
		r.Begun = &e.Begun
	}
	return r, err
}

// stay keeps a flow in its state, under a new token, after do in the same transaction.
func (m *Machine) stay(ctx context.Context, s *passage, state State, do func(context.Context, *act.Act) error) (Result, error) {
	return m.write(ctx, s, state, func(a *act.Act) error {
		if err := s.unchanged(a.User); err != nil {
			return err
		}
		return do(ctx, a)
	})
}

// factorKeys are the counters a try at a second factor is spent on: one for each
// device of the account that is known, and one for all others, which only somebody
// with the password reaches.
func (s *passage) factorKeys() []throttle.Key {
	if s.device.ID != "" && device.MayStart(s.device.Device) {
		return []throttle.Key{throttle.ForFactor(s.user.ID, s.device.ID)}
	}
	return []throttle.Key{throttle.ForFactor(s.user.ID, ""), throttle.ForNetwork(s.from.Client.IPAddress)}
}

// proveFactor spends a try and compares the answer.
func (m *Machine) proveFactor(ctx context.Context, s *passage, a mfa.Answer) error {
	if !slices.ContainsFunc(s.standing.Choices(), func(c mfa.Choice) bool { return c.Method == a.Method }) {
		return sallyport.Invalid(sallyport.FieldError{Field: "method", Code: "method_unavailable"})
	}
	return m.guess(ctx, s, s.factorKeys(), func() error {
		proof, err := m.factors.Check(ctx, s.subject(), s.asked(), a)
		if err != nil {
			return s.hideDrift(err)
		}
		s.proven(proof)
		return nil
	})
}

// subject is whose second factors are asked about.
func (s *passage) subject() mfa.Subject {
	return mfa.Subject{User: s.user, Policy: s.policy, Standing: s.standing}
}

// asked is the flow with what it asked for.
func (s *passage) asked() mfa.Flow {
	return mfa.Flow{Flow: s.flow, Challenge: s.Challenge, Client: s.from.Client}
}

// hideDrift keeps from a stranger that a wrong code is one of minutes to come: they
// would only have to wait for it. The owner's known device, and a session, are told
// that the phone's clock is fast.
func (s *passage) hideDrift(err error) error {
	var e *sallyport.Error
	known := s.stepUp() || s.device.ID != ""
	if known || !errors.As(err, &e) || len(e.Fields) == 0 || e.Fields[0].Code != "clock_drift" || e.Fields[0].Args["direction"] != "fast" {
		return err
	}
	return &sallyport.Error{Code: e.Code, Fields: []sallyport.FieldError{{Field: e.Fields[0].Field, Code: "wrong_code"}}}
}

// proveEnrolment spends a try and compares the first answer of a new factor.
func (m *Machine) proveEnrolment(ctx context.Context, s *passage, a mfa.Answer) error {
	if err := m.factors.Waits(ctx, s.subject(), s.Enrolment); err != nil {
		return err
	}
	return m.guess(ctx, s, s.factorKeys(), func() (err error) {
		s.verified, err = m.factors.CheckEnrolment(ctx, s.subject(), s.Enrolment, a)
		if err == nil {
			s.FactorProven, s.Method, s.Enrolment = true, s.verified.Method(), ""
		}
		return err
	})
}

// provePasskey lets a passkey stand for password and second factor: of whoever it
// is of when the flow is nobody's yet, of the flow's user in a step-up.
func (m *Machine) provePasskey(ctx context.Context, s *passage, response []byte) error {
	keys := []throttle.Key{throttle.ForNetwork(s.from.Client.IPAddress)}
	if s.stepUp() {
		keys = s.factorKeys()
	} else if s.flow.Email != "" || len(s.Challenge.Ceremony) == 0 {
		return sallyport.Refuse(sallyport.CodeFlowMismatch, "no passkey was asked for")
	}
	return m.guess(ctx, s, keys, func() error {
		proof, err := m.checkPasskey(ctx, s, response)
		if err == nil {
			s.PrimaryProven = true
			s.proven(proof)
		}
		return err
	})
}

func (m *Machine) checkPasskey(ctx context.Context, s *passage, response []byte) (mfa.Proof, error) {
	if s.stepUp() {
		// What Ask asked for makes the passkey verify its user: alone it would be
		// something one has, and nothing one knows or is.
		return m.factors.Check(ctx, s.subject(), s.asked(), mfa.Answer{Method: sallyport.MethodWebAuthn, Passkey: response})
	}
	t, err := m.acts.Tenant(ctx, s.from.TenantID)
	if err != nil {
		return mfa.Proof{}, err
	}
	user, proof, err := m.factors.CheckAnyone(ctx, t, s.policy, s.asked(), response)
	if err != nil {
		return proof, err
	}
	s.flow.UserID, s.flow.Email = user.ID, user.Email
	return proof, m.recognise(ctx, s)
}

// proven remembers a proof, to be used up in the transaction that the step ends with.
func (s *passage) proven(p mfa.Proof) {
	s.proof, s.FactorProven, s.Method, s.Challenge = &p, true, p.Method, mfa.Challenge{}
	if sallyport.MethodOf(p.Method).StandIn {
		// Whoever needs one lost something: no device is trusted any more, this one
		// included.
		s.device = device.Recognised{}
	}
}

// guess spends a try, compares, and records what was wrong.
func (m *Machine) guess(ctx context.Context, s *passage, keys []throttle.Key, compare func() error) error {
	s.spent = keys
	d, err := s.counters().Spend(ctx, m.acts, keys...)
	if err != nil {
		return err
	}
	if !d.Allowed {
		return m.refuse(ctx, s, d)
	}
	s.try = d
	err = compare()
	if code := sallyport.CodeOf(err); code == sallyport.CodeMFAFailed {
		s.proof, s.verified = nil, nil
		if err := m.fail(ctx, s, code, d); err != nil {
			return err
		}
	}
	return err
}

// redeem uses up, in the transaction that the step ends with, what was proven.
func (m *Machine) redeem(ctx context.Context, a *act.Act, s *passage, r *Result) error {
	if s.proof != nil {
		used, err := s.proof.Use(ctx, a)
		if err != nil {
			return err
		}
		r.Used = &used
	}
	if s.verified != nil {
		enrolled, err := s.verified.Activate(ctx, a, s.about())
		if err != nil {
			return err
		}
		r.Enrolled = &enrolled
	}
	return nil
}

// OpenStepUp starts a flow in which the user of a session proves what an act asks
// for. ErrConflict when nothing is missing; CodeNotSignedIn when from.Session is not
// the token of the actor's session.
func (m *Machine) OpenStepUp(ctx context.Context, from From, actor sallyport.Actor, ask sallyport.StepUp) (Result, error) {
	if actor.SessionID == "" {
		return Result{}, sallyport.ErrNotSignedIn
	}
	p, err := m.acts.Policy(ctx, from.TenantID)
	if err != nil {
		return Result{}, err
	}
	now := m.acts.Now()
	s := &passage{from: from, policy: p, now: now, memory: memory{Ask: ask}}
	s.flow = store.Flow{
		TenantID: from.TenantID, ID: token.NewID(), UserID: actor.UserID, SessionID: actor.SessionID, Client: from.kind(), Facts: "{}",
		CreatedAt: now, ExpiresAt: now.Add(FlowLifetime),
	}
	if err := m.recognise(ctx, s); err != nil {
		return Result{}, err
	}
	s.flow.Email = s.user.Email
	if err := m.recogniseSession(ctx, s); err != nil {
		return Result{}, sallyport.ErrNotSignedIn
	}
	s.gather()
	state, reason := nextStepUp(s.facts, s.Ask)
	switch state {
	case Deny:
		return Result{}, sallyport.Refuse(reason, "")
	case Done:
		return Result{}, sallyport.ErrConflict
	}
	if _, err := s.save(state); err != nil {
		return Result{}, err
	}
	secret, err := m.store(ctx, from, p, s.flow)
	if err != nil {
		return Result{}, err
	}
	r := s.result(state)
	r.FlowToken = secret
	return r, nil
}

// recogniseSession loads the session a step-up is for. Only the client that holds it
// goes on, and only while it is good.
func (m *Machine) recogniseSession(ctx context.Context, s *passage) error {
	if !s.stepUp() {
		return nil
	}
	hash, ok := token.Parse(token.Session, s.from.Session)
	if !ok {
		return errExpired
	}
	v, err := m.acts.SessionByToken(ctx, s.from.TenantID, hash[:])
	if err != nil && sallyport.CodeOf(err) != sallyport.CodeNotFound {
		return err
	}
	if err != nil || v.ID != s.flow.SessionID || v.UserID != s.flow.UserID || v.EffectiveStatus(s.now) != sallyport.SessionActive {
		return errExpired
	}
	s.session = v
	return nil
}

// longestFlow bounds a flow in which enrolments are begun again and again.
const longestFlow = 4 * FlowLifetime

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
