package apptest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/token"
)

// ClientID and ClientSecret are how a Provider knows us.
const (
	ClientID     = "sallyport"
	ClientSecret = "the secret of a test"
)

// Provider is an identity provider of OpenID Connect, for tests of what follows from its word. The protocol
// itself is tested against an independent one: see package openid.
type Provider struct {
	Issuer string
	// Claims are what it says of whoever signs in next, besides what every ID token has.
	Claims map[string]any
	// Page is what a browser sees that is sent to sign in; nil for nothing.
	Page http.HandlerFunc
	// Careless providers take a code several times, and from whoever has it.
	Careless bool

	t      testing.TB
	now    func() time.Time
	key    *rsa.PrivateKey
	server *httptest.Server
	mu     sync.Mutex
	codes  map[string]url.Values // what was asked for, by code
}

// NewProvider starts a provider, which the application of the test can reach.
func (a *App) NewProvider(t testing.TB) *Provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	Must(t, err)
	p := &Provider{t: t, now: a.Clock.Now, key: key, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	p.server = httptest.NewTLSServer(mux)
	t.Cleanup(p.server.Close)
	p.Issuer = p.server.URL
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.json(w, map[string]any{
			"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/auth", "token_endpoint": p.Issuer + "/token", "jwks_uri": p.Issuer + "/keys",
			"end_session_endpoint": p.Issuer + "/end", "id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"},
			"subject_types_supported": []string{"public"}, "token_endpoint_auth_methods_supported": []string{"client_secret_basic"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.json(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /auth", func(w http.ResponseWriter, r *http.Request) { p.Page(w, r) })
	mux.HandleFunc("GET /end", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.FormValue("post_logout_redirect_uri"), http.StatusFound)
	})
	a.SetProviders(openid.Config{HTTP: p.server.Client(), Now: a.Clock.Now})
	return p
}

func (p *Provider) json(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Errorf("apptest: provider: %v", err)
	}
}

// SignIn signs somebody in where a browser was sent, and returns what it brings back.
func (p *Provider) SignIn(away string) url.Values {
	p.t.Helper()
	u, err := url.Parse(away)
	Must(p.t, err)
	asked := u.Query()
	if asked.Get("client_id") != ClientID || asked.Get("code_challenge_method") != "S256" {
		p.t.Fatalf("apptest: provider: asked %s", away)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := token.NewID()
	p.codes[code] = asked
	return url.Values{"code": {code}, "state": {asked.Get("state")}}
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	asked, ok := p.codes[r.FormValue("code")]
	if !p.Careless {
		delete(p.codes, r.FormValue("code"))
	}
	p.mu.Unlock()
	challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	own := p.Careless || asked.Get("code_challenge") == base64.RawURLEncoding.EncodeToString(challenge[:])
	_, secret, _ := r.BasicAuth()
	if !ok || !own || secret != url.QueryEscape(ClientSecret) ||
		r.FormValue("redirect_uri") != asked.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		p.json(w, map[string]string{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{"nonce": asked.Get("nonce")}
	if asked.Get("max_age") != "" {
		claims["auth_time"] = p.now().Unix()
	}
	maps.Copy(claims, p.Claims)
	p.json(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.Token("JWT", claims)})
}

// Token returns a signed token of a type, with the claims that every one has besides.
func (p *Provider) Token(kind string, claims map[string]any) string {
	p.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: p.key}, (&jose.SignerOptions{}).WithType(jose.ContentType(kind)).WithHeader("kid", "1"))
	Must(p.t, err)
	all := map[string]any{"iss": p.Issuer, "aud": ClientID, "iat": p.now().Unix(), "exp": p.now().Add(2 * time.Minute).Unix()}
	maps.Copy(all, claims)
	text, err := json.Marshal(all)
	Must(p.t, err)
	signed, err := signer.Sign(text)
	Must(p.t, err)
	out, err := signed.CompactSerialize()
	Must(p.t, err)
	return out
}

// LogoutToken returns a token that says that somebody signed out at the provider.
func (p *Provider) LogoutToken(claims map[string]any) string {
	p.t.Helper()
	all := map[string]any{"jti": token.NewID(), "events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}}
	maps.Copy(all, claims)
	return p.Token("logout+jwt", all)
}
