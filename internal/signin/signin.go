// Package signin is how sessions begin: one state machine for pages and API.
//
//	Open ─ flow ─┬─ Advance(password) ─ next ─┬─ Ask, Advance(factor) ─ … ─ done: a session
//	             │        │                   └─ deny
//	             │        └ wrong: same state, one try spent
//	             └ expires after ten minutes
//
// A step-up is a flow of the same kind inside a session: before an act that requires
// it, the signed-in user proves again who they are, and the session gets a new token.
//
// Nothing of an account is read before something of it was proven, but for what a password
// is compared with: until then a flow knows its address only, and each step runs the same
// statements whether or not somebody has the address.
//
// A flow is a row, so it survives a restart. Its token changes with every step, so that
// each step is taken once, and is good for the next step only. Every try is spent
// ([throttle.Counters.Spend]) before a secret is compared, and recorded as an attempt
// afterwards. Neither the answers nor the time they take show whether an account
// exists.
package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/trace"
)

// FlowLifetime is how long a sign-in may take. An enrolment extends it.
const FlowLifetime = 10 * time.Minute

// Machine runs sign-ins for all tenants.
type Machine struct {
	acts      *act.Runner
	passwords *password.Service
	factors   *mfa.Service
	providers *sso.Service
}

// New returns a machine.
func New(acts *act.Runner, passwords *password.Service, factors *mfa.Service, providers *sso.Service) *Machine {
	return &Machine{acts: acts, passwords: passwords, factors: factors, providers: providers}
}

// From is a client that is not signed in, with the credentials that it presents.
type From struct {
	TenantID string
	Client   sallyport.Client
	Native   bool     // not a browser: gets tokens instead of cookies
	Devices  []string // device credentials
	Session  string   // token of the session that a sign-in replaces or a step-up is for

	// Only used when a flow opens:

	Fingerprint sallyport.Fingerprint // what the client says of its machine, if anything
	AsksTrust   bool                  // it can show "Trust this device?"; otherwise the device is only recognised
	ShowsPages  bool                  // it can show what comes [Afterwards]
	Passkeys    bool                  // it can make passkeys
	SetsUp      bool                  // its owner has just set the installation up, with this password
}

// kind is how a flow stores what sort of client opened it.
func (f From) kind() string {
	if f.Native {
		return "native"
	}
	return "web"
}

// Step is what the person did. Only the part for the flow's state is used.
type Step struct {
	FlowID   string // the flow that the client means; "" for the token's own flow
	State    State
	Password string     // Password
	Passkey  []byte     // Password: a passkey's answer instead
	Provider url.Values // Password: what the browser brought back from an identity provider instead

	Answer mfa.Answer // Factor and Enrol; Link: its code

	Trust  bool   // Device: trust it
	GiveUp string // Device: id of the device to remove when there are too many

	NewPassword, Confirm string // ChangePassword
}

// Result describes a flow after a call.
type Result struct {
	State     State
	FlowID    string
	FlowToken string // for the next step; "" when the flow has ended
	ExpiresAt time.Time

	Email       string           // of the account, as typed
	Policy      sallyport.Policy // of the user, once something was proven
	HasPassword bool             // in a step-up: the user has a password that counts
	Providers   []sso.Provider   // in a step-up: where the user can prove anew who they are
	Away        *sso.Out         // OpenAt, AskAt: where the browser goes
	At          string           // Link: name of the provider whose account is to be linked
	Choices     []mfa.Choice     // Factor, and Password in a step-up: the factors to choose from
	EnrolNext   bool             // Factor: none of the choices can be used any longer; after one of them comes Enrol
	Methods     []string         // Enrol: what may be set up
	Asked       *mfa.Asked       // what Ask or OpenPasskey asked for
	Waiting     *mfa.Waiting     // Look: what other devices were asked for
	Begun       *mfa.Begun       // what BeginEnrolment began

	// Device: the trusted devices of which one must be removed for this one; none
	// when there is room.
	Devices []sallyport.Device

	// What else the step did.
	Enrolled *mfa.Enrolled // a new second factor, active from now on
	Used     *mfa.Used     // the second factor that was passed

	// When State is Done.
	User    sallyport.User
	Session sallyport.Session
	act.Tokens
	DeviceToken string // the device's new credential; "" when it keeps the old one

	FormerDeviceToken string // the credential that DeviceToken replaces; "" for a new device

	Afterwards Afterwards // what is shown once before the client goes on; "" for nothing
}

// Open starts a flow for an e-mail address. The answer does not show whether somebody
// has the address. CodeInvalid when it cannot be an address; CodeRateLimited when the
// network started too many flows; CodeNetworkBlocked when it is blocked.
func (m *Machine) Open(ctx context.Context, from From, address string) (Result, error) {
	address, err := line.ParseEmail("email", address)
	if err != nil {
		return Result{}, err
	}
	p, err := m.acts.Policy(ctx, from.TenantID)
	if err != nil {
		return Result{}, err
	}
	r, err := m.open(ctx, from, p, store.Flow{Email: address}, memory{})
	r.Email = address
	return r, err
}

