package entry_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// The password changes after a second factor, and what was typed before is gone.
func TestStepUpForPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v, app := webtest.WithApp(t, a)
		change := func() webtest.Answer {
			return v.Post("/profile/security/password", "currentPassword", apptest.Password, "newPassword", "Brave new pillars 43", "confirmPassword", "Brave new pillars 43")
		}
		a.Clock.Advance(11 * time.Minute)
		v.Has(v.Get("/profile/security"), "Change password", "Your account has a second factor", "/step-up?act=change_password") // before anything is typed
		page := change()
		start := "/step-up?act=change_password&next=" + webtest.Escape("/profile/security/password")
		v.At(page, http.StatusOK, start)
		v.Has(page, "You are about to change your password", "the app “Phone” shows", "Use a backup code", apptest.OwnerEmail)
		if strings.Contains(page.Text, "Brave new pillars") {
			t.Error("a password comes back")
		}
		if v.Cookie("__Host-sallyport-flow") != "" {
			t.Error("looking at the page began something")
		}
		prove := func(path, code string) webtest.Answer {
			return v.Post(path, "act", "change_password", "next", "/profile/security/password", "method", "totp", "code", code)
		}
		wrong := prove("/step-up", app.WrongCode(t))
		v.SentBack(wrong, http.StatusUnauthorized, "/step-up/factor")
		v.Has(wrong, "This code is not right", `action="/step-up/factor"`, `value="change_password"`)
		before := v.Cookie(webtest.SessionCookie)
		form := prove("/step-up/factor", app.Code(t))
		v.At(form, http.StatusOK, "/profile/security/password")
		v.Has(form, "Confirmed", "Now choose the new password", "open>")
		if after := v.Cookie(webtest.SessionCookie); after == before || a.Check(t, before) == "" {
			t.Error("the session keeps its token")
		}
		v.At(v.Get(start), http.StatusOK, "/profile/security/password") // nothing is missing
		done := change()
		v.At(done, http.StatusOK, "/profile/security")
		v.Has(done, "Password changed.")
		v.Has(v.Get("/profile/security/activity"), "Confirmed that it was you")
	})
}

// Removing a second factor asks for the password however fresh the sign-in is, and
// for the factor too when that is not.
func TestStepUpWithPasswordThenFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v, app := webtest.WithApp(t, a)
		kept := []string{"act", "remove_factor", "next", "/profile/security/two-factor/disable"}
		start := "/step-up?act=remove_factor&next=" + webtest.Escape("/profile/security/two-factor/disable")
		page := v.Get("/profile/security/two-factor/disable")
		v.At(page, http.StatusOK, start)
		v.Has(page, "You are about to remove a second factor", "Current password")
		wrong := v.Post("/step-up", append(kept, "password", "Wrong guess 99")...)
		v.SentBack(wrong, http.StatusUnauthorized, "/step-up")
		v.Has(wrong, "This is not your current password", `aria-invalid="true"`)
		// The first time the factor of the sign-in counts for nothing either.
		v.At(v.Post("/step-up", append(kept, "password", apptest.Password)...), http.StatusOK, "/step-up/factor?act=remove_factor&next="+webtest.Escape("/profile/security/two-factor/disable"))
		a.Clock.Advance(30 * time.Second)
		v.At(v.Post("/step-up/factor", append(kept, "method", "totp", "code", app.Code(t))...), http.StatusOK, "/profile/security/two-factor/disable")

		a.Clock.Advance(11 * time.Minute)
		v.At(v.Get("/profile/security/two-factor/disable"), http.StatusOK, start)
		second := v.Post("/step-up", append(kept, "password", apptest.Password)...)
		v.At(second, http.StatusOK, "/step-up/factor?act=remove_factor&next="+webtest.Escape("/profile/security/two-factor/disable"))
		v.Has(second, "the app “Phone” shows")
		other := v.Get("/step-up/factor?method=backup_codes&act=remove_factor&next=%2Fprofile%2Fsecurity%2Ftwo-factor%2Fdisable")
		v.Has(other, "Enter one of the codes that you saved")
		in := v.Post("/step-up/factor", append(kept, "method", "totp", "code", app.Code(t))...)
		v.At(in, http.StatusOK, "/profile/security/two-factor/disable")
	})
}

func TestStepUpByPasskey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		key := a.AddPasskey(t, webtest.Owner(t, a))
		v.Post("/sign-in/passkey", "passkey", string(key.Answer(t, v.Options("/sign-in/passkey/options"))))
		a.Clock.Advance(11 * time.Minute)
		kept := []string{"act", "backup_codes", "next", "/profile/security/two-factor/backup-codes", "method", "webauthn"}
		page := v.Get("/profile/security/two-factor/backup-codes")
		v.At(page, http.StatusOK, "/step-up?act=backup_codes&next="+webtest.Escape("/profile/security/two-factor/backup-codes"))
		v.Has(page, "Use a passkey instead", `data-passkey="/step-up/send"`, `action="/step-up/passkey"`)

		unproven := *key
		unproven.Device.Options.UserNotVerified = true
		refused := v.Post("/step-up/passkey", append(kept, "passkey", string(unproven.Answer(t, v.Options("/step-up/send", kept...))))...)
		v.SentBack(refused, http.StatusUnauthorized, "/step-up")
		v.Has(refused, "This passkey was not accepted", "Current password")

		key.Key.Counter = unproven.Key.Counter
		in := v.Post("/step-up/passkey", append(kept, "passkey", string(key.Answer(t, v.Options("/step-up/send", kept...))))...)
		v.At(in, http.StatusOK, "/profile/security/two-factor/backup-codes")
	})
}

