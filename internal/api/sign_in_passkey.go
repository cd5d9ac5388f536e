package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport/internal/signin"
)

func (e *edge) addSignInPasskey() {
	open := post("openPasskeySignIn", "/passkey-sign-in", "Begin to sign in with a passkey alone",
		withBody(http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests)...)
	open.Description = "The answer has challenge with options for whichever passkey its owner chooses. 403 where policy allows no passkeys."
	handle(e, open, e.openPasskeySignIn)

	answer := post("provePasskey", "/sign-in/{flowId}/passkey", "Answer with the passkey",
		withBody(http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)...)
	answer.Description = "A passkey that asked for a PIN, a finger or a face stands for the password and the second factor."
	handle(e, answer.by(inFlow), e.provePasskey)
}

type openPasskeyInput struct {
	Body *struct {
		Client string `json:"client,omitempty" enum:"web,native" default:"web" doc:"A native client gets tokens in the answers, a browser gets cookies."`
	} `nameHint:"PasskeySignInRequest"`
}

func (e *edge) openPasskeySignIn(ctx context.Context, in *openPasskeyInput) (*signInOutput, error) {
	x := exchangeOf(ctx)
	t, err := e.Read.Tenant(x.r)
	if err != nil {
		return nil, err
	}
	p := flowCall{exchange: x, from: e.from(x, t, in.Body != nil && in.Body.Client == nativeClient, "")}
	r, err := e.SignIn.OpenPasskey(ctx, p.from)
	if err != nil {
		return nil, err
	}
	return p.step(r), nil
}

type passkeyInput struct {
	FlowInput
	Body struct {
		Credential jsonObject `json:"credential" doc:"The PublicKeyCredential as JSON, as its toJSON gives it."`
	} `nameHint:"PasskeyRequest"`
}

func (e *edge) provePasskey(ctx context.Context, in *passkeyInput) (*signInOutput, error) {
	p := Proof{Credential: in.Body.Credential}
	out, err := e.advance(ctx, in.FlowInput, signin.Step{State: signin.Password, Passkey: p.Credential})
	return out, p.blame(err)
}
