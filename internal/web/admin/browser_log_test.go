package admin_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

const logAt = "/settings/audit-log"

// An admin reads what happened, filters it, opens an event with its proof, and sees what happens
// meanwhile, until their session is ended by somebody else.
func TestBrowserReadsTheLog(t *testing.T) {
	base, a := webtest.Browse(t)
	max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	a.Sequence(t)
	p.Navigate(base + logAt)
	p.WaitText("signed in")
	p.Axe()
	p.Click("[popovertarget=filters]")
	p.Click("details:has(a[href*='kind=auth.signed_in']) > summary")
	p.Click("details[open] a[href*='kind=auth.signed_in']")
	p.WaitURL(logAt + "?kind=auth.signed_in")
	p.Click("tr.sp-row a[data-open]")
	p.WaitText("Place in the log")
	p.WaitText("that are signed")
	p.Axe()
	if file := browsertest.Eval[string](p, "fetch(document.querySelector('a[href$=\"/proof\"][href*=\"/audit-log/0\"]').href).then((answer) => answer.text())"); !strings.Contains(file, "c2sp.org/tlog-proof@v1") {
		t.Errorf("the proof is %q", file)
	}
	p.Click("[data-drawer-close]")
	p.Click("tr.sp-row .sp-log-text a")
	p.WaitURL("/settings/team/")
	p.Back()
	p.Click("tr.sp-row a.sp-ip")
	p.WaitURL("ip=")

	p.Navigate(base + logAt + "?userId=" + max.ID + "&kind=auth.signed_in")
	p.WaitText("Nothing like that in the log")
	p.Click("#live")
	p.WaitText("Live")
	a.SignInAs(t, a.From(t, apptest.Client("203.0.113.7", apptest.FirefoxOnLinux)), max.Email)
	p.WaitText("New: 1")
	p.WaitText("203.0.113.7")
	p.WaitNoText("Nothing like that in the log")
	p.Axe()
	a.SignInAs(t, a.From(t, apptest.Client("203.0.113.8", apptest.FirefoxOnLinux)), max.Email)
	p.WaitText("New: 2")
	if top := browsertest.Eval[string](p, "document.querySelector('tr.sp-row').textContent"); !strings.Contains(top, "203.0.113.8") {
		t.Errorf("on top is %q", top)
	}
	p.Click("tr.sp-row a[data-open]")
	p.WaitText("Of this kind")
	p.Back()
	if box := browsertest.Eval[bool](p, "document.getElementById('live').checked"); !box {
		p.Click("#live")
	}
	p.WaitText("Live")
	found, err := a.Sessions.List(t.Context(), sallyport.Operator(max.TenantID), list.Sessions.First())
	apptest.Must(t, err)
	for _, v := range found.Rows {
		if v.UserID != max.ID {
			apptest.Must(t, a.Sessions.Revoke(t.Context(), sallyport.Operator(max.TenantID), v.ID))
		}
	}
	p.WaitText("Ended with your session.")
}

// Without scripts the log is a list all the same. An export is prepared and downloaded, and whoever
// has the public key verifies it; so is the proof of one event.
func TestExportsOfTheLog(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
		a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), max.Email)
		v := webtest.Serve(t, a)
		v.SignIn(apptest.OwnerEmail, apptest.Password)
		a.Sequence(t)
		keys, err := audit.Verifiers(t.Context(), a.DB.Queries, max.TenantID)
		apptest.Must(t, err)
		known := audit.Known{Keys: keys}

		for address, want := range map[string]string{
			logAt + "?ip=198.51.100.0%2F24": "max@corp.test", logAt + "?q=firefox": "max@corp.test", logAt + "?q=nobody": "Nothing like that in the log",
			logAt + "?userId=" + max.ID + "&kind=auth.signed_in": "max@corp.test", logAt + "?to=2000-01-01": "Nothing like that in the log", logAt + "?kind=nonsense": "signed in",
			logAt + "?actorId=" + max.ID: "max@corp.test", logAt + "/proof": keys[0].Name(),
		} {
			v.Has(v.Get(address), want)
		}
		ready := v.Post(logAt+"/export?kind=auth.signed_in", "format", "csv", "since", "")
		v.At(ready, 200, logAt+"/exports")
		v.Has(ready, "2 events", "Filtered")
		_, id, _ := strings.Cut(ready.Text, logAt+"/export/")
		id, _, _ = strings.Cut(id, "/file")
		file := []byte(v.Get(logAt + "/export/" + id + "/file").Text)
		r, err := audit.VerifyBundle(bytes.NewReader(file), int64(len(file)), known, nil)
		if err != nil || r.Exported != 2 || len(r.Problems) > 0 {
			t.Errorf("the export: %+v, %v", r, err)
		}
		v.Has(v.Get(logAt+"/exports"), "Sent completely")
		wrong := v.Post(logAt+"/export", "format", "ndjson", "since", "999999999")
		v.Has(wrong, "value=\"999999999\"")

		q, err := list.Events.Parse(url.Values{"kind": {string(audit.SignedIn)}})
		apptest.Must(t, err)
		found, err := a.Audit.All(t.Context(), sallyport.Operator(max.TenantID), q)
		apptest.Must(t, err)
		text := v.Get(logAt + "/" + found.Rows[1].ID + "/proof").Text
		if r, e, err := audit.VerifyProof([]byte(text), known); err != nil || len(r.Problems) > 0 || e.ID != found.Rows[1].ID {
			t.Errorf("the proof: %+v, %v", r, err)
		}
	})
}
