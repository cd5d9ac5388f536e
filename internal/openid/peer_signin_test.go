package openid_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/openid"
)

// wantCode fails unless an error is the problem with a code that the table has.
func wantCode(t testing.TB, what string, err error, code string) {
	t.Helper()
	if got := federate.CodeOf(err); got != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
	if openid.Problems[federate.CodeOf(err)] == "" && err != nil {
		t.Errorf("%s: no sentence for %q", what, federate.CodeOf(err))
	}
}

// TestPeerSignIn signs in at a provider that others wrote, as each of its clients.
func TestPeerSignIn(t *testing.T) {
	p := peerProvider(t)
	p.Control(map[string]any{"claims": map[string]any{
		"email": "ada@example.com", "email_verified": true, "name": "Ada", "locale": "en-GB", "groups": []string{"staff", "ops"},
	}})
	for _, client := range []string{"basic", "post", "public", "RS512", "PS256", "ES256", "EdDSA"} {
		t.Run(client, func(t *testing.T) {
			o, r := p.provider(client), newRequest()
			o.Claims.Groups = "groups"
			a, err := p.signIn(o, r)
			if err != nil {
				t.Fatal(err)
			}
			if a.Issuer != p.URL || a.Subject != "ada" || a.Email != "ada@example.com" || !a.EmailVerified || a.Name != "Ada" || a.Locale != "en-GB" ||
				strings.Join(a.Attributes["groups"], " ") != "staff ops" || a.SessionID == "" || a.Hint == "" || time.Until(a.Expires) < time.Minute {
				t.Errorf("%+v", a)
			}
		})
	}
}