// OpenPasskey starts a flow in which a passkey says who the user is: its answer is
// the step Password. CodeForbidden when policy or the address allows no passkeys; CodeRateLimited and
// CodeNetworkBlocked as for Open.
func (m *Machine) OpenPasskey(ctx context.Context, from From) (Result, error) {
	p, err := m.acts.Policy(ctx, from.TenantID)
	if err != nil {
		return Result{}, err
	}
	if !slices.Contains(p.MFAMethods, sallyport.MethodWebAuthn) || !m.factors.Available(sallyport.MethodWebAuthn) {
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

// open stores a new flow, for an address or a user, unless the network started too many.
func (m *Machine) open(ctx context.Context, from From, p sallyport.Policy, f store.Flow, known memory) (r Result, err error) {
	ctx, span := trace.Start(ctx, "signin.open")
	defer func() { reached(span, r, err) }()
	now := m.acts.Now()
	f.TenantID = from.TenantID
	if err := m.admit(ctx, &stage{from: from, policy: p, flow: f, memory: known, now: now, attemptID: token.NewID()}); err != nil {
		return Result{}, err
	}
	known.Fingerprint, known.AsksTrust = device.Bound(from.Fingerprint), from.AsksTrust
	known.ShowsPages, known.Passkeys, known.SetsUp = from.ShowsPages, from.Passkeys, from.SetsUp
	f.ID, f.State, f.Client = token.NewID(), cmp.Or(f.State, string(Password)), from.kind()
	f.CreatedAt, f.ExpiresAt = now, now.Add(FlowLifetime)
	secret, err := m.store(ctx, from, p, f, known)
	if err != nil {
		return Result{}, err
	}
	return Result{State: State(f.State), FlowID: f.ID, FlowToken: secret, ExpiresAt: f.ExpiresAt, Email: f.Email}, nil
}

// store saves a new flow with what it knows, and returns its token. CodeRateLimited when
// the network started too many.
func (m *Machine) store(ctx context.Context, from From, p sallyport.Policy, f store.Flow, known memory) (string, error) {
	secret, hash := token.New(token.Flow)
	counters := throttle.Counters{TenantID: from.TenantID, Policy: p, Now: f.CreatedAt}
	deviceID, err := device.OfAnybody(ctx, m.acts.Queries, from.TenantID, from.Devices)
	if err != nil {
		return "", err
	}
	var refused error
	err = m.acts.Keep(ctx, func(tx *store.Tx) error {
		d, err := counters.SpendIn(ctx, tx, throttle.ForOpening(from.Client.IPAddress, deviceID))
		if refused = d.Refusal(counters.Now); err != nil || refused != nil {
			return err
		}
		known.Opened = d.Spent
		text, err := json.Marshal(known)
		if err != nil {
			return err
		}
		f.Facts = string(text)
		return tx.AddFlow(ctx, f, hash[:])
	})
	return secret, cmp.Or(err, refused)
}

// Advance takes one step of the flow that flowToken belongs to. It refuses with:
//   - CodeInvalidCredentials, CodeMFAFailed and CodeInvalid: the flow stays where it is
//   - CodeRateLimited and CodeAccountLocked: RetryAfter says when to try again, the same
//     for a name that nobody has
//   - CodeAccountDisabled, CodeAccountClosed, CodeDeviceNotTrusted, CodeFactorUnavailable and
//     CodeApprovalDenied: the flow has ended
//   - CodeFlowExpired: the flow is unknown, over or already further
//   - CodeFlowMismatch: the step is not the next one
//   - CodeNetworkBlocked: the flow stays where it is, for as long as it lives; a step-up goes on
func (m *Machine) Advance(ctx context.Context, from From, flowToken string, step Step) (r Result, err error) {
	ctx, span := trace.Start(ctx, "signin.advance")
	defer func() { reached(span, r, err) }()
	s, err := m.at(ctx, from, flowToken, step.FlowID, step.State)
	if err != nil {
		return Result{}, err
	}
	span.Set(trace.StateBefore, s.flow.State)
	switch step.State {
	case Password:
		switch {
		case len(step.Passkey) > 0:
			err = m.provePasskey(ctx, s, step.Passkey)
		case step.Provider != nil:
			err = m.proveAt(ctx, s, step.Provider)
		default:
			err = m.provePassword(ctx, s, step.Password)
		}
	case Link:
		err = m.proveLink(ctx, s, step.Answer.Code)
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
	r, err = m.settle(ctx, s)
	if sallyport.CodeOf(err) == sallyport.CodeMFAFailed {
		// The code was right when compared, but a parallel try used it up.
		return Result{}, errors.Join(m.fail(ctx, s, sallyport.CodeMFAFailed, s.try), err)
	}
	return r, err
}

// reached ends the span of a call, with where it has led the flow.
func reached(span trace.Span, r Result, err error) {
	span.Set(trace.StateAfter, string(r.State))
	span.End(err)
}

// at loads a flow and checks that it is in one of the states and is the one the client means.
func (m *Machine) at(ctx context.Context, from From, flowToken, flowID string, states ...State) (*stage, error) {
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

// Look returns where a flow stands, without a step.
func (m *Machine) Look(ctx context.Context, from From, flowToken string) (Result, error) {
	s, err := m.load(ctx, from, flowToken)
	if err != nil {
		return Result{}, err
	}
	if s.trusted, err = m.trustedAt(ctx, s, State(s.flow.State)); err != nil {
		return Result{}, err
	}
	r := s.result(State(s.flow.State))
	if r.Providers, err = m.anew(ctx, s, r.State); err != nil {
		return Result{}, err
	}
	if r.State == Factor {
		r.Waiting, err = m.factors.WaitsFor(ctx, s.subject(), s.flow.ID, s.Challenge)
	}
	return r, err
}
