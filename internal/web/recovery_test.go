package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const fresh = "Brave new pillars 43"

// mailed returns the path of the page that the newest mail of a kind leads to.
func mailed(t *testing.T, a *apptest.App, kind notify.Kind, base string) string {
	t.Helper()
	path := ""
	for _, m := range a.Mails(t) {
		if m.Kind == kind {
			path = base + apptest.Secret(t, m, base)
		}
	}
	if path == "" {
		t.Fatalf("no mail %s", kind)
	}
	return path
}

func TestRecovery(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		v.enter(apptest.OwnerEmail)
		other := v.another()
		v.has(other.get("/sign-in"), "Forgot your password?")
		v.has(other.get("/recovery"), "Enter the e-mail address of your account")

		bad := other.post("/recovery", "email", "no address")
		v.at(bad, http.StatusUnprocessableEntity, "/recovery")
		v.has(bad, "does not look like an e-mail address", `value="no address"`, `id="problems"`)

		// Whether there is an account shows in nothing.
		sent := other.post("/recovery", "email", apptest.OwnerEmail)
		v.at(sent, http.StatusOK, "/recovery")
		v.has(sent, "If there is an account for", "within 30 minutes", "spam folder", "Send it again")
		nobody := other.post("/recovery", "email", "nobody@corp.test")
		if strings.ReplaceAll(nobody.body, "nobody@corp.test", apptest.OwnerEmail) != sent.body {
			t.Error("an address nobody has is answered differently")
		}

		first := mailed(t, a, notify.PasswordReset, "/recovery/")
		other.post("/recovery", "email", apptest.OwnerEmail)
		path := mailed(t, a, notify.PasswordReset, "/recovery/")
		gone := other.get(first)
		v.at(gone, http.StatusNotFound, first)
		v.has(gone, "This link does not work any more", "Ask for a new password")

		// Mail scanners look, and look again.
		for range 3 {
			v.has(other.get(path), "Choose a new password", "At least 12 characters")
			other.do(http.MethodHead, path, nil)
		}
		broken := other.post(path, "newPassword", "short", "confirmPassword", "shorter")
		v.at(broken, http.StatusUnprocessableEntity, path)
		v.has(broken, "New password: At least 12 characters", "The two passwords differ", `id="problems"`)
		if strings.Contains(broken.body, `value="short`) {
			t.Error("a password comes back")
		}

		done := other.post(path, "newPassword", fresh, "confirmPassword", fresh)
		v.at(done, http.StatusOK, "/sign-in")
		v.has(done, "Your password was changed.", "All devices were signed out.")
		if strings.Contains(other.get("/sign-in").body, "Your password was changed") {
			t.Error("said twice")
		}
		v.at(v.get("/profile/security"), http.StatusOK, "/sign-in")
		v.has(other.post(path, "newPassword", fresh, "confirmPassword", fresh), "This link does not work any more")
		v.at(other.signIn(apptest.OwnerEmail, apptest.Password), http.StatusUnauthorized, "/sign-in")
		v.at(other.signIn(apptest.OwnerEmail, fresh), http.StatusOK, "/profile/security")
		v.has(other.get("/profile/security/activity"), "Password reset through a link in a mail", "Session revoked, Chrome on macOS: the password was reset")
	})
}

// Whoever resets in a browser that is signed in is not told that somebody threw
// them out.
func TestRecoveryWhileSignedIn(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	v.post("/recovery", "email", apptest.OwnerEmail)
	done := v.post(mailed(t, a, notify.PasswordReset, "/recovery/"), "newPassword", fresh, "confirmPassword", fresh)
	v.at(done, http.StatusOK, "/sign-in")
	if strings.Contains(done.body, "revoked") {
		t.Error("the notice speaks of a revoked session")
	}
}

func TestRecoveryLimited(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	for i := range 40 {
		r := v.post("/recovery", "email", "nobody"+strings.Repeat("o", i)+"@corp.test")
		if r.StatusCode == http.StatusOK {
			continue
		}
		v.at(r, http.StatusTooManyRequests, "/recovery")
		v.has(r, "Too many requests", "Ask again at", "ooo@corp.test")
		if r.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		return
	}
	t.Error("a network may ask without end")
}

