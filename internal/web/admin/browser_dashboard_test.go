package admin_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

const dashboardAt = "/foundation/security"

// An admin sees that something is wrong and does it, sees what happens meanwhile, reads a chart by
// keys, and is told when the line of their session ends.
func TestBrowserWatchesTheDashboard(t *testing.T) {
	base, a := webtest.Browse(t)
	a.Clock.Set(time.Now()) // that of the server
	max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + dashboardAt)
	p.WaitText("The quarterly review is due")
	p.WaitText("Live")
	p.Axe()
	if at := browsertest.Eval[string](p, "document.querySelector('nav [aria-current=page]').textContent.trim()"); at != "Dashboard" {
		t.Errorf("the navigation is at %q", at)
	}
	for range a.Policy().LockoutFailures {
		_, _ = a.Try(t.Context(), a.From(t, apptest.Client("203.0.113.7", apptest.FirefoxOnLinux)), max.Email, "wrong")
	}
	p.WaitText("was locked after too many")
	a.Sequence(t) // which a node does by itself
	p.Reload()
	p.WaitText("1 account is locked")
	p.Click(".sp-need a.btn-primary")
	p.WaitURL(dashboardAt + "/locked")
	p.Axe()
	p.Click("td.sp-col-ask a")
	p.Click("dialog[open] button[type=submit], dialog[open] form button.btn-primary")
	p.WaitText("No account is locked")
	a.Sequence(t)
	p.Click(".sp-crumb a")
	p.WaitText("1 thing needs you")

	p.Click("a[href*='range=30d']")
	p.WaitURL("range=30d")
	columns := "[data-chart]"
	browsertest.Eval[bool](p, "document.querySelector('"+columns+"').querySelector('[tabindex=\"0\"]')?.focus() ?? document.querySelector('"+columns+"').focus(), true")
	p.Press("End")
	p.Press("ArrowLeft")
	p.Axe()

	p.Click("a[href*='activity=factors']")
	p.WaitText("Nothing of this kind has happened")
	p.Click("Send it to me")
	p.WaitText("You get the digest every Monday")
	p.Click("Stop sending it")
	p.WaitText("You do not get the digest any more")
	p.Click("I have reviewed it")
	p.Click("dialog[open] form button")
	p.WaitText("The review is noted")
	p.WaitText("Nothing needs you")
	if n := a.Count(t)[audit.ReviewCompleted]; n != 1 {
		t.Errorf("%d reviews", n)
	}
	p.WaitText("Live")
	found, err := a.Sessions.List(t.Context(), sallyport.Operator(max.TenantID), list.Sessions.First())
	apptest.Must(t, err)
	for _, v := range found.Rows {
		apptest.Must(t, a.Sessions.Revoke(t.Context(), sallyport.Operator(max.TenantID), v.ID))
	}
	p.WaitText("Ended with your session.")
}

// Without scripts everything is there, too: what needs somebody, figures, charts with their tables, the
// map and what happened; acts ask on pages of their own.
func TestDashboardWithoutScripts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
		for range a.Policy().LockoutFailures {
			_, _ = a.Try(t.Context(), a.From(t, apptest.Client("203.0.113.7", apptest.FirefoxOnLinux)), max.Email, "wrong")
		}
		v.SignIn(apptest.OwnerEmail, apptest.Password)
		a.Sequence(t)
		page := v.Get(dashboardAt)
		v.Has(page, "1 account is locked", "Active sessions", "Failed sign-ins", "Who is trying to get in?", "Where do they come from?", "<table", "<svg", "Best practices", "Recent activity", "was locked after too many")
		if n := strings.Count(page.Text, `class="sp-need-title"`); n != 2 {
			t.Errorf("%d things need somebody, not the lock and the review", n)
		}
		v.Has(v.Get(dashboardAt+"?range=90d&activity=attempts"), "90 days")
		v.Has(v.Get(dashboardAt+"?range=century&activity=none"), "24 hours")
		v.Has(v.Get(dashboardAt+"/locked"), max.Email, "Unlock")
		unlock := dashboardAt + "/attempts/by-account/" + max.ID + "/unlock?back=" + url.QueryEscape(dashboardAt+"/locked")
		v.Has(v.Get(unlock), "Unlock")
		v.Has(v.Post(unlock), "No account is locked")
		a.Sequence(t)
		v.Has(v.Get(dashboardAt), "1 thing needs you")
		v.Has(v.Get(dashboardAt+"/review"), "Have you gone through the list?")
		v.Has(v.Post(dashboardAt+"/review"), "The review is noted", "Nothing needs you")
		v.Has(v.Post(dashboardAt+"/digest", "weekly", "yes"), "You get the digest every Monday")
		v.Has(v.Post(dashboardAt+"/digest", "weekly", "no"), "You do not get the digest any more")
	})
}
