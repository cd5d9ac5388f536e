package profile_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

func TestTwoFactorApp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		v.Has(v.Get(webtest.SecurityPath), "Two-factor authentication", "Disabled", "Only your password protects this account", "Password only", "under a minute")
		// The proof comes first, also right after the sign-in, and leads to the choice.
		v.Has(v.Get(webtest.AddFactorPath), "You are about to add a second factor", "Current password")
		choose := v.Confirm("add_factor", webtest.AddFactorPath)
		v.At(choose, http.StatusOK, webtest.AddFactorPath)
		v.Has(choose, "Turn on two-factor", "Recommended", "Weaker")
		if passkey, sms := strings.Index(choose.Text, "Passkey"), strings.Index(choose.Text, "Text message"); passkey < 0 || sms < passkey {
			t.Error("the weaker methods come first")
		}
		if n := a.Count(t)[audit.EnrolmentStarted]; n != 0 {
			t.Error("looking at the page began something")
		}

		page := v.Post(webtest.AddFactorPath, "method", "totp")
		if !strings.HasPrefix(page.Path(), webtest.AddFactorPath+"/") || page.StatusCode != http.StatusOK {
			t.Fatalf("came to %s, %d", page.Path(), page.StatusCode)
		}
		secret := webtest.First(t, webtest.SecretText, page)
		v.Has(page, "<svg", `role="img"`, "Works until", `autocomplete="one-time-code"`, `inputmode="numeric"`)
		if strings.Contains(page.Path(), secret) {
			t.Error("the secret is in the address")
		}
		if again := webtest.First(t, webtest.SecretText, v.Get(page.Path())); again != secret {
			t.Error("looking again shows another secret")
		}

		wrong := v.Post(page.Path(), "code", "000000", "name", "Work phone")
		v.At(wrong, http.StatusUnauthorized, page.Path())
		v.Has(wrong, "This code is not right", `value="Work phone"`)
		if webtest.First(t, webtest.SecretText, wrong) != secret || strings.Contains(wrong.Text, `value="000000"`) {
			t.Error("a wrong code changes the secret, or comes back")
		}
		drift := v.Post(page.Path(), "code", webtest.TotpAt(t, secret, a.Clock.Now().Add(3*time.Minute)))
		v.Has(drift, "about 3 minutes fast")

		anew := v.Post(page.Path() + "/again")
		if anew.Path() == page.Path() || webtest.First(t, webtest.SecretText, anew) == secret {
			t.Error("a new code is the old one")
		}
		v.Has(v.Get(page.Path()), "That set-up is over", "Passkey")
		secret = webtest.First(t, webtest.SecretText, anew)

		code := webtest.TotpAt(t, secret, a.Clock.Now())
		done := v.Post(anew.Path(), "code", code[:3]+" "+code[3:], "name", "  Work phone 📱 ")
		v.At(done, http.StatusOK, anew.Path())
		v.Has(done, "Work phone 📱 is set up, and two-factor authentication is on", "Save your backup codes", "owner@corp.test", `required`)
		if n := len(webtest.CodeText.FindAllString(done.Text, -1)); n != a.Policy().MFABackupCodes {
			t.Errorf("%d backup codes", n)
		}
		if after := v.Get(anew.Path()); len(webtest.CodeText.FindAllString(after.Text, -1)) != 0 {
			t.Error("the codes can be had again")
		}
		v.SentBack(v.Post(anew.Path(), "code", code), http.StatusNotFound, webtest.AddFactorPath)

		home := v.Post(webtest.SecurityPath+"/two-factor/backup-codes/saved", "saved", "yes", "next", webtest.SecurityPath)
		v.At(home, http.StatusOK, webtest.SecurityPath)
		v.Has(home, "Your backup codes are in force", "Enabled", "Work phone 📱", "Turned on just now", "10 unused codes left", "Password and second factor", "Turn off two-factor")
		if n := a.Count(t)[audit.MFAEnabled]; n != 1 {
			t.Errorf("%d events", n)
		}
		if n := a.Count(t)[audit.MethodRenamed]; n != 0 {
			t.Error("the name counts as another one")
		}

		// A second one brings no codes, and says so with a message.
		v.Has(v.Get(webtest.AddFactorPath), "Add a second factor") // the first use of the other one is a proof
		_, second := v.AddApp(a, "")
		v.At(second, http.StatusOK, webtest.SecurityPath)
		v.Has(second, "Second factor added", "Authenticator app")
	})
}

