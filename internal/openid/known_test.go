package openid_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/openid"
)

func TestApple(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	must(err)
	parsed, err := openid.ParseAppleKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
	if err != nil {
		t.Fatal(err)
	}
	f := newFake(t)
	f.claims = map[string]any{"email_verified": "true", "name": nil}
	f.metadata = map[string]any{"userinfo_endpoint": nil}
	o, r := f.provider(), newRequest()
	o.ClientSecret, o.Auth, o.Claims = "", openid.AuthApple, openid.Claims{VerifiedText: true}
	o.Apple = openid.AppleKey{TeamID: "TEAM", KeyID: "KEY", Key: parsed}
	a, err := f.finish(o, r, openid.Callback{State: r.State, Code: r.Nonce, User: `{"name":{"firstName":"Ada","lastName":"L.\u202e"},"email":"eve@example.com"}`})
	if err != nil || a.Name != "Ada L." || a.Email != "ada@example.com" || !a.EmailVerified {
		t.Errorf("%+v, %v", a, err)
	}
	checkAppleSecret(t, f, key)

	// The name is not signed: it adds one, and replaces none.
	f.claims["name"] = "Signed"
	r = newRequest()
	a, err = f.finish(o, r, openid.Callback{State: r.State, Code: r.Nonce, User: `{"name":{"firstName":"Ada"}}`})
	if err != nil || a.Name != "Signed" {
		t.Errorf("%+v, %v", a, err)
	}
	o, r = f.provider(), newRequest()
	delete(f.claims, "name")
	f.claims["name"] = nil
	a, err = f.finish(o, r, openid.Callback{State: r.State, Code: r.Nonce, User: `{"name":{"firstName":"Eve"}}`})
	if err != nil || a.Name != "" {
		t.Errorf("another provider: %+v, %v", a, err)
	}
}

// checkAppleSecret verifies the secret with the standard library.
func checkAppleSecret(t *testing.T, f *fake, key *ecdsa.PrivateKey) {
	t.Helper()
	parts := strings.Split(f.form.Get("client_secret"), ".")
	if len(parts) != 3 {
		t.Fatalf("%v", f.form)
	}
	var header, claims map[string]any
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		must(err)
		must(json.Unmarshal(text, into))
	}
	if header["alg"] != "ES256" || header["kid"] != "KEY" || claims["iss"] != "TEAM" || claims["sub"] != "app" || claims["aud"] != f.url ||
		claims["exp"].(float64)-claims["iat"].(float64) != 300 {
		t.Errorf("%v %v", header, claims)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	must(err)
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if len(signature) != 64 || !ecdsa.Verify(&key.PublicKey, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		t.Error("the signature is wrong")
	}
}

func TestAppleKeys(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(err)
	raw, err := x509.MarshalPKCS8PrivateKey(other)
	must(err)
	for name, text := range map[string][]byte{
		"nothing": nil, "no PEM": []byte("x"), "no key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}),
		"another curve": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}),
	} {
		_, err := openid.ParseAppleKey(text)
		wantCode(t, name, err, "configuration")
	}
}

// asGitHub makes a GitHub Enterprise Server of a fake.
func asGitHub(f *fake, user, addresses any) openid.Provider {
	f.handle["/login/oauth/access_token"] = func(w http.ResponseWriter, r *http.Request) {
		must(r.ParseForm())
		f.form = r.PostForm
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer","scope":"user:email"}`, fakeToken)
	}
	for path, answer := range map[string]any{"/api/v3/user": user, "/api/v3/user/emails": addresses} {
		f.handle[path] = func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+fakeToken {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			must(json.NewEncoder(w).Encode(answer))
		}
	}
	return openid.Provider{Kind: openid.GitHub, Issuer: f.url, ClientID: "app", ClientSecret: "secret", Auth: openid.AuthPost, Scopes: []string{"user:email"}}
}

