package entry_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// Whose organisation asks for a second factor sets one up on the way in.
func TestEnrolAtSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		next := "/profile/security/activity"
		signIn := func() webtest.Answer {
			return v.Post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "next", next)
		}
		choose := signIn()
		v.At(choose, http.StatusOK, "/sign-in/enrol?next="+webtest.Escape(next))
		v.Has(choose, "Set up a second factor", "Quayside asks for a second factor", "Authenticator app", `name="next" value="`+next+`"`)
		v.At(v.Get(webtest.SecurityPath), http.StatusOK, "/sign-in") // half a sign-in opens nothing

		page := v.Post("/sign-in/enrol", "method", "totp", "next", next)
		v.At(page, http.StatusOK, "/sign-in/enrol/set-up?next="+webtest.Escape(next))
		secret := webtest.First(t, webtest.SecretText, page)
		if webtest.First(t, webtest.SecretText, v.Get(page.Path())) != secret {
			t.Error("looking again shows another secret")
		}
		wrong := v.Post("/sign-in/enrol/set-up", "code", "000000", "next", next)
		v.Has(wrong, "This code is not right", `name="next" value="`+next+`"`)
		if webtest.First(t, webtest.SecretText, wrong) != secret {
			t.Error("a wrong code changes the secret")
		}
		anew := v.Post("/sign-in/enrol/again", "next", next)
		if webtest.First(t, webtest.SecretText, anew) == secret {
			t.Error("a new code is the old one")
		}
		secret = webtest.First(t, webtest.SecretText, anew)
		done := v.Post("/sign-in/enrol/set-up", "code", webtest.TotpAt(t, secret, a.Clock.Now()), "name", "Phone", "next", next)
		v.At(done, http.StatusOK, "/sign-in/enrol/set-up")
		v.Has(done, "Phone is set up", "Save your backup codes", apptest.OwnerEmail)
		if n := len(webtest.CodeText.FindAllString(done.Text, -1)); n != 10 {
			t.Errorf("%d codes", n)
		}
		in := v.Post("/sign-in/enrol/saved", "saved", "yes", "next", next)
		v.At(in, http.StatusOK, next)
		v.Has(in, "Signed in")
		v.At(v.Get("/sign-in/enrol"), http.StatusOK, webtest.SecurityPath) // no flow any more
	})
}

// Where more is asked after the set-up, the codes are shown before it.
func TestEnrolBeforeNewPassword(t *testing.T) {
	a := webtest.SQLite(t)
	webtest.Serve(t, a) // which sets it up
	a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
	a.SetBreached(t, apptest.Password)
	v := webtest.Start(t, a)
	choose := v.SignIn(apptest.OwnerEmail, apptest.Password)
	v.At(choose, http.StatusOK, "/sign-in/enrol")
	secret := webtest.First(t, webtest.SecretText, v.Post("/sign-in/enrol", "method", "totp"))
	done := v.Post("/sign-in/enrol/set-up", "code", webtest.TotpAt(t, secret, a.Clock.Now()))
	v.Has(done, "Save your backup codes", apptest.OwnerEmail)
	v.At(v.Post("/sign-in/enrol/saved", "saved", "yes"), http.StatusOK, "/sign-in/new-password")
	v.Has(v.Post("/sign-in/new-password", "newPassword", "Brave new pillars 43", "confirmPassword", "Brave new pillars 43"), "Password changed", "Enabled")
}

func TestEnrolExpires(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
	const expired = "That took too long"
	for _, path := range []string{"/sign-in/enrol", "/sign-in/enrol/sms", "/sign-in/enrol/set-up"} {
		v.Has(v.Get(path), expired, "Password")
		v.Has(v.Post(path, "method", "totp", "code", "1"), expired)
	}
	v.SignIn(apptest.OwnerEmail, apptest.Password)
	v.Has(v.Get("/sign-in/enrol/set-up"), "That set-up is over", "Authenticator app")
	v.Has(v.Post("/sign-in/enrol", "method", "totp"), "Scan this with your app")
	a.Clock.Advance(11 * time.Minute)
	v.Has(v.Post("/sign-in/enrol/set-up", "code", "1"), expired)
}