// Where a factor is all that is missing, a passkey passes there, too.
func TestStepUpFactorByPasskey(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	key := a.AddPasskey(t, webtest.Owner(t, a))
	v.Post("/sign-in/passkey", "passkey", string(key.Answer(t, v.Options("/sign-in/passkey/options"))))
	a.Clock.Advance(11 * time.Minute)
	kept := []string{"act", "change_password", "next", "/profile/security/password", "method", "webauthn"}
	page := v.Get("/step-up?act=change_password&next=%2Fprofile%2Fsecurity%2Fpassword")
	v.Has(page, `data-passkey="/step-up/send"`, `action="/step-up/factor"`)
	answer := string(key.Answer(t, v.Options("/step-up/send", kept...)))
	v.At(v.Post("/step-up/factor", append(kept, "passkey", answer)...), http.StatusOK, "/profile/security/password")
}

func TestStepUpBySentCode(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	actor := webtest.Owner(t, a)
	a.VerifyAddress(t, actor)
	f := a.AddEmail(t, actor)
	v.Challenged(t)
	v.Post("/sign-in/factor/send", "method", "email", "factor", f.ID)
	v.At(v.Post("/sign-in/factor", "method", "email", "code", a.LastCode(t, apptest.OwnerEmail)), http.StatusOK, "/profile/security")
	a.Clock.Advance(20 * time.Minute)
	kept := []string{"act", "change_password", "next", "/profile/security/password", "method", "email", "factor", f.ID}
	v.Has(v.Get("/step-up?act=change_password"), "Mail a code to o•••@corp.test", `action="/step-up/send"`)
	sent := v.Post("/step-up/send", kept...)
	if !strings.HasPrefix(sent.Path(), "/step-up/factor?act=change_password&") {
		t.Fatalf("came to %s", sent.Path())
	}
	v.Has(sent, "A code was sent to o•••@corp.test")
	in := v.Post("/step-up/factor", append(kept, "code", a.LastCode(t, apptest.OwnerEmail))...)
	v.At(in, http.StatusOK, "/profile/security/password")
}

func TestStepUpByBackupCode(t *testing.T) {
	a := webtest.SQLite(t)
	a.SetPolicy(func(p *sallyport.Policy) { p.MFABackupCodes = 3 })
	v, app := webtest.WithApp(t, a)
	a.Clock.Advance(11 * time.Minute)
	in := v.Post("/step-up", "act", "change_password", "next", "/profile/security/password", "method", "backup_codes", "code", app.BackupCodes[0])
	v.At(in, http.StatusOK, "/sign-in/codes-left?next="+webtest.Escape("/profile/security/password"))
	v.Has(in, "2 backup codes left")
}

func TestStepUpNeedsATrustedDevice(t *testing.T) {
	a := webtest.SQLite(t)
	v, _ := webtest.WithApp(t, a)
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = int(sallyport.TrustMedium) })
	page := v.Get("/step-up?act=backup_codes&next=%2Fprofile%2Fsecurity%2Ftwo-factor%2Fbackup-codes")
	v.At(page, http.StatusOK, "/step-up?act=backup_codes&next=%2Fprofile%2Fsecurity%2Ftwo-factor%2Fbackup-codes")
	v.Has(page, "This needs a trusted device", "trust level “Medium”", `href="/profile/security"`)
}

func TestStepUpEdges(t *testing.T) {
	a := webtest.SQLite(t)
	v, app := webtest.WithApp(t, a)
	for _, path := range []string{"/step-up", "/step-up?act=", "/step-up?act=no_such_act", "/step-up/factor?act=no_such_act"} {
		if r := v.Get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	// Nothing is missing: on to the page, and to this server only.
	for next, want := range map[string]string{"/profile/security/activity": "/profile/security/activity", "https://evil.test/": "/profile/security", "": "/profile/security"} {
		if to := v.Stay().Get("/step-up?act=end_device&next=" + webtest.Escape(next)).Header.Get("Location"); to != want {
			t.Errorf("next %q leads to %q", next, to)
		}
	}
	// A flow that is over begins anew, and says so.
	a.Clock.Advance(11 * time.Minute)
	start := "/step-up?act=change_password&next=" + webtest.Escape("/profile/security/password")
	over := v.Post("/step-up/factor", "act", "change_password", "next", "/profile/security/password", "method", "totp", "code", app.Code(t))
	v.At(over, http.StatusOK, start)
	v.Has(over, "That took too long")
	// Whoever is not signed in signs in first.
	v.At(v.Another().Get(start), http.StatusOK, "/sign-in?next="+webtest.Escape(start))
	for range a.Policy().LockoutFailures {
		v.Post("/step-up", "act", "change_password", "method", "totp", "code", app.WrongCode(t))
	}
	locked := v.Post("/step-up", "act", "change_password", "method", "totp", "code", app.Code(t))
	v.SentBack(locked, http.StatusTooManyRequests, "/step-up/factor")
	v.Has(locked, "Locked for a while", "Try again at")
}
