package signin

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/trace"
)

// Ask sends a code, or makes the options of a passkey, for one choice of a flow that
// waits for a second factor. Earlier codes stop working. CodeInvalid for a choice
// that does not exist; CodeRateLimited after too many codes.
func (m *Machine) Ask(ctx context.Context, from From, flowToken, flowID string, choice mfa.Choice) (Result, error) {
	s, err := m.at(ctx, from, flowToken, flowID, Factor, Password)
	if err != nil {
		return Result{}, err
	}
	state := State(s.flow.State)
	if state == Password && (!s.stepUp() || !sallyport.MethodOf(choice.Method).Alone) {
		return Result{}, sallyport.Refuse(sallyport.CodeFlowMismatch, "the next step is "+s.flow.State)
	}
	if choice.Verified = state == Password; choice.Verified && !s.alone(choice.Method) {
		return Result{}, errNoMethod
	}
	who := s.subject()
	if who.Session, who.Device, err = m.here(ctx, s); err != nil {
		return Result{}, err
	}
	in := mfa.Asker{FlowID: s.flow.ID, Kind: s.flow.Client, Act: s.Ask.Act, Client: from.Client}
	asking, err := m.factors.Ask(ctx, who, in, choice)
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

// here returns the session and the device of the client that asks, as far as they are known: of a sign-in those
// that the same browser has. They never answer what it asks.
func (m *Machine) here(ctx context.Context, s *stage) (sessionID, deviceID string, err error) {
	v := s.session
	if hash, ok := token.OfSession(s.from.Session); ok && !s.stepUp() {
		v, err = m.acts.SessionByToken(ctx, s.from.TenantID, hash[:])
		if _, err = act.Ignore(err); err != nil {
			return "", "", err
		}
	}
	return v.ID, cmp.Or(s.device.ID, v.DeviceID), nil
}

// BeginEnrolment begins to set up a second factor in a flow that waits for one. The
// errors are those of [mfa.Service.NewEnrolment] and [mfa.Enrolment.Store].
func (m *Machine) BeginEnrolment(ctx context.Context, from From, flowToken, flowID string, n mfa.NewFactor) (Result, error) {
	s, err := m.at(ctx, from, flowToken, flowID, Enrol)
	if err != nil {
		return Result{}, err
	}
	if !s.mayEnrol() {
		return Result{}, sallyport.Refuse(sallyport.CodeFlowExpired, "the account changed during the sign-in")
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

// stay calls do and keeps the flow in its state, under a new token, in one transaction.
func (m *Machine) stay(ctx context.Context, s *stage, state State, do func(context.Context, *act.Act) error) (Result, error) {
	return m.write(ctx, s, state, func(a *act.Act) error {
		if err := s.unchanged(a); err != nil {
			return err
		}
		return do(ctx, a)
	})
}

// factorKeys returns the counters that a second-factor try is spent on: those of the known
// device or the session, or of all unknown devices, which only a client with the password
// reaches.
func (s *stage) factorKeys(method string) []throttle.Key {
	return throttle.FactorTry(s.party(), method, s.from.Client.IPAddress)
}

// proveFactor spends a try and compares the answer. To look whether another device has answered is no try.
func (m *Machine) proveFactor(ctx context.Context, s *stage, a mfa.Answer) error {
	if !offers(s.standing.Choices(), a.Method) {
		return errNoMethod
	}
	if err := a.Given(); err != nil {
		return err
	}
	if sallyport.MethodOf(a.Method).Elsewhere {
		proof, err := m.factors.Check(ctx, s.subject(), s.asked(), a)
		if err == nil {
			s.proven(proof)
		}
		return err
	}
	return m.guess(ctx, s, s.factorKeys(a.Method), func() error {
		proof, err := m.factors.Check(ctx, s.subject(), s.asked(), a)
		if err != nil {
			return s.hideFastClock(err)
		}
		s.proven(proof)
		return nil
	})
}

// errNoMethod refuses a method that is not one of the choices.
var errNoMethod = sallyport.Invalid(sallyport.FieldError{Field: "method", Code: "method_unavailable"})

func offers(choices []mfa.Choice, method string) bool {
	return slices.ContainsFunc(choices, func(c mfa.Choice) bool { return c.Method == method })
}

// alone reports whether a method can replace the user's password.
func (s *stage) alone(method string) bool { return offers(s.standing.Alone(), method) }

// subject returns the user whose second factors are asked about.
func (s *stage) subject() mfa.Subject {
	return mfa.Subject{User: s.user, Policy: s.policy, Standing: s.standing, Party: s.party()}
}

// asked returns the flow with the challenge or code that it asked for.
func (s *stage) asked() mfa.Flow {
	return mfa.Flow{Flow: s.flow, Challenge: s.Challenge, Client: s.from.Client}
}

// hideFastClock hides from an unknown device that a wrong code will be valid in some
// minutes: an attacker would only have to wait. The owner's known device, and a
// step-up, are told that the phone's clock is fast.
func (s *stage) hideFastClock(err error) error {
	var e *sallyport.Error
	known := s.stepUp() || s.device.ID != ""
	if known || !errors.As(err, &e) || len(e.Fields) == 0 || e.Fields[0].Code != "clock_drift" || e.Fields[0].Args["direction"] != "fast" {
		return err
	}
	return &sallyport.Error{Code: e.Code, Fields: []sallyport.FieldError{{Field: e.Fields[0].Field, Code: "wrong_code"}}}
}

// mayEnrol reports whether a new factor is still what comes next. The account or the policy
// can have changed since the last step; then there may be a factor that has to be proven
// first.
func (s *stage) mayEnrol() bool {
	s.gather()
	state, _ := next(s.facts)
	return state == Enrol
}

// proveEnrolment spends a try and compares the first answer of a new factor. It does nothing
// where something else comes next by now.
func (m *Machine) proveEnrolment(ctx context.Context, s *stage, a mfa.Answer) error {
	if !s.mayEnrol() {
		return nil
	}
	if err := m.factors.Waits(ctx, s.subject(), s.Enrolment); err != nil {
		return err
	}
	if err := a.Given(); err != nil {
		return err
	}
	return m.guess(ctx, s, throttle.EnrolmentTry(s.party()), func() (err error) {
		s.verified, err = m.factors.CheckEnrolment(ctx, s.subject(), s.Enrolment, a)
		if err == nil {
			s.FactorProven, s.Method, s.Enrolment = true, s.verified.Method(), ""
		}
		return err
	})
}

// provePasskey accepts a passkey for password and second factor. Without a user in
// the flow the passkey says who the user is; in a step-up it must be the user's own.
func (m *Machine) provePasskey(ctx context.Context, s *stage, response []byte) error {
	if err := (mfa.Answer{Method: sallyport.MethodWebAuthn, Passkey: response}).Given(); err != nil {
		return err
	}
	deviceID, err := device.OfAnybody(ctx, m.acts.Queries, s.from.TenantID, s.from.Devices)
	if err != nil {
		return err
	}
	keys := []throttle.Key{throttle.ForPasskey(s.from.Client.IPAddress, deviceID)}
	if s.stepUp() {
		keys = s.factorKeys(sallyport.MethodWebAuthn)
		if !s.alone(sallyport.MethodWebAuthn) {
			return errNoMethod
		}
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

func (m *Machine) checkPasskey(ctx context.Context, s *stage, response []byte) (mfa.Proof, error) {
	if s.stepUp() {
		// Ask made the options require user verification. Without it a passkey is only
		// something one has, not also something one knows or is.
		return m.factors.Check(ctx, s.subject(), s.asked(), mfa.Answer{Method: sallyport.MethodWebAuthn, Passkey: response})
	}
	t, err := m.acts.Tenant(ctx, s.from.TenantID)
	if err != nil {
		return mfa.Proof{}, err
	}
	userID, proof, err := m.factors.CheckAnyone(ctx, t, s.policy, s.asked(), response)
	if err != nil {
		return proof, err
	}
	s.flow.UserID = userID
	err = m.recognise(ctx, s)
	s.flow.Email = s.user.Email
	return proof, err
}

// proven keeps a proof that is used up in the transaction at the end of the step.
func (s *stage) proven(p mfa.Proof) {
	s.endRun(p.Method)
	s.proof, s.FactorProven, s.Method, s.Challenge = &p, true, p.Method, mfa.Challenge{}
	if sallyport.MethodOf(p.Method).StandIn {
		// A user who needs a backup code has lost something: no device is trusted any
		// more, not even this one.
		s.device = device.Recognised{}
	}
}

// guess spends a try, compares, and records a failure.
func (m *Machine) guess(ctx context.Context, s *stage, keys []throttle.Key, compare func() error) error {
	d, err := s.counters().Spend(ctx, m.acts, keys...)
	if err != nil {
		return err
	}
	if !d.Allowed {
		return m.refuse(ctx, s, d)
	}
	s.try, s.spent = d, d.Spent
	err = compare()
	if code := sallyport.CodeOf(err); code == sallyport.CodeMFAFailed {
		s.proof, s.verified = nil, nil
		if err := m.fail(ctx, s, code, d); err != nil {
			return err
		}
	}
	return err
}

// redeem uses up what was proven, in the transaction at the end of the step. A password
// that was proven against a weak hash gets a stronger one.
func (m *Machine) redeem(ctx context.Context, a *act.Act, s *stage, r *Result) error {
	if err := s.endCopied(ctx, a); err != nil {
		return err
	}
	if err := m.redeemLink(ctx, a, s); err != nil {
		return err
	}
	if s.rehash != "" {
		if err := a.UpgradePassword(ctx, s.user.TenantID, s.user.ID, s.user.PasswordHash, s.rehash); err != nil {
			return err
		}
	}
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

// OpenStepUp starts a flow in which the user of a session proves what an act
// requires. ErrConflict when nothing is missing; CodeFactorUnavailable when the account
// has a second factor that cannot be proven; CodeNotSignedIn when from.Session is not the
// token of the actor's session.
func (m *Machine) OpenStepUp(ctx context.Context, from From, actor sallyport.Actor, ask sallyport.StepUp) (r Result, err error) {
	ctx, span := trace.Start(ctx, "signin.open_step_up")
	defer func() { reached(span, r, err) }()
	if actor.SessionID == "" {
		return Result{}, sallyport.ErrNotSignedIn
	}
	p, err := m.acts.Policy(ctx, from.TenantID)
	if err != nil {
		return Result{}, err
	}
	now := m.acts.Now()
	s := &stage{from: from, policy: p, now: now, memory: memory{Ask: ask}}
	s.flow = store.Flow{
		TenantID: from.TenantID, ID: token.NewID(), UserID: actor.UserID, SessionID: actor.SessionID, Client: from.kind(), Facts: "{}",
		CreatedAt: now, ExpiresAt: now.Add(FlowLifetime),
	}
	if err := m.recogniseSession(ctx, s); err != nil {
		return Result{}, sallyport.ErrNotSignedIn
	}
	if err := m.recognise(ctx, s); err != nil {
		return Result{}, err
	}
	s.flow.Email = s.user.Email
	s.gather()
	state, reason := nextStepUp(s.facts, s.Ask)
	switch state {
	case Deny:
		return Result{}, sallyport.Refuse(reason, "")
	case Done:
		return Result{}, sallyport.ErrConflict
	}
	s.flow.State = string(state)
	secret, err := m.store(ctx, from, p, s.flow, s.memory)
	if err != nil {
		return Result{}, err
	}
	r = s.result(state)
	r.FlowToken = secret
	r.Providers, err = m.anew(ctx, s, state)
	return r, err
}

// anew returns the providers where the user of a step-up that waits for a first proof can prove who they are.
func (m *Machine) anew(ctx context.Context, s *stage, state State) ([]sso.Provider, error) {
	if state != Password || !s.stepUp() {
		return nil, nil
	}
	return m.providers.Anew(ctx, s.user)
}

// recogniseSession loads the session of a step-up. Only the client that holds the
// session's token goes on, and only while the session is active.
func (m *Machine) recogniseSession(ctx context.Context, s *stage) error {
	if !s.stepUp() {
		return nil
	}
	hash, ok := token.OfSession(s.from.Session)
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

// longestFlow limits a flow in which enrolments are begun again and again.
const longestFlow = 4 * FlowLifetime

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
