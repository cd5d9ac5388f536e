package admin_test

import (
	"strconv"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// An admin ticks sessions, or takes all that a filter finds, is told what will happen to how many,
// and sees on every page how far it is, and what was left out.
func TestBrowserActsOnManySessions(t *testing.T) {
	base, a := webtest.Browse(t)
	for i := range 30 {
		u := a.AddUser(t, "person"+strconv.Itoa(i)+"@corp.test", sallyport.RoleMember)
		a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.ChromeOnMac)), u.Email)
	}
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/foundation/security/sessions")
	p.Click("tbody tr:nth-child(2) [data-tick]")
	if said := p.Text("[data-bulk-count]"); said != "1 session selected" {
		t.Errorf("says %s", said)
	}
	p.Click("tbody tr:nth-child(3) [data-tick]")
	p.WaitText("2 sessions selected")
	p.Axe()
	p.Click(".sp-bulk [value=suspend]")
	p.WaitText("Suspend 2 sessions?")
	p.Axe()
	p.Click("Suspend 2 sessions")
	p.WaitURL("/foundation/security/jobs/")
	p.WaitText("0 of 2")
	if n := p.Count(".sp-job:not([hidden])"); n != 0 {
		t.Error("the page of the work tells twice how far it is")
	}
	p.Navigate(base + "/settings/team")
	p.WaitText("Suspending sessions") // on every page
	if err := a.Bulk.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.WaitText("Finished. Suspended 2 sessions.") // without another look
	p.AssertQuiet()

	// All that match, of which one is the reader's own: that one is left out.
	p.Navigate(base + "/foundation/security/sessions?status=active")
	p.Click("[data-tick-all]")
	p.Click("[data-bulk-all]")
	p.Click(".sp-bulk [value=revoke]")
	p.WaitText("Revoke 29 sessions?")
	a.SignInAs(t, a.From(t, apptest.Client("198.51.100.9", apptest.ChromeOnMac)), "person1@corp.test") // meanwhile
	p.Click("Revoke 29 sessions")
	p.WaitText("The number of sessions has changed")
	p.WaitText("Revoke 30 sessions?")
	p.Click("Revoke 30 sessions")
	p.WaitText("0 of 30")
	if err := a.Bulk.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.WaitText("Finished. Revoked 29 sessions: 1 left as it was.")
	p.WaitText("You are in it")
	p.Axe()
	p.AssertQuiet()
}
