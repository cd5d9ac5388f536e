package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
)

func sqlite(t *testing.T) *apptest.App {
	t.Helper()
	t.Parallel()
	return apptest.Open(t, apptest.Migrated(t, apptest.Engines[0]))
}

func TestSetUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		// No owner yet: everything but the link says what to do.
		server := httpsOn(t, a)
		v := server.another()
		if r := v.get("/sign-in"); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(r.body, "not set up yet") {
			t.Errorf("before the set-up: %d %s", r.StatusCode, plain(r.body))
		}
		secret, err := a.Accounts.OfferSetUp(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		link := "/setup/" + secret
		v.has(v.get(link), "Set up Sallyport", "At least 12 characters")
		refused := v.post(link, "organisation", "Northwind & Sons", "firstName", "Amara", "email", "amara@", "password", "northwind", "confirmPassword", "other")
		v.at(refused, http.StatusUnprocessableEntity, link)
		v.has(refused, "Northwind &amp; Sons", "does not look like an e-mail address", "The two passwords differ", `id="problems"`, `value="amara@"`)
		if strings.Contains(refused.body, `value="northwind"`) {
			t.Error("the password comes back")
		}
		good := []string{
			"organisation", "Northwind", "firstName", "Amara", "lastName", "Okonkwo", "email", "amara@corp.test",
			"password", "Tall pillars 42", "confirmPassword", "Tall pillars 42",
		}
		done := v.post(link, good...)
		v.at(done, http.StatusOK, "/sign-in")
		v.has(done, "Everything is set up", "Northwind")
		v.at(v.signIn("amara@corp.test", "Tall pillars 42"), http.StatusOK, "/profile/security")

		for _, r := range []answer{v.get(link), v.post(link, good...), v.get("/setup/" + strings.Repeat("x", 40))} {
			if r.StatusCode != http.StatusNotFound {
				t.Errorf("a used or wrong link: %d", r.StatusCode)
			}
			v.has(r, "does not open anything")
		}
	})
}

func TestSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		for _, path := range []string{"/profile/security/activity?cursor=7", "/profile/security/password", "/profile/security/sessions/x/revoke"} {
			v.at(v.get(path), http.StatusOK, "/sign-in?next="+escape(path))
		}
		v.at(v.post("/profile/security/sessions/revoke-all"), http.StatusOK, "/sign-in?next="+escape("/profile/security/sessions/revoke-all"))

		wrong := v.signIn(apptest.OwnerEmail, "Wrong guess 99")
		v.at(wrong, http.StatusUnauthorized, "/sign-in")
		v.has(wrong, "E-mail or password is wrong", `value="`+apptest.OwnerEmail+`"`, "autofocus")
		nobody := v.signIn("nobody@corp.test", "Wrong guess 99")
		if strings.ReplaceAll(nobody.body, "nobody@corp.test", apptest.OwnerEmail) != wrong.body {
			t.Error("an address nobody has is answered differently")
		}
		bad := v.signIn("no address", "x")
		v.at(bad, http.StatusUnprocessableEntity, "/sign-in")
		v.has(bad, "does not look like an e-mail address")

		in := v.stay().post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "next", "/profile/security/activity")
		if in.StatusCode != http.StatusSeeOther || past(in) != "/profile/security/activity" {
			t.Fatalf("signed in: %d to %q", in.StatusCode, in.Header.Get("Location"))
		}
		for _, c := range in.Cookies() {
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
				t.Errorf("cookie %v", c)
			}
		}
		v.once(v.get(in.Header.Get("Location")))
		v.at(v.get("/sign-in?next=%2Fprofile%2Fsecurity%2Factivity"), http.StatusOK, "/profile/security/activity")
	})
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	for _, next := range []string{"https://evil.test/", "//evil.test", `/\evil.test`, "javascript:alert(1)"} {
		r := v.another().stay().post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "next", next)
		if to := past(r); to != "/profile/security" {
			t.Errorf("next %q leads to %q", next, to)
		}
	}
}

// Strangers learn neither that an account is locked nor when that ends; a device
// that was signed in before does.
func TestSignInLocked(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	v.post("/sign-out")
	guess := func(v *visitor, email string) answer {
		for range a.Policy().LockoutFailures {
			v.signIn(email, "Wrong guess 99")
		}
		return v.signIn(email, apptest.Password)
	}
	stranger := v.another()
	limited := guess(stranger, apptest.OwnerEmail)
	v.at(limited, http.StatusTooManyRequests, "/sign-in")
	v.has(limited, "Too many attempts", "Wait a moment and try again, or use a device you have signed in with before", `href="/recovery"`)
	nobody := guess(stranger.another(), "nobody@corp.test")
	if strings.ReplaceAll(nobody.body, "nobody@corp.test", apptest.OwnerEmail) != limited.body {
		t.Error("an address nobody has is answered differently")
	}

	locked := guess(v, apptest.OwnerEmail)
	v.at(locked, http.StatusTooManyRequests, "/sign-in")
	v.has(locked, "Account temporarily locked", "Too many attempts. Try again at", "use a device you have signed in with before")
	if locked.Header.Get("Retry-After") == "" || limited.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	// The time is that of the person: the zone cookie says where they are.
	v.client.Jar.SetCookies(mustURL(t, v.base), []*http.Cookie{{Name: "zone", Value: "Asia%2FKolkata", Path: "/"}})
	if zone := v.signIn(apptest.OwnerEmail, "x"); strings.Contains(plain(zone.body), "UTC") || !strings.Contains(zone.body, "Try again at") {
		t.Errorf("no local time: %s", plain(zone.body))
	}
}

func TestSignInDisabled(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	u := a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	v.enter("kim@corp.test")
	if _, err := a.Accounts.Disable(t.Context(), sallyport.Operator(u.TenantID), u.ID); err != nil {
		t.Fatal(err)
	}
	out := v.get("/profile/security")
	v.at(out, http.StatusOK, "/sign-in")
	v.has(v.another().signIn("kim@corp.test", apptest.Password), "This account is disabled")
	v.has(v.another().signIn("kim@corp.test", "Wrong guess 99"), "E-mail or password is wrong")
}

func TestSignOut(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	if r := v.get("/sign-out"); r.StatusCode != http.StatusNotFound {
		t.Errorf("signing out by GET: %d", r.StatusCode)
	}
	out := v.post("/sign-out")
	v.at(out, http.StatusOK, "/sign-in")
	v.has(out, "You are signed out")
	if r := v.get("/sign-in"); strings.Contains(r.body, "You are signed out") {
		t.Error("said twice")
	}
	v.at(v.get("/profile/security"), http.StatusOK, "/sign-in")
	v.at(v.post("/sign-out"), http.StatusOK, "/sign-in") // once more is no error
}

// Another site's page cannot make a browser act, whatever cookies it sends.
func TestCrossSite(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	for _, path := range []string{"/sign-out", "/theme", "/profile/security/password", "/profile/security/sessions/revoke-all", "/sign-in"} {
		r := v.stay().do(http.MethodPost, path, strings.NewReader(""), "Sec-Fetch-Site", "cross-site")
		if r.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
		v.has(r, "This is not open to you", "Quayside", "Error 403, cross_origin")
	}
	v.at(v.get("/profile/security"), http.StatusOK, "/profile/security")
}
