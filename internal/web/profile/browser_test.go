package profile_test

import (
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// Somebody is signed in on two browsers, ends the other one from the first, and
// that one is out on its next request.
func TestBrowserRevokesTheOther(t *testing.T) {
	base, _ := webtest.Browse(t)
	here, there := browsertest.Open(t), browsertest.Open(t)
	webtest.SignIn(here, base)
	webtest.SignIn(there, base)
	here.Reload()
	here.WaitText("2 sessions")
	here.Click("a[data-dialog^=revoke-0]")
	here.WaitVisible("dialog[open]")
	here.Axe()
	here.Press(webtest.KeyEscape)
	here.WaitNoText("is signed out at once")
	if focused := browsertest.Eval[string](here, "document.activeElement.textContent"); focused != "Revoke" {
		t.Errorf("after Escape the focus is on %q", focused)
	}
	here.Press(" ") // on the link that has the focus again
	here.WaitVisible("dialog[open]")
	here.Click("dialog[open] button")
	here.WaitText("The session was revoked")
	here.WaitText("1 session")

	there.Navigate(base + "/profile/security/activity")
	there.WaitURL("/sign-in?next=")
	there.WaitText("This session was revoked")
	there.Fill("E-mail", apptest.OwnerEmail)
	there.Fill("Password", apptest.Password)
	there.Click("Sign in")
	webtest.Arrive(there, "/profile/security/activity")
	there.WaitText("Session revoked")
	here.AssertQuiet()
	there.AssertQuiet()
}

// The same without JavaScript: links lead to pages that ask.
func TestBrowserWithoutJavaScript(t *testing.T) {
	base, _ := webtest.Browse(t)
	here, there := browsertest.Open(t), browsertest.Open(t)
	here.JavaScript(false)
	webtest.SignIn(there, base)
	webtest.SignIn(here, base)
	here.Click("Sign out everywhere else")
	here.WaitURL("/revoke-others")
	here.WaitText("Sign out 1 other device?")
	here.Click("Sign out 1 device")
	here.WaitText("1 other session was ended")
	there.Reload()
	there.WaitURL("/sign-in")

	here.Click("summary")
	here.Fill("Current password", "Wrong guess 99")
	here.Fill("New password", "Brave new pillars 43")
	here.Fill("Repeat the new password", "Brave new pillars 43")
	here.Click("button.btn-primary")
	here.WaitText("This is not your current password")
	here.Click("[popovertarget=theme-menu]")
	here.Click("Dark")
	if theme := browsertest.Eval[string](here, "document.documentElement.dataset.bsTheme"); theme != "dark" {
		t.Errorf("the theme is %q", theme)
	}
	here.Click("[popovertarget=account-menu]")
	here.Click("#account-menu button")
	here.WaitText("You are signed out")
	here.AssertQuiet("status of 422")
}

// While one types a new password, the rules are ticked off and its strength is
// told; none of it decides.
func TestBrowserPasswordField(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/profile/security/password")
	p.Fill("New password", "Pillars")
	met := func() int { return p.Count("#newPassword-rules .is-met") }
	if n := met(); n != 1 {
		t.Errorf("%d rules are met by letters alone", n)
	}
	for _, try := range []struct{ typed, said string }{
		{"asdfghjkl", "one of the most common passwords"},
		{"Quayside gulls in the wind 26", "Your name, address or organisation is what attackers try first"},
		{"aaaaaaaa", "Repeats like aaa are easy to guess"},
		{"Brave new pillars 43", "Looks strong"},
	} {
		p.Fill("New password", try.typed)
		p.WaitText(try.said)
	}
	p.WaitNoText("Repeats like aaa")
	if n := met(); n != 4 {
		t.Errorf("%d rules are met", n)
	}
	p.Click("[data-reveal=newPassword]")
	if kind := browsertest.Eval[string](p, "document.getElementById('newPassword').type"); kind != "text" {
		t.Errorf("shown, the field is of type %s", kind)
	}
	p.Fill("Current password", apptest.Password)
	p.Fill("Repeat the new password", "Brave new pillars 43")
	p.Axe()
	p.Click("button.btn-primary")
	p.WaitText("Password changed.")
	p.AssertQuiet()
}
