package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// memory is what a flow stores between its steps.
type memory struct {
	facts
	Challenge mfa.Challenge    `json:"challenge,omitzero"`
	Enrolment string           `json:"enrolment,omitempty"` // id of the factor being set up
	Method    string           `json:"method,omitempty"`    // with which the second factor was passed
	Ask       sallyport.StepUp `json:"ask,omitzero"`        // of a step-up
	Asked     sso.Asked        `json:"asked,omitzero"`      // of an identity provider
	Bond      *sso.Bond        `json:"bond,omitempty"`      // who it is there
	LinkCode  *linkCode        `json:"linkCode,omitempty"`  // Link: that was mailed

	Opened []throttle.Receipt `json:"opened,omitempty"` // for the try of opening, until it is given back

	Fingerprint sallyport.Fingerprint `json:"fingerprint,omitzero"`
	Reused      bool                  `json:"reused,omitempty"` // a replaced device credential was used again
	AsksTrust   bool                  `json:"asksTrust,omitempty"`
	ShowsPages  bool                  `json:"showsPages,omitempty"`
	Passkeys    bool                  `json:"passkeys,omitempty"` // the client can make passkeys
	SetsUp      bool                  `json:"setsUp,omitempty"`   // the owner of a new installation
	Trust       bool                  `json:"trust,omitempty"`    // the answer to "Trust this device?"
	GiveUp      string                `json:"giveUp,omitempty"`   // id of the device to remove for it
	Assessment  *sallyport.Assessment `json:"assessment,omitempty"`
	First       bool                  `json:"first,omitempty"`       // first sign-in of the account
	NewPassword bool                  `json:"newPassword,omitempty"` // nobody signed in since the password was changed
	Password    bool                  `json:"password,omitempty"`    // the password was proven, and not a passkey instead
	Reopen      string                `json:"reopen,omitempty"`      // id of the mailed link that opens the account
	Then        *Circumstances        `json:"then,omitempty"`        // of a sign-in, when its password was proven
}

// stage is one step in progress: the flow and the facts gathered for it.
type stage struct {
	memory
	from      From
	policy    sallyport.Policy // of the organisation, and of the user from the first proof on
	flow      store.Flow
	user      sallyport.User     // zero before something is proven or compared, and when nobody has the address
	device    device.Recognised  // zero when unknown
	copied    sallyport.Device   // of which a replaced credential was presented
	trusted   []sallyport.Device // one of them must be removed, see Result.Devices
	added     bool               // the device is new
	attemptID string
	standing  mfa.Standing      // of the user's second factors; zero before something is proven
	session   sallyport.Session // the session of a step-up
	now       time.Time
	rehash    string          // a stronger hash of the same password, to be stored
	chosen    password.Chosen // by the flow
	spent     []spentTry
	ends      []throttle.Key    // runs of failures that end with the step
	code      string            // for Link, to be mailed in the transaction of the step
	mailbox   bool              // the address of the account was proven in this step
	try       throttle.Decision // the try spent on a second factor
	proof     *mfa.Proof        // of a second factor, used up at the end of the step
	verified  *mfa.Verified     // a new second factor, made active at the end of the step
}

// stepUp reports whether the flow is a step-up in a session.
func (s *stage) stepUp() bool { return s.flow.SessionID != "" }

// known reports whether the client has proven something of the account (if only that it reads
// the account's mail, or that a provider calls it by the account's address), or is in a session of it.
func (s *stage) known() bool { return s.PrimaryProven || s.stepUp() || s.Reopen != "" || s.Linking }

// actor returns who takes the step: an anonymous client until the first proof, then the user.
func (s *stage) actor() sallyport.Actor {
	a := s.anonymous()
	if s.known() {
		a.Type, a.UserID, a.Role, a.SessionID = sallyport.ActorUser, s.user.ID, s.user.Role, s.flow.SessionID
	}
	return a
}

// anonymous returns the actor of a step as long as nothing is proven.
func (s *stage) anonymous() sallyport.Actor {
	return sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: s.from.TenantID, Client: s.from.Client}
}

// counters returns the counters of the flow's tenant.
func (s *stage) counters() throttle.Counters {
	return throttle.Counters{TenantID: s.from.TenantID, Policy: s.policy, Now: s.now}
}

// errExpired answers a token of an unknown or ended flow.
var errExpired = sallyport.Refuse(sallyport.CodeFlowExpired, "")

// errDenied answers a token of a flow that its owner has denied on another device. Such a flow stays until it
// expires, so that whoever waits in it learns what became of it.
var errDenied = sallyport.Refuse(sallyport.CodeApprovalDenied, "")

func (m *Machine) load(ctx context.Context, from From, flowToken string) (*stage, error) {
	hash, ok := token.Parse(token.Flow, flowToken)
	if !ok {
		return nil, errExpired
	}
	s := &stage{from: from, now: m.acts.Now(), attemptID: token.NewID()}
	var err error
	if s.flow, err = m.acts.FlowByToken(ctx, from.TenantID, hash[:]); err != nil {
		if errors.Is(err, sallyport.ErrNotFound) {
			return nil, errExpired
		}
		return nil, err
	}
	if s.flow.Client != from.kind() {
		return nil, errExpired // a token from a cookie does not work in a header
	}
	if err := json.Unmarshal([]byte(s.flow.Facts), &s.memory); err != nil {
		return nil, fmt.Errorf("signin: flow %s cannot be read: %w", s.flow.ID, err)
	}
	if State(s.flow.State) == Deny {
		return nil, errDenied
	}
	if s.policy, err = m.acts.Policy(ctx, from.TenantID); err != nil {
		return nil, err
	}
	if err := m.admit(ctx, s); err != nil {
		return nil, err
	}
	if err := m.recogniseSession(ctx, s); err != nil {
		return nil, err
	}
	if s.known() {
		if err := m.recognise(ctx, s); err != nil {
			return nil, err
		}
	}
	if !s.now.Before(s.flow.ExpiresAt) {
		return nil, m.expire(ctx, s)
	}
	return s, nil
}

// recognise loads the user of the flow, their device and their second factors.
func (m *Machine) recognise(ctx context.Context, s *stage) (err error) {
	if s.user, err = m.acts.User(ctx, s.from.TenantID, s.flow.UserID); err != nil {
		return err
	}
	if err := m.recogniseDevice(ctx, s); err != nil {
		return err
	}
	return m.stand(ctx, s)
}

// stand loads the user's policy, of which nothing shows before a proof, and their second factors:
// in a step-up those that count for its act.
func (m *Machine) stand(ctx context.Context, s *stage) (err error) {
	if s.policy, err = m.acts.PolicyOf(ctx, s.user.TenantID, s.user.ID); err != nil {
		return err
	}
	s.standing, err = m.factors.Standing(ctx, m.acts.Queries, s.policy, s.user)
	if s.user.Status == sallyport.UserClosed {
		s.standing = s.standing.OlderThan(s.user.DisputedSince)
	}
	if s.stepUp() {
		s.standing = s.standing.For(policy.Act(s.Ask.Act), s.session)
	}
	return err
}

// address loads the user who has the address of the flow, if anybody.
func (m *Machine) address(ctx context.Context, s *stage) (err error) {
	s.user, err = m.acts.UserByEmail(ctx, s.from.TenantID, s.flow.Email)
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil
	}
	return err
}
