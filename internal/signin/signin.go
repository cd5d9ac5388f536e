// Package signin is the way in: one state machine that pages and API drive.
//
//	Open ─ flow ─┬─ Advance(password) ─ next ─┬─ Advance(…) ─ … ─ done: a session
//	             │        │                   └─ deny
//	             │        └ wrong: same state, one try spent
//	             └ expires after ten minutes
//
// A flow is a row: it survives a restart, and its token changes with every step,
// so that each step is taken once. The token opens nothing but the next step.
// Every try is spent ([throttle.Spend]) before a secret is compared and recorded
// as an attempt afterwards. Whether an account exists shows neither in the
// answers nor in the time they take.
package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// FlowLifetime is how long a sign-in may take.
const FlowLifetime = 10 * time.Minute

// PolicyOf returns the policy of a tenant.
type PolicyOf = password.PolicyOf

// Machine runs sign-ins for all tenants.
type Machine struct {
	db        *store.Store
	passwords *password.Service
	alerts    *alert.Service
	policy    PolicyOf
	now       func() time.Time
}

// New returns a machine.
func New(db *store.Store, passwords *password.Service, alerts *alert.Service, policy PolicyOf, now func() time.Time) *Machine {
	return &Machine{db: db, passwords: passwords, alerts: alerts, policy: policy, now: now}
}

// From is who is knocking: a client that is not signed in, with what it holds.
type From struct {
	TenantID string
	Client   sallyport.Client
	Native   bool     // not a browser: gets tokens instead of cookies
	Devices  []string // device credentials
	Session  string   // token of the session this sign-in replaces, if any
}

// kind is how a flow remembers what sort of client opened it.
func (f From) kind() string {
	if f.Native {
		return "native"
	}
	return "web"
}

func (f From) actor() sallyport.Actor {
	return sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: f.TenantID, Client: f.Client}
}

// Step is what the person did. Exactly the part of the flow's state is used.
type Step struct {
	FlowID   string // which flow the client means; "" for the one its token is of
	State    State
	Password string // Password

	NewPassword, Confirm string // ChangePassword
}

// Result is where a flow stands after a call.
type Result struct {
	State     State
	FlowID    string
	FlowToken string // for the next step; "" when the flow has ended
	ExpiresAt time.Time

	// When State is Done.
	User         sallyport.User
	Session      sallyport.Session
	SessionToken string
	DeviceToken  string // "" when the device was known already
}

// Open starts a flow for an address. It says nothing about whether anybody has
// the address; the error is for one that cannot be an address, or CodeRateLimited
// for a network that started too many.
func (m *Machine) Open(ctx context.Context, from From, address string) (Result, error) {
	address, err := email.Parse("email", address)
	if err != nil {
		return Result{}, err
	}
	user, err := m.db.UserByEmail(ctx, from.TenantID, address)
	if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
		return Result{}, err
	}
	p, err := m.policy(ctx, from.TenantID)
	if err != nil {
		return Result{}, err
	}
	now := m.now()
	f := store.Flow{
		TenantID: from.TenantID, ID: token.NewID(), State: string(Password), UserID: user.ID, Email: address,
		Client: from.kind(), Facts: "{}", CreatedAt: now, ExpiresAt: now.Add(FlowLifetime),
	}
	secret, hash := token.New(token.Flow)
	var d throttle.Decision
	err = m.db.Write(ctx, func(tx *store.Tx) (err error) {
		if d, err = throttle.SpendIn(ctx, tx, p, from.TenantID, now, throttle.ForOpening(from.Client.IPAddress)); err != nil || !d.Allowed {
			return err
		}
		return tx.AddFlow(ctx, f, hash[:])
	})
	if err != nil {
		return Result{}, err
	}
	if !d.Allowed {
		return Result{}, &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: d.Until.Sub(now)}
	}
	return Result{State: Password, FlowID: f.ID, FlowToken: secret, ExpiresAt: f.ExpiresAt}, nil
}

// Advance takes one step of the flow that flowToken belongs to. A refusal is an
// error: CodeInvalidCredentials, CodeMFAFailed and CodeInvalid leave the flow
// where it is; CodeRateLimited and, on a device that is known, CodeAccountLocked
// say in RetryAfter when to come back;
// CodeAccountDisabled and CodeDeviceNotTrusted end it; CodeFlowExpired is for a
// flow that is unknown, over or already further, and CodeFlowMismatch for a step
// that is not the next one.
func (m *Machine) Advance(ctx context.Context, from From, flowToken string, step Step) (Result, error) {
	s, err := m.load(ctx, from, flowToken)
	if err != nil {
		return Result{}, err
	}
	if step.FlowID != "" && step.FlowID != s.flow.ID {
		return Result{}, errExpired
	}
	if State(s.flow.State) != step.State {
		return Result{}, sallyport.Refuse(sallyport.CodeFlowMismatch, "the next step is "+s.flow.State)
	}
	switch step.State {
	case Password:
		err = m.provePassword(ctx, s, step.Password)
	case ChangePassword:
		err = m.choosePassword(ctx, s, step.NewPassword, step.Confirm)
	default:
		err = sallyport.Refuse(sallyport.CodeFlowMismatch, "no such step")
	}
	if err != nil {
		return Result{}, err
	}
	return m.settle(ctx, s)
}

// passage is one step under way: the flow and what was gathered for it.
type passage struct {
	from   From
	policy sallyport.Policy
	flow   store.Flow
	facts  facts
	user   sallyport.User   // zero when nobody has the address
	device sallyport.Device // zero when unknown
	now    time.Time
	rehash string // of the same password, when the stored hash is weak
	chosen string // hash of a new password
	spent  []spent
}

// errExpired answers a token that is of no flow, or no longer.
var errExpired = sallyport.Refuse(sallyport.CodeFlowExpired, "")

func (m *Machine) load(ctx context.Context, from From, flowToken string) (*passage, error) {
	hash, ok := token.Parse(token.Flow, flowToken)
	if !ok {
		return nil, errExpired
	}
	s := &passage{from: from, now: m.now()}
	var err error
	if s.flow, err = m.db.FlowByToken(ctx, from.TenantID, hash[:]); err != nil {
		if errors.Is(err, sallyport.ErrNotFound) {
			return nil, errExpired
		}
		return nil, err
	}
	if s.flow.Client != from.kind() {
		return nil, errExpired // what a browser holds in a cookie is of no use in a header
	}
	if err := json.Unmarshal([]byte(s.flow.Facts), &s.facts); err != nil {
		return nil, fmt.Errorf("signin: flow %s cannot be read: %w", s.flow.ID, err)
	}
	if s.policy, err = m.policy(ctx, from.TenantID); err != nil {
		return nil, err
	}
	if err := m.recognise(ctx, s); err != nil {
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
	if s.user, err = m.db.User(ctx, s.from.TenantID, s.flow.UserID); err != nil && (s.flow.UserID != "" || !errors.Is(err, sallyport.ErrNotFound)) {
		return err
	}
	s.device, err = device.Recognise(ctx, m.db, s.from.TenantID, s.user.ID, s.from.Devices)
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil
	}
	return err
}
