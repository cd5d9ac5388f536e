package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/signin"
)

// Headers that carry for a native client what a browser has in cookies.
const (
	flowHeader   = "Sallyport-Flow"
	deviceHeader = "Sallyport-Device"
)

// Kinds of clients that a flow stores.
const (
	webClient    = "web"
	nativeClient = "native"
)

func (e *edge) addSignIn() {
	open := post("openSignIn", "/sign-in", "Begin to sign in", withBody(http.StatusNotFound, http.StatusTooManyRequests)...)
	open.Description = "The answer is the same whether or not anybody has the address. A browser gets the cookie " +
		"__Host-sallyport-flow, a native client flowToken: it opens the next step and nothing else."
	handle(e, open, e.openSignIn)

	look := get("getSignIn", "/sign-in/{flowId}", "Where a sign-in stands", http.StatusNotFound)
	look.Description = "It takes no step: the token of the next one stays the same."
	handle(e, look.by(inFlow), e.getSignIn)

	password := post("provePassword", "/sign-in/{flowId}/password", "Give the password",
		withBody(http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)...)
	password.Description = "When next is done, a browser gets its session as the cookie __Host-sallyport, a native client as token. " +
		"A wrong password (401 invalid_credentials) leaves the sign-in where it is; 403 ends it."
	handle(e, password.by(inFlow), e.provePassword)

	change := post("chooseNewPassword", "/sign-in/{flowId}/change-password", "Choose a new password, when next is change_password",
		withBody(http.StatusForbidden, http.StatusNotFound, http.StatusConflict)...)
	change.Description = "The answer is as to the password. Each rule the new one breaks is one of errors, and leaves the sign-in where it is."
	handle(e, change.by(inFlow), e.chooseNewPassword)

	handle(e, post("signOut", "/sign-out", "End the session this request carries").
		says("A browser loses its cookie. The device stays known.").needs(session.NeedOwn), e.signOut)
}

type signInRequest struct {
	Email       string                 `json:"email" format:"email" maxLength:"254" doc:"At most 254 bytes."`
	Client      string                 `json:"client,omitempty" enum:"web,native" default:"web" doc:"A native client gets tokens in the answers, a browser gets cookies."`
	Fingerprint *sallyport.Fingerprint `json:"fingerprint,omitempty" doc:"What the device says of itself. It is evidence and never what recognises a device."`
}

func (e *edge) openSignIn(ctx context.Context, in *struct{ Body signInRequest }) (*signInOutput, error) {
	x := exchangeOf(ctx)
	t, err := e.Read.Tenant(x.r)
	if err != nil {
		return nil, err
	}
	p := flowCall{exchange: x, from: e.from(x, t, in.Body.Client == nativeClient, "")}
	if in.Body.Fingerprint != nil {
		p.from.Fingerprint = *in.Body.Fingerprint
	}
	r, err := e.SignIn.Open(ctx, p.from, in.Body.Email)
	if err != nil {
		return nil, err
	}
	return p.step(r), nil
}

type passwordInput struct {
	FlowInput
	Body struct {
		Password string `json:"password" format:"password" maxLength:"1024"`
	} `nameHint:"PasswordRequest"`
}

func (e *edge) provePassword(ctx context.Context, in *passwordInput) (*signInOutput, error) {
	return e.advance(ctx, in.FlowInput, signin.Step{State: signin.Password, Password: in.Body.Password})
}

func (e *edge) getSignIn(ctx context.Context, in *FlowInput) (*signInOutput, error) {
	return e.look(ctx, *in)
}

type chooseNewPasswordInput struct {
	FlowInput
	Body newPasswordRequest
}

// newPasswordRequest has the new password once: the client compares two entries.
type newPasswordRequest struct {
	NewPassword string `json:"newPassword" format:"password" maxLength:"256" doc:"Policy says how long it may be."`
}

func (e *edge) chooseNewPassword(ctx context.Context, in *chooseNewPasswordInput) (*signInOutput, error) {
	value := in.Body.NewPassword
	return e.advance(ctx, in.FlowInput, signin.Step{State: signin.ChangePassword, NewPassword: value, Confirm: value})
}

func (e *edge) signOut(ctx context.Context, _ *struct{}) (*struct{}, error) {
	if err := e.Sessions.SignOut(ctx, e.actor(ctx)); err != nil {
		return nil, err
	}
	exchangeOf(ctx).forget()
	return nil, nil
}

// forget clears the session cookie of a browser.
func (x exchange) forget() {
	if x.byCookie() {
		request.EndSession(x.w)
	}
}