func TestVerifyEmail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		v.enter(apptest.OwnerEmail)
		v.has(v.get("/profile/security"), "Confirm your e-mail address", "Send link")
		asked := v.post("/profile/security/verification")
		v.at(asked, http.StatusOK, "/profile/security")
		v.has(asked, "We have sent you a link")

		path := mailed(t, a, notify.VerifyEmail, "/verify-email/")
		v.has(v.get(path), "Confirm your address", "Confirm address")
		if a.Count(t)[audit.EmailVerified] != 0 {
			t.Error("looking at the link proves the address")
		}
		done := v.post(path)
		v.at(done, http.StatusOK, "/profile/security")
		v.has(done, "Your e-mail address is confirmed.")
		if strings.Contains(done.body, "Confirm your e-mail address") {
			t.Error("it is asked for again")
		}
		v.has(v.post(path), "This link does not work any more", "Go to your security page")
		other := v.another()
		other.at(other.post("/profile/security/verification"), http.StatusOK, "/sign-in?next="+escape("/profile/security/verification"))
		other.at(other.post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "next", "/profile/security/verification"), http.StatusOK, "/profile/security")
	})
}

// Mail is read where nobody is signed in, too.
func TestVerifyEmailSignedOut(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	v.post("/profile/security/verification")
	phone := v.another()
	done := phone.post(mailed(t, a, notify.VerifyEmail, "/verify-email/"))
	v.at(done, http.StatusOK, "/sign-in")
	v.has(done, "Your e-mail address is confirmed.", "Sign in to go on.")
}

func TestUnlock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		stranger := v.another()
		for range a.Policy().LockoutFailures {
			stranger.signIn(apptest.OwnerEmail, "Wrong guess 99")
		}
		v.at(v.signIn(apptest.OwnerEmail, apptest.Password), http.StatusTooManyRequests, "/sign-in")
		path := mailed(t, a, notify.AccountLocked, "/unlock/")
		v.has(v.get(path), "Unlock your account", "Unlock account")
		v.at(v.signIn(apptest.OwnerEmail, apptest.Password), http.StatusTooManyRequests, "/sign-in")
		done := v.post(path)
		v.at(done, http.StatusOK, "/sign-in")
		v.has(done, "Your account is unlocked.", "You can sign in again.")
		v.has(v.get(path), "This link does not work any more")
		v.enter(apptest.OwnerEmail)
		v.has(v.get("/profile/security/activity"), "Account unlocked")
	})
}

func TestNotMe(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		v.enter(apptest.OwnerEmail)
		thief := v.another()
		thief.enter(apptest.OwnerEmail)
		thief.post("/profile/security/password", "currentPassword", apptest.Password, "newPassword", fresh, "confirmPassword", fresh)
		path := mailed(t, a, notify.PasswordChanged, "/not-me/")

		owner := v.another()
		v.has(owner.get(path), "Was this not you?", "What will happen", "Your password stops working", "This wasn’t me, secure my account")
		thief.at(thief.get("/profile/security"), http.StatusOK, "/profile/security")
		done := owner.post(path)
		v.at(done, http.StatusOK, path)
		v.has(done, "Your account is secured", "1 session was ended", "The old password does not work any more", "What to do now")
		thief.at(thief.get("/profile/security"), http.StatusOK, "/sign-in")
		thief.at(thief.signIn(apptest.OwnerEmail, fresh), http.StatusUnauthorized, "/sign-in")
		v.has(owner.post(path), "This link does not work any more", "Ask for a new password")

		reset := mailed(t, a, notify.PasswordReset, "/recovery/")
		owner.post(reset, "newPassword", "Eleven-low arches 17", "confirmPassword", "Eleven-low arches 17")
		v.at(owner.signIn(apptest.OwnerEmail, "Eleven-low arches 17"), http.StatusOK, "/profile/security")
		v.has(owner.get("/profile/security/activity"), "Reported: this wasn’t me", "Session revoked, Chrome on macOS: you reported that it was not you")
	})
}

