package sso

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/url"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/openid"
)

// AskLifetime is how long somebody may take at a provider.
const AskLifetime = 10 * time.Minute

// maxSkew is how far the clock of a provider may be off.
const maxSkew = 2 * time.Minute

// Asked is a request to a provider, which the answer has to fit. It is kept where only the browser leads that
// asked: in its flow, or beside its session. The zero value is for none.
type Asked struct {
	Provider string    `json:"provider"`
	Version  int64     `json:"version"` // of the settings
	State    string    `json:"state"`
	Nonce    string    `json:"nonce,omitempty"`
	Verifier string    `json:"verifier,omitempty"`
	Request  string    `json:"request,omitempty"` // SAML: its id
	Fresh    bool      `json:"fresh,omitempty"`   // who it is has to be proven anew
	At       time.Time `json:"at"`
}

// Out is where the browser has to go: with a form where there are fields, or else by a link.
type Out struct {
	URL  string
	Form map[string]string
}

// How a provider is asked.
type How struct {
	Hint  string // the address that was typed; "" for none
	Fresh bool   // who it is has to be proven anew
}

// StateOf returns by which state an answer says what it is to; "" for none.
func StateOf(got url.Values) string { return cmp.Or(got.Get("state"), got.Get("RelayState")) }

// Found is what a provider has said.
type Found struct {
	Provider Provider
	federate.Assertion
}

// Named returns an enabled provider of a tenant. ErrNotFound when there is none.
func (s *Service) Named(ctx context.Context, tenantID, id string) (Provider, error) {
	row, err := s.Acts.IdentityProvider(ctx, tenantID, id)
	if err == nil && !row.Enabled {
		err = sallyport.ErrNotFound
	}
	if err != nil {
		return Provider{}, err
	}
	return show(row)
}

// Ask makes a request to a provider. ErrNotFound when it is not there or off; CodeForbidden for a personal one
// where policy requires single sign-on; CodeSSOFailed when it cannot be reached.
func (s *Service) Ask(ctx context.Context, tenantID, id string, how How) (Asked, Out, error) {
	p, err := s.Named(ctx, tenantID, id)
	if err != nil {
		return Asked{}, Out{}, err
	}
	policy, err := s.Acts.Policy(ctx, tenantID)
	if err != nil {
		return Asked{}, Out{}, err
	}
	if policy.SSORequired && p.Use != Organisation {
		return Asked{}, Out{}, sallyport.Refuse(sallyport.CodeSSORequired, "")
	}
	return s.ask(ctx, p, how, nil)
}

func (s *Service) ask(ctx context.Context, p Provider, how How, tr *federate.Trace) (Asked, Out, error) {
	if how.Fresh && !p.Fresh() {
		return Asked{}, Out{}, failed(&federate.Problem{Code: "auth_time"})
	}
	asked := Asked{Provider: p.ID, Version: p.Version, State: random(), Fresh: how.Fresh, At: s.Acts.Now()}
	if p.Protocol == SAML {
		return s.askSAML(ctx, p, asked, how, tr)
	}
	asked.Nonce, asked.Verifier = random(), random()
	at, err := s.relying(p)
	if err != nil {
		return Asked{}, Out{}, err
	}
	r, err := s.request(ctx, p, asked)
	if err != nil {
		return Asked{}, Out{}, err
	}
	r.LoginHint = how.Hint
	to, err := s.OpenID.AuthURL(ctx, at, r, tr)
	return asked, Out{URL: to}, failed(err)
}

// request is an asked one as package openid has it.
func (s *Service) request(ctx context.Context, p Provider, asked Asked) (openid.Request, error) {
	back, err := s.callback(ctx, p.row.TenantID, p.ID)
	r := openid.Request{State: asked.State, Nonce: asked.Nonce, Verifier: asked.Verifier, RedirectURI: back, MaxAge: -1, Started: asked.At}
	if asked.Fresh {
		r.Prompt, r.MaxAge = "login", 0
	}
	if k, ok := preset(p.Preset); ok {
		r.ResponseMode = k.ResponseMode
	}
	return r, err
}

