package api

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/oauth"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/token"
)

// Paths of the protocols that others wrote. They answer as those say, not with problem documents.
const (
	tokenPath      = "/oauth2/token"
	revokePath     = "/oauth2/revoke"
	introspectPath = "/oauth2/introspect"
	jwksPath       = "/.well-known/jwks.json"
	metadataPath   = "/.well-known/oauth-authorization-server"
)

// Grants of POST /oauth2/token, and types of tokens (RFC 8693).
const (
	refreshGrant  = "refresh_token"
	exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"
	jwtType       = "urn:ietf:params:oauth:token-type:jwt"
	accessType    = "urn:ietf:params:oauth:token-type:access_token"
)

// oauthEdge answers what is written in RFC 6749, 7009, 7662, 8414, 8693 and 7517.
type oauthEdge struct{ Deps }

// OAuth returns the handlers of the OAuth protocols, by the pattern of their route. They take their
// credentials from the body or the Authorization header, and never from a cookie.
func OAuth(d Deps) map[string]http.Handler {
	e := oauthEdge{d}
	return map[string]http.Handler{
		"POST " + tokenPath:      e.form(e.token),
		"POST " + revokePath:     e.form(e.revoke),
		"POST " + introspectPath: e.form(e.introspect),
		"GET " + jwksPath:        e.document(e.jwks),
		"GET " + metadataPath:    e.document(e.metadata),
	}
}

// refusal is an error of these protocols (RFC 6749 section 5.2).
type refusal struct {
	Status      int    `json:"-"`
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
	Reason      string `json:"reason,omitempty"` // why the session ended, a word of ours
	challenge   bool
	after       time.Duration
}

func (r refusal) Error() string { return r.Code }

func badRequest(description string) error {
	return refusal{Status: http.StatusBadRequest, Code: "invalid_request", Description: description}
}

// call is one request, with its form.
type call struct {
	r      *http.Request
	tenant sallyport.Tenant
	form   url.Values
}

// one returns a parameter that is there once, "" when it is not there.
func (c call) one(name string) string { return c.form.Get(name) }

// form reads a request of the protocols: a form whose parameters come once each (RFC 6749 section 3.2).
func (e oauthEdge) form(do func(call) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request.TraceOf(r.Context()).Route = r.Pattern
		answer, err := e.answer(w, r, do)
		e.write(w, r, answer, err)
	})
}

func (e oauthEdge) answer(w http.ResponseWriter, r *http.Request, do func(call) (any, error)) (any, error) {
	t, err := e.Read.Tenant(r)
	if err != nil {
		return nil, err
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, badRequest("Send a form: Content-Type application/x-www-form-urlencoded.")
	}
	body, err := readAll(w, r, maxBody)
	if err != nil {
		return nil, badRequest("The body is too long, or ended early.")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, badRequest("The body is no form.")
	}
	for _, values := range form {
		if len(values) != 1 {
			return nil, badRequest("A parameter came more than once.")
		}
	}
	return do(call{r, t, form})
}

// document answers with something that anybody may read and keep for a while.
func (e oauthEdge) document(read func(call) ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request.TraceOf(r.Context()).Route = r.Pattern
		t, err := e.Read.Tenant(r)
		var text []byte
		if err == nil {
			text, err = read(call{r, t, nil})
		}
		if err != nil {
			e.write(w, r, nil, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = w.Write(text) // an error means that the client is gone
	})
}

func (e oauthEdge) write(w http.ResponseWriter, r *http.Request, answer any, err error) {
	h := w.Header()
	h["Cache-Control"], h["Content-Type"] = noStore, jsonType
	h.Set("Pragma", "no-cache")
	if err != nil {
		e.note(r, err)
		no := e.refused(r, err)
		if no.challenge {
			h.Set("WWW-Authenticate", `Basic realm="sallyport", charset="UTF-8"`)
		}
		if no.after > 0 {
			h.Set("Retry-After", strconv.Itoa(int(no.after.Seconds())))
		}
		w.WriteHeader(no.Status)
		answer = no
	}
	if answer == nil { // RFC 7009 section 2.2: an empty answer
		return
	}
	_ = json.NewEncoder(w).Encode(answer) // an error means that the client is gone
}

// note says of a service or token that nobody knows that it was refused. The credential of these protocols is
// in the form.
func (e oauthEdge) note(r *http.Request, err error) {
	switch {
	case errors.Is(err, oauth.ErrClient):
		request.TraceOf(r.Context()).Refused = request.UnknownClient
	case sallyport.CodeOf(err) == sallyport.CodeNotSignedIn:
		request.TraceOf(r.Context()).Refused = request.UnknownToken
	default:
		request.NoteRefusal(r, err)
	}
}

