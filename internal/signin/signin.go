// Package signin is the way in: one state machine that pages and API drive.
//
//	Open ─ flow ─┬─ Advance(password) ─ next ─┬─ Ask, Advance(factor) ─ … ─ done: a session
//	             │        │                   └─ deny
//	             │        └ wrong: same state, one try spent
//	             └ expires after ten minutes
//
// A step-up is a flow of the same kind for a session there is: who is signed in
// proves anew who they are before an act that asks for it, and the session gets
// another token.
//
// A flow is a row: it survives a restart, and its token changes with every step,
// so that each step is taken once. The token opens nothing but the next step.
// Every try is spent ([throttle.Counters.Spend]) before a secret is compared and recorded
// as an attempt afterwards. Whether an account exists shows neither in the
// answers nor in the time they take.
package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// FlowLifetime is how long a sign-in may take.
const FlowLifetime = 10 * time.Minute

// Machine runs sign-ins for all tenants.
type Machine struct {
	acts      *act.Runner
	passwords *password.Service
	factors   *mfa.Service
}

// New returns a machine.
func New(acts *act.Runner, passwords *password.Service, factors *mfa.Service) *Machine {
	return &Machine{acts: acts, passwords: passwords, factors: factors}
}

// From is who is knocking: a client that is not signed in, with what it holds.
type From struct {
	TenantID string
	Client   sallyport.Client
	Native   bool     // not a browser: gets tokens instead of cookies
	Devices  []string // device credentials
	Session  string   // token of the session this sign-in replaces, or a step-up is for

	// Read when a flow opens:

	Fingerprint sallyport.Fingerprint // what the client says of its machine, if anything
	AsksTrust   bool                  // it can ask "Trust this device?"; one that cannot is let in once
}

// kind is how a flow remembers what sort of client opened it.
func (f From) kind() string {
	if f.Native {
		return "native"
	}
	return "web"
}

// Step is what the person did. Exactly the part of the flow's state is used.
type Step struct {
	FlowID   string // which flow the client means; "" for the one its token is of
	State    State
	Password string // Password
	Passkey  []byte // Password: the answer of a passkey instead

	Answer mfa.Answer // Factor and Enrol

	Trust  bool   // Device: trust it
	GiveUp string // Device: id of the one to give up for it, where there are too many

	NewPassword, Confirm string // ChangePassword
}

// Result is where a flow stands after a call.
type Result struct {
	State     State
	FlowID    string
	FlowToken string // for the next step; "" when the flow has ended
	ExpiresAt time.Time

	Email       string       // of the account, as it was typed
	HasPassword bool         // in a step-up: there is a password to ask for
	Choices     []mfa.Choice // Factor, and Password in a step-up: how to pass
	Methods     []string     // Enrol: what may be set up
	Asked       *mfa.Asked   // what Ask or OpenPasskey asked for
	Begun       *mfa.Begun   // what BeginEnrolment began

	// Device: those to choose from where one has to be given up for this one; none
	// where there is room.
	Devices []sallyport.Device

	// What the step did besides.
	Enrolled *mfa.Enrolled // a second factor counts from now on
	Used     *mfa.Used     // the second factor that was passed

	// When State is Done.
	User         sallyport.User
	Session      sallyport.Session
	SessionToken string
	DeviceToken  string // the device's credential from now on; "" when it keeps the one it has

	FormerDeviceToken string // that DeviceToken stands for from now on; "" for a new device
}

// Open starts a flow for an address. It says nothing about whether anybody has
// the address; the error is for one that cannot be an address, or CodeRateLimited
// for a network that started too many.
func (m *Machine) Open(ctx context.Context, from From, address string) (Result, error) {
	address, err := email.Parse("email", address)
	if err != nil {
		return Result{}, err
	}
	user, err := m.acts.UserByEmail(ctx, from.TenantID, address)
	if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
		return Result{}, err
	}
	p, err := m.acts.Policy(ctx, from.TenantID)
	if err != nil {
		return Result{}, err
	}
	f := store.Flow{UserID: user.ID, Email: address}
	r, err := m.open(ctx, from, p, f, memory{})
	r.Email = address
	return r, err
}

// OpenPasskey starts a flow in which a passkey says who it is: the answer to its
// options is the step Password. CodeForbidden where policy allows no passkeys, and
// CodeRateLimited as for Open.
func (m *Machine) OpenPasskey(ctx context.Context, from From) (Result, error) {
	p, err := m.acts.Policy(ctx, from.TenantID)
	if err != nil {
		return Result{}, err
	}
	if !slices.Contains(p.MFAMethods, sallyport.MethodWebAuthn) {
		return Result{}, sallyport.ErrForbidden
	}
	t, err := m.acts.Tenant(ctx, from.TenantID)
	if err != nil {
		return Result{}, err
	}
	asking, err := m.factors.AskAnyone(t)
	if err != nil {
		return Result{}, err
	}
	r, err := m.open(ctx, from, p, store.Flow{}, memory{Challenge: asking.Challenge})
	r.Asked = &asking.Asked
	return r, err
}

