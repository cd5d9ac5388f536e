package web_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
)

// Keys, as browsertest.Press takes them.
const (
	keyTab    = "\t"
	keyEnter  = "\r"
	keyEscape = "\u001b"
)

// visit starts the pages on plain http on this machine, which browsers trust
// with secure cookies.
func visit(t *testing.T) (base string, a *apptest.App) {
	t.Helper()
	a = sqlite(t)
	a.Owner(t)
	server := httptest.NewServer(handler(t, a, "http://localhost"))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1), a
}

func enter(p *browsertest.Page, base string) {
	p.Navigate(base + "/sign-in")
	p.Fill("E-mail", apptest.OwnerEmail)
	p.Fill("Password", apptest.Password)
	p.Click("Sign in")
	arrive(p, "/profile/security")
}

// arrive waits for a page after a sign-in. The question whether to trust the device,
// where it is asked, is answered: not now.
func arrive(p *browsertest.Page, path string) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if u, err := url.Parse(p.URL()); err == nil && u.Path == "/sign-in/device" {
			p.Click("Only this time")
			break
		} else if err == nil && strings.HasPrefix(u.Path, path) {
			break
		}
	}
	p.WaitURL(path)
}

// Somebody is signed in on two browsers, ends the other one from the first, and
// that one is out on its next request.
func TestBrowserRevokesTheOther(t *testing.T) {
	base, _ := visit(t)
	here, there := browsertest.Open(t), browsertest.Open(t)
	enter(here, base)
	enter(there, base)
	here.Reload()
	here.WaitText("2 sessions")
	here.Click("a[data-dialog^=revoke-0]")
	here.WaitVisible("dialog[open]")
	here.Axe()
	here.Press(keyEscape)
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
	arrive(there, "/profile/security/activity")
	there.WaitText("Session revoked")
	here.AssertQuiet()
	there.AssertQuiet()
}

// The same without JavaScript: links lead to pages that ask.
func TestBrowserWithoutJavaScript(t *testing.T) {
	base, _ := visit(t)
	here, there := browsertest.Open(t), browsertest.Open(t)
	here.JavaScript(false)
	enter(there, base)
	enter(here, base)
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

// From an empty page to signed in and out again by keyboard alone.
func TestBrowserKeyboard(t *testing.T) {
	base, _ := visit(t)
	p := browsertest.Open(t)
	p.Navigate(base + "/sign-in") // the focus starts in the first field
	p.Press(apptest.OwnerEmail)
	p.Press(keyTab)
	p.Press("Wrong guess 99")
	p.Press(keyEnter)
	p.WaitText("E-mail or password is wrong")
	if id := browsertest.Eval[string](p, "document.activeElement.id"); id != "problems" {
		t.Errorf("after a refusal the focus is on %q", id)
	}
	if kept := p.Text("#email"); kept != apptest.OwnerEmail {
		t.Errorf("the address became %q", kept)
	}
	p.Press(keyTab)
	p.Press(keyTab)
	p.Press(apptest.Password)
	p.Press(keyEnter)
	arrive(p, "/profile/security")

	p.Press(keyTab)
	p.WaitVisible(".sp-skip:focus")
	if outline := browsertest.Eval[string](p, "getComputedStyle(document.activeElement).outlineStyle"); outline == "none" {
		t.Error("the focus does not show")
	}
	p.Press(keyEnter)
	if id := browsertest.Eval[string](p, "document.activeElement.id"); id != "main" {
		t.Errorf("the skip link leads to %q", id)
	}
	browsertest.Eval[any](p, `document.querySelector("[popovertarget=account-menu]").focus()`)
	p.Press(keyEnter)
	p.WaitVisible("#account-menu")
	p.Press(keyTab)
	p.Press(keyEnter)
	p.WaitText("You are signed out")
	p.AssertQuiet("status of 401")
}

// While one types a new password, the rules are ticked off and its strength is
// told; none of it decides.
func TestBrowserPasswordField(t *testing.T) {
	base, _ := visit(t)
	p := browsertest.Open(t)
	enter(p, base)
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
		{"Brave new pillars 43", "Strength: strong"},
	} {
		p.Fill("New password", try.typed)
		p.WaitText(try.said)
	}
	p.WaitNoText("easy to guess")
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

func TestBrowserThemeAndTimes(t *testing.T) {
	base, a := visit(t)
	p := browsertest.Open(t)
	p.Emulate(390, 844, true)
	p.Navigate(base + "/sign-in")
	p.Click("[popovertarget=theme-menu]")
	p.Click("Light")
	theme := func() string { return browsertest.Eval[string](p, "document.documentElement.dataset.bsTheme") }
	if theme() != "light" {
		t.Errorf("at once the theme is %q", theme())
	}
	p.WaitNoText("System")
	time.Sleep(100 * time.Millisecond) // the choice is on its way to the server
	p.Reload()
	if theme() != "light" {
		t.Errorf("after a reload the theme is %q", theme())
	}

	enter(p, base)
	zone := browsertest.Eval[string](p, "Intl.DateTimeFormat().resolvedOptions().timeZone")
	a.Clock.Advance(3 * time.Minute)
	p.Reload()
	if said := browsertest.Eval[string](p, "document.documentElement.dataset.zone"); said != zone {
		t.Errorf("the server writes times of %q, the browser is in %q", said, zone)
	}
	p.WaitText("Signed in 3 minutes ago")
	p.Click("[popovertarget=nav]")
	p.WaitVisible("#nav")
	p.Axe()
	p.Click("#nav button")
	if open := p.Count("#nav:popover-open"); open != 0 {
		t.Error("the drawer stays open")
	}
	p.AssertQuiet()
}
