package entry

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// The browser comes back from an identity provider by a link or a form of another site, with which it sends
// no strict cookie: not that of the flow. So the first page only has what came, as a form that sends itself on
// to our own address. It is there, with the cookies, that anything is done.

// answerNames are the parameters of an answer, of OpenID Connect and of SAML.
var answerNames = []string{"code", "state", "iss", "error", "error_description", "user", "SAMLResponse", "RelayState"}

// maxAnswer bounds all of them, in bytes.
const maxAnswer = 256 << 10

// backView is the page that brings an answer on.
type backView struct {
	Path string
	Keep []kit.Kept
	Goes bool // by itself, where scripts run
}

// providerBack is where a provider sends browsers back to.
func (p *Pages) providerBack(v *kit.Visit) error {
	form := v.R.PostForm
	if v.R.Method == http.MethodGet {
		form = v.R.URL.Query()
	}
	got, err := answerOf(form)
	if err != nil {
		return err
	}
	view := viewBack(v.R.PathValue("provider"), got)
	return p.Show(v, http.StatusOK, "sign_in_back", v.T("signIn.backTitle"), view)
}

func viewBack(providerID string, got url.Values) *backView {
	view := &backView{Goes: true, Path: finishPath, Keep: []kit.Kept{{Name: "provider", Value: providerID}}}
	for _, name := range answerNames {
		if got.Has(name) {
			view.Keep = append(view.Keep, kit.Kept{Name: name, Value: got.Get(name)})
		}
	}
	return view
}

// answerOf returns the parameters of an answer that are known. Each comes once.
func answerOf(form url.Values) (url.Values, error) {
	got, size := url.Values{}, 0
	for _, name := range answerNames {
		values := form[name]
		if len(values) > 1 {
			return nil, sallyport.Refuse(sallyport.CodeInvalid, "a parameter comes twice: "+name)
		}
		for _, value := range values {
			size += len(value)
			got.Set(name, value)
		}
	}
	if size > maxAnswer {
		return nil, sallyport.Refuse(sallyport.CodeTooLarge, "")
	}
	return got, nil
}

// providerFinish takes an answer to whoever asked for it in this browser: a sign-in or a step-up, or else what
// somebody who is signed in began.
func (p *Pages) providerFinish(v *kit.Visit) error {
	got, err := answerOf(v.R.PostForm)
	if err != nil {
		return err
	}
	awaited, err := p.SignIn.Awaits(v.R.Context(), p.from(v), request.FlowToken(v.R), v.Value("provider"), sso.StateOf(got))
	switch {
	case err != nil:
		return p.signInRefused(v, "", err, noteProvider)
	case !awaited.This:
		return p.sessionReturned(v, got, awaited)
	case awaited.Act != "":
		return p.stepUpReturned(v, awaited.Act, got)
	}
	next := p.TakeWay(v)
	result, err := p.SignIn.Advance(v.R.Context(), p.from(v), request.FlowToken(v.R), signin.Step{State: signin.Password, Provider: got})
	if err != nil {
		return p.signInRefused(v, next, err, noteProvider)
	}
	return p.signInNext(v, next, result)
}

// stepUpReturned goes on with a step-up.
func (p *Pages) stepUpReturned(v *kit.Visit, act string, got url.Values) error {
	_, checked, err := p.Read.Check(v.R)
	if err != nil {
		return p.signInRefused(v, "", err, noteProvider)
	}
	v.Checked = checked
	v.R.Form.Set("act", act) // as a form of the step-up has it
	v.R.Form.Set("next", p.TakeWay(v))
	at, ask, err := p.stepUpChallenge(v)
	if err != nil {
		return err
	}
	result, err := p.SignIn.Advance(v.R.Context(), p.from(v), request.FlowToken(v.R), signin.Step{State: signin.Password, Provider: got})
	if err != nil {
		return p.stepUpRefused(v, at, ask, err)
	}
	return p.stepUpNext(v, result)
}

// sessionReturned goes on with what somebody who is signed in began: to link an account of theirs, or a test. What
// nobody began here may have begun at the provider.
func (p *Pages) sessionReturned(v *kit.Visit, got url.Values, awaited signin.Awaited) error {
	began, err := p.beganThere(v, got, awaited)
	if err != nil {
		return err
	}
	_, checked, err := p.Read.Check(v.R)
	switch {
	case err != nil && began:
		return p.signInAt(v, v.Value("provider"), "")
	case err != nil:
		return p.signInRefused(v, "", sallyport.Refuse(sallyport.CodeFlowExpired, ""), noteProvider)
	}
	v.Checked = checked
	back, err := p.SSO.Return(v.R.Context(), p.Actor(v), v.Value("provider"), got)
	if began && sallyport.CodeOf(err) == sallyport.CodeFlowExpired {
		v.Redirect(kit.HomePath)
		return nil
	}
	return p.linkReturned(v, back, err)
}

// linkReturned shows what became of what somebody who is signed in began.
func (p *Pages) linkReturned(v *kit.Visit, back sso.Returned, err error) error {
	switch e := kit.AsError(err); {
	case err == nil && back.Test != nil:
		return p.ShowReport(v, back)
	case err == nil:
		v.Flash("flash.linked", 0)
		v.Redirect(kit.LinkedPath)
		return nil
	case e != nil && e.Code == sallyport.CodeStepUp:
		v.Redirect(kit.StepUpWith(string(policy.LinkAccount), kit.LinkedPath))
		return nil
	case e != nil && e.Obstacle == sallyport.IdentityTaken:
		return p.SendBack(v, kit.LinkedPath, err, kit.NoteTaken)
	}
	return p.SendBack(v, kit.LinkedPath, err)
}

// beganThere reports whether an answer is one that a provider sends of itself, and may. It is not read: whoever
// brings it is sent to the provider with a request of ours. Where the browser waits for another answer of this
// provider, that would go on for ever if the provider lost every request.
func (p *Pages) beganThere(v *kit.Visit, got url.Values, awaited signin.Awaited) (bool, error) {
	if !got.Has("SAMLResponse") || awaited.Another {
		return false, nil
	}
	at, err := p.SSO.Named(v.R.Context(), v.Tenant.ID, v.Value("provider"))
	if errors.Is(err, sallyport.ErrNotFound) {
		return false, nil
	}
	return at.StartsThere, err
}
