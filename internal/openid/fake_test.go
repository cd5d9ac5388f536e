package openid_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/openid"
)

// fake is a provider that does what a test wants, above all what none should. Its tokens are made with the
// standard library.
type fake struct {
	t      testing.TB
	server *httptest.Server
	url    string
	key    *rsa.PrivateKey
	kid    string
	client *openid.Client
	now    func() time.Time

	mu     sync.Mutex
	counts map[string]int // of requests, by path
	form   url.Values     // the last one at the token endpoint
	header http.Header    // the same

	metadata map[string]any // beside what is usual; nil takes something away
	keys     []map[string]any
	claims   map[string]any // of the ID token, the same way
	tokens   map[string]any // of the answer with tokens, the same way
	userInfo map[string]any
	sign     func(claims map[string]any) string
	handle   map[string]http.HandlerFunc // instead of what is usual
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	return key
})

const fakeToken = "an access token"

func newFake(t testing.TB) *fake {
	t.Helper()
	f := &fake{t: t, key: rsaKey(), kid: "one", counts: map[string]int{}, handle: map[string]http.HandlerFunc{}}
	f.now = time.Now
	f.server = onLocalhost().Serve(t, http.HandlerFunc(f.serve))
	f.url = f.server.URL
	f.keys = []map[string]any{publicJWK(&f.key.PublicKey, f.kid)}
	f.sign = func(c map[string]any) string { return f.rs256(map[string]any{"alg": "RS256", "kid": f.kid}, c) }
	f.client = openid.New(openid.Config{HTTP: onLocalhost().Client(true), Now: func() time.Time { return f.now() }})
	return f
}

func publicJWK(key *rsa.PublicKey, kid string) map[string]any {
	return map[string]any{
		"kty": "RSA", "kid": kid, "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}
}

// with changes members; nil takes one away.
func with(usual, changes map[string]any) map[string]any {
	all := maps.Clone(usual)
	for name, value := range changes {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	return all
}

func (f *fake) count(path string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts[path]
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.counts[r.URL.Path]++
	f.mu.Unlock()
	if h := f.handle[r.URL.Path]; h != nil {
		h(w, r)
		return
	}
	f.usual(w, r)
}

func (f *fake) usual(w http.ResponseWriter, r *http.Request) {
	var answer any
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		answer = with(map[string]any{
			"issuer": f.url, "authorization_endpoint": f.url + "/auth", "token_endpoint": f.url + "/token", "jwks_uri": f.url + "/jwks",
			"userinfo_endpoint": f.url + "/me", "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
		}, f.metadata)
	case "/jwks":
		answer = map[string]any{"keys": f.keys}
	case "/token":
		must(r.ParseForm())
		f.mu.Lock()
		f.form, f.header = r.PostForm, r.Header
		f.mu.Unlock()
		answer = with(map[string]any{"access_token": fakeToken, "token_type": "Bearer", "id_token": f.sign(f.idClaims(r.PostForm.Get("code")))}, f.tokens)
	case "/me":
		answer = f.userInfo
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	must(json.NewEncoder(w).Encode(answer))
}

// idClaims are those of a good ID token. The code is the nonce.
func (f *fake) idClaims(nonce string) map[string]any {
	return with(map[string]any{
		"iss": f.url, "sub": "ada", "aud": "app", "exp": f.now().Add(time.Hour).Unix(), "iat": f.now().Unix(), "nonce": nonce,
		"email": "ada@example.com", "email_verified": true, "name": "Ada",
	}, f.claims)
}

func encode(v any) string {
	text, err := json.Marshal(v)
	must(err)
	return base64.RawURLEncoding.EncodeToString(text)
}

func (f *fake) rs256(header, claims map[string]any) string {
	text := encode(header) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, f.key, crypto.SHA256, sum[:])
	must(err)
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// hs256 signs with the public key as if it were a shared secret: who mixes up algorithms takes it.
func (f *fake) hs256(claims map[string]any) string {
	der, err := x509.MarshalPKIXPublicKey(&f.key.PublicKey)
	must(err)
	text := encode(map[string]any{"alg": "HS256", "kid": f.kid}) + "." + encode(claims)
	mac := hmac.New(sha256.New, der)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (f *fake) provider() openid.Provider {
	return openid.Provider{Kind: openid.OpenID, Issuer: f.url, ClientID: "app", ClientSecret: "secret of the app", Scopes: []string{"openid", "email", "profile"}}
}

func (f *fake) finish(o openid.Provider, r openid.Request, cb openid.Callback) (federate.Assertion, error) {
	f.t.Helper()
	return f.client.Finish(f.t.Context(), o, r, cb, nil)
}

// signIn comes back with a good answer.
func (f *fake) signIn() (federate.Assertion, error) {
	f.t.Helper()
	r := newRequest()
	return f.finish(f.provider(), r, openid.Callback{State: r.State, Code: r.Nonce})
}