// refused returns an error in the words of these protocols.
func (e oauthEdge) refused(r *http.Request, err error) refusal {
	var no refusal
	switch status := request.Status(err); {
	case errors.As(err, &no):
		return no
	case errors.Is(err, oauth.ErrClient):
		return refusal{Status: http.StatusUnauthorized, Code: "invalid_client", Description: "The service is unknown here, or its secret is wrong.", challenge: true}
	case errors.Is(err, oauth.ErrAudience):
		return refusal{Status: http.StatusBadRequest, Code: "invalid_target", Description: "The audience is the id of no service of this organisation."}
	case status == http.StatusServiceUnavailable:
		return refusal{Status: status, Code: "temporarily_unavailable", Description: "Try again soon.", after: request.RetryAfter(err)}
	case status >= http.StatusInternalServerError:
		e.Log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
		return refusal{Status: status, Code: "server_error"}
	}
	return refusal{Status: http.StatusBadRequest, Code: "invalid_grant", Description: wordsOf(err)}
}

// wordsOf returns what is told of why a token gets nothing.
func wordsOf(err error) string {
	switch sallyport.CodeOf(err) {
	case sallyport.CodeNotSignedIn:
		return "The token is unknown, was replaced, or never was one."
	case sallyport.CodeAccountDisabled:
		return "The account is disabled."
	case sallyport.CodeAccountClosed:
		return "The account is closed because it is in danger."
	case sallyport.CodeSessionSuspended:
		return "An administrator suspended the session."
	case sallyport.CodeKeyNetwork:
		return "The API key is bound to networks, which a token that is verified offline could not hold to."
	}
	return "The session is over. Sign in again."
}

// tokenAnswer is the answer of POST /oauth2/token (RFC 6749 section 5.1, RFC 8693 section 2.2.1).
type tokenAnswer struct {
	AccessToken     string `json:"access_token"`
	TokenType       string `json:"token_type"`
	ExpiresIn       int    `json:"expires_in"`
	RefreshToken    string `json:"refresh_token,omitempty"`
	IssuedTokenType string `json:"issued_token_type,omitempty"`
}

func (e oauthEdge) token(c call) (any, error) {
	switch c.one("grant_type") {
	case refreshGrant:
		return e.refresh(c)
	case exchangeGrant:
		return e.exchange(c)
	case "":
		return nil, badRequest("grant_type is missing.")
	}
	return nil, refusal{Status: http.StatusBadRequest, Code: "unsupported_grant_type", Description: "It is refresh_token, or token-exchange for a JWT."}
}

func (e oauthEdge) refresh(c call) (any, error) {
	text := c.one("refresh_token")
	if text == "" {
		return nil, badRequest("refresh_token is missing.")
	}
	got, err := e.Sessions.Refresh(c.r.Context(), c.tenant.ID, text, e.Read.Client(c.r))
	if err != nil && got.Reason != "" {
		return nil, refusal{Status: http.StatusBadRequest, Code: "invalid_grant", Description: wordsOf(err), Reason: got.Reason}
	}
	if err != nil {
		return nil, err
	}
	return tokenAnswer{AccessToken: got.SessionToken, TokenType: "Bearer", ExpiresIn: e.seconds(got.AccessEndsAt), RefreshToken: got.RefreshToken}, nil
}

// seconds returns how many whole seconds there are until a time.
func (e oauthEdge) seconds(until time.Time) int { return max(0, int(until.Sub(e.Now()).Seconds())) }

func (e oauthEdge) exchange(c call) (any, error) {
	text, kind := c.one("subject_token"), c.one("subject_token_type")
	switch {
	case text == "" || kind == "":
		return nil, badRequest("subject_token and subject_token_type are needed.")
	case kind != accessType:
		return nil, badRequest("subject_token_type is that of an access token, also for an API key.")
	case c.one("requested_token_type") != "" && c.one("requested_token_type") != jwtType:
		return nil, badRequest("requested_token_type can be that of a JWT only.")
	case c.form.Has("actor_token") || c.form.Has("resource"):
		return nil, badRequest("actor_token and resource are not supported.")
	case c.one("audience") == "":
		return nil, badRequest("audience is missing: the id of the service that the token is for.")
	}
	got, err := e.Deps.OAuth.Exchange(c.r.Context(), c.tenant, text, c.one("audience"))
	if err != nil {
		return nil, err
	}
	return tokenAnswer{AccessToken: got.Token, TokenType: "Bearer", ExpiresIn: e.seconds(got.ExpiresAt), IssuedTokenType: jwtType}, nil
}

