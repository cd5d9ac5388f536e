package entry_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

const (
	offerPath     = "/sign-in/passkey/offer"
	codesLeftPath = "/sign-in/codes-left"
	activityPath  = "/profile/security/activity"
)

// arrives signs somebody in with a browser that can make passkeys, answers the question about
// the device, and returns the page that they come to on the way to their activity.
func arrives(t *testing.T, v *webtest.Visitor, email, password, trust string, more ...string) webtest.Answer {
	t.Helper()
	form := append([]string{"email", email, "password", password, "next", activityPath}, more...)
	r := v.Stay().Post("/sign-in", form...)
	if to := r.Header.Get("Location"); !strings.HasPrefix(to, "/sign-in/device") {
		return v.Get(to)
	}
	return v.Post("/sign-in/device", "trust", trust, "next", activityPath)
}

// A passkey is offered once on each device of its owner.
func TestPasskeyOffer(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		site := webtest.Serve(t, a)
		able := []string{"passkeys", "yes"}
		signOut := func(v *webtest.Visitor) { v.Post("/sign-out") }

		v := site.Another()
		v.At(arrives(t, v, apptest.OwnerEmail, apptest.Password, "yes"), http.StatusOK, activityPath) // no scripts
		signOut(v)
		offer := arrives(t, v, apptest.OwnerEmail, apptest.Password, "yes", able...)
		v.At(offer, http.StatusOK, offerPath+"?next="+webtest.Escape(activityPath))
		v.Has(offer, "Sign in faster next time", `href="`+activityPath+`"`, "Not now", `href="/profile/security/two-factor/add?next=`+webtest.Escape(activityPath)+`"`)
		signOut(v)
		v.At(arrives(t, v, apptest.OwnerEmail, apptest.Password, "yes", able...), http.StatusOK, activityPath)

		shared := site.Another()
		shared.At(arrives(t, shared, apptest.OwnerEmail, apptest.Password, "no", able...), http.StatusOK, activityPath)

		// On another device again, but only where policy allows passkeys.
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = []string{sallyport.MethodTOTP} })
		other := site.Another()
		other.At(arrives(t, other, apptest.OwnerEmail, apptest.Password, "yes", able...), http.StatusOK, activityPath)
		other.At(other.Get(offerPath), http.StatusOK, "/profile/security")
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = []string{sallyport.MethodTOTP, sallyport.MethodWebAuthn} })
		signOut(other)
		other.At(arrives(t, other, apptest.OwnerEmail, apptest.Password, "yes", able...), http.StatusOK, offerPath+"?next="+webtest.Escape(activityPath))

		// Whoever has just got back in with a new password is left in peace, until the next time.
		a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
		kim := site.Another()
		kim.At(arrives(t, kim, "kim@corp.test", apptest.Password, "yes"), http.StatusOK, activityPath)
		signOut(kim)
		a.Clock.Advance(time.Minute)
		kim.Post("/recovery", "email", "kim@corp.test")
		kim.Post(webtest.MailedLink(t, a, notify.PasswordReset, "/recovery/"), "newPassword", webtest.FreshPassword, "confirmPassword", webtest.FreshPassword)
		a.Clock.Advance(time.Minute)
		kim.At(arrives(t, kim, "kim@corp.test", webtest.FreshPassword, "yes", able...), http.StatusOK, activityPath)
		signOut(kim)
		a.Clock.Advance(time.Minute)
		kim.At(arrives(t, kim, "kim@corp.test", webtest.FreshPassword, "yes", able...), http.StatusOK, offerPath+"?next="+webtest.Escape(activityPath))
	})
}

