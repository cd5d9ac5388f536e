package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
)

const (
	security  = "/profile/security"
	addFactor = security + "/two-factor/add"
)

var (
	secretText = regexp.MustCompile(`data-copy="([A-Z2-7]{32,})"`)
	codeText   = regexp.MustCompile(`<li><code>([a-z0-9-]+)</code></li>`)
	methodLink = regexp.MustCompile(`/two-factor/methods/([0-9a-f-]{36})/remove`)
)

func first(t *testing.T, in *regexp.Regexp, a answer) string {
	t.Helper()
	m := in.FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("%s (%d) has no %v:\n%s", a.path(), a.StatusCode, in, plain(a.body))
	}
	return m[1]
}

// totpAt is what an app shows that scanned the page.
func totpAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	return (&apptest.Authenticator{Secret: secret}).CodeAt(t, at)
}

// addApp sets up an authenticator app by the pages and returns its secret and the
// page that it ends with.
func (v *visitor) addApp(a *apptest.App, name string) (string, answer) {
	v.t.Helper()
	page := v.post(addFactor, "method", "totp")
	secret := first(v.t, secretText, page)
	return secret, v.post(page.path(), "code", totpAt(v.t, secret, a.Clock.Now()), "name", name)
}

// prove gives the password and a fresh code, whatever is asked for first, and comes
// to the page.
func (v *visitor) prove(a *apptest.App, secret string, page answer) answer {
	v.t.Helper()
	if !strings.HasPrefix(page.path(), "/step-up?") {
		v.t.Fatalf("%s asks for no more proof:\n%s", page.path(), plain(page.body))
	}
	q := page.Request.URL.Query()
	for range 2 {
		path, _, _ := strings.Cut(page.path(), "?")
		switch {
		case strings.Contains(page.body, `type="password"`):
			page = v.post(path, "act", q.Get("act"), "next", q.Get("next"), "password", apptest.Password)
		case strings.HasPrefix(path, "/step-up"):
			a.Clock.Advance(30 * time.Second)
			page = v.post(path, "act", q.Get("act"), "next", q.Get("next"), "method", "totp", "code", totpAt(v.t, secret, a.Clock.Now()))
		}
	}
	return page
}

func TestTwoFactorApp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		v.enter(apptest.OwnerEmail)
		v.has(v.get(security), "Two-factor authentication", "Disabled", "Only your password protects this account", "Password only", "under a minute")
		choose := v.get(addFactor)
		v.has(choose, "Turn on two-factor", "Recommended", "Weaker")
		if passkey, sms := strings.Index(choose.body, "Passkey"), strings.Index(choose.body, "Text message"); passkey < 0 || sms < passkey {
			t.Error("the weaker methods come first")
		}
		if n := a.Count(t)[audit.EnrolmentStarted]; n != 0 {
			t.Error("looking at the page began something")
		}

		page := v.post(addFactor, "method", "totp")
		if !strings.HasPrefix(page.path(), addFactor+"/") || page.StatusCode != http.StatusOK {
			t.Fatalf("came to %s, %d", page.path(), page.StatusCode)
		}
		secret := first(t, secretText, page)
		v.has(page, "<svg", `role="img"`, "Works until", `autocomplete="one-time-code"`, `inputmode="numeric"`)
		if strings.Contains(page.path(), secret) {
			t.Error("the secret is in the address")
		}
		if again := first(t, secretText, v.get(page.path())); again != secret {
			t.Error("looking again shows another secret")
		}

		wrong := v.post(page.path(), "code", "000000", "name", "Work phone")
		v.at(wrong, http.StatusUnauthorized, page.path())
		v.has(wrong, "This code is not right", `value="Work phone"`)
		if first(t, secretText, wrong) != secret || strings.Contains(wrong.body, `value="000000"`) {
			t.Error("a wrong code changes the secret, or comes back")
		}
		drift := v.post(page.path(), "code", totpAt(t, secret, a.Clock.Now().Add(3*time.Minute)))
		v.has(drift, "about 3 minutes fast")

		anew := v.post(page.path() + "/again")
		if anew.path() == page.path() || first(t, secretText, anew) == secret {
			t.Error("a new code is the old one")
		}
		v.has(v.get(page.path()), "That set-up is over", "Passkey")
		secret = first(t, secretText, anew)

		code := totpAt(t, secret, a.Clock.Now())
		done := v.post(anew.path(), "code", code[:3]+" "+code[3:], "name", "  Work phone 📱 ")
		v.at(done, http.StatusOK, anew.path())
		v.has(done, "Work phone 📱 is set up, and two-factor authentication is on", "Save your backup codes", "owner@corp.test", `required`)
		if n := len(codeText.FindAllString(done.body, -1)); n != a.Policy().MFABackupCodes {
			t.Errorf("%d backup codes", n)
		}
		if after := v.get(anew.path()); len(codeText.FindAllString(after.body, -1)) != 0 {
			t.Error("the codes can be had again")
		}
		v.at(v.post(anew.path(), "code", code), http.StatusNotFound, anew.path())

		home := v.post(security+"/two-factor/backup-codes/saved", "saved", "yes", "next", security)
		v.at(home, http.StatusOK, security)
		v.has(home, "Your backup codes are in force", "Enabled", "Work phone 📱", "Turned on just now", "10 unused codes left", "Password and two-factor", "Turn off two-factor")
		if n := a.Count(t)[audit.MFAEnabled]; n != 1 {
			t.Errorf("%d events", n)
		}
		if n := a.Count(t)[audit.MethodRenamed]; n != 0 {
			t.Error("the name counts as another one")
		}

		// A second one brings no codes, and says so with a message.
		v.has(v.get(addFactor), "Add a method") // the first use of the other one is a proof
		_, second := v.addApp(a, "")
		v.at(second, http.StatusOK, security)
		v.has(second, "Method added", "Authenticator app")
	})
}