func TestGitHub(t *testing.T) {
	type address struct {
		Email    string `json:"email"`
		Primary  bool   `json:"primary"`
		Verified bool   `json:"verified"`
	}
	ada := map[string]any{"id": 42, "login": "ada", "name": "Ada", "email": "shown@example.com"}
	for _, c := range []struct {
		name      string
		user      any
		addresses any
		email     string
		want      string
	}{
		{"good", ada, []address{{"a@example.com", false, true}, {"b@example.com", true, true}}, "b@example.com", ""},
		{"not verified", ada, []address{{"a@example.com", false, true}, {"b@example.com", true, false}}, "", ""},
		{"no address", ada, []address{}, "", ""},
		{"no id", map[string]any{"login": "ada"}, []address{}, "", "subject"},
		{"an id that is text", map[string]any{"id": "42", "login": "ada"}, []address{}, "", "userinfo_invalid"},
		{"addresses that are none", ada, "x", "", "userinfo_invalid"},
	} {
		f := newFake(t)
		o, r := asGitHub(f, c.user, c.addresses), newRequest()
		to, err := f.client.AuthURL(t.Context(), o, r, nil)
		if err != nil || !strings.HasPrefix(to, f.url+"/login/oauth/authorize?") || !strings.Contains(to, "code_challenge_method=S256") || strings.Contains(to, "openid") {
			t.Errorf("%s: %s, %v", c.name, to, err)
		}
		a, err := f.finish(o, r, openid.Callback{State: r.State, Code: "code", Iss: f.url + "/login/oauth"})
		wantCode(t, c.name, err, c.want)
		if err == nil && (a.Subject != "42" || a.Issuer != f.url || a.Name != "Ada" || a.Email != c.email || a.EmailVerified != (c.email != "") || a.Attributes["login"][0] != "ada") {
			t.Errorf("%s: %+v", c.name, a)
		}
		if f.form.Get("code_verifier") != r.Verifier {
			t.Errorf("%s: %v", c.name, f.form)
		}
	}
	f := newFake(t)
	o, r := asGitHub(f, ada, nil), newRequest()
	_, err := f.finish(o, r, openid.Callback{State: r.State, Code: "code", Iss: "https://evil.example"})
	wantCode(t, "of another provider", err, "callback_issuer")
	_, err = f.finish(o, r, openid.Callback{State: "x", Code: "code"})
	wantCode(t, "another state", err, "state")
	r.MaxAge = time.Minute
	_, err = f.finish(o, r, openid.Callback{State: r.State, Code: "code"})
	wantCode(t, "asked when", err, "configuration")
}

func TestPresets(t *testing.T) {
	client := openid.New(openid.Config{HTTP: onLocalhost().Client(false)})
	seen := map[string]bool{}
	for _, p := range openid.Presets {
		if seen[p.ID] || p.ID == "" || p.Name == "" || len(p.Scopes) == 0 {
			t.Errorf("%+v", p)
		}
		seen[p.ID] = true
		issuer, err := p.FillIssuer(map[string]string{"host": "ID.example.com", "realm": "main", "tenant": "72F988BF-86F1-41AF-91AB-2D7CD011DB47"})
		if err != nil || strings.ContainsAny(issuer, "{}") || (issuer == "") != (p.ID == "other") {
			t.Errorf("%s: %q, %v", p.ID, issuer, err)
		}
		if strings.Contains(p.Issuer, "{") {
			_, err := client.Metadata(t.Context(), p.Issuer, nil)
			wantCode(t, p.ID+" as it is", err, "issuer_template")
		}
	}
	for id, values := range map[string]map[string]string{
		"entra":    {"tenant": "common"},
		"keycloak": {"host": "id.example.com", "realm": "../x"},
		"okta":     {"host": "evil.example/x"},
	} {
		for _, p := range openid.Presets {
			if p.ID == id {
				_, err := p.FillIssuer(values)
				wantCode(t, id, err, "issuer_template")
			}
		}
	}
	for id, want := range map[string]string{"gitlab": "https://gitlab.com", "github": "https://github.com"} {
		for _, p := range openid.Presets {
			if got, err := p.FillIssuer(nil); p.ID == id && (got != want || err != nil) {
				t.Errorf("%s: %s, %v", id, got, err)
			}
		}
	}
}
