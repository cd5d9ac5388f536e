package mfa

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Challenge is what a flow remembers of what it asked for. An answer is worth
// something in the flow that asked, and nowhere else.
type Challenge struct {
	FactorID string    `json:"factorId,omitempty"` // a code was sent to
	Code     []byte    `json:"code,omitempty"`     // sealed for the flow
	Until    time.Time `json:"until,omitzero"`     // when the code stops working
	Ceremony []byte    `json:"ceremony,omitempty"` // of a passkey
}

// Asked is what a person, or their browser, needs to know to answer.
type Asked struct {
	Method  string
	Options json.RawMessage // of a passkey: PublicKeyCredentialRequestOptions
	SentTo  string          // of a code, masked
	Until   time.Time       // when the code stops working
}

// sending puts a message into the act that stores what it is about. CodeRateLimited when
// too many were sent.
type sending func(ctx context.Context, a *act.Act) error

// Asking is a challenge to be stored, with what has to be sent for it.
type Asking struct {
	Challenge Challenge
	Asked     Asked
	send      sending // nil for nothing
}

// Send puts what the challenge needs sent into the act that stores it. CodeRateLimited
// when too many codes were sent.
func (q Asking) Send(ctx context.Context, a *act.Act) error {
	if q.send == nil {
		return nil
	}
	return q.send(ctx, a)
}

// question is one choice that a flow asks about.
type question struct {
	s      *Service
	who    Subject
	flowID string
	factor store.Factor // the one that is meant, of a shared method any
	choice Choice
}

// Ask makes the challenge for one choice of the subject's in a flow: a fresh code, or
// the options of a passkey. Methods that need no asking are CodeInvalid.
func (s *Service) Ask(ctx context.Context, who Subject, flowID string, choice Choice) (Asking, error) {
	shared := sallyport.MethodOf(choice.Method).Shared
	usable := who.Standing.usable(choice.Method)
	i := slices.IndexFunc(usable, func(f store.Factor) bool { return shared || choice.FactorID == "" || choice.FactorID == f.ID })
	if i < 0 {
		return Asking{}, refuse("method", "method_unavailable")
	}
	asking, err := methodOf(choice.Method).ask(ctx, question{s, who, flowID, usable[i], choice})
	asking.Asked.Method = choice.Method
	return asking, err
}

// Answer is how a person answers a challenge: with a code, or with a passkey.
type Answer struct {
	Method  string
	Code    string
	Passkey []byte // JSON of the PublicKeyCredential
	Name    string // of a new factor: another one than it was begun with; "" keeps that
	Session string // of a new factor: token of the session it is set up in, which it is proven in as by a step-up; "" leaves that as it is
}

// Flow is where an answer was given: the flow with what it asked for, and from where.
type Flow struct {
	store.Flow
	Challenge Challenge
	Client    sallyport.Client
}

// Proof is an answer that is right, and not yet used up.
type Proof struct {
	Method       string
	UserVerified bool // a passkey that asked for a PIN or a finger: two factors in one

	factor  store.Factor
	step    int64          // of TOTP
	hash    []byte         // of a backup code
	passkey factor.Passkey // as its answer left it
}

// Check compares an answer in the flow it was given in, as that was read. A
// refusal is CodeMFAFailed: wrong_code, used_code, clock_drift (with seconds and direction),
// code_expired, wrong_passkey or passkey_suspended.
func (s *Service) Check(ctx context.Context, who Subject, at Flow, a Answer) (Proof, error) {
	proof, err := methodOf(a.Method).check(ctx, s, who, at, a)
	if err != nil {
		return Proof{}, err
	}
	proof.Method = a.Method
	return proof, nil
}

// Used is what using a proof up left.
type Used struct {
	Method string
	Left   int // of backup codes, when one was used
}

// Use uses the proof up for the act's user. CodeMFAFailed when it was used, or the
// factor taken away, since it was compared. A backup code ends the trust of all devices,
// and its owner is told.
func (p Proof) Use(ctx context.Context, a *act.Act) (Used, error) {
	f, err := a.Factor(ctx, p.factor.TenantID, p.factor.UserID, p.factor.ID)
	if err != nil || !policy.Counts(a.Policy, f.Factor) {
		return Used{}, lost(err)
	}
	if err := methodOf(p.Method).use(ctx, a, p); err != nil {
		return Used{}, lost(err)
	}
	if sallyport.MethodOf(p.Method).StandIn {
		return p.standIn(ctx, a)
	}
	return Used{Method: p.Method}, nil
}

// lost turns the loss of a race for a proof into its refusal.
func lost(err error) error {
	if err == nil || errors.Is(err, sallyport.ErrNotFound) {
		return wrong("used_code", nil)
	}
	return err
}