func TestTwoFactorRename(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	v.addApp(a, "Phone")
	path := security + "/two-factor/methods/" + first(t, methodLink, v.get(security)) + "/rename"
	v.has(v.get(path), `value="Phone"`, "Name this method")
	v.has(v.post(path, "name", "هاتفي"), "Name changed", "هاتفي")
	long := v.post(path, "name", strings.Repeat("é", 101))
	v.at(long, http.StatusUnprocessableEntity, path)
	v.has(long, "At most 100 characters")
	v.has(v.post(path, "name", " "), "Name changed", "Authenticator app")
	a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	kim := v.another()
	kim.enter("kim@corp.test")
	for _, act := range []string{"rename", "remove"} {
		other := strings.TrimSuffix(path, "rename") + act
		if r := kim.get(other); r.StatusCode != http.StatusNotFound {
			t.Errorf("somebody else's: GET %s: %d", act, r.StatusCode)
		}
		if r := kim.post(other, "name", "x"); r.StatusCode == http.StatusOK && r.path() == security {
			t.Errorf("somebody else's: POST %s goes through", act)
		}
	}
}

func TestTwoFactorRemove(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		v := serve(t, a)
		other := v.another()
		other.enter(apptest.OwnerEmail)
		v.enter(apptest.OwnerEmail)
		secret, _ := v.addApp(a, "Phone")
		v.addApp(a, "Tablet")
		ids := methodLink.FindAllStringSubmatch(v.get(security).body, -1)
		if len(ids) != 2 {
			t.Fatalf("%d methods", len(ids))
		}
		path := security + "/two-factor/methods/" + ids[0][1] + "/remove"
		last := security + "/two-factor/methods/" + ids[1][1] + "/remove"

		// The proof comes before the question, and leads to it.
		a.Clock.Advance(time.Minute)
		asked := v.prove(a, secret, v.get(path))
		v.at(asked, http.StatusOK, path)
		v.has(asked, "Remove Phone?", "Remove method", "Cancel")
		v.has(v.get(security), "Phone") // nothing has happened yet
		gone := v.post(path)
		v.at(gone, http.StatusOK, security)
		v.has(gone, "Method removed", "You removed it", "Other devices are still signed in", "Sign out everywhere else")
		if again := v.get(security); strings.Contains(again.body, "Other devices are still signed in") {
			t.Error("the offer stays")
		}

		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		v.has(v.get(last), "Quayside requires a second step")
		v.has(v.post(last), "Quayside requires a second step")
		home := v.get(security)
		v.has(home, "Required by Quayside", "Tablet")
		if strings.Contains(home.body, "Turn off two-factor") {
			t.Error("it can be turned off")
		}
		v.has(v.get(security+"/two-factor/disable"), "requires a second step")
		v.has(v.post(security+"/two-factor/disable"), "requires a second step")

		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedNobody })
		v.has(v.get(last), "Remove Tablet and turn off two-factor?", "10 backup codes stop working")
		v.has(v.post(last), "Two-factor authentication is off", "Disabled", "Turn on two-factor")
	})
}

