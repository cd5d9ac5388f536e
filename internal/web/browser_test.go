package web_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

func TestBrowserThemeAndTimes(t *testing.T) {
	base, a := webtest.Browse(t)
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

	webtest.SignIn(p, base)
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