// open stores a new flow, unless the network started too many.
func (m *Machine) open(ctx context.Context, from From, p sallyport.Policy, f store.Flow, known memory) (Result, error) {
	now := m.acts.Now()
	known.Fingerprint, known.AsksTrust = device.Bound(from.Fingerprint), from.AsksTrust
	text, err := json.Marshal(known)
	if err != nil {
		return Result{}, err
	}
	f.TenantID, f.ID, f.State, f.Client, f.Facts = from.TenantID, token.NewID(), string(Password), from.kind(), string(text)
	f.CreatedAt, f.ExpiresAt = now, now.Add(FlowLifetime)
	secret, err := m.store(ctx, from, p, f)
	if err != nil {
		return Result{}, err
	}
	return Result{State: Password, FlowID: f.ID, FlowToken: secret, ExpiresAt: f.ExpiresAt}, nil
}

// store keeps a new flow and returns its token, or CodeRateLimited for a network that
// started too many.
func (m *Machine) store(ctx context.Context, from From, p sallyport.Policy, f store.Flow) (string, error) {
	secret, hash := token.New(token.Flow)
	counters := throttle.Counters{TenantID: from.TenantID, Policy: p, Now: f.CreatedAt}
	var refused error
	err := m.acts.Keep(ctx, func(tx *store.Tx) error {
		d, err := counters.SpendIn(ctx, tx, throttle.ForOpening(from.Client.IPAddress))
		if refused = d.Refusal(counters.Now); err != nil || refused != nil {
			return err
		}
		return tx.AddFlow(ctx, f, hash[:])
	})
	return secret, cmp.Or(err, refused)
}

// Advance takes one step of the flow that flowToken belongs to. A refusal is an
// error: CodeInvalidCredentials, CodeMFAFailed and CodeInvalid leave the flow
// where it is; CodeRateLimited and, on a device that is known, CodeAccountLocked
// say in RetryAfter when to come back;
// CodeAccountDisabled and CodeDeviceNotTrusted end it; CodeFlowExpired is for a
// flow that is unknown, over or already further, and CodeFlowMismatch for a step
// that is not the next one.
func (m *Machine) Advance(ctx context.Context, from From, flowToken string, step Step) (Result, error) {
	s, err := m.at(ctx, from, flowToken, step.FlowID, step.State)
	if err != nil {
		return Result{}, err
	}
	switch step.State {
	case Password:
		if len(step.Passkey) > 0 {
			err = m.provePasskey(ctx, s, step.Passkey)
		} else {
			err = m.provePassword(ctx, s, step.Password)
		}
	case Factor:
		err = m.proveFactor(ctx, s, step.Answer)
	case Enrol:
		err = m.proveEnrolment(ctx, s, step.Answer)
	case Device:
		err = m.answerDevice(ctx, s, step.Trust, step.GiveUp)
	case ChangePassword:
		err = m.choosePassword(ctx, s, step.NewPassword, step.Confirm)
	default:
		err = sallyport.Refuse(sallyport.CodeFlowMismatch, "no such step")
	}
	if err != nil {
		return Result{}, err
	}
	r, err := m.settle(ctx, s)
	if sallyport.CodeOf(err) == sallyport.CodeMFAFailed {
		// Right when it was compared, and used by another try since.
		return Result{}, errors.Join(m.fail(ctx, s, sallyport.CodeMFAFailed, s.try), err)
	}
	return r, err
}

// at loads a flow that stands at one of the states and that the client means.
func (m *Machine) at(ctx context.Context, from From, flowToken, flowID string, states ...State) (*passage, error) {
	s, err := m.load(ctx, from, flowToken)
	if err != nil {
		return nil, err
	}
	if flowID != "" && flowID != s.flow.ID {
		return nil, errExpired
	}
	if !slices.Contains(states, State(s.flow.State)) {
		return nil, sallyport.Refuse(sallyport.CodeFlowMismatch, "the next step is "+s.flow.State)
	}
	return s, nil
}

// Look returns where a flow stands, and takes no step.
func (m *Machine) Look(ctx context.Context, from From, flowToken string) (Result, error) {
	s, err := m.load(ctx, from, flowToken)
	if err != nil {
		return Result{}, err
	}
	if s.trusted, err = m.trustedAt(ctx, s, State(s.flow.State)); err != nil {
		return Result{}, err
	}
	return s.result(State(s.flow.State)), nil
}

