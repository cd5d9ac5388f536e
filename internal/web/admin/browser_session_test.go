package admin_test

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// open is what the focused link opens.
const open = "document.activeElement.getAttribute('aria-label')"

// An admin filters the sessions, opens one by the keys, ends it, and is where they were.
func TestBrowserSessions(t *testing.T) {
	base, a := webtest.Browse(t)
	max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	ada := a.AddUser(t, "ada@corp.test", sallyport.RoleMember)
	in := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), max.Email)
	a.SignInAs(t, a.From(t, apptest.Client("203.0.113.77", apptest.SafariOnIPhone)), ada.Email)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + sessionsAt)
	p.WaitText("ada@corp.test")
	p.Axe()
	// A range of addresses is typed; the address holds it.
	p.Press("/")
	p.Click("details.sp-filter:has([name=ip]) summary")
	p.Fill("#filter-ip", "198.51.100.0/24")
	p.Press(webtest.KeyEnter)
	p.WaitURL("ip=198.51.100.0%2F24")
	p.WaitNoText("ada@corp.test")
	// j goes to the row, Enter opens it, Escape closes it, and the row has the focus again.
	p.Press("j")
	if at := browsertest.Eval[string](p, open); at != "max@corp.test, Firefox on Linux" {
		t.Errorf("j goes to %q", at)
	}
	p.Press(webtest.KeyEnter)
	p.WaitURL(sessionsAt + "/" + in.Session.ID + "?ip=")
	p.WaitText("Last activity")
	p.Axe()
	p.Press(webtest.KeyEscape)
	p.WaitURL("#row-" + in.Session.ID)
	p.WaitVisible("a[data-open]:focus")
	// The row is a target, and its act leads back to the drawer.
	p.Click("tr.sp-row a[data-open]")
	p.WaitURL("/" + in.Session.ID)
	p.Click("#drawer [data-dialog^=terminate]")
	p.Click("dialog[open] button.btn-danger")
	p.WaitText("The session was terminated.")
	p.WaitText("ended it.")
	p.WaitURL("/" + in.Session.ID + "?ip=")
	// Keys can be switched off, and stay so.
	p.Press("?")
	p.WaitText("Use single keys in lists")
	p.Axe()
	p.Click("#keys-on")
	p.Click("#keys form button")
	p.Navigate(base + sessionsAt)
	p.WaitText("ada@corp.test")
	p.Press("j")
	if at := browsertest.Eval[string](p, "document.activeElement.tagName"); at != "BODY" {
		t.Errorf("with the keys off, j goes to %s", at)
	}
	p.AssertQuiet()
}

// Without a script everything works too: the drawer is a page, its acts are pages that ask.
func TestBrowserDevices(t *testing.T) {
	base, a := webtest.Browse(t)
	max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	in := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), max.Email)
	p := browsertest.Open(t)
	p.JavaScript(false)
	webtest.SignIn(p, base)
	p.Navigate(base + devicesAt + "?userId=" + max.ID)
	p.Click("tr.sp-row a[data-open]")
	p.WaitURL(devicesAt + "/" + in.Session.DeviceID + "?userId=")
	p.WaitText("Signed in on it")
	p.Click("[popovertarget=drawer-menu]")
	p.Click("Mark as compromised")
	p.Fill("Reason", "Left on the train")
	p.Click("Mark as compromised")
	p.WaitText("The device is marked as compromised.")
	p.WaitText("Left on the train")
	p.WaitText("Nobody is signed in on it.")
	p.WaitURL(devicesAt + "/" + in.Session.DeviceID + "?userId=")
	p.Click("#drawer .sp-drawer-acts a")
	p.Click("Clear device")
	p.WaitText("The device is cleared.")
	p.AssertQuiet()
}
