package entry_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

func TestSetUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		// No owner yet: everything but the link says what to do.
		server := webtest.Start(t, a)
		v := server.Another()
		if r := v.Get("/sign-in"); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(r.Text, "not set up yet") {
			t.Errorf("before the set-up: %d %s", r.StatusCode, webtest.Plain(r.Text))
		}
		secret, err := a.Accounts.OfferSetUp(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		link := "/setup/" + secret
		v.Has(v.Get(link), "Set up Sallyport", "At least 15 characters")
		refused := v.Post(link, "organisation", "Northwind & Sons", "firstName", "Amara", "email", "amara@", "password", "northwind")
		v.At(refused, http.StatusUnprocessableEntity, link)
		v.Has(refused, "Northwind &amp; Sons", "does not look like an e-mail address", `id="problems"`, `value="amara@"`)
		if strings.Contains(refused.Text, `value="northwind"`) {
			t.Error("the password comes back")
		}
		good := []string{
			"organisation", "Northwind", "firstName", "Amara", "lastName", "Okonkwo", "email", "amara@corp.test",
			"password", "Tall pillars 42 Orchid",
		}
		done := v.Post(link, good...)
		v.At(done, http.StatusOK, "/welcome")
		v.Has(done, "Northwind is ready", "You are signed in as amara@corp.test", "Verify your e-mail address", "Add a second factor", "sallyport user invite")
		v.At(v.Get("/"), http.StatusOK, "/profile/security")

		for _, r := range []webtest.Answer{v.Get(link), v.Post(link, good...), v.Get("/setup/" + strings.Repeat("x", 40))} {
			if r.StatusCode != http.StatusNotFound {
				t.Errorf("a used or wrong link: %d", r.StatusCode)
			}
			v.Has(r, "does not open anything")
		}
	})
}

// Where something refuses the sign-in after a set-up, the installation is the owner's all
// the same, who is asked to sign in.
func TestSetUpThenRefused(t *testing.T) {
	a := webtest.SQLite(t)
	a.SetHasher(func(h password.Hasher) password.Hasher { return noComparing{h} })
	v := webtest.Start(t, a)
	secret, err := a.Accounts.OfferSetUp(t.Context())
	apptest.Must(t, err)
	form := []string{
		"organisation", "Northwind", "firstName", "Amara", "lastName", "Okonkwo", "email", "amara@corp.test",
		"password", "Tall pillars 42 Orchid",
	}
	done := v.Post("/setup/"+secret, form...)
	v.At(done, http.StatusOK, "/sign-in")
	v.Has(done, "Everything is set up")
}

// noComparing is a hasher that is too busy to compare.
type noComparing struct{ password.Hasher }

func (noComparing) Verify(context.Context, string, string) (bool, bool, error) {
	return false, false, sallyport.Refuse(sallyport.CodeOverloaded, "")
}

// That nobody has set up an installation yet is no failure of it.
func TestNotSetUpIsNotLogged(t *testing.T) {
	a := webtest.SQLite(t)
	var log bytes.Buffer
	pages := webtest.LoggedPages(t, a, &log)
	for _, path := range []string{"/sign-in", "/profile/security", "/recovery", "/nothing"} {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		if w.Code != http.StatusServiceUnavailable || log.Len() > 0 {
			t.Errorf("%s: %d, logged %q", path, w.Code, log.String())
		}
	}
}

func TestSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		for _, path := range []string{"/profile/security/activity?cursor=7", "/profile/security/password", "/profile/security/sessions/x/revoke"} {
			v.At(v.Get(path), http.StatusOK, "/sign-in?next="+webtest.Escape(path))
		}
		v.At(v.Post("/profile/security/sessions/revoke-all"), http.StatusOK, "/sign-in?next="+webtest.Escape("/profile/security/sessions/revoke-all"))

		wrong := v.SignIn(apptest.OwnerEmail, "Wrong guess 99")
		v.At(wrong, http.StatusUnauthorized, "/sign-in")
		v.Has(wrong, "E-mail or password is wrong", `value="`+apptest.OwnerEmail+`"`, "autofocus")
		nobody := v.SignIn("nobody@corp.test", "Wrong guess 99")
		if strings.ReplaceAll(nobody.Text, "nobody@corp.test", apptest.OwnerEmail) != wrong.Text {
			t.Error("an address nobody has is answered differently")
		}
		bad := v.SignIn("no address", "x")
		v.At(bad, http.StatusUnprocessableEntity, "/sign-in")
		v.Has(bad, "does not look like an e-mail address")

		in := v.Stay().Post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "next", "/profile/security/activity")
		if in.StatusCode != http.StatusSeeOther || webtest.Past(in) != "/profile/security/activity" {
			t.Fatalf("signed in: %d to %q", in.StatusCode, in.Header.Get("Location"))
		}
		for _, c := range in.Cookies() {
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
				t.Errorf("cookie %v", c)
			}
		}
		v.Once(v.Get(in.Header.Get("Location")))
		v.At(v.Get("/sign-in?next=%2Fprofile%2Fsecurity%2Factivity"), http.StatusOK, "/profile/security/activity")
	})
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	for _, next := range []string{"https://evil.test/", "//evil.test", `/\evil.test`, "javascript:alert(1)"} {
		r := v.Another().Stay().Post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "next", next)
		if to := webtest.Past(r); to != "/profile/security" {
			t.Errorf("next %q leads to %q", next, to)
		}
	}
}

// Everybody is told that a name is locked and when that ends, whoever has the name: the lock is
// one of names, so that nobody learns from it whether there is an account.
func TestSignInLocked(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	v.Post("/sign-out")
	guess := func(v *webtest.Visitor, email string) webtest.Answer {
		for range a.Policy().LockoutFailures {
			v.SignIn(email, "Wrong guess 99")
		}
		return v.SignIn(email, apptest.Password)
	}
	stranger := v.Another()
	limited := guess(stranger, apptest.OwnerEmail)
	v.At(limited, http.StatusTooManyRequests, "/sign-in")
	v.Has(limited, "Account temporarily locked", "Try again at "+a.Clock.Now().Add(a.Policy().LockoutDuration+time.Second-1).Format("15:04:05")+" UTC.", "use a device you have signed in with before", `href="/recovery"`)
	nobody := guess(stranger.Another(), "nobody@corp.test")
	if strings.ReplaceAll(nobody.Text, "nobody@corp.test", apptest.OwnerEmail) != limited.Text {
		t.Error("an address nobody has is answered differently")
	}

	locked := guess(v, apptest.OwnerEmail)
	v.At(locked, http.StatusTooManyRequests, "/sign-in")
	if locked.Text != limited.Text || locked.Header.Get("Retry-After") != "1800" || limited.Header.Get("Retry-After") != "1800" {
		t.Errorf("a known device is told something else: %s", webtest.Plain(locked.Text))
	}
	// The time is that of the person: the zone cookie says where they are.
	v.Client.Jar.SetCookies(webtest.MustURL(t, v.Base), []*http.Cookie{{Name: request.ZoneCookie, Value: "Asia/Kolkata", Path: "/", Secure: true}})
	if zone := v.SignIn(apptest.OwnerEmail, "x"); strings.Contains(webtest.Plain(zone.Text), "UTC") || !strings.Contains(zone.Text, "Try again at") {
		t.Errorf("no local time: %s", webtest.Plain(zone.Text))
	}
}

func TestSignInDisabled(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	u := a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	v.Enter("kim@corp.test")
	if _, err := a.Accounts.Disable(t.Context(), sallyport.Operator(u.TenantID), u.ID); err != nil {
		t.Fatal(err)
	}
	out := v.Get("/profile/security")
	v.At(out, http.StatusOK, "/sign-in")
	v.Has(v.Another().SignIn("kim@corp.test", apptest.Password), "This account is disabled")
	v.Has(v.Another().SignIn("kim@corp.test", "Wrong guess 99"), "E-mail or password is wrong")
}

func TestSignOut(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	if r := v.Get("/sign-out"); r.StatusCode != http.StatusNotFound {
		t.Errorf("signing out by GET: %d", r.StatusCode)
	}
	out := v.Post("/sign-out")
	v.At(out, http.StatusOK, "/sign-in")
	v.Has(out, "You are signed out")
	if r := v.Get("/sign-in"); strings.Contains(r.Text, "You are signed out") {
		t.Error("said twice")
	}
	v.At(v.Get("/profile/security"), http.StatusOK, "/sign-in")
	v.At(v.Post("/sign-out"), http.StatusOK, "/sign-in") // once more is no error
}
