package openid_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/openid"
)

// TestEmailVerified is THE table of what says that an address was verified.
func TestEmailVerified(t *testing.T) {
	text := openid.Claims{VerifiedText: true}
	entra := openid.Claims{Verified: "xms_edov", VerifiedText: true}
	for _, c := range []struct {
		names  openid.Claims
		claims map[string]any
		want   bool
	}{
		{openid.Claims{}, map[string]any{"email_verified": true}, true},
		{openid.Claims{}, map[string]any{"email_verified": false}, false},
		{openid.Claims{}, map[string]any{"email_verified": "true"}, false},
		{openid.Claims{}, map[string]any{"email_verified": "false"}, false},
		{openid.Claims{}, map[string]any{"email_verified": 1}, false},
		{openid.Claims{}, map[string]any{"email_verified": json.RawMessage("null")}, false},
		{openid.Claims{}, map[string]any{"email_verified": []bool{true}}, false},
		{openid.Claims{}, map[string]any{"email_verified": nil}, false},
		{openid.Claims{}, map[string]any{"email_verified": nil, "Email_Verified": true}, false},
		{openid.Claims{}, map[string]any{"email_verified": true, "email": nil}, false},
		{openid.Claims{}, map[string]any{"email_verified": nil, "xms_edov": true}, false},
		{text, map[string]any{"email_verified": "true"}, true},
		{text, map[string]any{"email_verified": true}, true},
		{text, map[string]any{"email_verified": "false"}, false},
		{text, map[string]any{"email_verified": "TRUE"}, false},
		{text, map[string]any{"email_verified": ""}, false},
		{text, map[string]any{"email_verified": 1}, false},
		{entra, map[string]any{"email_verified": true}, false},
		{entra, map[string]any{"email_verified": nil, "xms_edov": true}, true},
		{entra, map[string]any{"email_verified": nil, "xms_edov": "1"}, true},
		{entra, map[string]any{"email_verified": nil, "xms_edov": "0"}, false},
		{entra, map[string]any{"email_verified": nil, "xms_edov": false}, false},
	} {
		f := newFake(t)
		f.claims = c.claims
		f.metadata = map[string]any{"userinfo_endpoint": nil}
		o, r := f.provider(), newRequest()
		o.Claims = c.names
		a, err := f.finish(o, r, openid.Callback{State: r.State, Code: r.Nonce})
		if err != nil || a.EmailVerified != c.want {
			t.Errorf("%+v with %v: %v, %v", c.names, c.claims, a.EmailVerified, err)
		}
	}
}

func TestUserInfo(t *testing.T) {
	missing := map[string]any{"email": nil, "email_verified": nil, "name": nil}
	for _, c := range []struct {
		name         string
		claims, more map[string]any
		want         string // of a problem
		asked        int
		email        string
		verified     bool
	}{
		{"not needed", nil, nil, "", 0, "ada@example.com", true},
		{"needed", missing, map[string]any{"sub": "ada", "email": "ada@example.org", "email_verified": true, "name": "Ada"}, "", 1, "ada@example.org", true},
		{"not verified", missing, map[string]any{"sub": "ada", "email": "ada@example.org", "email_verified": "true"}, "", 1, "ada@example.org", false},
		{"about somebody else", missing, map[string]any{"sub": "eve", "email": "ada@example.org", "email_verified": true}, "userinfo_subject", 1, "", false},
		{"about nobody", missing, map[string]any{"email": "ada@example.org"}, "userinfo_subject", 1, "", false},
		{"verified, but another address", map[string]any{"email_verified": nil}, map[string]any{"sub": "ada", "email_verified": true}, "", 1, "ada@example.com", false},
		{"verified there", map[string]any{"email_verified": nil}, map[string]any{"sub": "ada", "email": "ada@example.org", "email_verified": true}, "", 1, "ada@example.org", true},
		{"only the name is missing", map[string]any{"name": nil}, map[string]any{"sub": "ada", "email": "eve@example.org", "email_verified": true, "name": "A"}, "", 1, "ada@example.com", true},
	} {
		f := newFake(t)
		f.claims, f.userInfo = c.claims, c.more
		a, err := f.signIn()
		wantCode(t, c.name, err, c.want)
		if f.count("/me") != c.asked || a.Email != c.email || a.EmailVerified != c.verified {
			t.Errorf("%s: asked %d times, %+v", c.name, f.count("/me"), a)
		}
	}
	f := newFake(t)
	f.claims = map[string]any{"email": nil, "locale": "de"}
	f.userInfo = map[string]any{"sub": "ada", "name": "Other", "locale": "fr", "hair": "red"}
	if a, err := f.signIn(); err != nil || a.Name != "Ada" || a.Locale != "de" || a.Attributes["hair"][0] != "red" || a.Attributes["name"][0] != "Ada" {
		t.Errorf("what is signed counts more: %+v, %v", a, err)
	}
	f = newFake(t)
	f.claims = missing
	for body, want := range map[string]string{"[]": "userinfo_invalid", "x": "userinfo_invalid", "null": "userinfo_invalid", "": "userinfo_invalid"} {
		f.handle["/me"] = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
		_, err := f.signIn()
		wantCode(t, body, err, want)
	}
	f.handle["/me"] = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+fakeToken {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `{"sub":"ada"}`)
	}
	_, err := f.signIn()
	wantCode(t, "asked with the token", err, "")
}

