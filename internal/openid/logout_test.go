package openid_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/openid"
)

// TestLogoutTokens is THE table of what a logout token has to fit.
func TestLogoutTokens(t *testing.T) {
	now := time.Now()
	in := func(d time.Duration) int64 { return now.Add(d).Unix() }
	typed := func(typ any) map[string]any {
		return with(map[string]any{"alg": "RS256", "kid": "one"}, map[string]any{"typ": typ})
	}
	usual := typed("logout+jwt")
	for _, c := range []struct {
		name   string
		header map[string]any
		claims map[string]any
		want   string
	}{
		{"good", usual, nil, ""},
		{"with the long type", typed("application/logout+jwt"), nil, ""},
		{"of an older provider", typed("JWT"), nil, ""},
		{"of a provider without types", typed(nil), nil, ""},
		{"an access token", typed("at+jwt"), nil, "logout_token"},
		{"with a nonce", usual, map[string]any{"nonce": "x"}, "logout_token"},
		{"with an empty nonce", usual, map[string]any{"nonce": ""}, "logout_token"},
		{"no event", usual, map[string]any{"events": nil}, "logout_token"},
		{"another event", usual, map[string]any{"events": map[string]any{"https://example.com": map[string]any{}}}, "logout_token"},
		{"an event that is text", usual, map[string]any{"events": map[string]any{logoutEvent: "x"}}, "logout_token"},
		{"events that are a list", usual, map[string]any{"events": []string{logoutEvent}}, "logout_token"},
		{"no id", usual, map[string]any{"jti": nil}, "logout_token"},
		{"an id that is no text", usual, map[string]any{"jti": 1}, "logout_token"},
		{"of a session alone", usual, map[string]any{"sub": nil}, ""},
		{"of a subject alone", usual, map[string]any{"sid": nil}, ""},
		{"of nobody", usual, map[string]any{"sub": nil, "sid": nil}, "logout_token"},
		{"a subject that is no text", usual, map[string]any{"sub": 1}, "logout_token"},
		{"a long session", usual, map[string]any{"sid": strings.Repeat("x", 1025)}, "logout_token"},
		{"another issuer", usual, map[string]any{"iss": "https://evil.example"}, "issuer"},
		{"another audience", usual, map[string]any{"aud": "other"}, "audience"},
		{"expired", usual, map[string]any{"exp": in(-3 * time.Minute)}, "expired"},
		{"never expires", usual, map[string]any{"exp": nil}, "expired"},
		{"old", usual, map[string]any{"iat": in(-13 * time.Minute)}, "clock"},
		{"from the future", usual, map[string]any{"iat": in(3 * time.Minute)}, "clock"},
		{"of no time", usual, map[string]any{"iat": nil}, "clock"},
		{"of another key", map[string]any{"alg": "RS256", "kid": "two"}, nil, "key_unknown"},
	} {
		f := newFake(t)
		f.now = func() time.Time { return now }
		l, err := f.client.LogoutToken(t.Context(), f.provider(), f.rs256(c.header, with(map[string]any{
			"iss": f.url, "aud": "app", "iat": in(0), "exp": in(2 * time.Minute), "jti": "id", "sub": "ada", "sid": "session", "events": map[string]any{logoutEvent: map[string]any{}},
		}, c.claims)))
		wantCode(t, c.name, err, c.want)
		if strings.Contains(c.name, "nonce") && !strings.Contains(err.Error(), "as ID tokens do") {
			t.Errorf("%s: %v is not what is wrong", c.name, err)
		}
		if c.name == "good" && (l != openid.LogoutToken{Subject: "ada", SessionID: "session", ID: "id", IssuedAt: time.Unix(in(0), 0), Expires: time.Unix(in(2*time.Minute), 0)}) {
			t.Errorf("%+v", l)
		}
	}
}

func TestLogoutTokenForgeries(t *testing.T) {
	f := newFake(t)
	claims := map[string]any{
		"iss": f.url, "aud": "app", "iat": f.now().Unix(), "exp": f.now().Add(time.Minute).Unix(), "jti": "id", "sub": "ada", "events": map[string]any{logoutEvent: map[string]any{}},
	}
	for name, c := range map[string]struct{ raw, want string }{
		"none":        {encode(map[string]any{"alg": "none", "typ": "logout+jwt"}) + "." + encode(claims) + ".", "algorithm"},
		"hs256":       {f.hs256(claims), "algorithm"},
		"nothing":     {"", "logout_token"},
		"long":        {f.sign(with(claims, map[string]any{"x": strings.Repeat("x", 128<<10)})), "logout_token"},
		"five parts":  {f.sign(claims) + ".x.x", "logout_token"},
		"an ID token": {f.sign(f.idClaims("nonce")), "logout_token"},
	} {
		_, err := f.client.LogoutToken(t.Context(), f.provider(), c.raw)
		wantCode(t, name, err, c.want)
	}
	o := f.provider()
	o.Kind = openid.GitHub
	_, err := f.client.LogoutToken(t.Context(), o, f.sign(claims))
	wantCode(t, "GitHub", err, "configuration")
}

func TestEndSession(t *testing.T) {
	f := newFake(t)
	to, err := f.client.EndSession(t.Context(), f.provider(), "hint", redirectURI, "state")
	if to != "" || err != nil {
		t.Errorf("a provider without such an address: %q, %v", to, err)
	}
	f = newFake(t)
	f.metadata = map[string]any{"end_session_endpoint": f.url + "/end?tenant=1"}
	to, err = f.client.EndSession(t.Context(), f.provider(), "hint", redirectURI, "state")
	u, parseErr := url.Parse(to)
	if err != nil || parseErr != nil || u.Query().Encode() != (url.Values{
		"tenant": {"1"}, "client_id": {"app"}, "id_token_hint": {"hint"}, "post_logout_redirect_uri": {redirectURI}, "state": {"state"},
	}).Encode() {
		t.Errorf("%s, %v", to, err)
	}
	to, err = f.client.EndSession(t.Context(), f.provider(), strings.Repeat("x", 8<<10), redirectURI, "")
	if err != nil || strings.Contains(to, "id_token_hint") || !strings.Contains(to, "client_id=app") || strings.Contains(to, "state") {
		t.Errorf("with a long hint: %s, %v", to, err)
	}
	o := f.provider()
	o.Kind = openid.GitHub
	if to, err := f.client.EndSession(t.Context(), o, "", redirectURI, ""); to != "" || err != nil {
		t.Errorf("GitHub: %q, %v", to, err)
	}
}