// revoke ends what a token opens: whoever has a token may give it up, and nobody learns whether there
// was one (RFC 7009).
func (e oauthEdge) revoke(c call) (any, error) {
	text := c.one("token")
	if text == "" {
		return nil, badRequest("token is missing.")
	}
	give := e.Sessions.Surrender
	if token.Is(token.APIKey, text) {
		give = e.APIKeys.Surrender
	}
	return nil, give(c.r.Context(), c.tenant.ID, text, e.Read.Client(c.r))
}

// introspection is the answer of POST /oauth2/introspect (RFC 7662 section 2.2), with what this service knows besides.
type introspection struct {
	Active      bool     `json:"active"`
	Scope       string   `json:"scope,omitempty"`
	Username    string   `json:"username,omitempty"`
	TokenType   string   `json:"token_type,omitempty"`
	Expires     int64    `json:"exp,omitempty"`
	IssuedAt    int64    `json:"iat,omitempty"`
	Subject     string   `json:"sub,omitempty"`
	Issuer      string   `json:"iss,omitempty"`
	TokenUse    string   `json:"token_use,omitempty"`
	Role        string   `json:"role,omitempty"`
	TenantID    string   `json:"tenant_id,omitempty"`
	SessionID   string   `json:"sid,omitempty"`
	KeyID       string   `json:"api_key_id,omitempty"`
	Networks    []string `json:"networks,omitempty"`
	AuthTime    int64    `json:"auth_time,omitempty"`
	Methods     []string `json:"amr,omitempty"`
	DeviceTrust *int     `json:"device_trust,omitempty"`
}

func (e oauthEdge) introspect(c call) (any, error) {
	if err := e.asking(c); err != nil {
		return nil, err
	}
	text := c.one("token")
	if text == "" {
		return nil, badRequest("token is missing.")
	}
	h, err := e.Deps.OAuth.Introspect(c.r.Context(), c.tenant.ID, text)
	if err != nil || !h.Active() {
		return introspection{}, err
	}
	trust := int(h.Trust)
	out := introspection{
		Active: true, Scope: h.Scope(), Username: h.User.Email, TokenType: "Bearer", IssuedAt: h.Began.Unix(), Subject: h.User.ID,
		Issuer: e.Deps.OAuth.Issuer(c.tenant), TokenUse: h.Kind, Role: string(h.User.Role), TenantID: c.tenant.ID, SessionID: h.SessionID, KeyID: h.KeyID,
		Methods: h.Methods, DeviceTrust: &trust,
	}
	if !h.Ends.IsZero() {
		out.Expires = h.Ends.Unix()
	}
	if !h.Proven.IsZero() {
		out.AuthTime = h.Proven.Unix()
	}
	for _, n := range h.Networks {
		out.Networks = append(out.Networks, n.String())
	}
	return out, nil
}

// asking lets a service ask that proves who it is, by HTTP Basic or in the form (RFC 6749 section 2.3.1).
func (e oauthEdge) asking(c call) error {
	id, secret, basic := c.r.BasicAuth()
	switch {
	case basic && (c.form.Has("client_id") || c.form.Has("client_secret")):
		return badRequest("Send the service's secret in one way only.")
	case basic:
		var err, other error
		id, err = url.QueryUnescape(id)
		secret, other = url.QueryUnescape(secret)
		if err != nil || other != nil {
			return oauth.ErrClient
		}
	case c.r.Header.Get("Authorization") != "":
		return oauth.ErrClient
	default:
		id, secret = c.one("client_id"), c.one("client_secret")
	}
	_, err := e.Deps.OAuth.Authenticate(c.r.Context(), c.tenant.ID, strings.ToValidUTF8(id, ""), secret)
	return err
}

func (e oauthEdge) jwks(c call) ([]byte, error) {
	return e.Deps.OAuth.JWKS(c.r.Context(), c.tenant.ID)
}

// metadata says what there is (RFC 8414).
func (e oauthEdge) metadata(c call) ([]byte, error) {
	issuer := e.Deps.OAuth.Issuer(c.tenant)
	return json.Marshal(map[string]any{
		"issuer":                                        issuer,
		"token_endpoint":                                issuer + tokenPath,
		"revocation_endpoint":                           issuer + revokePath,
		"introspection_endpoint":                        issuer + introspectPath,
		"jwks_uri":                                      issuer + jwksPath,
		"grant_types_supported":                         []string{refreshGrant, exchangeGrant},
		"response_types_supported":                      []string{},
		"token_endpoint_auth_methods_supported":         []string{"none"},
		"revocation_endpoint_auth_methods_supported":    []string{"none"},
		"introspection_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
	})
}
