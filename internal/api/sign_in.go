package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
)

// Headers in which a native client carries what a browser has in cookies.
const (
	flowHeader   = "Sallyport-Flow"
	deviceHeader = "Sallyport-Device"
)

// Clients, as a flow remembers them.
const (
	webClient    = "web"
	nativeClient = "native"
)

func (e *edge) addSignIn() {
	open := post("openSignIn", "/sign-in", "Begin to sign in", withBody(http.StatusNotFound, http.StatusTooManyRequests)...)
	open.Description = "The answer is the same whether or not anybody has the address. A browser gets the cookie " +
		"__Host-sallyport-flow, a native client flowToken: it opens the next step and nothing else."
	handle(e, open, e.openSignIn)

	password := post("provePassword", "/sign-in/{flowId}/password", "Give the password",
		withBody(http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)...)
	password.Description = "When next is done, a browser gets its session as the cookie __Host-sallyport, a native client as token. " +
		"A wrong password (401 invalid_credentials) leaves the sign-in where it is; 403 ends it."
	password.Security = forFlow
	handle(e, password, e.provePassword)

	change := post("chooseNewPassword", "/sign-in/{flowId}/change-password", "Choose a new password, when next is changePassword",
		withBody(http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict)...)
	change.Description = "The answer is as to the password. Each rule the new one breaks is one of errors, and leaves the sign-in where it is."
	change.Security = forFlow
	handle(e, change, e.chooseNewPassword)

	handle(e, e.behind(post("signOut", "/sign-out", "End the session this request carries")), e.signOut)
}

type signInRequest struct {
	Email       string       `json:"email" doc:"At most 254 bytes."`
	Client      string       `json:"client,omitempty" enum:"web,native" default:"web" doc:"A native client gets tokens in the answers, a browser gets cookies."`
	Fingerprint *fingerprint `json:"fingerprint,omitempty" doc:"What the device says of itself. It is neither kept yet nor ever what recognises a device."`
}

type fingerprint struct {
	UserAgent           string  `json:"userAgent,omitempty"`
	ScreenResolution    string  `json:"screenResolution,omitempty"`
	Timezone            string  `json:"timezone,omitempty"`
	Language            string  `json:"language,omitempty"`
	Platform            string  `json:"platform,omitempty"`
	HardwareConcurrency int     `json:"hardwareConcurrency,omitempty"`
	DeviceMemory        float64 `json:"deviceMemory,omitempty"`
	TouchSupport        bool    `json:"touchSupport,omitempty"`
}

// signInStep is where a sign-in stands.
type signInStep struct {
	FlowID      string       `json:"flowId"`
	Next        signin.State `json:"next" enum:"password,factor,enrol,device,changePassword,done,deny" doc:"deny comes in a problem document."`
	ExpiresAt   time.Time    `json:"expiresAt" doc:"Of the sign-in; when done, the latest end of the session."`
	FlowToken   string       `json:"flowToken,omitempty" doc:"Native clients: for the next step, as header Sallyport-Flow."`
	Token       string       `json:"token,omitempty" doc:"Native clients, when done: the session, as bearer token."`
	DeviceToken string       `json:"deviceToken,omitempty" doc:"Native clients, when done on a device that was not known: keep it for the next sign-in, as header Sallyport-Device."`
}

type signInOutput struct{ Body signInStep }

func (e *edge) openSignIn(ctx context.Context, in *struct{ Body signInRequest }) (*signInOutput, error) {
	x := exchangeOf(ctx)
	t, err := e.Read.Tenant(x.r)
	if err != nil {
		return nil, err
	}
	native := in.Body.Client == nativeClient
	r, err := e.SignIn.Open(ctx, e.Read.From(x.r, t, native), in.Body.Email)
	if err != nil {
		return nil, err
	}
	return x.step(r, native), nil
}

// FlowInput is how every step of a sign-in names and opens it. The name is exported
// because huma reads no others where they are embedded.
type FlowInput struct {
	FlowID string `path:"flowId"`
	Flow   string `header:"Sallyport-Flow" doc:"Native clients: flowToken of the last answer."`
	Device string `header:"Sallyport-Device" doc:"Native clients: deviceToken of an earlier sign-in of this user."`
}

type passwordInput struct {
	FlowInput
	Body struct {
		Password string `json:"password" format:"password"`
	} `nameHint:"PasswordRequest"`
}

func (e *edge) provePassword(ctx context.Context, in *passwordInput) (*signInOutput, error) {
	return e.advance(ctx, in.FlowInput, signin.Step{State: signin.Password, Password: in.Body.Password})
}

type chooseNewPasswordInput struct {
	FlowInput
	Body newPasswordRequest
}

// newPasswordRequest has one entry: whether both of a form agree is the form's
// business.
type newPasswordRequest struct {
	NewPassword string `json:"newPassword" format:"password"`
}

func (e *edge) chooseNewPassword(ctx context.Context, in *chooseNewPasswordInput) (*signInOutput, error) {
	value := in.Body.NewPassword
	return e.advance(ctx, in.FlowInput, signin.Step{State: signin.ChangePassword, NewPassword: value, Confirm: value})
}

// advance takes one step of a sign-in.
func (e *edge) advance(ctx context.Context, in FlowInput, step signin.Step) (*signInOutput, error) {
	x := exchangeOf(ctx)
	t, err := e.Read.Tenant(x.r)
	if err != nil {
		return nil, err
	}
	native, flow := in.Flow != "", in.Flow
	if !native {
		flow = request.FlowToken(x.r)
	}
	from := e.Read.From(x.r, t, native)
	if native && in.Device != "" {
		from.Devices = []string{in.Device}
	}
	step.FlowID = in.FlowID
	r, err := e.SignIn.Advance(ctx, from, flow, step)
	switch sallyport.CodeOf(err) {
	case "":
		return x.step(r, native), nil
	case sallyport.CodeAccountDisabled, sallyport.CodeDeviceNotTrusted: // how Advance says deny
		if !native {
			request.ClearFlow(x.w)
		}
		p := newProblem(err)
		p.Next = string(signin.Deny)
		return nil, p
	}
	return nil, err
}

// step gives a client what it needs for the next step, or its session.
func (x exchange) step(r signin.Result, native bool) *signInOutput {
	out := signInStep{FlowID: r.FlowID, Next: r.State, ExpiresAt: r.ExpiresAt.UTC()}
	if r.State == signin.Done {
		out.ExpiresAt = r.Session.ExpiresAt.UTC()
	}
	switch {
	case native:
		out.FlowToken, out.Token, out.DeviceToken = r.FlowToken, r.SessionToken, r.DeviceToken
	case r.State == signin.Done:
		request.ClearFlow(x.w)
		request.SetSession(x.w, r.SessionToken, r.Session.ExpiresAt)
		if r.DeviceToken != "" {
			request.AddDevice(x.w, x.r, r.DeviceToken, r.Session.CreatedAt)
		}
	default:
		request.SetFlow(x.w, r.FlowToken, r.ExpiresAt)
	}
	return &signInOutput{out}
}

func (e *edge) signOut(ctx context.Context, _ *struct{}) (*struct{}, error) {
	if err := e.Sessions.SignOut(ctx, e.actor(ctx)); err != nil {
		return nil, err
	}
	exchangeOf(ctx).forget()
	return nil, nil
}

// forget takes its session from a browser.
func (x exchange) forget() {
	if x.byCookie() {
		request.ClearSession(x.w)
	}
}