// TestPeerEmailVerified: what is not clearly yes is no.
func TestPeerEmailVerified(t *testing.T) {
	p := peerProvider(t)
	for name, value := range map[string]any{"yes": true, "no": false, "text": "true", "text no": "false", "number": 1, "null": nil, "list": []bool{true}} {
		p.Control(map[string]any{"claims": map[string]any{"email": "ada@example.com", "email_verified": value, "name": "Ada"}})
		a, err := p.signIn(p.provider("basic"), newRequest())
		if err != nil || a.Email != "ada@example.com" || a.EmailVerified != (value == true) {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestPeerRefusesAndReplays(t *testing.T) {
	p := peerProvider(t)
	o, r := p.provider("basic"), newRequest()
	cb := p.back(o, r, false)
	_, err := p.client.Finish(t.Context(), o, r, cb, nil)
	wantCode(t, "refused consent", err, "consent_refused")

	r = newRequest()
	cb = p.back(o, r, true)
	if cb.Iss != p.URL {
		t.Errorf("the answer is of %q", cb.Iss)
	}
	if _, err := p.client.Finish(t.Context(), o, r, cb, nil); err != nil {
		t.Fatal(err)
	}
	_, err = p.client.Finish(t.Context(), o, r, cb, nil)
	wantCode(t, "replayed code", err, "token_refused")
	if !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("%v does not say what the provider said", err)
	}

	r = newRequest()
	cb = p.back(o, r, true)
	r.Verifier = newRequest().Verifier
	_, err = p.client.Finish(t.Context(), o, r, cb, nil)
	wantCode(t, "another verifier", err, "token_refused")

	r = newRequest()
	cb = p.back(o, r, true)
	o.ClientSecret = "wrong"
	_, err = p.client.Finish(t.Context(), o, r, cb, nil)
	wantCode(t, "wrong secret", err, "token_refused")
}

func TestPeerMaxAge(t *testing.T) {
	p := peerProvider(t)
	o := p.provider("basic")
	if _, err := p.signIn(o, newRequest()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond) // auth_time has no fractions
	r := newRequest()
	r.MaxAge = 0
	a, err := p.signIn(o, r)
	if err != nil || r.Started.Sub(a.AuthTime) > time.Second {
		t.Errorf("asked again at %v, it was at %v: %v", r.Started, a.AuthTime, err)
	}
}

func TestPeerKeyRotation(t *testing.T) {
	p := peerProvider(t)
	o := p.provider("ES256")
	if _, err := p.signIn(o, newRequest()); err != nil {
		t.Fatal(err)
	}
	p.Control(map[string]any{"rotate": true})
	_, err := p.signIn(o, newRequest())
	wantCode(t, "new key within a minute", err, "key_unknown")
	p.ahead.Store(61)
	if _, err := p.signIn(o, newRequest()); err != nil {
		t.Errorf("new key after a minute: %v", err)
	}
}

func TestPeerClock(t *testing.T) {
	p := peerProvider(t)
	for _, c := range []struct {
		offset int // of the provider's clock, in seconds
		want   string
	}{{-1800, "clock"}, {1800, "clock"}, {-90, ""}, {90, ""}} {
		p.Control(map[string]any{"offset": c.offset})
		p.Forget()
		_, err := p.signIn(p.provider("basic"), newRequest())
		wantCode(t, time.Duration(c.offset*1e9).String(), err, c.want)
	}
	p.Control(map[string]any{"offset": -1800})
	p.Forget()
	p.ahead.Store(3600)
	_, err := p.signIn(p.provider("basic"), newRequest())
	wantCode(t, "an hour and a half behind", err, "expired")
}

func TestPeerSlowOrDown(t *testing.T) {
	p := peerProvider(t)
	o, r := p.provider("basic"), newRequest()
	cb := p.back(o, r, true)
	p.Control(map[string]any{"slow": 3000})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := p.client.Finish(ctx, o, r, cb, nil)
	wantCode(t, "slow", err, "token_unreachable")
	if took := time.Since(start); took > 2*time.Second || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("%v after %v", err, took)
	}
	p.Control(map[string]any{"slow": 0, "down": true})
	_, err = p.client.Finish(t.Context(), o, r, cb, nil)
	wantCode(t, "down", err, "token_unreachable")
	fresh := openid.New(openid.Config{HTTP: onLocalhost().Client(true)})
	_, err = fresh.AuthURL(t.Context(), o, r, nil)
	wantCode(t, "down at the start", err, "discovery_unreachable")
}

// TestPeerLogout signs out at the provider, which tells us.
func TestPeerLogout(t *testing.T) {
	p := peerProvider(t)
	o := p.provider("basic")
	a, err := p.signIn(o, newRequest())
	if err != nil {
		t.Fatal(err)
	}
	to, err := p.client.EndSession(t.Context(), o, a.Hint, redirectURI, "where we were")
	if err != nil {
		t.Fatal(err)
	}
	back := p.Visit(to, "", true)
	if back.Query().Get("state") != "where we were" {
		t.Errorf("came back to %s", back)
	}
	var raw string
	select {
	case raw = <-p.Logout:
	case <-time.After(10 * time.Second):
		t.Fatal("no logout token came")
	}
	l, err := p.client.LogoutToken(t.Context(), o, raw)
	if err != nil {
		t.Fatal(err)
	}
	if l.SessionID != a.SessionID || l.Subject != a.Subject && l.Subject != "" || l.ID == "" || time.Until(l.Expires) <= 0 || time.Since(l.IssuedAt) > time.Minute {
		t.Errorf("%+v for %+v", l, a)
	}
	_, err = p.client.LogoutToken(t.Context(), p.provider("post"), raw)
	wantCode(t, "the token of another client", err, "audience")
	_, err = p.client.LogoutToken(t.Context(), o, a.Hint)
	wantCode(t, "an ID token", err, "logout_token")
}

// TestPeerTrace looks for secrets in what an admin is shown.
func TestPeerTrace(t *testing.T) {
	p := peerProvider(t)
	p.Control(map[string]any{"claims": map[string]any{"email": "ada@example.com", "email_verified": true, "name": "Ada"}})
	o, r := p.provider("post"), newRequest()
	var tr federate.Trace
	to, err := p.client.AuthURL(t.Context(), o, r, &tr)
	if err != nil {
		t.Fatal(err)
	}
	cb, err := openid.ParseCallback(p.Visit(to, "ada", true).Query())
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.client.Finish(t.Context(), o, r, cb, &tr)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range tr.Steps {
		names = append(names, s.Name)
		for what, secret := range map[string]string{
			"secret": o.ClientSecret, "escaped secret": url.QueryEscape(o.ClientSecret), "code": cb.Code, "verifier": r.Verifier, "signature": a.Hint[strings.LastIndex(a.Hint, ".")+1:],
		} {
			if strings.Contains(s.Sent+s.Got, secret) {
				t.Errorf("%s shows the %s: %s %s", s.Name, what, s.Sent, s.Got)
			}
		}
	}
	if got := strings.Join(names, " "); got != "discovery authorization discovery authorization token keys id_token userinfo" {
		t.Errorf("steps: %s", got)
	}
}
