package openid_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/openid"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

func accessTokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

// TestIDTokens is THE table of what an ID token has to fit. "" is a good one.
func TestIDTokens(t *testing.T) {
	now := time.Now()
	in := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for _, c := range []struct {
		name   string
		claims map[string]any
		want   string
	}{
		{"good", nil, ""},
		{"another issuer", map[string]any{"iss": "https://evil.example"}, "issuer"},
		{"an issuer with a slash", map[string]any{"iss": "SELF/"}, "issuer"},
		{"no issuer", map[string]any{"iss": nil}, "issuer"},
		{"another audience", map[string]any{"aud": "other"}, "audience"},
		{"no audience", map[string]any{"aud": nil}, "audience"},
		{"several audiences", map[string]any{"aud": []string{"app", "other"}}, "audience"},
		{"several audiences, made for us", map[string]any{"aud": []string{"app", "other"}, "azp": "app"}, ""},
		{"several audiences, made for another", map[string]any{"aud": []string{"app", "other"}, "azp": "other"}, "audience"},
		{"one audience, made for another", map[string]any{"azp": "other"}, "audience"},
		{"azp that is no text", map[string]any{"azp": 1}, "audience"},
		{"only made for us", map[string]any{"aud": []string{"other"}, "azp": "app"}, "audience"},
		{"expired", map[string]any{"exp": in(-3 * time.Minute)}, "expired"},
		{"expired within the skew", map[string]any{"exp": in(-time.Minute)}, ""},
		{"never expires", map[string]any{"exp": nil}, "expired"},
		{"expires as text", map[string]any{"exp": fmt.Sprint(in(time.Hour))}, "expired"},
		{"expires in another age", map[string]any{"exp": 1e300}, "expired"},
		{"from the future", map[string]any{"iat": in(3 * time.Minute)}, "clock"},
		{"from the future within the skew", map[string]any{"iat": in(time.Minute)}, ""},
		{"old", map[string]any{"iat": in(-13 * time.Minute)}, "clock"},
		{"not so old", map[string]any{"iat": in(-11 * time.Minute)}, ""},
		{"of no time", map[string]any{"iat": nil}, "clock"},
		{"not yet good", map[string]any{"nbf": in(3 * time.Minute)}, "clock"},
		{"good from now on", map[string]any{"nbf": in(0)}, ""},
		{"another nonce", map[string]any{"nonce": "another"}, "nonce"},
		{"no nonce", map[string]any{"nonce": nil}, "nonce"},
		{"nobody", map[string]any{"sub": nil}, "subject"},
		{"an empty subject", map[string]any{"sub": ""}, "subject"},
		{"a long subject", map[string]any{"sub": strings.Repeat("x", 255)}, ""},
		{"too long a subject", map[string]any{"sub": strings.Repeat("x", 256)}, "subject"},
		{"a subject with another case", map[string]any{"sub": nil, "SUB": "ada"}, "subject"},
		{"tells of an event", map[string]any{"events": map[string]any{logoutEvent: map[string]any{}}}, "id_token"},
		{"hash of the access token", map[string]any{"at_hash": accessTokenHash(fakeToken)}, ""},
		{"hash of another access token", map[string]any{"at_hash": accessTokenHash("x")}, "access_token_hash"},
		{"an empty hash", map[string]any{"at_hash": ""}, "access_token_hash"},
		{"signed in tomorrow", map[string]any{"auth_time": in(24 * time.Hour)}, "clock"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t)
			f.now = func() time.Time { return now }
			if iss, ok := c.claims["iss"].(string); ok {
				c.claims["iss"] = strings.Replace(iss, "SELF", f.url, 1)
			}
			f.claims = c.claims
			_, err := f.signIn()
			wantCode(t, c.name, err, c.want)
		})
	}
}

