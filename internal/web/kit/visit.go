package kit

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
)

// Visit is one request for a page, with how to speak to whom makes it.
type Visit struct {
	Speaker
	W       http.ResponseWriter
	R       *http.Request
	Tenant  sallyport.Tenant  // zero before the set-up
	Checked sallyport.Checked // zero when not signed in
	Secret  string            // of the mailed link that was opened, on its pages only
	flashed bool              // the message that was left has been taken

	forAdmins bool      // the page needs a permission
	quiet     bool      // it is no activity of the session
	keeps     []string  // fields of the route's form that may be shown again
	taken     []keeping // what was kept and is shown
}

func (p *Shell) begin(w http.ResponseWriter, r *http.Request) *Visit {
	v := &Visit{W: w, R: r}
	v.Speaker = Speaker{Now: p.Now(), Zone: request.Zone(r), Local: p.local}
	v.speak()
	return v
}

// speak chooses the language: the one that the user chose, that of the browser, that of the
// organisation. A page for admins is in English rather than in two languages. Times are in the zone
// that the user chose, or that of the browser.
func (v *Visit) speak() {
	if chosen := v.Checked.User.ChosenZone; chosen != "" {
		v.Zone = request.ZoneNamed(chosen)
	}
	v.Printer = message.For(v.Checked.User.Language, request.Language(v.R), v.Tenant.Language)
	if v.forAdmins {
		v.Printer = v.Complete()
	}
}

// Actor is the signed-in user of the visit.
func (p *Shell) Actor(v *Visit) sallyport.Actor { return p.Read.Actor(v.R, v.Checked) }

// MayAct lets go on whoever has proven enough for an act, before a form is shown
// for it.
func (p *Shell) MayAct(v *Visit, what policy.Act) error {
	actor := p.Actor(v)
	return p.Acts.May(v.R.Context(), actor, act.User(actor.UserID), act.Need{StepUp: what})
}

// Show writes a page.
func (p *Shell) Show(v *Visit, status int, name, title string, body any) error {
	return p.Write(v, status, name, Page{Title: title, Body: body})
}

// jobs returns what the reader has under way.
func (p *Shell) jobs(v *Visit) ([]Progress, error) {
	if p.Jobs == nil {
		return nil, nil
	}
	all, err := p.Jobs(v.R.Context(), v.Speaker, p.Actor(v))
	for i := range all {
		all[i].Here = all[i].Path == v.R.URL.Path
	}
	return all, err
}

// Write fills in what every page has and writes it.
func (p *Shell) Write(v *Visit, status int, name string, g Page) (err error) {
	g.Lang, g.Dir, g.Theme, g.Zone = v.Lang(), v.Dir(), ThemeOf(v.R), v.zoneName()
	if z := request.Zone(v.R); z != time.UTC {
		g.ZoneTold = z.String()
	}
	g.ZoneKept = v.Checked.User.ChosenZone != ""
	g.Languages = ViewLanguages(v.Speaker)
	g.Path, g.Organisation = v.R.URL.RequestURI(), v.Tenant.Name
	if g.Organisation == "" {
		g.Organisation = v.T("product")
	}
	g.Look = ViewLook(v.Speaker, v.Tenant)
	if g.Preview != nil {
		g.Look.Sheet = SheetPath(g.Preview.Look.Accent)
	}
	if v.Checked.User.ID != "" {
		g.Alive = AlivePath + "?of=" + v.Checked.Session.ID
		g.Left = viewLeft(v.Checked.Session, v.Now, v.Now) // to ask for the page was a use
		g.User, g.Nav = ViewUser(v.Checked.User), Navigation(v.Speaker, p.entries, p.Actor(v), v.R.URL.Path)
		if g.Jobs, err = p.jobs(v); err != nil {
			return err
		}
		if g.Bell, err = p.bell(v); err != nil {
			return err
		}
		if g.Search = ViewSearch(p.Actor(v), ""); g.Search != nil && v.R.URL.Path == SearchPath {
			g.Search.Text = v.R.FormValue("q")
		}
	}
	if _, said := v.TakeFlash(); said != "" {
		g.Flash = said
	}
	body, err := LoadTemplates()[v.Lang()].Render(name, g)
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.W.WriteHeader(status)
	_, _ = v.W.Write(body) // the client left: nothing to do about it
	return nil
}

// fail shows an error: the one place where pages turn codes into answers.
func (p *Shell) fail(v *Visit, err error) {
	status := request.Status(err)
	request.NoteRefusal(v.R, err)
	// An installation that nobody has set up yet works as it should.
	waits := sallyport.CodeOf(err) == sallyport.CodeNotSetUp
	if status >= http.StatusInternalServerError && !waits && !errors.Is(err, context.Canceled) {
		p.Log.ErrorContext(v.R.Context(), "page", "method", v.R.Method, "pattern", v.R.Pattern, "status", status, "error", err)
	}
	request.SetRetryAfter(v.W.Header(), err)
	view := ViewError(v.Speaker, status, sallyport.CodeOf(err), v.R.URL.RequestURI())
	if status == http.StatusTooManyRequests {
		view.Wait = v.WaitFor(err)
	}
	if e := AsError(err); e != nil && e.Permission != "" && v.Checked.User.ID != "" {
		owners, _ := p.Contacts(v.R.Context(), v.Tenant.ID) // the page is worth no second failure
		view.Lacks(v.Speaker, e.Permission, owners)
	}
	v.Checked = sallyport.Checked{} // the card shell needs nobody
	if err := p.Show(v, status, "error_show", view.Title, view); err != nil {
		p.Log.ErrorContext(v.R.Context(), "error page", "error", err)
		http.Error(v.W, http.StatusText(status), status)
	}
}

// Redirect answers with another page to get. Where a visitor chose it, it went
// through [LocalPath].
//
//nolint:gosec // the same: it leads to this server only
func (v *Visit) Redirect(to string) { http.Redirect(v.W, v.R, to, http.StatusSeeOther) }
