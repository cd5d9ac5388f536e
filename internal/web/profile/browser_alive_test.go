package profile_test

import (
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// front is what a browser tells a page that comes to the front.
const front = `dispatchEvent(new Event("focus"))`

// Signed out in one tab, the account goes from the other one when that comes to the front. Nothing is left of
// what scripts kept.
func TestBrowserOtherTabsForget(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	other := p.Tab()
	other.Navigate(base + "/profile/security/devices")
	other.WaitText("Devices")
	browsertest.Eval[any](other, front)
	other.WaitText("Devices") // the session lives
	browsertest.Eval[any](p, `localStorage.setItem("kept", "of the account")`)
	p.Click("[popovertarget=account-menu]")
	p.Click(`form[action="/sign-out"] button`)
	p.WaitText("You are signed out")
	if kept := browsertest.Eval[string](p, `localStorage.getItem("kept") ?? ""`); kept != "" {
		t.Errorf("the browser still has %q", kept)
	}
	browsertest.Eval[any](other, front)
	other.WaitURL("/sign-in")
	other.WaitText("Sign in")
	if other.HasText(apptest.OwnerEmail) {
		t.Error("the other tab shows the account")
	}

	// Back after the sign-out shows nothing either.
	p.Back()
	p.WaitURL("/sign-in")
}

// A session that is ended from elsewhere goes from the page, too.
func TestBrowserEndedElsewhere(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	in := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), apptest.OwnerEmail)
	_, err := a.Sessions.RevokeOthers(t.Context(), apptest.Actor(in))
	apptest.Must(t, err)
	browsertest.Eval[any](p, front)
	p.WaitURL("/sign-in")
}