func TestAttributes(t *testing.T) {
	f := newFake(t)
	many := make([]string, 300)
	for i := range many {
		many[i] = fmt.Sprintf("group %03d", i)
	}
	f.claims = map[string]any{
		"a": []any{"x", 1, true, "x", []string{"lost"}}, "deep": map[string]any{"in": map[string]any{"side": "v"}}, "long": strings.Repeat("x", federate.MaxValue+1),
		"locale": "de", "realm_access": map[string]any{"roles": many}, "amr": []any{"pwd", "otp", 1}, "acr": "high", "sid": "s", "azp": "app",
	}
	o, r := f.provider(), newRequest()
	a, err := f.finish(o, r, openid.Callback{State: r.State, Code: r.Nonce})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.Attributes["a"], []string{"x", "1", "true"}) || !slices.Equal(a.Attributes["deep.in.side"], []string{"v"}) || a.Attributes["long"] != nil {
		t.Errorf("%v", a.Attributes)
	}
	for _, name := range []string{"iss", "aud", "nonce", "sid", "azp"} {
		if a.Attributes[name] != nil {
			t.Errorf("%s is about the token", name)
		}
	}
	if a.Locale != "de" || a.ACR != "high" || !slices.Equal(a.AMR, []string{"pwd", "otp"}) || a.SessionID != "s" {
		t.Errorf("%+v", a)
	}
	o.Claims.Groups, r = "realm_access.roles", newRequest()
	a, err = f.finish(o, r, openid.Callback{State: r.State, Code: r.Nonce})
	if got := a.Attributes["realm_access.roles"]; err != nil || !slices.Equal(got, many[:federate.MaxAttributes]) {
		t.Errorf("%d groups, %v", len(got), err)
	}
	total := 0
	for _, values := range a.Attributes {
		total += len(values)
	}
	if total != federate.MaxAttributes {
		t.Errorf("%d values", total)
	}
}

func TestParseCallback(t *testing.T) {
	cb, err := openid.ParseCallback(url.Values{"code": {"c"}, "state": {"s"}, "iss": {"i"}, "user": {"u"}, "scope": {"a", "b"}})
	if err != nil || (cb != openid.Callback{Code: "c", State: "s", Iss: "i", User: "u"}) {
		t.Errorf("%+v, %v", cb, err)
	}
	for name, form := range map[string]url.Values{
		"two codes": {"code": {"a", "b"}, "state": {"s"}}, "two states": {"code": {"c"}, "state": {"s", "s"}}, "two issuers": {"state": {"s"}, "iss": {"a", "b"}},
		"no state": {"code": {"c"}}, "long": {"code": {strings.Repeat("c", 1<<20)}, "state": {"s"}}, "zero": {"code": {"\x00"}, "state": {"s"}},
	} {
		_, err := openid.ParseCallback(form)
		wantCode(t, name, err, "callback")
	}
}