// TestSignatures is the table of how an ID token may be signed, and may not.
func TestSignatures(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	weak := &rsa.PublicKey{N: other.N.Rsh(other.N, 1100), E: other.E}
	for _, c := range []struct {
		name   string
		change func(*fake)
		want   string
	}{
		{"alg none", func(f *fake) {
			f.sign = func(c map[string]any) string { return encode(map[string]any{"alg": "none"}) + "." + encode(c) + "." }
		}, "algorithm"},
		{"alg None", func(f *fake) {
			f.sign = func(c map[string]any) string { return encode(map[string]any{"alg": "None"}) + "." + encode(c) + "." }
		}, "algorithm"},
		{"HS256 with the RSA key", func(f *fake) { f.sign = f.hs256 }, "algorithm"},
		{"an algorithm that is not named", func(f *fake) { f.metadata = map[string]any{"id_token_signing_alg_values_supported": []string{"ES256"}} }, "algorithm"},
		{"none that is named", func(f *fake) { f.metadata = map[string]any{"id_token_signing_alg_values_supported": nil} }, ""},
		{"only ones that are not allowed", func(f *fake) {
			f.metadata = map[string]any{"id_token_signing_alg_values_supported": []string{"none", "HS256"}}
		}, "algorithm"},
		{"another key with the same name", func(f *fake) { f.keys[0] = publicJWK(&rsaOther().PublicKey, "one") }, "signature"},
		{"an unknown key", func(f *fake) { f.keys[0]["kid"] = "two" }, "key_unknown"},
		{"no name of a key", func(f *fake) {
			f.sign = func(c map[string]any) string { return f.rs256(map[string]any{"alg": "RS256"}, c) }
		}, ""},
		{"a key in the token", func(f *fake) {
			f.keys[0] = publicJWK(&rsaOther().PublicKey, "one")
			f.sign = func(c map[string]any) string {
				return f.rs256(map[string]any{"alg": "RS256", "kid": "one", "jwk": publicJWK(&f.key.PublicKey, "one")}, c)
			}
		}, "signature"},
		{"a key for encryption", func(f *fake) { f.keys[0]["use"] = "enc" }, "keys_invalid"},
		{"a key for signatures", func(f *fake) { f.keys[0]["use"] = "sig" }, ""},
		{"a key for another algorithm", func(f *fake) { f.keys[0]["alg"] = "PS256" }, "key_unknown"},
		{"a key of another kind", func(f *fake) { f.keys = []map[string]any{ecJWK("one")} }, "key_unknown"},
		{"a short key", func(f *fake) { f.keys[0] = publicJWK(weak, "one") }, "keys_invalid"},
		{"a shared key", func(f *fake) { f.keys[0] = map[string]any{"kty": "oct", "k": "c2VjcmV0", "kid": "one"} }, "keys_invalid"},
		{"a private key", func(f *fake) {
			f.keys[0]["d"] = base64.RawURLEncoding.EncodeToString(f.key.D.Bytes())
			for i, name := range []string{"p", "q"} {
				f.keys[0][name] = base64.RawURLEncoding.EncodeToString(f.key.Primes[i].Bytes())
			}
		}, "keys_invalid"},
		{"beside keys that nobody knows", func(f *fake) {
			f.keys = append(f.keys, map[string]any{"kty": "XYZ", "kid": "x"}, map[string]any{"kty": "RSA", "n": 1})
		}, ""},
		{"a hundred keys", func(f *fake) {
			for i := range 99 {
				f.keys = append(f.keys, publicJWK(&f.key.PublicKey, fmt.Sprint(i)))
			}
		}, ""},
		{"more than a hundred keys", func(f *fake) {
			for i := range 100 {
				f.keys = append(f.keys, publicJWK(&f.key.PublicKey, fmt.Sprint(i)))
			}
		}, "keys_invalid"},
		{"type of a logout token", func(f *fake) {
			f.sign = func(c map[string]any) string {
				return f.rs256(map[string]any{"alg": "RS256", "kid": "one", "typ": "logout+jwt"}, c)
			}
		}, "id_token"},
		{"a critical header", func(f *fake) {
			f.sign = func(c map[string]any) string {
				return f.rs256(map[string]any{"alg": "RS256", "kid": "one", "crit": []string{"x"}, "x": 1}, c)
			}
		}, "signature"},
		{"other claims than were signed", func(f *fake) {
			f.sign = func(c map[string]any) string {
				parts := strings.Split(f.rs256(map[string]any{"alg": "RS256", "kid": "one"}, c), ".")
				return parts[0] + "." + encode(with(c, map[string]any{"sub": "eve"})) + "." + parts[2]
			}
		}, "signature"},
		{"the form with several signatures", func(f *fake) {
			f.sign = func(c map[string]any) string {
				parts := strings.Split(f.rs256(map[string]any{"alg": "RS256", "kid": "one"}, c), ".")
				return fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, parts[1], parts[0], parts[2])
			}
		}, "id_token"},
		{"not a token", func(f *fake) { f.sign = func(map[string]any) string { return "x" } }, "id_token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t)
			c.change(f)
			_, err := f.signIn()
			wantCode(t, c.name, err, c.want)
		})
	}
}

