package entry_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// usernameOf is the field that tells password managers whose password a form is about.
func usernameOf(address string) string {
	return `name="username" value="` + address + `" autocomplete="username"`
}

func TestRecovery(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		other := v.Another()
		v.Has(other.Get("/sign-in"), "Forgot your password?")
		v.Has(other.Get("/recovery"), "Enter the e-mail address of your account")

		bad := other.Post("/recovery", "email", "no address")
		v.At(bad, http.StatusUnprocessableEntity, "/recovery")
		v.Has(bad, "does not look like an e-mail address", `value="no address"`, `id="problems"`)

		// Whether there is an account shows in nothing.
		sent := other.Post("/recovery", "email", apptest.OwnerEmail)
		v.At(sent, http.StatusOK, "/recovery/sent")
		v.Has(sent, "If there is an account for", "within 30 minutes", "spam folder", "Send it again")
		nobody := other.Post("/recovery", "email", "nobody@corp.test")
		if strings.ReplaceAll(nobody.Text, "nobody@corp.test", apptest.OwnerEmail) != sent.Text {
			t.Error("an address nobody has is answered differently")
		}

		// Once more: the page says when, also of an address nobody has.
		first := webtest.MailedLink(t, a, notify.PasswordReset, "/recovery/")
		v.Has(other.Get("/recovery/sent"), "nobody@corp.test") // which sends nothing again
		v.At(other.Another().Get("/recovery/sent"), http.StatusOK, "/recovery")
		if n := len(a.Mails(t)); n != 0 {
			t.Errorf("%d mails more", n)
		}
		now := "Sent again at " + a.Clock.Now().Format("15:04") + " UTC"
		again := other.Post("/recovery", "email", apptest.OwnerEmail, "again", "yes")
		v.Has(again, now, `name="again" value="yes"`)
		if strings.Contains(sent.Text, "Sent again") || strings.ReplaceAll(other.Post("/recovery", "email", "nobody@corp.test", "again", "yes").Text, "nobody@corp.test", apptest.OwnerEmail) != again.Text {
			t.Error("what is sent again tells an address nobody has")
		}
		path := webtest.MailedLink(t, a, notify.PasswordReset, "/recovery/")
		gone := other.Get(first)
		v.At(gone, http.StatusNotFound, first)
		v.Has(gone, "This link does not work any more", "Ask for a new password")

		// Mail scanners look, and look again.
		for range 3 {
			v.Has(other.Get(path), "Choose a new password", "At least 15 characters", usernameOf(apptest.OwnerEmail))
			other.Send(http.MethodHead, path, nil)
		}
		broken := other.Post(path, "newPassword", "short", "confirmPassword", "shorter")
		v.At(broken, http.StatusUnprocessableEntity, path)
		v.Has(broken, usernameOf(apptest.OwnerEmail), "New password: At least 15 characters", "The two passwords differ", `id="problems"`)
		if strings.Contains(broken.Text, `value="short`) {
			t.Error("a password comes back")
		}

		done := other.Post(path, "newPassword", webtest.FreshPassword, "confirmPassword", webtest.FreshPassword)
		v.At(done, http.StatusOK, "/sign-in")
		v.Has(done, "Your password was changed.", "All devices were signed out.")
		if strings.Contains(other.Get("/sign-in").Text, "Your password was changed") {
			t.Error("said twice")
		}
		v.At(v.Get("/profile/security"), http.StatusOK, "/sign-in")
		v.Has(other.Post(path, "newPassword", webtest.FreshPassword, "confirmPassword", webtest.FreshPassword), "This link does not work any more")
		v.At(other.SignIn(apptest.OwnerEmail, apptest.Password), http.StatusUnauthorized, "/sign-in")
		v.At(other.SignIn(apptest.OwnerEmail, webtest.FreshPassword), http.StatusOK, "/profile/security")
		v.Has(other.Get("/profile/security/activity"), "Password reset through a link in a mail", "Session revoked, Chrome on macOS: the password was reset")
	})
}

// Whoever resets in a browser that is signed in is not told that somebody threw
// them out.
func TestRecoveryWhileSignedIn(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	v.Post("/recovery", "email", apptest.OwnerEmail)
	done := v.Post(webtest.MailedLink(t, a, notify.PasswordReset, "/recovery/"), "newPassword", webtest.FreshPassword, "confirmPassword", webtest.FreshPassword)
	v.At(done, http.StatusOK, "/sign-in")
	if strings.Contains(done.Text, "revoked") {
		t.Error("the notice speaks of a revoked session")
	}
}