// TestAuthMethods: how the token endpoint learns who we are.
func TestAuthMethods(t *testing.T) {
	for _, c := range []struct {
		name     string
		auth     openid.AuthMethod
		secret   string
		metadata []string
		want     string // basic, post or none
	}{
		{"basic", openid.AuthBasic, "s", nil, "basic"},
		{"post", openid.AuthPost, "s", nil, "post"},
		{"none", openid.AuthNone, "", nil, "none"},
		{"none, although there is a secret", openid.AuthNone, "s", nil, "none"},
		{"left open", "", "s", nil, "basic"},
		{"left open, both", "", "s", []string{"client_secret_post", "client_secret_basic"}, "basic"},
		{"left open, only post", "", "s", []string{"client_secret_post", "private_key_jwt"}, "post"},
		{"left open, public", "", "", nil, "none"},
	} {
		f := newFake(t)
		f.metadata = map[string]any{"token_endpoint_auth_methods_supported": c.metadata}
		o, r := f.provider(), newRequest()
		o.Auth, o.ClientSecret = c.auth, c.secret
		if _, err := f.finish(o, r, openid.Callback{State: r.State, Code: r.Nonce}); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		got := "none"
		switch user, secret, basic := (&http.Request{Header: f.header}).BasicAuth(); {
		case basic && user == "app" && secret == c.secret && f.form.Get("client_secret") == "":
			got = "basic"
		case f.form.Get("client_secret") == c.secret && c.secret != "" && f.form.Get("client_id") == "app":
			got = "post"
		case f.form.Get("client_id") != "app" || basic:
			got = "wrong"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s: %v %v", c.name, got, c.want, f.form, f.header)
		}
		if f.form.Get("code_verifier") != r.Verifier || f.form.Get("redirect_uri") != redirectURI || f.form.Get("grant_type") != "authorization_code" {
			t.Errorf("%s: %v", c.name, f.form)
		}
	}
}

func TestTokenEndpoint(t *testing.T) {
	for body, want := range map[string]string{
		"200 {}": "token_invalid", "200 x": "token_invalid", `200 {"access_token":"a"}`: "token_invalid", `200 {"access_token":"a","id_token":1}`: "token_invalid",
		`200 {"error":"invalid_grant"}`: "token_refused", "500 x": "token_refused", `401 {"error":"invalid_client"}`: "token_refused", "400 ": "token_refused",
	} {
		f := newFake(t)
		status, text, _ := strings.Cut(body, " ")
		f.handle["/token"] = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(map[string]int{"200": 200, "400": 400, "401": 401, "500": 500}[status])
			fmt.Fprint(w, text)
		}
		_, err := f.signIn()
		wantCode(t, body, err, want)
	}
}

// TestSecretsAreHidden: some providers repeat what they were sent.
func TestSecretsAreHidden(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusBadRequest} {
		for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "text/html"} {
			f := newFake(t)
			o, r := f.provider(), newRequest()
			o.Auth = openid.AuthPost
			f.handle["/token"] = func(w http.ResponseWriter, r *http.Request) {
				must(r.ParseForm())
				echo := r.PostForm.Encode() + " " + r.PostForm.Get("client_secret") + " " + r.PostForm.Get("code_verifier") + " " + r.PostForm.Get("code")
				w.Header().Set("Content-Type", kind)
				w.WriteHeader(status)
				if kind == "application/json" {
					must(json.NewEncoder(w).Encode(map[string]string{
						"error": "invalid_grant", "error_description": echo, "access_token": "access secret", "refresh_token": "refresh secret", "id_token": "a.b.signature secret",
					}))
					return
				}
				fmt.Fprint(w, url.Values{"error": {"e"}, "error_description": {echo}, "access_token": {"access secret"}, "refresh_token": {"refresh secret"}}.Encode())
			}
			var tr federate.Trace
			_, err := f.client.Finish(t.Context(), o, r, openid.Callback{State: r.State, Code: r.Nonce}, &tr)
			want := "token_refused"
			if status == http.StatusOK && kind == "text/html" {
				want = "token_invalid"
			}
			wantCode(t, kind, err, want)
			shown := fmt.Sprintf("%+v %v", tr.Steps, err)
			for _, s := range tr.Steps {
				if s.Problem != nil {
					shown += s.Problem.Error()
				}
			}
			for _, secret := range []string{o.ClientSecret, url.QueryEscape(o.ClientSecret), r.Nonce, r.Verifier, "access secret", "access+secret", "refresh secret", "refresh+secret", "signature secret"} {
				if strings.Contains(shown, secret) {
					t.Errorf("%d %s shows %q: %s", status, kind, secret, shown)
				}
			}
		}
	}
}
