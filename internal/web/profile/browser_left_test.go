package profile_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// later lets time go by, for the server and for the browser, whose page comes to the front then.
func later(p *browsertest.Page, a *apptest.App, d time.Duration) {
	a.Clock.Advance(d)
	browsertest.Eval[any](p, fmt.Sprintf(`(() => {
		const before = Date.now;
		Date.now = () => before() + %d;
		document.dispatchEvent(new Event("visibilitychange"));
	})()`, d.Milliseconds()))
}

// Before a session ends the page says so. Who stays loses nothing of what they typed.
func TestBrowserStaysSignedIn(t *testing.T) {
	base, a := webtest.Browse(t)
	a.SetPolicy(func(p *sallyport.Policy) { p.SessionIdleWeb, p.SessionLifetime = 5*time.Minute, time.Hour })
	const warning, stay = "signed out in less than two minutes", ".sp-left button"
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/profile/general")
	p.Fill("#firstName", "Ottilia")
	browsertest.Eval[any](p, `document.querySelector("#firstName").focus()`)
	later(p, a, 2*time.Minute)
	if p.HasText(warning) {
		t.Error("it warns with three minutes left")
	}
	later(p, a, 80*time.Second)
	p.WaitText(warning)
	p.WaitVisible(stay)
	p.Axe()
	p.Click(stay)
	p.WaitText("You stay signed in")
	if typed := browsertest.Eval[string](p, `document.querySelector("#firstName").value`); typed != "Ottilia" {
		t.Errorf("the form has %q", typed)
	}

	// What happens in another tab is a use as well.
	later(p, a, 190*time.Second)
	p.WaitText(warning)
	browsertest.Eval[int](p, `fetch("/profile/security").then((answer) => answer.status)`)
	later(p, a, time.Second)
	p.WaitNoText(warning)

	// Where nobody stays, it is over.
	later(p, a, 4*time.Minute)
	p.WaitText(warning)
	a.Clock.Advance(2 * time.Minute)
	p.Click(stay)
	p.WaitText("Your session has ended")
	if typed := browsertest.Eval[string](p, `document.querySelector("#firstName").value`); typed != "Ottilia" {
		t.Errorf("after the end the form has %q", typed)
	}
}

// Nothing puts off the end that a session has in any case: the page says to save the work.
func TestBrowserLifetimeEnds(t *testing.T) {
	base, a := webtest.Browse(t)
	a.SetPolicy(func(p *sallyport.Policy) { p.SessionIdleWeb, p.SessionLifetime = time.Hour, time.Hour })
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	later(p, a, 20*time.Minute)
	p.Navigate(base + "/profile/general")
	later(p, a, 36*time.Minute)
	p.WaitText("Save your work now")
	if p.Count(".sp-left button:not([hidden])") != 0 {
		t.Error("it offers to stay")
	}
	p.Axe()
	p.AssertQuiet()
}