func TestRecoveryLimited(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	for i := range 40 {
		r := v.Post("/recovery", "email", "nobody"+strings.Repeat("o", i)+"@corp.test")
		if r.StatusCode == http.StatusOK {
			continue
		}
		v.At(r, http.StatusTooManyRequests, "/recovery")
		v.Has(r, "Too many requests", "Try again at", "ooo@corp.test")
		if r.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		return
	}
	t.Error("a network may ask without end")
}

func TestVerifyEmail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		v.Has(v.Get("/profile/security"), "Verify your e-mail address", "Send link")
		asked := v.Post("/profile/security/verification")
		v.At(asked, http.StatusOK, "/profile/security")
		v.Has(asked, "We have sent you a link")

		path := webtest.MailedLink(t, a, notify.VerifyEmail, "/verify-email/")
		v.Has(v.Get(path), "Verify your e-mail address", "Verify address")
		if a.Count(t)[audit.EmailVerified] != 0 {
			t.Error("looking at the link proves the address")
		}
		done := v.Post(path)
		v.At(done, http.StatusOK, "/profile/security")
		v.Has(done, "Your e-mail address is verified.")
		if strings.Contains(done.Text, "Verify your e-mail address") {
			t.Error("it is asked for again")
		}
		v.Has(v.Post(path), "This link does not work any more", "Go to your security page")
		other := v.Another()
		other.At(other.Post("/profile/security/verification"), http.StatusOK, "/sign-in?next="+webtest.Escape("/profile/security/verification"))
		other.At(other.Post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "next", "/profile/security/verification"), http.StatusOK, "/profile/security")
	})
}

// Mail is read where nobody is signed in, too.
func TestVerifyEmailSignedOut(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	v.Post("/profile/security/verification")
	phone := v.Another()
	done := phone.Post(webtest.MailedLink(t, a, notify.VerifyEmail, "/verify-email/"))
	v.At(done, http.StatusOK, "/sign-in")
	v.Has(done, "Your e-mail address is verified.", "Sign in to go on.")
}

func TestUnlock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		stranger := v.Another()
		for range a.Policy().LockoutFailures {
			stranger.SignIn(apptest.OwnerEmail, "Wrong guess 99")
		}
		v.At(v.SignIn(apptest.OwnerEmail, apptest.Password), http.StatusTooManyRequests, "/sign-in")
		path := webtest.MailedLink(t, a, notify.AccountLocked, "/unlock/")
		v.Has(v.Get(path), "Unlock your account", "Unlock account")
		v.At(v.SignIn(apptest.OwnerEmail, apptest.Password), http.StatusTooManyRequests, "/sign-in")
		done := v.Post(path)
		v.At(done, http.StatusOK, "/sign-in")
		v.Has(done, "Your account is unlocked.", "You can sign in again.")
		v.Has(v.Get(path), "This link does not work any more")
		v.Enter(apptest.OwnerEmail)
		v.Has(v.Get("/profile/security/activity"), "Account unlocked")
	})
}

func TestNotMe(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		thief := v.Another()
		thief.Enter(apptest.OwnerEmail)
		thief.Post("/profile/security/password", "currentPassword", apptest.Password, "newPassword", webtest.FreshPassword, "confirmPassword", webtest.FreshPassword)
		path := webtest.MailedLink(t, a, notify.PasswordChanged, "/not-me/")

		owner := v.Another()
		v.Has(owner.Get(path), "Was this not you?", "What will happen", "Your password stops working", "This wasn’t me, secure my account")
		thief.At(thief.Get("/profile/security"), http.StatusOK, "/profile/security")
		done := owner.Post(path)
		v.At(done, http.StatusOK, path)
		v.Has(done, "Your account is secured", "1 session was ended", "The old password does not work any more", "What to do now")
		thief.At(thief.Get("/profile/security"), http.StatusOK, "/sign-in")
		thief.At(thief.SignIn(apptest.OwnerEmail, webtest.FreshPassword), http.StatusUnauthorized, "/sign-in")
		v.Has(owner.Post(path), "This link does not work any more", "Ask for a new password")

		reset := webtest.MailedLink(t, a, notify.PasswordReset, "/recovery/")
		owner.Post(reset, "newPassword", "Eleven-low arches 17", "confirmPassword", "Eleven-low arches 17")
		v.At(owner.SignIn(apptest.OwnerEmail, "Eleven-low arches 17"), http.StatusOK, "/profile/security")
		v.Has(owner.Get("/profile/security/activity"), "Reported: this wasn’t me", "Session revoked, Chrome on macOS: you reported that it was not you")
	})
}

