package openid

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/sallyport/sallyport/internal/federate"
)

// Request is one sign-in at a provider. Its State, Nonce and Verifier are random and for it alone.
type Request struct {
	State        string
	Nonce        string
	Verifier     string // of PKCE: 43 to 128 characters (RFC 7636, section 4.1)
	RedirectURI  string
	LoginHint    string
	Prompt       string
	MaxAge       time.Duration // how long ago the user may have proven who they are; below 0 it does not matter
	ResponseMode string        // "form_post", or "" for the query
	Started      time.Time     // what MaxAge counts from; zero means the time of the answer
}

const (
	shortestRandom = 22  // characters: 128 bits in base64
	longestRandom  = 512 // characters
)

var verifierForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// check refuses a request that would leave a sign-in open to others. To forget a part of it is a mistake of
// the program, not of the provider.
func (r Request) check(p Provider) *federate.Problem {
	random := func(s string) bool { return len(s) >= shortestRandom && len(s) <= longestRandom }
	for _, wrong := range []struct {
		is     bool
		detail string
	}{
		{!random(r.State), "the request has no usable state"},
		{p.Kind == OpenID && !random(r.Nonce), "the request has no usable nonce"},
		{!verifierForm.MatchString(r.Verifier), "the request has no usable verifier"},
		{r.RedirectURI == "", "the request has no address to come back to"},
		{p.Kind == GitHub && r.MaxAge >= 0, "GitHub does not say when its users last proved who they are"},
	} {
		if wrong.is {
			return problem(codeConfiguration, wrong.detail)
		}
	}
	return nil
}

// AuthURL returns where the browser has to go.
func (c *Client) AuthURL(ctx context.Context, p Provider, r Request, tr *federate.Trace) (string, error) {
	m, err := c.metadataOf(ctx, p, tr)
	if err != nil {
		return "", err
	}
	if wrong := r.check(p); wrong != nil {
		tr.Add(federate.Step{Name: "authorization", Problem: wrong})
		return "", wrong
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(r.Verifier)}
	for _, o := range optional(p, r) {
		if o.value != "" {
			options = append(options, oauth2.SetAuthURLParam(o.name, o.value))
		}
	}
	to := (&oauth2.Config{
		ClientID: p.ClientID, RedirectURL: r.RedirectURI, Scopes: p.scopes(), Endpoint: oauth2.Endpoint{AuthURL: m.Authorization},
	}).AuthCodeURL(r.State, options...)
	tr.Add(federate.Step{Name: "authorization", Sent: "GET " + to})
	return to, nil
}

type parameter struct{ name, value string }

// optional are the parameters that a request may have or not.
func optional(p Provider, r Request) []parameter {
	if p.Kind == GitHub { // it has its own names
		return []parameter{{"login", r.LoginHint}, {"prompt", r.Prompt}}
	}
	age := ""
	if r.MaxAge >= 0 {
		age = strconv.Itoa(int(r.MaxAge / time.Second))
	}
	return []parameter{
		{"nonce", r.Nonce}, {"login_hint", r.LoginHint}, {"prompt", r.Prompt}, {"max_age", age}, {"response_mode", r.ResponseMode},
	}
}

// scopes are those that are asked for: without openid there would be no ID token.
func (p Provider) scopes() []string {
	if p.Kind == OpenID && !slices.Contains(p.Scopes, "openid") {
		return append([]string{"openid"}, p.Scopes...)
	}
	return p.Scopes
}

// metadataOf returns where the addresses of a provider are, after looking whether it is configured.
func (c *Client) metadataOf(ctx context.Context, p Provider, tr *federate.Trace) (Metadata, error) {
	if wrong := c.check(p); wrong != nil {
		tr.Add(federate.Step{Name: "discovery", Problem: wrong})
		return Metadata{}, wrong
	}
	if p.Kind == GitHub {
		return gitHub(p.Issuer).metadata(), nil
	}
	return c.Metadata(ctx, p.Issuer, tr)
}

// Callback is what the browser brings back.
type Callback struct {
	Code             string
	State            string
	Iss              string
	Error            string
	ErrorDescription string
	User             string // of Apple: JSON, and only at the first sign-in
}

const maxParameter = 8 << 10

// ParseCallback reads the query or the form that the browser brings back. No parameter may come twice
// (RFC 6749, section 3.1): who reads the other one would be told something else.
func ParseCallback(form url.Values) (Callback, error) {
	var cb Callback
	for name, to := range map[string]*string{
		"code": &cb.Code, "state": &cb.State, "iss": &cb.Iss, "error": &cb.Error, "error_description": &cb.ErrorDescription, "user": &cb.User,
	} {
		values := form[name]
		if len(values) > 1 {
			return Callback{}, problem(codeCallback, name+" is there twice")
		}
		if len(values) == 0 {
			continue
		}
		if len(values[0]) > maxParameter || strings.ContainsRune(values[0], 0) {
			return Callback{}, problem(codeCallback, name+" is too long or not text")
		}
		*to = values[0]
	}
	if cb.State == "" {
		return Callback{}, problem(codeCallback, "state is missing")
	}
	return cb, nil
}

// shown is a callback for a trace.
func (cb Callback) shown() string {
	form := url.Values{}
	for _, p := range []parameter{
		{"code", cb.Code}, {"state", cb.State}, {"iss", cb.Iss}, {"error", cb.Error}, {"error_description", cb.ErrorDescription}, {"user", cb.User},
	} {
		if p.value != "" {
			form.Set(p.name, p.value)
		}
	}
	return hideForm(form)
}
