package mfa

import (
	"bytes"
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

// Challenge is what a flow stores of what it asked for. An answer is valid only in the
// flow that asked.
type Challenge struct {
	FactorID string    `json:"factorId,omitempty"` // factor that a code was sent to
	Code     []byte    `json:"code,omitempty"`     // sealed, bound to the flow
	Until    time.Time `json:"until,omitzero"`     // when the code stops working
	Ceremony []byte    `json:"ceremony,omitempty"` // state of a passkey ceremony
	Approval string    `json:"approval,omitempty"` // id of the request to approve it on another device
}

// Asked is what a person, or their browser, needs in order to answer.
type Asked struct {
	Method  string
	Options json.RawMessage // for a passkey: PublicKeyCredentialRequestOptions
	SentTo  string          // where the code went, masked
	Until   time.Time       // when the code stops working, or nobody can approve any more
	Number  int             // to be typed where it is approved; 0 for other methods
}

// sending adds a message to the outbox in an act. CodeRateLimited when too many were
// sent.
type sending func(ctx context.Context, a *act.Act) error

// Asking is a challenge to store, with the message to send for it.
type Asking struct {
	Challenge Challenge
	Asked     Asked
	send      sending // nil for no message
}

// Send adds the challenge's message to the outbox, in the act that stores the challenge.
// CodeRateLimited when too many codes were sent.
func (q Asking) Send(ctx context.Context, a *act.Act) error {
	if q.send == nil {
		return nil
	}
	return q.send(ctx, a)
}

// question is one choice for which a flow needs a challenge.
type question struct {
	s      *Service
	who    Subject
	in     Asker
	factor store.Factor // the chosen factor; any of them for a shared method
	choice Choice
}

// Asker is the flow that a challenge is for, and who is in it.
type Asker struct {
	FlowID string
	Kind   string           // "web" or "native"
	Act    string           // of a step-up; "" for a sign-in
	Client sallyport.Client // where it is asked from
}

// Ask makes the challenge for one choice of the subject in a flow: a new code, or passkey
// options. CodeInvalid for methods that need no challenge.
func (s *Service) Ask(ctx context.Context, who Subject, in Asker, choice Choice) (Asking, error) {
	shared := sallyport.MethodOf(choice.Method).Shared
	var err error
	if who.Standing, err = s.genuineOf(ctx, who, choice.Method, in.Client); err != nil {
		return Asking{}, err
	}
	of := who.Standing.of(choice.Method)
	i := slices.IndexFunc(of, func(f store.Factor) bool { return shared || choice.FactorID == "" || choice.FactorID == f.ID })
	if i < 0 {
		return Asking{}, refuse("method", "method_unavailable")
	}
	asking, err := methodOf(choice.Method).ask(ctx, question{s, who, in, of[i], choice})
	asking.Asked.Method = choice.Method
	return asking, err
}

// Answer is how a person answers a challenge: with a code, or with a passkey.
type Answer struct {
	Method  string
	Code    string
	Passkey []byte // JSON of the PublicKeyCredential
	Name    string // new name of a new factor; "" keeps the one from its enrolment
	Session string // token of the session that a new factor is set up in, and becomes proven in; "" for none
}

// Given returns nil when there is an answer at all, and CodeInvalid with the rule required otherwise. It is asked before
// a try is spent: who pressed a button too early has not guessed. An answer of another device is looked for there.
func (a Answer) Given() error {
	method := sallyport.MethodOf(a.Method)
	switch code := factor.NormalizeCode(a.Code); {
	case method.Elsewhere, len(bytes.TrimSpace(a.Passkey)) > 0 && string(bytes.TrimSpace(a.Passkey)) != "null":
		return nil
	case method.StandIn && code != "", factor.HasDigit(code):
		return nil
	}
	return refuse("code", "required")
}

// Flow is the flow in which an answer was given, with its challenge and client.
type Flow struct {
	store.Flow
	Challenge Challenge
	Client    sallyport.Client
}

// Proof is a right answer that is not used up yet.
type Proof struct {
	Method       string
	UserVerified bool // the passkey checked a PIN or biometrics: two factors in one

	factor  store.Factor
	step    int64          // time step of a TOTP code
	hash    []byte         // of a backup code
	passkey factor.Passkey // after its answer, with the new counter
	sealed  []byte         // what is sealed with the passkey from then on

	approval string // id of the request that was approved
}

// Check compares an answer in its flow, and writes nothing. It refuses with CodeMFAFailed
// and a rule: wrong_code, used_code, clock_drift (with seconds and direction),
// code_expired, wrong_passkey, passkey_changed, passkey_suspended or factor_tampered. What is answered elsewhere is refused with CodeInvalid
// as long as it is not approved: approval_waiting, approval_missing, approval_expired or approval_wrong_number.
func (s *Service) Check(ctx context.Context, who Subject, at Flow, a Answer) (Proof, error) {
	had := who.Standing.can(a.Method)
	standing, err := s.genuineOf(ctx, who, a.Method, at.Client)
	if err != nil {
		return Proof{}, err
	}
	if who.Standing = standing; had && !standing.can(a.Method) {
		return Proof{}, wrong("factor_tampered", nil)
	}
	proof, err := methodOf(a.Method).check(ctx, s, who, at, a)
	if err != nil {
		return Proof{}, err
	}
	proof.Method = a.Method
	return proof, nil
}

// Used is the result of using a proof up.
type Used struct {
	Method string
	Left   int // unused backup codes, when one was used
}

// Use uses the proof up for the act's user. CodeMFAFailed when the proof was used, or the
// factor was removed or cannot be proven any more, since the check. A backup code ends the trust of all devices, and its
// owner is told by mail.
func (p Proof) Use(ctx context.Context, a *act.Act) (Used, error) {
	live, err := a.LiveFactors(ctx, p.factor.TenantID, p.factor.UserID)
	if err != nil {
		return Used{}, err
	}
	i := slices.IndexFunc(live, func(f store.Factor) bool { return f.ID == p.factor.ID })
	if i < 0 || !policy.Provable(a.Policy, live[i].Factor, store.Plain(live)) {
		return Used{}, lostRace(nil)
	}
	if err := methodOf(p.Method).use(ctx, a, p); err != nil {
		return Used{}, lostRace(err)
	}
	if sallyport.MethodOf(p.Method).StandIn {
		return p.standIn(ctx, a)
	}
	return Used{Method: p.Method}, nil
}

// lostRace turns the loss of a race for a proof into a refusal.
func lostRace(err error) error {
	if err == nil || errors.Is(err, sallyport.ErrNotFound) {
		return wrong("used_code", nil)
	}
	return err
}
