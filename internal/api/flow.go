package api

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
)

// FlowInput is the part of a request that names a flow and carries the token of its
// next step. The name is exported because huma ignores embedded types that are not.
type FlowInput struct {
	FlowID string `path:"flowId"`
	Flow   string `header:"Sallyport-Flow" doc:"Native clients: flowToken of the last answer."`
	Device string `header:"Sallyport-Device" doc:"Native clients: deviceToken of an earlier sign-in of this user."`
}

// flowCall is one call in a flow: who calls, and the token of the next step.
type flowCall struct {
	exchange
	from   signin.From
	token  string
	stepUp bool
}

// enter reads the flow, its token and the client from the request.
func (e *edge) enter(ctx context.Context, in FlowInput) (flowCall, error) {
	x := exchangeOf(ctx)
	t, c, signedIn := request.Checked(ctx)
	if signedIn && c.Session.ID != "" {
		return e.enterStepUp(x, t, in), nil
	}
	t, err := e.Read.Tenant(x.r)
	if err != nil {
		return flowCall{}, err
	}
	native, flow := in.Flow != "", in.Flow
	if !native {
		flow = request.FlowToken(x.r)
	}
	return flowCall{exchange: x, from: e.from(x, t, native, in.Device), token: flow}, nil
}

// enterStepUp is enter for a step-up, which has a session. A session cookie means a
// browser, a bearer token a native client.
func (e *edge) enterStepUp(x exchange, t sallyport.Tenant, in FlowInput) flowCall {
	flow := in.Flow
	if x.byCookie() {
		flow = request.FlowToken(x.r)
	}
	from := e.from(x, t, !x.byCookie(), in.Device)
	from.Session = request.SessionToken(x.r)
	return flowCall{exchange: x, from: from, token: flow, stepUp: true}
}

func (e *edge) from(x exchange, t sallyport.Tenant, native bool, device string) signin.From {
	p := e.Read.Presented(x.r, t, native)
	if native && device != "" {
		p.Devices = []string{device}
	}
	return signin.From{TenantID: p.TenantID, Client: p.Client, Native: p.Native, Devices: p.Devices, Session: p.Session, AsksTrust: true}
}

// advance takes one step of a flow and returns its result.
func (e *edge) advance(ctx context.Context, in FlowInput, step signin.Step) (*signInOutput, error) {
	return e.inFlow(ctx, in, func(p flowCall) (signin.Result, error) {
		step.FlowID = in.FlowID
		return e.SignIn.Advance(ctx, p.from, p.token, step)
	})
}

// inFlow makes a call that gives the flow a new token.
func (e *edge) inFlow(ctx context.Context, in FlowInput, call func(flowCall) (signin.Result, error)) (*signInOutput, error) {
	p, err := e.enter(ctx, in)
	if err != nil {
		return nil, err
	}
	r, err := call(p)
	switch sallyport.CodeOf(err) {
	case "":
		return p.step(r), nil
	case sallyport.CodeAccountDisabled, sallyport.CodeAccountClosed, sallyport.CodeDeviceNotTrusted, sallyport.CodeFactorUnavailable, sallyport.CodeApprovalDenied, sallyport.CodeSSORequired:
		// Advance ends the flow with these codes.
		if !p.from.Native {
			request.ClearFlow(p.w)
		}
		out := newProblem(err)
		out.Next = string(signin.Deny)
		return nil, out
	}
	return nil, err
}

// look returns the state of a flow and changes nothing.
func (e *edge) look(ctx context.Context, in FlowInput) (*signInOutput, error) {
	p, err := e.enter(ctx, in)
	if err != nil {
		return nil, err
	}
	r, err := e.SignIn.Look(ctx, p.from, p.token)
	if err == nil && r.FlowID != in.FlowID {
		err = sallyport.Refuse(sallyport.CodeFlowExpired, "")
	}
	if err != nil {
		return nil, err
	}
	return &signInOutput{showStep(r, p.stepUp)}, nil
}

// step returns the next step with its token, or the session when the flow is done.
func (p flowCall) step(r signin.Result) *signInOutput {
	out := showStep(r, p.stepUp)
	if p.from.Native {
		out.FlowToken, out.DeviceToken, out.NativeTokens = r.FlowToken, r.DeviceToken, showTokens(r.Tokens)
	} else {
		request.Deliver(p.w, p.r, request.Left{
			Done: r.State == signin.Done, FlowToken: r.FlowToken, FlowEnds: r.ExpiresAt, SessionToken: r.SessionToken, Session: r.Session,
			DeviceToken: r.DeviceToken, FormerDeviceToken: r.FormerDeviceToken,
		})
	}
	return &signInOutput{out}
}