var rsaOther = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	return key
})

func ecJWK(kid string) map[string]any {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	raw, err := key.PublicKey.Bytes()
	must(err)
	return map[string]any{
		"kty": "EC", "crv": "P-256", "kid": kid, "x": base64.RawURLEncoding.EncodeToString(raw[1:33]), "y": base64.RawURLEncoding.EncodeToString(raw[33:]),
	}
}

// TestCallbacks: an answer belongs to one sign-in, at one provider.
func TestCallbacks(t *testing.T) {
	f := newFake(t)
	for _, c := range []struct {
		name string
		cb   openid.Callback
		want string
	}{
		{"good", openid.Callback{Code: "CODE", State: "STATE"}, ""},
		{"with the issuer", openid.Callback{Code: "CODE", State: "STATE", Iss: f.url}, ""},
		{"another state", openid.Callback{Code: "CODE", State: "another"}, "state"},
		{"no state", openid.Callback{Code: "CODE"}, "state"},
		{"of another provider", openid.Callback{Code: "CODE", State: "STATE", Iss: "https://evil.example"}, "callback_issuer"},
		{"an error of another provider", openid.Callback{Error: "access_denied", State: "STATE", Iss: "https://evil.example"}, "callback_issuer"},
		{"no code", openid.Callback{State: "STATE"}, "callback"},
		{"refused", openid.Callback{Error: "access_denied", State: "STATE"}, "consent_refused"},
		{"has to sign in", openid.Callback{Error: "login_required", State: "STATE"}, "sign_in_needed"},
		{"broken", openid.Callback{Error: "server_error", State: "STATE"}, "provider_refused"},
		{"refused for another state", openid.Callback{Error: "access_denied", State: "x"}, "state"},
	} {
		r := newRequest()
		c.cb.State = strings.Replace(c.cb.State, "STATE", r.State, 1)
		c.cb.Code = strings.Replace(c.cb.Code, "CODE", r.Nonce, 1)
		before := f.count("/token")
		_, err := f.finish(f.provider(), r, c.cb)
		wantCode(t, c.name, err, c.want)
		if c.want != "" && f.count("/token") != before {
			t.Errorf("%s: the code was sent", c.name)
		}
	}
}

// TestMixUp: a provider that names itself in each answer has to.
func TestMixUp(t *testing.T) {
	f := newFake(t)
	f.metadata = map[string]any{"authorization_response_iss_parameter_supported": true}
	r := newRequest()
	_, err := f.finish(f.provider(), r, openid.Callback{State: r.State, Code: r.Nonce})
	wantCode(t, "no issuer", err, "callback_issuer")
	_, err = f.finish(f.provider(), r, openid.Callback{State: r.State, Code: r.Nonce, Iss: f.url})
	wantCode(t, "the issuer", err, "")
}

func TestProviderErrorIsOneShortLine(t *testing.T) {
	f := newFake(t)
	r := newRequest()
	_, err := f.finish(f.provider(), r, openid.Callback{State: r.State, Error: "weird", ErrorDescription: "a\r\nb\x00\u202e" + strings.Repeat("c", 1000)})
	p, ok := errors.AsType[*federate.Problem](err)
	if !ok || !strings.HasPrefix(p.Detail, "weird a b ccc") || strings.ContainsAny(p.Detail, "\r\n\x00\u202e") || len([]rune(p.Detail)) > openid.MaxSaid+1 {
		t.Errorf("%#v", err)
	}
}