// Backup codes come back until somebody has saved them: in the verdict, and once after a sign-in.
func TestCodesComeBackUntilSaved(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		const said, security = "You have not saved your backup codes", "/profile/security"
		v.Enter(apptest.OwnerEmail)
		secret, page := v.AddApp(a, "Phone")
		v.Has(page, "Save your backup codes")
		v.Has(v.Get(security), said, "I have saved them", "/two-factor/backup-codes")

		again := func(v *webtest.Visitor) webtest.Answer {
			a.Clock.Advance(time.Minute)
			v.Challenged(t)
			return v.Post("/sign-in/factor", "method", "totp", "code", webtest.TotpAt(t, secret, a.Clock.Now()), "next", activityPath)
		}
		reminded := again(v.Another())
		v.At(reminded, http.StatusOK, codesLeftPath+"?next="+webtest.Escape(activityPath))
		v.Has(reminded, said, "Make new backup codes", `href="`+activityPath+`"`, "I have saved them")
		other := v.Another()
		v.At(again(other), http.StatusOK, activityPath) // once
		other.Has(other.Get(security), said)

		// Their word ends it, and new codes begin it anew.
		other.At(other.Post("/profile/security/two-factor/backup-codes/saved", "next", activityPath), http.StatusOK, activityPath)
		if strings.Contains(other.Get(security).Text, said) {
			t.Error("saved codes are asked for again")
		}
		made := other.Prove(a, secret, other.Get("/profile/security/two-factor/backup-codes"))
		other.Has(made, "Make new backup codes?")
		other.Has(other.Post("/profile/security/two-factor/backup-codes"), "Save your backup codes")
		other.Has(other.Get(security), said)
		last := v.Another()
		v.At(again(last), http.StatusOK, codesLeftPath+"?next="+webtest.Escape(activityPath))
		v.At(last.Post("/profile/security/two-factor/backup-codes/saved", "next", activityPath), http.StatusOK, activityPath)
	})
}

// From the offer to a passkey, and to where its owner was going.
func TestBrowserPasskeyOffer(t *testing.T) {
	s := webtest.ServeSite(t)
	p := browsertest.Open(t)
	p.AddAuthenticator()
	p.Navigate(s.URL + "/sign-in?next=" + webtest.Escape(activityPath))
	p.WaitVisible("form[data-passkey] button")
	p.Fill("E-mail", apptest.OwnerEmail)
	p.Fill("Password", apptest.Password)
	p.Click("Sign in")
	p.Click("button[name=trust][value=yes]")
	p.WaitURL(offerPath)
	p.WaitText("Sign in faster next time")
	p.Axe()
	p.Click("Create a passkey")
	webtest.Confirm(p, webtest.AddFactorPath)
	p.Click("button[value=webauthn]")
	p.Click("Create passkey")
	p.WaitText("Save your backup codes")
	p.Click("I have saved these codes in a safe place")
	p.Click("Continue")
	p.WaitURL(activityPath)
	p.AssertQuiet()
}

// From the link of the console to an owner with a passkey in eight clicks at most, with nothing
// asked for again, and into another browser of theirs with it.
func TestBrowserSetUpToPasskey(t *testing.T) {
	a := webtest.SQLite(t)
	a.Clock.Set(time.Now().UTC().Truncate(time.Microsecond))
	s := apptest.Serve(t, a)
	secret, err := a.Accounts.OfferSetUp(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := &webtest.Clicker{Page: browsertest.Open(t)}
	p.AddAuthenticator()
	p.Navigate(s.URL + "/setup/" + secret)
	for field, text := range map[string]string{
		"#organisation": "Quayside", "First name": "Amara", "E-mail": "amara@corp.test", "#password": webtest.FreshPassword,
	} {
		p.Fill(field, text)
	}
	p.Click("form .btn-primary")
	p.Click("button[name=trust][value=yes]")
	p.WaitURL("/welcome")
	p.Click(`a[href^="/profile/security/two-factor/add"]`)
	p.WaitURL(webtest.AddFactorPath) // nothing is proven again
	p.Click("button[value=webauthn]")
	p.Click("Create passkey")
	p.WaitText("Save your backup codes")
	p.Click("I have saved these codes in a safe place")
	p.Click("Continue")
	p.WaitText("Enabled")
	t.Logf("%d clicks", p.N)
	if p.N > 8 {
		t.Errorf("%d clicks", p.N)
	}

	// The next time: a browser that was never here, with the same key.
	p.ClearCookies()
	p.Navigate(s.URL + "/sign-in")
	webtest.Arrive(p.Page, "/profile/security")
	p.AssertQuiet()
}