// callback is the address that a provider sends browsers back to.
func (s *Service) callback(ctx context.Context, tenantID, id string) (string, error) {
	t, err := s.Acts.Tenant(ctx, tenantID)
	return s.Base.URL(t, CallbackPath+id+"/callback"), err
}

// relying is the provider as package openid has it.
func (s *Service) relying(p Provider) (openid.Provider, error) {
	secret, err := s.open(p)
	if err != nil {
		return openid.Provider{}, err
	}
	at := openid.Provider{
		Kind: openid.Kind(p.Protocol), Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: secret.Client, Auth: openid.AuthMethod(p.Auth), Scopes: p.Scopes, Claims: p.Claims,
	}
	if at.Auth == openid.AuthApple {
		at.Apple = openid.AppleKey{TeamID: p.TeamID, KeyID: p.KeyID}
		at.Apple.Key, err = openid.ParseAppleKey([]byte(secret.Key))
	}
	return at, failed(err)
}

// Answer reads what the browser brought back from a provider. CodeSSOFailed names what is wrong with it;
// CodeFlowExpired for an answer to another request.
func (s *Service) Answer(ctx context.Context, tenantID string, asked Asked, got url.Values) (Found, error) {
	return s.answer(ctx, tenantID, asked, got, nil)
}

func (s *Service) answer(ctx context.Context, tenantID string, asked Asked, got url.Values, tr *federate.Trace) (Found, error) {
	if asked.State == "" || !s.Acts.Now().Before(asked.At.Add(AskLifetime)) {
		return Found{}, sallyport.Refuse(sallyport.CodeFlowExpired, "nothing was asked of a provider, or too long ago")
	}
	p, err := s.Named(ctx, tenantID, asked.Provider)
	if tr != nil { // a test is for those that are off, too
		p, err = s.provider(ctx, tenantID, asked.Provider)
	}
	if err == nil && p.Version != asked.Version || errors.Is(err, sallyport.ErrNotFound) {
		err = sallyport.Refuse(sallyport.CodeFlowExpired, "the provider was changed meanwhile")
	}
	if err != nil {
		return Found{}, err
	}
	a, err := s.read(ctx, p, asked, got, tr)
	if err == nil && asked.Fresh && a.AuthTime.Before(asked.At.Add(-maxSkew)) {
		wrong := &federate.Problem{Code: "auth_time", Detail: "the provider does not say that the user has proven anew who they are"}
		tr.Add(federate.Step{Name: "assertion", Problem: wrong})
		err = wrong
	}
	return Found{p, a}, failed(err)
}

// read has the protocol of a provider read an answer.
func (s *Service) read(ctx context.Context, p Provider, asked Asked, got url.Values, tr *federate.Trace) (federate.Assertion, error) {
	if p.Protocol == SAML {
		return s.readSAML(ctx, p, asked, got, tr)
	}
	cb, err := openid.ParseCallback(got)
	if err != nil {
		return federate.Assertion{}, err
	}
	at, err := s.relying(p)
	if err != nil {
		return federate.Assertion{}, err
	}
	r, err := s.request(ctx, p, asked)
	if err != nil {
		return federate.Assertion{}, err
	}
	if cb.State == asked.State {
		if err := s.answered(ctx, p, asked); err != nil {
			return federate.Assertion{}, err
		}
	}
	return s.OpenID.Finish(ctx, at, r, cb, tr)
}

// answered uses a request up. A provider that gets a code twice, as from a browser that sends a form twice, takes
// back what it gave for it (RFC 6749, section 4.1.2): then both would come to nothing.
func (s *Service) answered(ctx context.Context, p Provider, asked Asked) error {
	err := s.once(ctx, p, "state "+asked.State, asked.At.Add(AskLifetime))
	if errors.Is(err, sallyport.ErrConflict) {
		err = sallyport.Refuse(sallyport.CodeFlowExpired, "the provider has answered this request before")
	}
	return err
}

// random returns 32 bytes as text that fits into an address: as state, nonce, and verifier of PKCE.
func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func preset(id string) (openid.Preset, bool) {
	for _, k := range openid.Presets {
		if k.ID == id {
			return k, true
		}
	}
	return openid.Preset{}, false
}
