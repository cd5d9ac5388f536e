package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/signin"
)

func (e *edge) addSignInFactor() {
	errs := withBody(http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)

	factor := post("proveFactor", "/sign-in/{flowId}/factor", "Give the second factor, when next is factor", errs...)
	factor.Description = "Methods sms, email, push and webauthn are asked for at factor/send first. A wrong answer (401 mfa_failed, with the reason in errors) leaves the sign-in where it is. " +
		"With push another device answers: call this without a code every few seconds. 422 says approval_waiting, approval_expired or approval_wrong_number; 403 approval_denied ends the sign-in."
	handle(e, factor.by(inFlow), e.proveFactor)

	send := post("sendFactor", "/sign-in/{flowId}/factor/send", "Ask for a code, or for the options of a passkey", errs...)
	send.Description = "The answer has challenge. A code that was sent before stops working. With push the other devices of the user are asked: show challenge.number. " +
		"422 approval_nobody when none can be asked, 429 after three requests that nobody approved or one that was denied: use another method."
	handle(e, send.by(inFlow), e.sendFactor)

	enrol := post("beginEnrolment", "/sign-in/{flowId}/enrol", "Begin to set up a second factor, when next is enrol", errs...)
	enrol.Description = "The answer has setUp. It may be begun anew, also with another method."
	handle(e, enrol.by(inFlow), e.beginEnrolment)

	verify := post("verifyEnrolment", "/sign-in/{flowId}/enrol/verify", "Finish setting up a second factor by its first use", errs...)
	verify.Description = "The answer has backupCodes, when there were none. They are shown this once."
	handle(e, verify.by(inFlow), e.verifyEnrolment)
}

// Proof is a code or the answer of a passkey. It is exported for the same reason as
// FlowInput.
type Proof struct {
	Code       string     `json:"code,omitempty" format:"password" maxLength:"64"`
	Credential jsonObject `json:"credential,omitempty" doc:"Of a passkey: the PublicKeyCredential as JSON, as its toJSON gives it."`
}

// of returns the proof as the answer for a method.
func (p Proof) of(method string) mfa.Answer {
	return mfa.Answer{Method: method, Code: p.Code, Passkey: p.Credential}
}

// blame returns err with the name of the field that held the wrong proof.
func (p Proof) blame(err error) error {
	if len(p.Credential) > 0 {
		err = renamed(err, map[string]string{"code": "credential"})
	}
	return renamed(err, factorFieldNames)
}

type factorInput struct {
	FlowInput
	Body struct {
		MethodType anyMethod `json:"methodType"`
		Proof
	} `nameHint:"ProveSecondFactorRequest"`
}

func (e *edge) proveFactor(ctx context.Context, in *factorInput) (*signInOutput, error) {
	out, err := e.advance(ctx, in.FlowInput, signin.Step{State: signin.Factor, Answer: in.Body.of(string(in.Body.MethodType))})
	if in.Body.MethodType == sallyport.MethodWebAuthn { // also when there is no credential at all
		err = renamed(err, map[string]string{"code": "credential"})
	}
	return out, in.Body.blame(err)
}

type sendInput struct {
	FlowInput
	Body struct {
		MethodType askedMethod `json:"methodType"`
		MFAID      string      `json:"mfaId,omitempty" maxLength:"64" doc:"One of methods; the first of the method when left out."`
	} `nameHint:"AskSecondFactorRequest"`
}

func (e *edge) sendFactor(ctx context.Context, in *sendInput) (*signInOutput, error) {
	out, err := e.inFlow(ctx, in.FlowInput, func(p flowCall) (signin.Result, error) {
		return e.SignIn.Ask(ctx, p.from, p.token, in.FlowID, mfa.Choice{Method: string(in.Body.MethodType), FactorID: in.Body.MFAID})
	})
	return out, renamed(err, factorFieldNames)
}

// newSecondFactor is the second factor to set up, in a sign-in as at /me/factors.
type newSecondFactor struct {
	MethodType  newMethod `json:"methodType"`
	DeviceName  string    `json:"deviceName,omitempty" maxLength:"100" doc:"What to call it."`
	PhoneNumber string    `json:"phoneNumber,omitempty" maxLength:"128" doc:"Of sms: in international form such as +41790000000, or with country."`
	Country     string    `json:"country,omitempty" maxLength:"2" doc:"ISO 3166-1 alpha-2, for a number without its country code."`
}

// factor returns it as the use takes it.
func (n newSecondFactor) factor() mfa.NewFactor {
	return mfa.NewFactor{Method: string(n.MethodType), Name: n.DeviceName, PhoneNumber: n.PhoneNumber, Country: n.Country}
}

// factorFieldNames maps the fields of a second factor to their names in requests.
var factorFieldNames = map[string]string{"name": "deviceName", "method": "methodType"}

type enrolInput struct {
	FlowInput
	Body newSecondFactor
}

func (e *edge) beginEnrolment(ctx context.Context, in *enrolInput) (*signInOutput, error) {
	out, err := e.inFlow(ctx, in.FlowInput, func(p flowCall) (signin.Result, error) {
		return e.SignIn.BeginEnrolment(ctx, p.from, p.token, in.FlowID, in.Body.factor())
	})
	return out, renamed(err, factorFieldNames)
}

type verifyInput struct {
	FlowInput
	Body Proof
}

func (e *edge) verifyEnrolment(ctx context.Context, in *verifyInput) (*signInOutput, error) {
	// The flow knows the method.
	out, err := e.advance(ctx, in.FlowInput, signin.Step{State: signin.Enrol, Answer: in.Body.of("")})
	if sallyport.CodeOf(err) == sallyport.CodeNotFound {
		err = sallyport.Blocked(sallyport.NothingBegun)
	}
	return out, in.Body.blame(err)
}