func TestMaxAge(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name     string
		authTime any
		maxAge   time.Duration
		started  time.Time
		want     string
	}{
		{"not asked for", nil, -1, time.Time{}, ""},
		{"missing", nil, 0, time.Time{}, "auth_time"},
		{"just now", now.Unix(), 0, time.Time{}, ""},
		{"too long ago", now.Add(-10 * time.Minute).Unix(), 5 * time.Minute, time.Time{}, "auth_time"},
		{"not too long ago", now.Add(-4 * time.Minute).Unix(), 5 * time.Minute, time.Time{}, ""},
		{"after the start", now.Add(-8 * time.Minute).Unix(), 0, now.Add(-9 * time.Minute), ""},
		{"before the start", now.Add(-12 * time.Minute).Unix(), 0, now.Add(-9 * time.Minute), "auth_time"},
	} {
		f := newFake(t)
		f.now = func() time.Time { return now }
		f.claims = map[string]any{"auth_time": c.authTime}
		r := newRequest()
		r.MaxAge, r.Started = c.maxAge, c.started
		_, err := f.finish(f.provider(), r, openid.Callback{State: r.State, Code: r.Nonce})
		wantCode(t, c.name, err, c.want)
	}
}

// TestDiscovery is the table of metadata, SELF being the provider.
func TestDiscovery(t *testing.T) {
	for _, c := range []struct {
		name     string
		metadata map[string]any
		want     string
	}{
		{"good", nil, ""},
		{"another issuer", map[string]any{"issuer": "https://evil.example"}, "discovery_issuer"},
		{"an issuer with a slash", map[string]any{"issuer": "SELF/"}, "discovery_issuer"},
		{"no issuer", map[string]any{"issuer": nil}, "discovery_issuer"},
		{"an issuer of many", map[string]any{"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}, "issuer_template"},
		{"no keys", map[string]any{"jwks_uri": nil}, "discovery_invalid"},
		{"no token endpoint", map[string]any{"token_endpoint": nil}, "discovery_invalid"},
		{"no place to go", map[string]any{"authorization_endpoint": nil}, "discovery_invalid"},
		{"no userinfo", map[string]any{"userinfo_endpoint": nil}, ""},
		{"place to go by http", map[string]any{"authorization_endpoint": "http://idp.example/auth"}, "address_insecure"},
		{"token endpoint by http", map[string]any{"token_endpoint": "http://idp.example/token"}, "address_insecure"},
		{"keys by http", map[string]any{"jwks_uri": "http://idp.example/jwks"}, "address_insecure"},
		{"userinfo by http", map[string]any{"userinfo_endpoint": "http://idp.example/me"}, "address_insecure"},
		{"end of session by http", map[string]any{"end_session_endpoint": "http://idp.example/end"}, "address_insecure"},
		{"a script", map[string]any{"authorization_endpoint": "javascript:alert(1)"}, "address_insecure"},
		{"a name in the address", map[string]any{"token_endpoint": "https://user@idp.example/token"}, "address_insecure"},
		{"no host", map[string]any{"token_endpoint": "https:///token"}, "address_insecure"},
		{"a list for text", map[string]any{"token_endpoint": []string{"x"}}, "discovery_invalid"},
	} {
		f := newFake(t)
		for name, value := range c.metadata {
			if text, ok := value.(string); ok {
				c.metadata[name] = strings.Replace(text, "SELF", f.url, 1)
			}
		}
		f.metadata = c.metadata
		_, err := f.client.AuthURL(t.Context(), f.provider(), newRequest(), nil)
		wantCode(t, c.name, err, c.want)
	}
}

func TestIssuers(t *testing.T) {
	f := newFake(t)
	for issuer, want := range map[string]string{
		"http://idp.example": "address_insecure", "idp.example": "address_insecure", "": "address_insecure", "https://idp.example?x": "address_insecure",
		"https://idp.example#x": "address_insecure", "https://idp.example/ x": "address_insecure", "http://localhost": "address_insecure",
		"https://login.microsoftonline.com/{tenant}/v2.0": "issuer_template", "https://" + strings.Repeat("x", 3000): "address_insecure",
	} {
		_, err := f.client.Metadata(t.Context(), issuer, nil)
		wantCode(t, issuer, err, want)
	}
	plain := openid.New(openid.Config{HTTP: onLocalhost().Client(true), AllowHTTP: true})
	_, err := plain.Metadata(t.Context(), "http://idp.example", nil)
	wantCode(t, "http elsewhere", err, "address_insecure")
	_, err = plain.Metadata(t.Context(), "http://127.0.0.1:1", nil)
	wantCode(t, "http on this machine", err, "discovery_unreachable")
}

// TestGuard: with the guarded client nothing leads into the own network.
func TestGuard(t *testing.T) {
	f := newFake(t)
	guarded := openid.New(openid.Config{HTTP: onLocalhost().Client(false)})
	_, err := guarded.Metadata(t.Context(), f.url, nil)
	wantCode(t, "an issuer in the own network", err, "address_refused")
	if n := f.count("/.well-known/openid-configuration"); n != 0 {
		t.Errorf("it was asked %d times", n)
	}
	// What metadata names goes through the same client.
	for name, step := range map[string]string{"token_endpoint": "/token", "jwks_uri": "/jwks", "userinfo_endpoint": "/me"} {
		f := newFake(t)
		f.claims = map[string]any{"name": nil}
		f.metadata = map[string]any{name: strings.Replace(f.url, "localhost", "0.0.0.0", 1) + step} // which no client may reach
		_, err := f.signIn()
		wantCode(t, name, err, "address_refused")
	}
}

// TestRedirects: none is followed, whatever the client that was given does.
func TestRedirects(t *testing.T) {
	for path, want := range map[string]string{
		"/.well-known/openid-configuration": "discovery_unreachable", "/jwks": "keys_unreachable", "/token": "token_refused", "/me": "userinfo_unreachable",
	} {
		f := newFake(t)
		follows := *onLocalhost().Client(true)
		follows.CheckRedirect = nil
		f.client = openid.New(openid.Config{HTTP: &follows})
		f.claims = map[string]any{"name": nil}
		f.handle[path] = func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}
		_, err := f.signIn()
		wantCode(t, path, err, want)
		if f.count("/elsewhere") != 0 {
			t.Errorf("%s: the redirect was followed", path)
		}
	}
}

// endless answers with gigabytes, until nobody listens.
func endless(sent *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"x":"`)
		part := strings.Repeat("x", 1<<16)
		for range 1 << 15 {
			n, err := io.WriteString(w, part)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
}

func TestGigabytes(t *testing.T) {
	for path, want := range map[string]string{
		"/.well-known/openid-configuration": "discovery_unreachable", "/jwks": "keys_unreachable", "/token": "token_unreachable", "/me": "userinfo_unreachable",
	} {
		f := newFake(t)
		plain := *onLocalhost().Client(true)
		plain.Transport = http.DefaultTransport.(*http.Transport).Clone() // without outbound's own limit
		plain.Transport.(*http.Transport).TLSClientConfig = f.server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		plain.Transport.(*http.Transport).TLSClientConfig.RootCAs = onLocalhost().Roots
		f.client = openid.New(openid.Config{HTTP: &plain})
		f.claims = map[string]any{"name": nil}
		var sent atomic.Int64
		f.handle[path] = endless(&sent)
		_, err := f.signIn()
		wantCode(t, path, err, want)
		if n := sent.Load(); n > 64<<20 || !strings.Contains(err.Error(), "too large") {
			t.Errorf("%s: %d bytes were sent, %v", path, n, err)
		}
	}
}

func TestSlow(t *testing.T) {
	for path, want := range map[string]string{
		"/.well-known/openid-configuration": "discovery_unreachable", "/jwks": "keys_unreachable", "/token": "token_unreachable", "/me": "userinfo_unreachable",
	} {
		f := newFake(t)
		f.claims = map[string]any{"name": nil}
		f.handle[path] = func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(3 * time.Second):
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		start := time.Now()
		r := newRequest()
		_, err := f.client.Finish(ctx, f.provider(), r, openid.Callback{State: r.State, Code: r.Nonce}, nil)
		cancel()
		wantCode(t, path, err, want)
		if took := time.Since(start); took > 2*time.Second || !strings.Contains(err.Error(), "no answer in time") {
			t.Errorf("%s: %v after %v", path, err, took)
		}
	}
}

// TestKeyFlood: anybody can name an unknown key.
func TestKeyFlood(t *testing.T) {
	f := newFake(t)
	now := time.Now()
	var ahead atomic.Int64
	f.now = func() time.Time { return now.Add(time.Duration(ahead.Load())) }
	if _, err := f.signIn(); err != nil {
		t.Fatal(err)
	}
	good := f.sign
	f.sign = func(c map[string]any) string {
		return f.rs256(map[string]any{"alg": "RS256", "kid": rand.Text()}, c)
	}
	var all sync.WaitGroup
	flood := func() {
		for range 20 {
			all.Go(func() {
				_, err := f.signIn()
				wantCode(t, "unknown key", err, "key_unknown")
			})
		}
		all.Wait()
	}
	flood()
	if n := f.count("/jwks"); n != 1 {
		t.Errorf("within a minute the keys were fetched %d times", n)
	}
	ahead.Store(int64(61 * time.Second))
	flood()
	if n := f.count("/jwks"); n != 2 {
		t.Errorf("after a minute the keys were fetched %d times", n)
	}
	f.handle["/jwks"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	ahead.Store(int64(122 * time.Second))
	_, err := f.signIn()
	wantCode(t, "unknown key, and no answer", err, "keys_unreachable")
	f.sign = good
	if _, err := f.signIn(); err != nil || f.count("/jwks") != 3 {
		t.Errorf("the keys that were there: %v, fetched %d times", err, f.count("/jwks"))
	}
	ahead.Store(int64(2 * time.Hour))
	_, err = f.signIn()
	wantCode(t, "keys of yesterday", err, "keys_unreachable")
	if n := f.count("/jwks"); n != 4 {
		t.Errorf("fetched %d times", n)
	}
	_, err = f.signIn()
	if wantCode(t, "still no answer", err, "keys_unreachable"); f.count("/jwks") != 4 {
		t.Errorf("fetched again at once")
	}
}

// TestRotationWithoutNames: keys may have no names at all.
func TestRotationWithoutNames(t *testing.T) {
	f := newFake(t)
	now := time.Now()
	f.now = func() time.Time { return now }
	f.sign = func(c map[string]any) string { return f.rs256(map[string]any{"alg": "RS256"}, c) }
	if _, err := f.signIn(); err != nil {
		t.Fatal(err)
	}
	f.key = rsaOther()
	f.keys = []map[string]any{publicJWK(&f.key.PublicKey, "")}
	_, err := f.signIn()
	wantCode(t, "within a minute", err, "signature")
	now = now.Add(time.Minute + time.Second)
	_, err = f.signIn()
	wantCode(t, "after a minute", err, "")
}

func TestMetadataIsKept(t *testing.T) {
	const path = "/.well-known/openid-configuration"
	f := newFake(t)
	now := time.Now()
	f.now = func() time.Time { return now }
	ask := func(tr *federate.Trace) error {
		_, err := f.client.Metadata(t.Context(), f.url, tr)
		return err
	}
	for _, c := range []struct {
		later time.Duration
		down  bool
		tr    *federate.Trace
		want  string
		asked int
	}{
		{0, false, nil, "", 1}, {59 * time.Minute, true, nil, "", 1}, // kept, although it is down
		{2 * time.Minute, true, nil, "discovery_unreachable", 2},
		{5 * time.Second, false, nil, "discovery_unreachable", 2}, // it is back, but has just failed
		{6 * time.Second, false, nil, "", 3},
		{5 * time.Second, false, &federate.Trace{}, "", 3},
		{6 * time.Second, false, &federate.Trace{}, "", 4}, // a test wants to see it as it is
	} {
		now = now.Add(c.later)
		delete(f.handle, path)
		if c.down {
			f.handle[path] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
		}
		err := ask(c.tr)
		wantCode(t, c.later.String(), err, c.want)
		if n := f.count(path); n != c.asked {
			t.Errorf("%v later: asked %d times, want %d", c.later, n, c.asked)
		}
		if c.tr != nil && (len(c.tr.Steps) != 1 || c.tr.Steps[0].Got == "") {
			t.Errorf("%+v", c.tr)
		}
	}
}

// TestImpatience: who gives up takes nothing from those who wait.
func TestImpatience(t *testing.T) {
	f := newFake(t)
	slow := make(chan struct{})
	f.handle["/.well-known/openid-configuration"] = func(w http.ResponseWriter, r *http.Request) {
		<-slow
		f.usual(w, r)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := f.client.Metadata(ctx, f.url, nil)
	wantCode(t, "impatient", err, "discovery_unreachable")
	close(slow)
	_, err = f.client.Metadata(t.Context(), f.url, nil)
	wantCode(t, "patient", err, "")
	if n := f.count("/.well-known/openid-configuration"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestParallel(t *testing.T) {
	f := newFake(t)
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			if _, err := f.signIn(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if f.count("/jwks") != 1 || f.count("/.well-known/openid-configuration") != 1 {
		t.Errorf("fetched %v", f.counts)
	}
}

func TestAuthURL(t *testing.T) {
	f := newFake(t)
	o, r := f.provider(), newRequest()
	o.Scopes = []string{"email"}
	r.LoginHint, r.Prompt, r.MaxAge, r.ResponseMode = "ada@example.com", "login", time.Minute, "form_post"
	to, err := f.client.AuthURL(t.Context(), o, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(r.Verifier))
	u, err := url.Parse(to)
	must(err)
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "app", "redirect_uri": redirectURI, "scope": "openid email", "state": r.State, "nonce": r.Nonce,
		"code_challenge": base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method": "S256",
		"login_hint": "ada@example.com", "prompt": "login", "max_age": "60", "response_mode": "form_post",
	} {
		if got := u.Query()[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if strings.Contains(to, r.Verifier) || !strings.HasPrefix(to, f.url+"/auth?") {
		t.Error(to)
	}
	for name, change := range map[string]func(*openid.Request){
		"state": func(r *openid.Request) { r.State = "short" }, "nonce": func(r *openid.Request) { r.Nonce = "" },
		"verifier": func(r *openid.Request) { r.Verifier = r.Verifier[:42] }, "address": func(r *openid.Request) { r.RedirectURI = "" },
	} {
		bad := r
		change(&bad)
		_, err := f.client.AuthURL(t.Context(), o, bad, nil)
		wantCode(t, "no "+name, err, "configuration")
		_, err = f.finish(o, bad, openid.Callback{State: bad.State, Code: bad.Nonce})
		wantCode(t, "no "+name, err, "configuration")
	}
}

func TestProvidersThatCannotBe(t *testing.T) {
	f := newFake(t)
	for name, change := range map[string]func(*openid.Provider){
		"kind": func(p *openid.Provider) { p.Kind = "saml" }, "client": func(p *openid.Provider) { p.ClientID = "" },
		"secret": func(p *openid.Provider) { p.Auth, p.ClientSecret = openid.AuthBasic, "" }, "auth": func(p *openid.Provider) { p.Auth = "x" },
		"key": func(p *openid.Provider) { p.Auth = openid.AuthApple },
	} {
		o := f.provider()
		change(&o)
		_, err := f.client.AuthURL(t.Context(), o, newRequest(), nil)
		wantCode(t, name, err, "configuration")
	}
}
