package entry

import (
	"errors"
	"net/http"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// providers are the routes of sign-ins at identity providers.
func (p *Pages) providers() []kit.Route {
	return []kit.Route{
		{Pattern: "POST " + providerPath, Guard: kit.Public, Do: p.providerSignIn},
		{Pattern: "GET " + linkPath, Guard: kit.InFlow, Do: p.linkCodeShow},
		{Pattern: "POST " + linkPath, Guard: kit.InFlow, Do: p.linkCodeAnswer},
		{Pattern: "GET " + callbackPath, Guard: kit.Public, Do: p.providerBack},
		{Pattern: fromProvider(callbackPath), Guard: kit.Public, Most: 3 * maxAnswer, Do: p.providerBack}, // as a form writes it
		{Pattern: "POST " + finishPath, Guard: kit.InFlow, Most: 3 * maxAnswer, Do: p.providerFinish},
		{Pattern: "GET " + thereEndedPath, Guard: kit.Public, Do: p.thereEnded},
		{Pattern: fromProvider(thereEndedPath), Guard: kit.Public, Most: maxAnswer, Do: p.thereEnded},
		{Pattern: fromProvider(backChannel), Guard: kit.Public, Most: maxLogoutToken, Do: p.backChannelEnded},
		{Pattern: "GET " + metadataPath, Guard: kit.Public, Do: p.providerMetadata},
	}
}

// FromProviders are the patterns of forms that come from providers, and so from other sites.
var FromProviders = []string{fromProvider(callbackPath), fromProvider(thereEndedPath), fromProvider(backChannel)}

func fromProvider(path string) string { return "POST " + path }

// providerSignIn begins a sign-in at the provider of a button.
func (p *Pages) providerSignIn(v *kit.Visit) error {
	return p.signInAt(v, v.Value("provider"), "")
}

// signInAt sends the browser to a provider. hint is the address that was typed.
func (p *Pages) signInAt(v *kit.Visit, providerID, hint string) error {
	next := v.Value("next")
	result, err := p.SignIn.OpenAt(v.R.Context(), p.opening(v), providerID, hint)
	if err != nil {
		return p.signInRefused(v, next, err, noteProvider)
	}
	return p.goAway(v, next, result)
}

// goAway sends the browser where a flow says, which waits for it.
func (p *Pages) goAway(v *kit.Visit, next string, result signin.Result) error {
	if err := p.KeepWay(v, next); err != nil {
		return err
	}
	deliver(v, result)
	return p.Away(v, *result.Away)
}

// elsewhere sends somebody to the provider of their address, where it has one. done is whether it did, or said
// that only a provider lets them in.
func (p *Pages) elsewhere(v *kit.Visit, address string) (done bool, err error) {
	ctx := v.R.Context()
	at, err := p.SSO.ForAddress(ctx, v.Tenant.ID, address)
	if err == nil {
		return true, p.signInAt(v, at.ID, address)
	}
	if !errors.Is(err, sallyport.ErrNotFound) {
		return true, err
	}
	rules, err := p.Tenants.Policy(ctx, v.Tenant.ID)
	if err != nil || !rules.SSORequired {
		return err != nil, err
	}
	return true, p.signInRefused(v, v.Value("next"), sallyport.Refuse(sallyport.CodeSSORequired, ""))
}

// providerButton is a way in by an identity provider.
type providerButton struct{ ID, Text string }

// providerButtons are those with a text that names the provider.
func providerButtons(s kit.Speaker, id string, providers []sso.Provider) (out []providerButton) {
	for _, p := range providers {
		out = append(out, providerButton{p.ID, s.T(id, "Name", p.Name)})
	}
	return out
}

// linkCodeShow asks for the code that was mailed to the address of an account which is to be linked.
func (p *Pages) linkCodeShow(v *kit.Visit) error {
	at := p.signInChallenge(v)
	result, err := p.SignIn.Look(v.R.Context(), p.from(v), request.FlowToken(v.R))
	if err == nil && result.State != signin.Link {
		err = sallyport.Refuse(sallyport.CodeFlowMismatch, "nothing is to be linked")
	}
	if err != nil {
		return p.challengeOver(v, at, err)
	}
	view := viewLink(v.Speaker, at, result)
	again := p.SentBack(v)
	if e := again.Refused(); e != nil {
		view.Refuse(v.Speaker, e)
		view.Code.Resume(again)
	}
	return p.showChallenge(v, again.Status(v), view)
}

// linkCodeAnswer takes the code.
func (p *Pages) linkCodeAnswer(v *kit.Visit) error {
	at := p.signInChallenge(v)
	result, err := p.SignIn.Advance(v.R.Context(), p.from(v), request.FlowToken(v.R), signin.Step{State: signin.Link, Answer: mfa.Answer{Code: v.Value("code")}})
	switch {
	case err == nil:
		return at.past(v, result)
	case kit.AsRefused(err) != nil:
		return p.SendBack(v, at.address(linkPath), err)
	}
	return p.challengeOver(v, at, err)
}

func viewLink(s kit.Speaker, at challenge, r signin.Result) *kit.FactorView {
	code := kit.CodeField("code", s.T("factor.code"))
	code.Focus = true
	return &kit.FactorView{
		Title: s.T("signIn.linkTitle"), Lead: s.T("signIn.linkLead", "Name", r.At), Email: r.Email, Path: linkPath, Keep: at.keep,
		Icon: "mail", Name: s.T("signIn.linkCode"), Help: s.T("signIn.linkHelp", "Name", r.At), Code: &code, Back: at.back,
	}
}

// stepUpAtProvider sends somebody to a provider where they prove anew who they are.
func (p *Pages) stepUpAtProvider(v *kit.Visit) error {
	at, ask, err := p.stepUpChallenge(v)
	if err != nil {
		return err
	}
	opened, done, err := p.openStepUp(v, ask)
	if done || err != nil {
		return p.stepUpRefused(v, at, ask, err)
	}
	result, err := p.SignIn.AskAt(v.R.Context(), p.from(v), opened.FlowToken, opened.FlowID, v.Value("provider"))
	if err != nil {
		return p.stepUpRefused(v, at, ask, err)
	}
	return p.goAway(v, v.Value("next"), result)
}

// providerWords are the title and the text of what went wrong at an identity provider, by its code.
var providerWords = map[sallyport.Code][2]string{
	sallyport.CodeSSOFailed:    {"signIn.providerTitle", "signIn.providerText"},
	sallyport.CodeSSOUnknown:   {"signIn.unknownTitle", "signIn.unknownText"},
	sallyport.CodeSSORefused:   {"signIn.refusedTitle", "signIn.refusedText"},
	sallyport.CodeSSORequired:  {"signIn.requiredTitle", "signIn.requiredText"},
	sallyport.CodeFlowExpired:  {"signIn.awayTitle", "signIn.awayText"},
	sallyport.CodeFlowMismatch: {"signIn.awayTitle", "signIn.awayText"},
}

// ofProvider reports whether a code is about an identity provider whatever was done.
func ofProvider(code sallyport.Code) bool {
	_, ok := providerWords[code]
	return ok && code != sallyport.CodeFlowExpired && code != sallyport.CodeFlowMismatch
}

// providerProblem says in general what went wrong at an identity provider; nil for what has nothing to do with
// it. What it was exactly, its admins see.
func providerProblem(s kit.Speaker, err *sallyport.Error) *kit.ErrorSummary {
	words, ok := providerWords[err.Code]
	if !ok {
		return nil
	}
	if slices.ContainsFunc(err.Fields, func(f sallyport.FieldError) bool { return f.Args["problem"] == consentRefused }) {
		words = [2]string{"signIn.consentTitle", "signIn.consentText"}
	}
	return &kit.ErrorSummary{Title: s.T(words[0]), Text: s.T(words[1])}
}

// consentRefused is the problem of somebody who did not let a provider tell who they are.
const consentRefused = "consent_refused"

// providerMetadata is what a provider that speaks SAML is told of us.
func (p *Pages) providerMetadata(v *kit.Visit) error {
	text, err := p.SSO.Metadata(v.R.Context(), v.Tenant.ID, v.R.PathValue("provider"))
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "application/samlmetadata+xml")
	v.W.WriteHeader(http.StatusOK)
	_, _ = v.W.Write(text) // the client left: nothing to do about it
	return nil
}