func TestInvitation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		owner := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		if _, err := a.Accounts.Invite(t.Context(), owner, account.NewUser{Email: "kim@corp.test", Role: sallyport.RoleMember}); err != nil {
			t.Fatal(err)
		}
		path := webtest.MailedLink(t, a, notify.Invitation, "/invitation/")
		v.Has(v.Another().Get(path), usernameOf("kim@corp.test"))
		v.Has(v.Get(path), "Join Quayside", "First name", "At least 15 characters")
		bad := v.Post(path, "firstName", "Kim", "lastName", "Ly", "password", "short", "confirmPassword", "short")
		v.At(bad, http.StatusUnprocessableEntity, path)
		v.Has(bad, `value="Kim"`, `value="Ly"`, "Password: At least 15 characters")
		done := v.Post(path, "firstName", "Kim", "lastName", "Ly", "password", webtest.FreshPassword, "confirmPassword", webtest.FreshPassword)
		v.At(done, http.StatusOK, "/sign-in")
		v.Has(done, "Your account is ready.")
		v.Has(v.Get(path), "This link does not work any more", "Ask whoever invited you")
		in := v.SignIn("kim@corp.test", webtest.FreshPassword)
		v.At(in, http.StatusOK, "/profile/security")
		v.Has(in, "Kim Ly")
		if strings.Contains(in.Text, "Verify your e-mail address") {
			t.Error("the invitation has proven the address, and it is asked for")
		}
	})
}

// A link opens the page of its own kind only, and nonsense opens none.
func TestLinksOfOtherKinds(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Post("/recovery", "email", apptest.OwnerEmail)
	secret := strings.TrimPrefix(webtest.MailedLink(t, a, notify.PasswordReset, "/recovery/"), "/recovery/")
	for _, base := range []string{"/verify-email/", "/invitation/", "/unlock/", "/not-me/"} {
		for _, s := range []string{secret, strings.Repeat("x", 40), "%00", "a%2Fb"} {
			if r := v.Get(base + s); r.StatusCode != http.StatusNotFound {
				t.Errorf("GET %s%s: %d", base, s, r.StatusCode)
			}
			if r := v.Post(base + s); r.StatusCode != http.StatusNotFound {
				t.Errorf("POST %s%s: %d", base, s, r.StatusCode)
			}
		}
	}
	v.Has(v.Get("/recovery/"+secret), "Choose a new password")
}

func TestMustChangePassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		webtest.MustChange(t, a, "lee@corp.test")
		page := v.Post("/sign-in", "email", "lee@corp.test", "password", apptest.Password, "next", "/profile/security/activity")
		v.At(page, http.StatusOK, "/sign-in/new-password?next="+webtest.Escape("/profile/security/activity"))
		v.Has(page, usernameOf("lee@corp.test"), "Your password cannot be used any longer", "list of stolen passwords",
			`name="next" value="/profile/security/activity"`)
		v.At(v.Get("/profile/security"), http.StatusOK, "/sign-in") // half a sign-in opens nothing

		again := v.Post("/sign-in/new-password", "newPassword", apptest.Password, "confirmPassword", apptest.Password)
		v.At(again, http.StatusUnprocessableEntity, "/sign-in/new-password")
		v.Has(again, "last 5 passwords", usernameOf("lee@corp.test"))
		done := v.Post("/sign-in/new-password", "newPassword", webtest.FreshPassword, "confirmPassword", webtest.FreshPassword, "next", "/profile/security/activity")
		v.At(done, http.StatusOK, "/profile/security/activity")
		v.Has(done, "Password changed")
		v.Post("/sign-out")
		v.At(v.SignIn("lee@corp.test", webtest.FreshPassword), http.StatusOK, "/profile/security")
	})
}

// Half a sign-in that took too long begins anew.
func TestMustChangePasswordTooLate(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.At(v.Get("/sign-in/new-password"), http.StatusOK, "/sign-in")
	late := v.Post("/sign-in/new-password", "newPassword", webtest.FreshPassword, "confirmPassword", webtest.FreshPassword)
	v.SentBack(late, http.StatusUnauthorized, "/sign-in")
	v.Has(late, "This sign-in has expired")
}