func TestTwoFactorDisable(t *testing.T) {
	a := sqlite(t)
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	path := security + "/two-factor/disable"
	v.at(v.get(path), http.StatusOK, security) // nothing to turn off
	secret, _ := v.addApp(a, "")
	a.Clock.Advance(time.Minute)
	asked := v.prove(a, secret, v.get(path))
	v.has(asked, "Turn off two-factor authentication?", "Whoever learns your password", "10 backup codes")
	done := v.post(path)
	v.at(done, http.StatusOK, security)
	v.has(done, "Two-factor authentication is off", "Two-factor was turned off", "Disabled")
	v.at(v.post(path), http.StatusOK, security) // off already
}

func TestBackupCodesPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		v := serve(t, a)
		v.enter(apptest.OwnerEmail)
		path := security + "/two-factor/backup-codes"
		v.at(v.get(path), http.StatusOK, security) // none without a second factor
		secret, made := v.addApp(a, "")
		old := first(t, codeText, made)
		a.Clock.Advance(11 * time.Minute)
		v.has(v.prove(a, secret, v.get(path)), "Make new backup codes?", "The 10 codes you have left stop working")
		if n := a.Count(t)[audit.BackupCodesMade]; n != 1 {
			t.Errorf("%d sets", n)
		}
		anew := v.post(path)
		v.at(anew, http.StatusOK, path)
		v.has(anew, "Save your backup codes")
		if strings.Contains(anew.body, old) || anew.Header.Get("Cache-Control") != "no-store" {
			t.Error("an old code is among the new ones, or they are kept")
		}
		if shown := v.get(path); len(codeText.FindAllString(shown.body, -1)) != 0 {
			t.Error("they are shown twice")
		}
	})
}

func TestTwoFactorBySentCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		me := owner(t, a)
		v.enter(apptest.OwnerEmail)
		path := addFactor + "/sms"
		v.has(v.get(path), "Germany (&#43;49)", "Åland Islands (&#43;358)", `autocomplete="tel-national"`)
		v.has(v.post(path, "country", "DE", "phoneNumber", ""), "This is required", `value="DE" selected`)
		v.has(v.post(path, "country", "US", "phoneNumber", "415 555"), "This number is too short", `value="415 555"`, `value="US" selected`)
		v.has(v.post(path, "country", "", "phoneNumber", "01512 3456767"), "Begin with &#43;")
		sent := v.post(path, "country", "DE", "phoneNumber", "01512 3456767")
		v.has(sent, "We sent a code to &#43;49 ••• ••• 67", "Send again", "Use another number")
		before := a.LastCode(t, "+4915123456767")
		again := v.post(sent.path() + "/again")
		v.has(again, "We sent a code to &#43;49")
		code := a.LastCode(t, "+4915123456767")
		if before != code {
			v.has(v.post(again.path(), "code", before), "This code is not right")
		}
		v.has(v.post(again.path(), "code", code), "&#43;49 ••• ••• 67 is set up")
		v.has(v.get(security), "Text message", "messages can be intercepted")

		// A mail goes to an address that is confirmed.
		text := v.post("/step-up/send", "act", "add_factor", "next", addFactor, "method", "sms")
		q := text.Request.URL.Query()
		v.at(v.post("/step-up/factor", "act", "add_factor", "next", addFactor, "method", "sms", "factor", q.Get("factor"),
			"code", a.LastCode(t, "+4915123456767")), http.StatusOK, addFactor)
		v.has(v.post(path, "country", "DE", "phoneNumber", "01512 3456767"), "This is set up already")
		v.has(v.get(addFactor), "Confirm your e-mail address first", `action="/profile/security/verification"`)
		v.has(v.post(addFactor, "method", "email"), "Confirm your e-mail address first")
		a.VerifyAddress(t, me)
		mailed := v.post(addFactor, "method", "email")
		v.has(mailed, "We sent a code to o•••@corp.test")
		v.has(v.post(mailed.path(), "code", a.LastCode(t, apptest.OwnerEmail)), "Method added", "E-mail code")
		v.has(v.post(addFactor, "method", "carrier_pigeon"), "does not allow this method")
	})
}