func TestTwoFactorRename(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	v.AddApp(a, "Phone")
	path := webtest.SecurityPath + "/two-factor/methods/" + webtest.First(t, webtest.MethodLink, v.Get(webtest.SecurityPath)) + "/rename"
	v.Has(v.Get(path), `value="Phone"`, "Name this second factor")
	v.Has(v.Post(path, "name", "هاتفي"), "Name changed", "هاتفي")
	long := v.Post(path, "name", strings.Repeat("é", 101))
	v.At(long, http.StatusUnprocessableEntity, path)
	v.Has(long, "At most 100 characters")
	v.Has(v.Post(path, "name", " "), "Name changed", "Authenticator app")
	a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	kim := v.Another()
	kim.Enter("kim@corp.test")
	for _, act := range []string{"rename", "remove"} {
		other := strings.TrimSuffix(path, "rename") + act
		if r := kim.Get(other); r.StatusCode != http.StatusNotFound {
			t.Errorf("somebody else's: GET %s: %d", act, r.StatusCode)
		}
		if r := kim.Post(other, "name", "x"); r.StatusCode == http.StatusOK && r.Path() == webtest.SecurityPath {
			t.Errorf("somebody else's: POST %s goes through", act)
		}
	}
}

func TestTwoFactorRemove(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		v := webtest.Serve(t, a)
		other := v.Another()
		other.Enter(apptest.OwnerEmail)
		v.Enter(apptest.OwnerEmail)
		secret, _ := v.AddApp(a, "Phone")
		v.AddApp(a, "Tablet")
		ids := webtest.MethodLink.FindAllStringSubmatch(v.Get(webtest.SecurityPath).Text, -1)
		if len(ids) != 2 {
			t.Fatalf("%d methods", len(ids))
		}
		path := webtest.SecurityPath + "/two-factor/methods/" + ids[0][1] + "/remove"
		last := webtest.SecurityPath + "/two-factor/methods/" + ids[1][1] + "/remove"

		// The proof comes before the question, and leads to it.
		a.Clock.Advance(11 * time.Minute)
		asked := v.Prove(a, secret, v.Get(path))
		v.At(asked, http.StatusOK, path)
		v.Has(asked, "Remove Phone?", "Remove second factor", "Cancel")
		v.Has(v.Get(webtest.SecurityPath), "Phone") // nothing has happened yet
		gone := v.Post(path)
		v.At(gone, http.StatusOK, webtest.SecurityPath)
		v.Has(gone, "Second factor removed", "You removed it", "Other devices are still signed in", "Sign out everywhere else")
		if again := v.Get(webtest.SecurityPath); strings.Contains(again.Text, "Other devices are still signed in") {
			t.Error("the offer stays")
		}

		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		v.Has(v.Get(last), "Quayside requires a second factor")
		v.Has(v.Post(last), "Quayside requires a second factor")
		home := v.Get(webtest.SecurityPath)
		v.Has(home, "Required by Quayside", "Tablet")
		if strings.Contains(home.Text, "Turn off two-factor") {
			t.Error("it can be turned off")
		}
		v.Has(v.Get(webtest.SecurityPath+"/two-factor/disable"), "requires a second factor")
		v.Has(v.Post(webtest.SecurityPath+"/two-factor/disable"), "requires a second factor")

		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedNobody })
		v.Has(v.Get(last), "Remove Tablet and turn off two-factor authentication?", "10 backup codes stop working")
		v.Has(v.Post(last), "Two-factor authentication is off", "Disabled", "Turn on two-factor")
	})
}

// Where a method has to stay, nobody is asked to prove anything before they learn it.
func TestMethodThatStays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		secret, _ := v.AddApp(a, "Phone")
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		a.Clock.Advance(11 * time.Minute) // the proof is too old for a removal
		path := webtest.SecurityPath + "/two-factor/methods/" + webtest.First(t, webtest.MethodLink, v.Get(webtest.SecurityPath)) + "/remove"
		v.Has(v.Get(webtest.SecurityPath), "Add another one before you remove this one")
		for _, p := range []string{path, webtest.SecurityPath + "/two-factor/disable"} {
			for _, answer := range []webtest.Answer{v.Get(p), v.Post(p)} {
				if answer.Path() != p {
					t.Errorf("%s leads to %s", p, answer.Path())
				}
				v.Has(answer, "This second factor has to stay", `href="`+webtest.AddFactorPath+`"`)
			}
		}

		v.Prove(a, secret, v.Get(webtest.AddFactorPath))
		v.AddApp(a, "Tablet")
		if strings.Contains(v.Get(webtest.SecurityPath).Text, "before you remove this one") {
			t.Error("one of two has to stay")
		}
		a.Clock.Advance(11 * time.Minute)
		v.Has(v.Prove(a, secret, v.Get(path)), "Remove Phone?")
	})
}

func TestTwoFactorDisable(t *testing.T) {
	a := webtest.SQLite(t)
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	path := webtest.SecurityPath + "/two-factor/disable"
	v.At(v.Get(path), http.StatusOK, webtest.SecurityPath) // nothing to turn off
	secret, _ := v.AddApp(a, "")
	a.Clock.Advance(11 * time.Minute)
	asked := v.Prove(a, secret, v.Get(path))
	v.Has(asked, "Turn off two-factor authentication?", "Whoever learns your password", "10 backup codes")
	done := v.Post(path)
	v.At(done, http.StatusOK, webtest.SecurityPath)
	v.Has(done, "Two-factor authentication is off", "Two-factor authentication was turned off", "Disabled")
	v.At(v.Post(path), http.StatusOK, webtest.SecurityPath) // off already
}

func TestBackupCodesPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		path := webtest.SecurityPath + "/two-factor/backup-codes"
		v.At(v.Get(path), http.StatusOK, webtest.SecurityPath) // none without a second factor
		secret, made := v.AddApp(a, "")
		old := webtest.First(t, webtest.CodeText, made)
		a.Clock.Advance(11 * time.Minute)
		v.Has(v.Prove(a, secret, v.Get(path)), "Make new backup codes?", "The 10 codes you have left stop working")
		if n := a.Count(t)[audit.BackupCodesMade]; n != 1 {
			t.Errorf("%d sets", n)
		}
		anew := v.Post(path)
		v.At(anew, http.StatusOK, path)
		v.Has(anew, "Save your backup codes")
		if strings.Contains(anew.Text, old) || anew.Header.Get("Cache-Control") != "no-store" {
			t.Error("an old code is among the new ones, or they are kept")
		}
		if shown := v.Get(path); len(webtest.CodeText.FindAllString(shown.Text, -1)) != 0 {
			t.Error("they are shown twice")
		}
	})
}

func TestTwoFactorBySentCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		me := webtest.Owner(t, a)
		v.Enter(apptest.OwnerEmail)
		path := webtest.AddFactorPath + "/sms"
		v.Confirm("add_factor", path)
		v.Has(v.Get(path), "Germany (&#43;49)", "Åland Islands (&#43;358)", `autocomplete="tel-national"`)
		v.Has(v.Send(http.MethodGet, path, nil, "Accept-Language", "de, de-CH;q=0.8"), `value="CH" selected`)
		v.Has(v.Post(path, "country", "DE", "phoneNumber", ""), "This is required", `value="DE" selected`)
		v.Has(v.Post(path, "country", "US", "phoneNumber", "415 555"), "This number is too short", `value="415 555"`, `value="US" selected`)
		v.Has(v.Post(path, "country", "", "phoneNumber", "01512 3456767"), "Choose the country of the number", `aria-describedby="country-errors"`)
		sent := v.Post(path, "country", "DE", "phoneNumber", "01512 3456767")
		v.Has(sent, "We sent a code to &#43;49 ••• ••• 67", "Send again", "Use another number")
		before := a.LastCode(t, "+4915123456767")
		again := v.Post(sent.Path() + "/again")
		v.Has(again, "We sent a code to &#43;49")
		code := a.LastCode(t, "+4915123456767")
		if before != code {
			v.Has(v.Post(again.Path(), "code", before), "This code is not right")
		}
		v.Has(v.Post(again.Path(), "code", code), "&#43;49 ••• ••• 67 is set up")
		v.Has(v.Get(webtest.SecurityPath), "Text message", "messages can be intercepted")

		// A mail goes to an address that is confirmed.
		text := v.Post("/step-up/send", "act", "add_factor", "next", webtest.AddFactorPath, "method", "sms")
		q := text.Request.URL.Query()
		v.At(v.Post("/step-up/factor", "act", "add_factor", "next", webtest.AddFactorPath, "method", "sms", "factor", q.Get("factor"),
			"code", a.LastCode(t, "+4915123456767")), http.StatusOK, webtest.AddFactorPath)
		v.Has(v.Post(path, "country", "DE", "phoneNumber", "01512 3456767"), "This is set up already")
		v.Has(v.Get(webtest.AddFactorPath), "Verify your e-mail address first", `action="/profile/security/verification"`)
		v.Has(v.Post(webtest.AddFactorPath, "method", "email"), "Verify your e-mail address first")
		a.VerifyAddress(t, me)
		mailed := v.Post(webtest.AddFactorPath, "method", "email")
		v.Has(mailed, "We sent a code to o•••@corp.test")
		v.Has(v.Post(mailed.Path(), "code", a.LastCode(t, apptest.OwnerEmail)), "Second factor added", "E-mail code")
		v.Has(v.Post(webtest.AddFactorPath, "method", "carrier_pigeon"), "does not allow this method")
	})
}

func TestSendingIsLimited(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	v.Confirm("add_factor", webtest.AddFactorPath)
	sent := v.Post(webtest.AddFactorPath+"/sms", "country", "DE", "phoneNumber", "01512 3456767")
	for range 20 {
		again := v.Post(sent.Path() + "/again")
		if again.StatusCode == http.StatusTooManyRequests {
			v.Has(again, "Too many tries in a short time", "Try again at")
			v.Has(v.Post(sent.Path(), "code", a.LastCode(t, "+4915123456767")), "is set up")
			return
		}
		sent = again
	}
	t.Error("nothing stops it")
}
