package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/sso"
)

// addSignInProvider adds sign-ins at identity providers. A provider sends the browser to the page of ours that
// it knows, so they are for web clients, which share its origin.
func (e *edge) addSignInProvider() {
	handle(e, get("listSignInProviders", "/sign-in-providers", "Where people can sign in instead of here").
		says("The same for everybody."), e.listSignInProviders)

	errs := withBody(http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)
	open := post("openProviderSignIn", "/provider-sign-in", "Begin to sign in at an identity provider", errs...)
	open.Description = "The answer has away: where the browser goes, by a link or with a form. From there it comes to a page of this service, which finishes the sign-in, " +
		"so this is for browsers. 422 sso_failed when the provider cannot be reached."
	handle(e, open, e.openProviderSignIn)

	ask := post("askProvider", "/sign-in/{flowId}/provider", "Go to an identity provider instead of giving a password", errs...)
	ask.Description = "The answer is as to openProviderSignIn."
	handle(e, ask.by(inFlow), e.askProvider)

	answer := post("answerProvider", "/sign-in/{flowId}/provider/answer", "Give what came back from an identity provider", errs...)
	answer.Description = "When next is done, the browser has its session. 403 sso_unknown: nobody here has this identity. 403 sso_refused: the rules do not admit them. " +
		"422 sso_failed: the answer does not hold; errors says why."
	handle(e, answer.by(inFlow), e.answerAtProvider)

	link := post("proveLink", "/sign-in/{flowId}/link", "Give the code that was mailed, when next is link", errs...)
	link.Description = "There is an account with the address that the provider named. With the code it is linked, and the sign-in goes on."
	handle(e, link.by(inFlow), e.proveLink)
}

// addIdentities adds one's own accounts at identity providers.
func (e *edge) addIdentities() {
	handle(e, get("listMyIdentities", "/me/identities", "Your accounts at identity providers").signedIn().
		says("onlyWayIn is on the one without which you could not sign in."), e.listMyIdentities)
	handle(e, post("unlinkMyIdentity", "/me/identities/{id}/unlink", "Unlink one of them", http.StatusNotFound, http.StatusConflict).
		says("409 with obstacle only_way_in for the last way to sign in.").needs(sso.NeedLink), e.onID(e.SSO.Unlink))
}

// signInProviders are the providers that anybody may sign in at.
type signInProviders struct {
	Required  bool             `json:"required" doc:"There is no other way to sign in, but for owners with a passkey."`
	Providers []signInProvider `json:"providers" nullable:"false"`
}

type signInProvider struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (e *edge) listSignInProviders(ctx context.Context, _ *struct{}) (*struct{ Body signInProviders }, error) {
	t, err := e.Read.Tenant(exchangeOf(ctx).r)
	if err != nil {
		return nil, err
	}
	found, err := e.SSO.Offered(ctx, t.ID)
	return &struct{ Body signInProviders }{signInProviders{found.Required, each(found.Providers, showProvider)}}, err
}

func showProvider(p sso.Provider) signInProvider { return signInProvider{p.ID, p.Name} }

// awayTo is where the browser goes to an identity provider.
type awayTo struct {
	AuthorizationURL string            `json:"authorizationUrl" format:"uri" doc:"By a link, or where form is, with a form that posts."`
	Form             map[string]string `json:"form,omitempty" nullable:"false" doc:"The fields of the form, by name."`
}

type openProviderInput struct {
	Body struct {
		ProviderID string `json:"providerId" maxLength:"64"`
		Client     string `json:"client,omitempty" enum:"web" default:"web" doc:"Browsers only: the provider sends them back to a page of this service."`
	} `nameHint:"ProviderSignInRequest"`
}

func (e *edge) openProviderSignIn(ctx context.Context, in *openProviderInput) (*signInOutput, error) {
	x := exchangeOf(ctx)
	t, err := e.Read.Tenant(x.r)
	if err != nil {
		return nil, err
	}
	p := flowCall{exchange: x, from: e.from(x, t, false, "")}
	r, err := e.SignIn.OpenAt(ctx, p.from, in.Body.ProviderID, "")
	if err != nil {
		return nil, err
	}
	return p.step(r), nil
}

type askProviderInput struct {
	FlowInput
	Body struct {
		ProviderID string `json:"providerId" maxLength:"64"`
	} `nameHint:"AskProviderRequest"`
}

func (e *edge) askProvider(ctx context.Context, in *askProviderInput) (*signInOutput, error) {
	return e.inFlow(ctx, in.FlowInput, func(p flowCall) (signin.Result, error) {
		return e.SignIn.AskAt(ctx, p.from, p.token, in.FlowID, in.Body.ProviderID)
	})
}

type answerProviderInput struct {
	FlowInput
	Body struct {
		ProviderID string            `json:"providerId" maxLength:"64" doc:"At whose address the answer came."`
		Parameters map[string]string `json:"parameters" doc:"All that came, by name."`
	} `nameHint:"AnswerProviderRequest"`
}

func (e *edge) answerAtProvider(ctx context.Context, in *answerProviderInput) (*signInOutput, error) {
	got := url.Values{}
	for name, value := range in.Body.Parameters {
		got.Set(name, value)
	}
	return e.inFlow(ctx, in.FlowInput, func(p flowCall) (signin.Result, error) {
		awaited, err := e.SignIn.Awaits(ctx, p.from, p.token, in.Body.ProviderID, sso.StateOf(got))
		if err == nil && !awaited.This {
			err = sallyport.Refuse(sallyport.CodeFlowExpired, "the flow asked something else")
		}
		if err != nil {
			return signin.Result{}, err
		}
		return e.SignIn.Advance(ctx, p.from, p.token, signin.Step{FlowID: in.FlowID, State: signin.Password, Provider: got})
	})
}

type proveLinkInput struct {
	FlowInput
	Body struct {
		Code string `json:"code" maxLength:"64"`
	} `nameHint:"ProveLinkRequest"`
}

func (e *edge) proveLink(ctx context.Context, in *proveLinkInput) (*signInOutput, error) {
	return e.advance(ctx, in.FlowInput, signin.Step{State: signin.Link, Answer: mfa.Answer{Code: in.Body.Code}})
}

// identityRecord is an account at an identity provider.
type identityRecord struct {
	ID         string    `json:"id"`
	ProviderID string    `json:"providerId"`
	Provider   string    `json:"provider" doc:"Its name."`
	Email      string    `json:"email,omitempty" doc:"As the provider last said."`
	OnlyWayIn  bool      `json:"onlyWayIn" doc:"Without it there is no way to sign in, so it cannot be unlinked."`
	LinkedAt   time.Time `json:"linkedAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
}

// identityList has one's accounts, and where one can be linked on the page of the account.
type identityList struct {
	Identities []identityRecord `json:"identities" nullable:"false"`
	Linkable   []signInProvider `json:"linkable" nullable:"false" doc:"Providers where an account can be linked, at /profile/security/linked."`
}

func showIdentity(l sso.Linked) identityRecord {
	return identityRecord{l.ID, l.Provider, l.Name, l.Email, l.OnlyWayIn, l.CreatedAt.UTC(), l.UsedAt.UTC()}
}

func (e *edge) listMyIdentities(ctx context.Context, _ *struct{}) (*struct{ Body identityList }, error) {
	have, more, err := e.SSO.Linked(ctx, e.actor(ctx))
	return &struct{ Body identityList }{identityList{each(have, showIdentity), each(more, showProvider)}}, err
}