func TestSendingIsLimited(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	sent := v.post(addFactor+"/sms", "country", "DE", "phoneNumber", "01512 3456767")
	for range 20 {
		again := v.post(sent.path() + "/again")
		if again.StatusCode == http.StatusTooManyRequests {
			v.has(again, "Too many tries in a short time", "Try again at", "A code that arrived before still works")
			v.has(v.post(sent.path(), "code", a.LastCode(t, "+4915123456767")), "is set up")
			return
		}
		sent = again
	}
	t.Error("nothing stops it")
}

// Whose organisation asks for a second step sets one up on the way in.
func TestEnrolAtSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		next := "/profile/security/activity"
		signIn := func() answer {
			return v.post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "next", next)
		}
		choose := signIn()
		v.at(choose, http.StatusOK, "/sign-in/enrol?next="+escape(next))
		v.has(choose, "Set up a second step", "Quayside asks for a second step", "Authenticator app", `name="next" value="`+next+`"`)
		v.at(v.get(security), http.StatusOK, "/sign-in") // half a sign-in opens nothing

		page := v.post("/sign-in/enrol", "method", "totp", "next", next)
		v.at(page, http.StatusOK, "/sign-in/enrol/set-up?next="+escape(next))
		secret := first(t, secretText, page)
		if first(t, secretText, v.get(page.path())) != secret {
			t.Error("looking again shows another secret")
		}
		wrong := v.post("/sign-in/enrol/set-up", "code", "000000", "next", next)
		v.has(wrong, "This code is not right", `name="next" value="`+next+`"`)
		if first(t, secretText, wrong) != secret {
			t.Error("a wrong code changes the secret")
		}
		anew := v.post("/sign-in/enrol/again", "next", next)
		if first(t, secretText, anew) == secret {
			t.Error("a new code is the old one")
		}
		secret = first(t, secretText, anew)
		done := v.post("/sign-in/enrol/set-up", "code", totpAt(t, secret, a.Clock.Now()), "name", "Phone", "next", next)
		v.at(done, http.StatusOK, "/sign-in/enrol/set-up")
		v.has(done, "Phone is set up", "Save your backup codes", apptest.OwnerEmail)
		if n := len(codeText.FindAllString(done.body, -1)); n != 10 {
			t.Errorf("%d codes", n)
		}
		in := v.post("/sign-in/enrol/saved", "saved", "yes", "next", next)
		v.at(in, http.StatusOK, next)
		v.has(in, "Signed in")
		v.at(v.get("/sign-in/enrol"), http.StatusOK, security) // no flow any more
	})
}

// Where more is asked after the set-up, the codes are shown before it.
func TestEnrolBeforeNewPassword(t *testing.T) {
	a := sqlite(t)
	serve(t, a) // which sets it up
	a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
	a.SetBreached(t, apptest.Password)
	v := httpsOn(t, a)
	choose := v.signIn(apptest.OwnerEmail, apptest.Password)
	v.at(choose, http.StatusOK, "/sign-in/enrol")
	secret := first(t, secretText, v.post("/sign-in/enrol", "method", "totp"))
	done := v.post("/sign-in/enrol/set-up", "code", totpAt(t, secret, a.Clock.Now()))
	v.has(done, "Save your backup codes", apptest.OwnerEmail)
	v.at(v.post("/sign-in/enrol/saved", "saved", "yes"), http.StatusOK, "/sign-in/new-password")
	v.has(v.post("/sign-in/new-password", "newPassword", "Brave new pillars 43", "confirmPassword", "Brave new pillars 43"), "Password changed", "Enabled")
}

func TestEnrolExpires(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
	const expired = "That took too long"
	for _, path := range []string{"/sign-in/enrol", "/sign-in/enrol/sms", "/sign-in/enrol/set-up"} {
		v.has(v.get(path), expired, "Password")
		v.has(v.post(path, "method", "totp", "code", "1"), expired)
	}
	v.signIn(apptest.OwnerEmail, apptest.Password)
	v.has(v.get("/sign-in/enrol/set-up"), "That set-up is over", "Authenticator app")
	v.has(v.post("/sign-in/enrol", "method", "totp"), "Scan this with your app")
	a.Clock.Advance(11 * time.Minute)
	v.has(v.post("/sign-in/enrol/set-up", "code", "1"), expired)
}
