package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
)

const sessionCookie = "__Host-sallyport"

// cookie returns what the visitor holds, "" for nothing.
func (v *visitor) cookie(name string) string {
	for _, c := range v.client.Jar.Cookies(mustURL(v.t, v.base)) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// withApp is a visitor who is signed in with password and code.
func withApp(t *testing.T, a *apptest.App) (*visitor, *apptest.Authenticator) {
	t.Helper()
	v := serve(t, a)
	app := a.AddTOTP(t, owner(t, a))
	v.challenged(t)
	v.at(v.post("/sign-in/factor", "method", "totp", "code", app.Code(t)), http.StatusOK, "/profile/security")
	return v, app
}

// The password changes after a second factor, and what was typed before is gone.
func TestStepUpForPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v, app := withApp(t, a)
		change := func() answer {
			return v.post("/profile/security/password", "currentPassword", apptest.Password, "newPassword", "Brave new pillars 43", "confirmPassword", "Brave new pillars 43")
		}
		a.Clock.Advance(11 * time.Minute)
		v.has(v.get("/profile/security"), "Change password") // the page asks for nothing
		page := change()
		start := "/step-up?act=change_password&next=" + escape("/profile/security/password")
		v.at(page, http.StatusOK, start)
		v.has(page, "You are about to change your password", "the app “Phone” shows", "Use a backup code", apptest.OwnerEmail)
		if strings.Contains(page.body, "Brave new pillars") {
			t.Error("a password comes back")
		}
		if v.cookie("__Host-sallyport-flow") != "" {
			t.Error("looking at the page began something")
		}
		prove := func(path, code string) answer {
			return v.post(path, "act", "change_password", "next", "/profile/security/password", "method", "totp", "code", code)
		}
		wrong := prove("/step-up", app.WrongCode(t))
		v.at(wrong, http.StatusUnauthorized, "/step-up")
		v.has(wrong, "This code is not right", `action="/step-up/factor"`, `value="change_password"`)
		before := v.cookie(sessionCookie)
		form := prove("/step-up/factor", app.Code(t))
		v.at(form, http.StatusOK, "/profile/security/password")
		v.has(form, "Confirmed", "Now choose the new password", "open>")
		if after := v.cookie(sessionCookie); after == before || a.Check(t, before) == "" {
			t.Error("the session keeps its token")
		}
		v.at(v.get(start), http.StatusOK, "/profile/security/password") // nothing is missing
		done := change()
		v.at(done, http.StatusOK, "/profile/security")
		v.has(done, "Password changed.")
		v.has(v.get("/profile/security/activity"), "Confirmed that it was you")
	})
}

// Removing a second factor asks for the password however fresh the sign-in is, and
// for the factor too when that is not.
func TestStepUpWithPasswordThenFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v, app := withApp(t, a)
		kept := []string{"act", "remove_factor", "next", "/profile/security/two-factor/disable"}
		start := "/step-up?act=remove_factor&next=" + escape("/profile/security/two-factor/disable")
		page := v.get("/profile/security/two-factor/disable")
		v.at(page, http.StatusOK, start)
		v.has(page, "You are about to remove a second factor", "Current password")
		a.Clock.Advance(time.Second) // nobody types as fast as a test
		wrong := v.post("/step-up", append(kept, "password", "Wrong guess 99")...)
		v.at(wrong, http.StatusUnauthorized, "/step-up")
		v.has(wrong, "This is not your current password", `aria-invalid="true"`)
		v.at(v.post("/step-up", append(kept, "password", apptest.Password)...), http.StatusOK, "/profile/security/two-factor/disable")

		a.Clock.Advance(11 * time.Minute)
		v.at(v.get("/profile/security/two-factor/disable"), http.StatusOK, start)
		second := v.post("/step-up", append(kept, "password", apptest.Password)...)
		v.at(second, http.StatusOK, "/step-up/factor?act=remove_factor&next="+escape("/profile/security/two-factor/disable"))
		v.has(second, "the app “Phone” shows")
		other := v.get("/step-up/factor?method=backup_codes&act=remove_factor&next=%2Fprofile%2Fsecurity%2Ftwo-factor%2Fdisable")
		v.has(other, "Enter one of the codes that you saved")
		in := v.post("/step-up/factor", append(kept, "method", "totp", "code", app.Code(t))...)
		v.at(in, http.StatusOK, "/profile/security/two-factor/disable")
	})
}

func TestStepUpByPasskey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		key := a.AddPasskey(t, owner(t, a))
		v.post("/sign-in/passkey", "passkey", string(key.Answer(t, v.options("/sign-in/passkey/options"))))
		a.Clock.Advance(11 * time.Minute)
		kept := []string{"act", "backup_codes", "next", "/profile/security/two-factor/backup-codes", "method", "webauthn"}
		page := v.get("/profile/security/two-factor/backup-codes")
		v.at(page, http.StatusOK, "/step-up?act=backup_codes&next="+escape("/profile/security/two-factor/backup-codes"))
		v.has(page, "Use a passkey instead", `data-passkey="/step-up/send"`, `action="/step-up/passkey"`)

		unproven := *key
		unproven.Device.Options.UserNotVerified = true
		refused := v.post("/step-up/passkey", append(kept, "passkey", string(unproven.Answer(t, v.options("/step-up/send", kept...))))...)
		v.at(refused, http.StatusUnauthorized, "/step-up/passkey")
		v.has(refused, "This passkey was not accepted", "Current password")

		key.Key.Counter = unproven.Key.Counter
		in := v.post("/step-up/passkey", append(kept, "passkey", string(key.Answer(t, v.options("/step-up/send", kept...))))...)
		v.at(in, http.StatusOK, "/profile/security/two-factor/backup-codes")
	})
}

