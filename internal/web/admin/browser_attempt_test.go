package admin_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

const attemptsAt = "/foundation/security/attempts"

// An admin sees who is guessed and from where, unlocks the one, blocks the other, and is asked
// again before they block their own network. From there nobody signs in, and they stay signed in.
func TestBrowserAttempts(t *testing.T) {
	base, a := webtest.Browse(t)
	max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	for range a.Policy().LockoutFailures {
		a.Try(t.Context(), a.From(t, apptest.Client("203.0.113.7", apptest.FirefoxOnLinux)), max.Email, "guess") //nolint:errcheck // it is wrong
		a.Clock.Advance(time.Minute)
	}
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + attemptsAt)
	p.WaitText("max@corp.test")
	p.Axe()
	p.Click("tr.sp-row:nth-child(2) a[data-open]") // the first is one's own
	p.WaitText("All attempts from 203.0.113.7")
	p.WaitText("Failed attempts have locked this account.")
	p.Axe()

	p.Navigate(base + attemptsAt + "/by-account?window=week")
	p.WaitVisible("[data-dialog^=unlock]")
	p.Axe()
	p.Click("[data-dialog^=unlock]")
	p.Click("dialog[open] button.btn-primary")
	p.WaitText("The account is unlocked.")
	p.WaitURL("/by-account?window=week")

	p.Navigate(base + attemptsAt + "/by-network")
	p.WaitText("203.0.113.7")
	p.Axe()
	p.Click("td.sp-col-act a")
	p.WaitText("No live session was last used from there.")
	p.Fill("#reason", "Guesses passwords")
	p.Click("form button.btn-primary")
	p.WaitText("Network blocked.")
	p.WaitURL("/by-network")
	p.WaitVisible("td.sp-col-note .sp-pill-bad")
	p.Click("td.sp-col-act [data-dialog^=lift]")
	if side := browsertest.Eval[string](p, "getComputedStyle(document.querySelector('dialog[open]')).textAlign"); side != "start" {
		t.Errorf("the dialog has its text at the %s, as the cell that it stands in", side)
	}
	p.Press(webtest.KeyEscape)

	p.Navigate(base + attemptsAt + "/blocks")
	p.WaitText("Guesses passwords")
	p.Axe()
	p.Click("a.btn-primary[href$='/blocks/new']")
	p.Fill("#network", "127.0.0.0/24")
	p.Fill("#reason", "A drill")
	p.Click("form button.btn-primary")
	p.WaitText("This network contains 127.0.0.1")
	p.Axe()
	p.Click("#includingMine-yes")
	p.Click("form button.btn-primary")
	p.WaitText("127.0.0.0/24")
	p.WaitText("A drill")

	other := browsertest.Open(t)
	other.Navigate(base + "/sign-in")
	other.Fill("#email", max.Email)
	other.Fill("#password", apptest.Password)
	other.Click("form button.btn-primary")
	other.WaitText("Signing in from here is blocked")
	other.Axe()

	p.Click("tr.sp-row:nth-child(1) [data-dialog^=lift]")
	p.Click("dialog[open] button.btn-primary")
	p.WaitText("The block is lifted.")
	p.WaitNoText("A drill")
	p.Navigate(base + attemptsAt + "/by-network")
	p.Click("td.sp-col-act [data-dialog^=lift]")
	p.Click("dialog[open] button.btn-primary")
	p.WaitText("The block is lifted.")
	p.WaitURL("/by-network")
	p.AssertQuiet("status of 409")
}
