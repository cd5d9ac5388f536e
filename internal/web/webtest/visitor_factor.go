package webtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
)

// Owner is the owner in a session of the application's own, who sets things up.
func Owner(t *testing.T, a *apptest.App) sallyport.Actor {
	t.Helper()
	return apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
}

// Challenged gives the password, and fails the test unless a second factor is
// asked for.
func (v *Visitor) Challenged(t *testing.T) Answer {
	t.Helper()
	page := v.SignIn(apptest.OwnerEmail, apptest.Password)
	v.At(page, http.StatusOK, "/sign-in/factor")
	return page
}

// Options asks for what a passkey is to sign, as passkey.js does.
func (v *Visitor) Options(path string, pairs ...string) json.RawMessage {
	v.t.Helper()
	r := v.Ask(path, pairs...)
	var said struct{ Options json.RawMessage }
	if err := json.Unmarshal([]byte(r.Text), &said); err != nil || r.StatusCode != http.StatusOK {
		v.t.Fatalf("%s answers %d: %s", path, r.StatusCode, r.Text)
	}
	return said.Options
}

// Ask sends a form as a script does.
func (v *Visitor) Ask(path string, pairs ...string) Answer {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return v.Send(http.MethodPost, path, strings.NewReader(form.Encode()), "Accept", "application/json")
}

// SessionCookie is the name of the cookie of a session.
const SessionCookie = "__Host-sallyport"

// Cookie returns what the visitor holds, "" for nothing.
func (v *Visitor) Cookie(name string) string {
	for _, c := range v.Client.Jar.Cookies(MustURL(v.t, v.Base)) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// WithApp is a visitor who is signed in with password and code.
func WithApp(t *testing.T, a *apptest.App) (*Visitor, *apptest.Authenticator) {
	t.Helper()
	v := Serve(t, a)
	app := a.AddTOTP(t, Owner(t, a))
	v.Challenged(t)
	v.At(v.Post("/sign-in/factor", "method", "totp", "code", app.Code(t)), http.StatusOK, "/profile/security")
	return v, app
}

// First is what the page has first of what is looked for.
func First(t *testing.T, in *regexp.Regexp, a Answer) string {
	t.Helper()
	m := in.FindStringSubmatch(a.Text)
	if m == nil {
		t.Fatalf("%s (%d) has no %v:\n%s", a.Path(), a.StatusCode, in, Plain(a.Text))
	}
	return m[1]
}

// TotpAt is what an app shows that scanned the page.
func TotpAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	return (&apptest.Authenticator{Secret: secret}).CodeAt(t, at)
}

// Confirm gives the password for an act, as its page asks.
func (v *Visitor) Confirm(act, next string) Answer {
	v.t.Helper()
	return v.Post("/step-up", "act", act, "next", next, "password", apptest.Password)
}

// AddApp sets up an authenticator app by the pages and returns its secret and the
// page that it ends with.
func (v *Visitor) AddApp(a *apptest.App, name string) (string, Answer) {
	v.t.Helper()
	page := v.Post(AddFactorPath, "method", "totp")
	if strings.HasPrefix(page.Path(), "/step-up?") {
		v.Confirm("add_factor", AddFactorPath)
		page = v.Post(AddFactorPath, "method", "totp")
	}
	secret := First(v.t, SecretText, page)
	return secret, v.Post(page.Path(), "code", TotpAt(v.t, secret, a.Clock.Now()), "name", name)
}

// Prove gives the password and a fresh code, whatever is asked for first, and comes
// to the page.
func (v *Visitor) Prove(a *apptest.App, secret string, page Answer) Answer {
	v.t.Helper()
	if !strings.HasPrefix(page.Path(), "/step-up?") {
		v.t.Fatalf("%s asks for no more proof:\n%s", page.Path(), Plain(page.Text))
	}
	q := page.Request.URL.Query()
	for range 2 {
		path, _, _ := strings.Cut(page.Path(), "?")
		switch {
		case strings.Contains(page.Text, `type="password"`):
			page = v.Post(path, "act", q.Get("act"), "next", q.Get("next"), "password", apptest.Password)
		case strings.HasPrefix(path, "/step-up"):
			a.Clock.Advance(30 * time.Second)
			page = v.Post(path, "act", q.Get("act"), "next", q.Get("next"), "method", "totp", "code", TotpAt(v.t, secret, a.Clock.Now()))
		}
	}
	return page
}