// Where a factor is all that is missing, a passkey passes there, too.
func TestStepUpFactorByPasskey(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	key := a.AddPasskey(t, owner(t, a))
	v.post("/sign-in/passkey", "passkey", string(key.Answer(t, v.options("/sign-in/passkey/options"))))
	a.Clock.Advance(11 * time.Minute)
	kept := []string{"act", "change_password", "next", "/profile/security/password", "method", "webauthn"}
	page := v.get("/step-up?act=change_password&next=%2Fprofile%2Fsecurity%2Fpassword")
	v.has(page, `data-passkey="/step-up/send"`, `action="/step-up/factor"`)
	answer := string(key.Answer(t, v.options("/step-up/send", kept...)))
	v.at(v.post("/step-up/factor", append(kept, "passkey", answer)...), http.StatusOK, "/profile/security/password")
}

func TestStepUpBySentCode(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	actor := owner(t, a)
	a.VerifyAddress(t, actor)
	f := a.AddEmail(t, actor)
	v.challenged(t)
	v.post("/sign-in/factor/send", "method", "email", "factor", f.ID)
	v.at(v.post("/sign-in/factor", "method", "email", "code", a.LastCode(t, apptest.OwnerEmail)), http.StatusOK, "/profile/security")
	a.Clock.Advance(20 * time.Minute)
	kept := []string{"act", "change_password", "next", "/profile/security/password", "method", "email", "factor", f.ID}
	v.has(v.get("/step-up?act=change_password"), "Mail a code to o•••@corp.test", `action="/step-up/send"`)
	sent := v.post("/step-up/send", kept...)
	if !strings.HasPrefix(sent.path(), "/step-up/factor?act=change_password&") {
		t.Fatalf("came to %s", sent.path())
	}
	v.has(sent, "A code was sent to o•••@corp.test")
	in := v.post("/step-up/factor", append(kept, "code", a.LastCode(t, apptest.OwnerEmail))...)
	v.at(in, http.StatusOK, "/profile/security/password")
}

func TestStepUpByBackupCode(t *testing.T) {
	a := sqlite(t)
	a.SetPolicy(func(p *sallyport.Policy) { p.MFABackupCodes = 3 })
	v, app := withApp(t, a)
	a.Clock.Advance(11 * time.Minute)
	in := v.post("/step-up", "act", "change_password", "next", "/profile/security/password", "method", "backup_codes", "code", app.BackupCodes[0])
	v.at(in, http.StatusOK, "/sign-in/codes-left?next="+escape("/profile/security/password"))
	v.has(in, "2 backup codes left")
}

func TestStepUpNeedsATrustedDevice(t *testing.T) {
	a := sqlite(t)
	v, _ := withApp(t, a)
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = int(sallyport.TrustMedium) })
	page := v.get("/step-up?act=backup_codes&next=%2Fprofile%2Fsecurity%2Ftwo-factor%2Fbackup-codes")
	v.at(page, http.StatusOK, "/step-up?act=backup_codes&next=%2Fprofile%2Fsecurity%2Ftwo-factor%2Fbackup-codes")
	v.has(page, "This needs a trusted device", "trust level “Medium”", `href="/profile/security"`)
}

func TestStepUpEdges(t *testing.T) {
	a := sqlite(t)
	v, app := withApp(t, a)
	for _, path := range []string{"/step-up", "/step-up?act=", "/step-up?act=no_such_act", "/step-up/factor?act=no_such_act"} {
		if r := v.get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	// Nothing is missing: on to the page, and to this server only.
	for next, want := range map[string]string{"/profile/security/activity": "/profile/security/activity", "https://evil.test/": "/profile/security", "": "/profile/security"} {
		if to := v.stay().get("/step-up?act=change_password&next=" + escape(next)).Header.Get("Location"); to != want {
			t.Errorf("next %q leads to %q", next, to)
		}
	}
	// A flow that is over begins anew, and says so.
	a.Clock.Advance(11 * time.Minute)
	start := "/step-up?act=change_password&next=" + escape("/profile/security/password")
	over := v.post("/step-up/factor", "act", "change_password", "next", "/profile/security/password", "method", "totp", "code", app.Code(t))
	v.at(over, http.StatusOK, start)
	v.has(over, "That took too long")
	// Whoever is not signed in signs in first.
	v.at(v.another().get(start), http.StatusOK, "/sign-in?next="+escape(start))
	for range a.Policy().LockoutFailures {
		v.post("/step-up", "act", "change_password", "method", "totp", "code", app.WrongCode(t))
	}
	locked := v.post("/step-up", "act", "change_password", "method", "totp", "code", app.Code(t))
	v.at(locked, http.StatusTooManyRequests, "/step-up")
	v.has(locked, "Locked for a while", "Try again at")
}
