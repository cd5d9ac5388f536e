// Package web is the pages: what people see of Sallyport in a browser.
//
//	web ─┬─ entry    sign-in and its steps, step-up, mailed links, set-up
//	     ├─ profile  one's own account
//	     ├─ admin    the organisation, for those who look after it
//	     └─ kit      what every page is made of; it knows of no page
//
// A page is a row of the table of its room, [kit.Route]; this package makes the mux of them.
// Handlers translate and never decide: they read a form, call one use, and show
// what it says. Pages work without JavaScript; the small modules in kit/static make
// them quicker. All text comes from package message.
package web

import (
	"net/http"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/uses"
	"github.com/sallyport/sallyport/internal/web/admin"
	"github.com/sallyport/sallyport/internal/web/entry"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/profile"
)

// Deps is what the pages stand on.
type Deps struct {
	uses.All
	kit.Deps
}

// Pages answers for all pages of all tenants.
type Pages struct {
	uses    uses.All
	shell   *kit.Shell
	handler http.Handler
}

// New returns the handler of the pages and their static files.
func New(d Deps) *Pages {
	d.Deps.Acts, d.Deps.Sessions, d.Deps.Contacts = d.All.Acts, d.All.Sessions, d.All.Accounts.Contacts
	p := &Pages{uses: d.All, shell: kit.NewShell(d.Deps)}
	p.handler = p.shell.Handler(p.Routes())
	return p
}

// Routes are all pages: the tables of the rooms, and what belongs to none.
func (p *Pages) Routes() []kit.Route {
	u := p.uses
	in := &entry.Pages{Shell: p.shell, All: u}
	own := &profile.Pages{Shell: p.shell, All: u}
	all := &admin.Pages{Shell: p.shell, All: u}
	p.shell.Jobs, p.shell.Unread = all.Jobs, u.Notices.Unread
	p.shell.PushKey = func() string { return u.Push.State().PublicKey }
	return slices.Concat(in.Routes(), own.Routes(), all.Routes(), p.fixed())
}

// fixed are static files, what makes pages look like their organisation, and addresses that lead elsewhere.
func (p *Pages) fixed() []kit.Route {
	return []kit.Route{
		{Pattern: "GET " + kit.StaticPrefix, Guard: kit.Bare, Do: kit.ServeAsset},
		{Pattern: "GET " + kit.SheetPattern, Guard: kit.Bare, Do: kit.ServeSheet},
		{Pattern: "GET " + kit.WorkerPath, Guard: kit.Bare, Do: kit.ServeNamed("worker.js")},
		{Pattern: "GET " + kit.IconPath, Guard: kit.Bare, Do: kit.ServeNamed("icon-192.png")},
		{Pattern: "GET " + kit.ManifestPath, Guard: kit.Public, Do: kit.Manifest},
		{Pattern: "GET " + kit.LogoPattern, Guard: kit.Public, Do: p.logo},
		{Pattern: "GET " + kit.SecurityTxtPath, Guard: kit.Public, Do: kit.SecurityTxt},
		{Pattern: "POST /theme", Guard: kit.Bare, Need: act.Need{Exempt: policy.Harmless}, Do: p.shell.SwitchTheme},
		{Pattern: "POST /zone", Guard: kit.Bare, Need: act.Need{Exempt: policy.Harmless}, Do: p.shell.KeepZone},
		{Pattern: "GET /{$}", Guard: kit.Bare, Do: kit.RedirectTo(kit.HomePath)},
		{Pattern: "GET /profile", Guard: kit.Bare, Do: kit.RedirectTo(kit.HomePath)},
		{Pattern: "/", Guard: kit.Public, Do: func(*kit.Visit) error { return sallyport.ErrNotFound }},
	}
}

// logo answers with the logo of the organisation.
func (p *Pages) logo(v *kit.Visit) error {
	found, err := p.uses.Tenants.Logo(v.R.Context(), v.Tenant, v.R.PathValue("hash"))
	if err != nil {
		return err
	}
	kit.ServeLogo(v, found.Type, found.Body)
	return nil
}

// Guard refuses unsafe requests that come from a page of another site, but for those that identity providers
// send: these change nothing by what the browser holds.
func Guard(refuse http.Handler) *http.CrossOriginProtection {
	g := http.NewCrossOriginProtection()
	g.SetDenyHandler(refuse)
	for _, pattern := range entry.FromProviders {
		g.AddInsecureBypassPattern(pattern)
	}
	return g
}

// ServeHTTP answers with the page of the address.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// Refuse answers a request that never came to a page, such as one that another
// site's page made, or one whose handler panicked, with an error page.
func (p *Pages) Refuse(w http.ResponseWriter, r *http.Request, err error) { p.shell.Refuse(w, r, err) }