// memory is what a flow keeps between its steps.
type memory struct {
	facts
	Challenge mfa.Challenge    `json:"challenge,omitzero"`
	Enrolment string           `json:"enrolment,omitempty"` // id of the factor being set up
	Method    string           `json:"method,omitempty"`    // that passed the second factor
	Ask       sallyport.StepUp `json:"ask,omitzero"`        // of a step-up

	Fingerprint sallyport.Fingerprint `json:"fingerprint,omitzero"`
	Reused      bool                  `json:"reused,omitempty"` // a credential of a device came back
	AsksTrust   bool                  `json:"asksTrust,omitempty"`
	Trust       bool                  `json:"trust,omitempty"`  // the answer to "Trust this device?"
	GiveUp      string                `json:"giveUp,omitempty"` // id of the device to give up for it
	Assessment  *sallyport.Assessment `json:"assessment,omitempty"`
	First       bool                  `json:"first,omitempty"` // sign-in of the account
}

// passage is one step under way: the flow and what was gathered for it.
type passage struct {
	memory
	from      From
	policy    sallyport.Policy
	flow      store.Flow
	user      sallyport.User     // zero when nobody has the address
	device    device.Recognised  // zero when unknown
	trusted   []sallyport.Device // that one has to be chosen from, see Result.Devices
	added     bool               // the device is new
	attemptID string
	standing  mfa.Standing      // of the user's second factors
	session   sallyport.Session // that a step-up is for
	now       time.Time
	rehash    string // of the same password, when the stored hash is weak
	chosen    string // hash of a new password
	spent     []spent
	try       throttle.Decision // of the try that was spent on a second factor
	proof     *mfa.Proof        // of a second factor, to be used up
	verified  *mfa.Verified     // a new second factor, to be made to count
}

// stepUp reports whether the flow is for a session there is.
func (s *passage) stepUp() bool { return s.flow.SessionID != "" }

// actor is who takes the step: nobody until the first proof, the user after it.
func (s *passage) actor() sallyport.Actor {
	a := s.stranger()
	if s.PrimaryProven || s.stepUp() {
		a.Type, a.UserID, a.Role, a.SessionID = sallyport.ActorUser, s.user.ID, s.user.Role, s.flow.SessionID
	}
	return a
}

// stranger is who takes the step, as long as nothing is proven.
func (s *passage) stranger() sallyport.Actor {
	return sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: s.from.TenantID, Client: s.from.Client}
}

// counters are those the tries of the step are spent on.
func (s *passage) counters() throttle.Counters {
	return throttle.Counters{TenantID: s.from.TenantID, Policy: s.policy, Now: s.now}
}

// errExpired answers a token that is of no flow, or no longer.
var errExpired = sallyport.Refuse(sallyport.CodeFlowExpired, "")

func (m *Machine) load(ctx context.Context, from From, flowToken string) (*passage, error) {
	hash, ok := token.Parse(token.Flow, flowToken)
	if !ok {
		return nil, errExpired
	}
	s := &passage{from: from, now: m.acts.Now(), attemptID: token.NewID()}
	var err error
	if s.flow, err = m.acts.FlowByToken(ctx, from.TenantID, hash[:]); err != nil {
		if errors.Is(err, sallyport.ErrNotFound) {
			return nil, errExpired
		}
		return nil, err
	}
	if s.flow.Client != from.kind() {
		return nil, errExpired // what a browser holds in a cookie is of no use in a header
	}
	if err := json.Unmarshal([]byte(s.flow.Facts), &s.memory); err != nil {
		return nil, fmt.Errorf("signin: flow %s cannot be read: %w", s.flow.ID, err)
	}
	if s.policy, err = m.acts.Policy(ctx, from.TenantID); err != nil {
		return nil, err
	}
	if err := m.recognise(ctx, s); err != nil {
		return nil, err
	}
	if err := m.recogniseSession(ctx, s); err != nil {
		return nil, err
	}
	if !s.now.Before(s.flow.ExpiresAt) {
		return nil, m.expire(ctx, s)
	}
	return s, nil
}

// recognise loads user and device. It asks the database as often for an address
// nobody has: the answer must not come sooner.
func (m *Machine) recognise(ctx context.Context, s *passage) (err error) {
	if s.user, err = m.acts.User(ctx, s.from.TenantID, s.flow.UserID); err != nil && (s.flow.UserID != "" || !errors.Is(err, sallyport.ErrNotFound)) {
		return err
	}
	if err := m.recogniseDevice(ctx, s); err != nil {
		return err
	}
	s.standing, err = m.factors.Standing(ctx, m.acts.Queries, s.policy, s.user)
	return err
}