func TestInvitation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		owner := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		if _, err := a.Accounts.Invite(t.Context(), owner, account.NewUser{Email: "kim@corp.test", Role: sallyport.RoleMember}); err != nil {
			t.Fatal(err)
		}
		path := mailed(t, a, notify.Invitation, "/invitation/")
		v.has(v.get(path), "Join Quayside", "First name", "At least 12 characters")
		bad := v.post(path, "firstName", "Kim", "lastName", "Ly", "password", "short", "confirmPassword", "short")
		v.at(bad, http.StatusUnprocessableEntity, path)
		v.has(bad, `value="Kim"`, `value="Ly"`, "Password: At least 12 characters")
		done := v.post(path, "firstName", "Kim", "lastName", "Ly", "password", fresh, "confirmPassword", fresh)
		v.at(done, http.StatusOK, "/sign-in")
		v.has(done, "Your account is ready.")
		v.has(v.get(path), "This link does not work any more", "Ask whoever invited you")
		in := v.signIn("kim@corp.test", fresh)
		v.at(in, http.StatusOK, "/profile/security")
		v.has(in, "Kim Ly")
		if strings.Contains(in.body, "Confirm your e-mail address") {
			t.Error("the invitation has proven the address, and it is asked for")
		}
	})
}

// A link opens the page of its own kind only, and nonsense opens none.
func TestLinksOfOtherKinds(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.post("/recovery", "email", apptest.OwnerEmail)
	secret := strings.TrimPrefix(mailed(t, a, notify.PasswordReset, "/recovery/"), "/recovery/")
	for _, base := range []string{"/verify-email/", "/invitation/", "/unlock/", "/not-me/"} {
		for _, s := range []string{secret, strings.Repeat("x", 40), "%00", "a%2Fb"} {
			if r := v.get(base + s); r.StatusCode != http.StatusNotFound {
				t.Errorf("GET %s%s: %d", base, s, r.StatusCode)
			}
			if r := v.post(base + s); r.StatusCode != http.StatusNotFound {
				t.Errorf("POST %s%s: %d", base, s, r.StatusCode)
			}
		}
	}
	v.has(v.get("/recovery/"+secret), "Choose a new password")
}

// mustChange adds a user whose password has to go at the next sign-in.
func mustChange(t *testing.T, a *apptest.App, address string) {
	t.Helper()
	u := a.AddUser(t, "former-"+address, sallyport.RoleMember)
	u.ID, u.Email, u.MustChangePassword = token.NewID(), address, true
	if err := a.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.AddUser(t.Context(), u) }); err != nil {
		t.Fatal(err)
	}
}

func TestMustChangePassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		mustChange(t, a, "lee@corp.test")
		page := v.post("/sign-in", "email", "lee@corp.test", "password", apptest.Password, "next", "/profile/security/activity")
		v.at(page, http.StatusOK, "/sign-in/new-password?next="+escape("/profile/security/activity"))
		v.has(page, "Your password cannot be used any longer", "list of stolen passwords",
			`name="next" value="/profile/security/activity"`)
		v.at(v.get("/profile/security"), http.StatusOK, "/sign-in") // half a sign-in opens nothing

		again := v.post("/sign-in/new-password", "newPassword", apptest.Password, "confirmPassword", apptest.Password)
		v.at(again, http.StatusUnprocessableEntity, "/sign-in/new-password")
		v.has(again, "last 5 passwords")
		done := v.post("/sign-in/new-password", "newPassword", fresh, "confirmPassword", fresh, "next", "/profile/security/activity")
		v.at(done, http.StatusOK, "/profile/security/activity")
		v.has(done, "Password changed")
		v.post("/sign-out")
		v.at(v.signIn("lee@corp.test", fresh), http.StatusOK, "/profile/security")
	})
}

// Half a sign-in that took too long begins anew.
func TestMustChangePasswordTooLate(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.at(v.get("/sign-in/new-password"), http.StatusOK, "/sign-in")
	late := v.post("/sign-in/new-password", "newPassword", fresh, "confirmPassword", fresh)
	v.at(late, http.StatusUnauthorized, "/sign-in/new-password")
	v.has(late, "This sign-in has expired")
}

func TestRotationReminder(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	owner := a.Owner(t)
	v.enter(apptest.OwnerEmail)
	age := a.Clock.Now().Sub(owner.PasswordChangedAt)
	for rotation, reminds := range map[time.Duration]bool{0: false, age + 24*time.Hour: false, age - time.Hour: true} {
		a.SetPolicy(func(p *sallyport.Policy) { p.PasswordRotation = rotation })
		if got := strings.Contains(v.get("/profile/security").body, "Your password is"); got != reminds {
			t.Errorf("asked for a new one every %v, at %v: reminds %v", rotation, age, got)
		}
	}
}
