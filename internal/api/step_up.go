package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
)

// addStepUp adds the steps of a flow for a signed-in user. They need the session and
// the token of the flow.
func (e *edge) addStepUp() {
	open := post("openStepUp", "/step-up", "Begin to prove what an act asks for", withBody(http.StatusForbidden, http.StatusTooManyRequests)...)
	open.Description = "For who is signed in and got, or expects, 403 step_up_required. When nothing is missing next is done, and there is no flow. " +
		"At the end the session has a new token, in the cookie or, for native clients, as token; the former one opens nothing any more."
	handle(e, open.needs(act.Need{Exempt: policy.IsProof}), e.openStepUp)

	errs := withBody(http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)
	handle(e, get("getStepUp", "/step-up/{flowId}", "Where a step-up stands", http.StatusNotFound).
		says("It takes no step: the token of the next one stays the same.").by(inStepUp), e.getSignIn)
	handle(e, post("stepUpPassword", "/step-up/{flowId}/password", "Give the password again", errs...).
		says("A wrong password (401 invalid_credentials) leaves the step-up where it is.").by(inStepUp), e.provePassword)
	passkey := post("stepUpPasskey", "/step-up/{flowId}/passkey", "Answer with a passkey instead of the password", errs...)
	passkey.Description = "Its options come from factor/send with method webauthn. It stands for the second factor too."
	handle(e, passkey.by(inStepUp), e.provePasskey)
	handle(e, post("stepUpFactor", "/step-up/{flowId}/factor", "Give the second factor", errs...).
		says("A wrong answer (401 mfa_failed, with the reason in errors) leaves the step-up where it is.").by(inStepUp), e.proveFactor)
	handle(e, post("stepUpSendFactor", "/step-up/{flowId}/factor/send", "Ask for a code, or for the options of a passkey", errs...).
		says("The answer has challenge. A code that was sent before stops working.").by(inStepUp), e.sendFactor)
}

// stepUpAsk is what the user has to prove again.
type stepUpAsk struct {
	Act           actName              `json:"act"`
	Password      bool                 `json:"password" doc:"The password, or a passkey instead."`
	Factor        bool                 `json:"factor" doc:"A second factor."`
	WithinSeconds int                  `json:"withinSeconds" doc:"How fresh the proof has to be."`
	TrustLevel    sallyport.TrustLevel `json:"trustLevel,omitempty" minimum:"1" maximum:"3" doc:"The device has to be trusted this much. Absent when it is."`
}

func showAsk(s *sallyport.StepUp) *stepUpAsk {
	if s == nil {
		return nil
	}
	return &stepUpAsk{actName(s.Act), s.Password, s.Factor, int(s.Within.Seconds()), s.Trust}
}

// actName is the name of an act that has a row in policy/acts.go.
type actName policy.Act

// Schema lists these acts.
func (actName) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, row := range policy.Acts {
		s.Enum = append(s.Enum, string(row.Act))
	}
	s.PrecomputeMessages()
	return s
}

type stepUpInput struct {
	Device string `header:"Sallyport-Device" doc:"Native clients: deviceToken of an earlier sign-in of this user."`
	Body   struct {
		Act actName `json:"act" doc:"What is to be done."`
	} `nameHint:"StepUpRequest"`
}

func (e *edge) openStepUp(ctx context.Context, in *stepUpInput) (*signInOutput, error) {
	actor := e.actor(ctx)
	t, c, _ := request.Checked(ctx)
	missing := e.Accounts.MayAct(ctx, actor, policy.Act(in.Body.Act))
	var needs *sallyport.Error
	switch {
	case missing == nil:
		return &signInOutput{signInStep{Next: signin.Done, ExpiresAt: c.Session.ExpiresAt.UTC()}}, nil
	case !errors.As(missing, &needs) || needs.StepUp == nil:
		return nil, missing
	}
	p := e.enterStepUp(exchangeOf(ctx), t, FlowInput{Device: in.Device})
	r, err := e.SignIn.OpenStepUp(ctx, p.from, actor, *needs.StepUp)
	switch {
	case errors.Is(err, sallyport.ErrConflict):
		return nil, missing // no proof helps: the device is not trusted enough
	case err != nil:
		return nil, err
	}
	return p.step(r), nil
}
