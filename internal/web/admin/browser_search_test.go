package admin_test

import (
	"net/url"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// An admin goes from a name, by a key, to the person; and from an address to who came from there
// and to what happened.
func TestBrowserSearches(t *testing.T) {
	base, a := webtest.Browse(t)
	u := a.AddUser(t, "karin.weiss@corp.test", sallyport.RoleMember)
	r := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.SafariOnIPhone)), u.Email)

	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	browsertest.Eval[bool](p, `document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true, bubbles: true, cancelable: true}))`)
	if on := webtest.Focused(p); on != "top-search" {
		t.Fatalf("Ctrl+K leads to %q", on)
	}
	p.Fill("#top-search", "weiss kar")
	p.Press(webtest.KeyEnter)
	p.WaitURL("/search?q=weiss+kar")
	p.Click("karin.weiss@corp.test")
	p.WaitURL("/settings/team/" + u.ID)

	p.Fill("#top-search", "198.51.100.0/24")
	p.Press(webtest.KeyEnter)
	p.WaitText("What happened there")
	p.Axe()
	p.Click("What happened there")
	p.WaitURL("/foundation/security/timeline?ip=" + url.QueryEscape("198.51.100.0/24"))
	p.WaitText("Who came from here?")
	p.WaitText("Signed in")
	p.Axe()

	p.Fill("#top-search", r.Session.ID)
	p.Press(webtest.KeyEnter)
	p.WaitURL("/search?q=")
	if n := p.Count(`main a[href="/foundation/security/sessions/` + r.Session.ID + `"]`); n != 1 {
		t.Errorf("%d links to the session", n)
	}
	p.AssertQuiet()
}
