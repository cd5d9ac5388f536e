package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/bulk"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// bulkPath asks before an act on many sessions, and begins it; jobsPath is above the jobs.
const (
	bulkPath = sessionsPath + "/bulk"
	jobsPath = "/foundation/security/jobs"
)

func (p *Pages) bulkRoutes() []kit.Route {
	routes := p.Confirm(kit.Confirm{Path: bulkPath, Need: session.NeedTerminate, Ask: p.bulkAsk, Do: p.bulkStart})
	routes = append(routes, p.Confirm(kit.Confirm{
		Path: jobsPath + "/{id}/cancel", Need: bulk.NeedStop,
		Ask: func(v *kit.Visit) (*kit.ConfirmView, error) {
			j, err := p.Bulk.Get(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
			return askCancel(v.Speaker, j), err
		},
		Do: func(v *kit.Visit) error {
			j, err := p.Bulk.Cancel(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
			return actDone(v, jobsPath+"/"+j.ID, "flash.admin.bulkCancelled", err)
		},
	})...)
	return append(routes,
		kit.Route{Pattern: "GET " + jobsPath + "/{id}", Guard: kit.SignedIn, Need: bulk.NeedView, Do: p.bulkShow},
		kit.Route{Pattern: "GET " + jobsPath + "/{id}/results.csv", Guard: kit.SignedIn, Need: bulk.NeedView, Do: p.bulkResults},
	)
}

// chosen is what an address asks for: an action on sessions that were ticked, or on all that a
// filter finds.
type chosen struct {
	action session.ActionRow
	which  bulk.Selection
	query  url.Values // all of it, for the address of the act
	back   string     // the list
}

// choose reads the address; nil when it asks for nothing that there is.
func choose(r *http.Request) *chosen {
	q := r.URL.Query()
	row, known := session.ActionOf(session.Action(q.Get("action")))
	c := &chosen{action: row, query: url.Values{"action": q["action"]}, back: sessionsPath}
	if !known {
		return nil
	}
	if q.Get("all") == "" {
		c.which.IDs, c.query["id"] = q["id"], q["id"]
		return c
	}
	l := kit.Listed(r, sessionsPath, list.Sessions, registered)
	c.which.Filter, c.back = l.Query, l.Here()
	for name, values := range l.Filters() {
		c.query[name] = values
	}
	c.query.Set("all", "yes")
	return c
}

// need is what the action needs; where none is asked for, what most of them do.
func (c *chosen) need() act.Need {
	if c == nil {
		return session.NeedTerminate
	}
	return c.action.Need
}

// bulkAsk says what would happen to how many sessions, and shows some of them.
func (p *Pages) bulkAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	ctx, actor := v.R.Context(), p.Actor(v)
	c := choose(v.R)
	if err := p.Acts.May(ctx, actor, act.Nobody, c.need()); err != nil {
		return nil, err
	}
	if c == nil {
		return nil, kit.RedirectTo(sessionsPath)(v)
	}
	found, err := p.Bulk.Preview(ctx, actor, c.action.Action, c.which)
	if refused := kit.AsInvalid(err); refused != nil { // nothing is ticked
		return nil, kit.RedirectTo(sessionsPath)(v)
	}
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(found.Sample))
	for i, one := range found.Sample {
		ids[i] = one.UserID
	}
	names, err := p.Accounts.Names(ctx, actor, ids)
	if err != nil {
		return nil, err
	}
	view := askBulk(v.Speaker, c, found, names)
	if v.R.URL.Query().Has("changed") {
		view.Notice = &kit.Notice{Tone: "warning", Icon: "alert-triangle", Title: v.T("bulk.changedTitle"), Text: v.T("bulk.changedText")}
	}
	return view, nil
}

func askBulk(s kit.Speaker, c *chosen, found bulk.Preview, names map[string]sallyport.User) *kit.ConfirmView {
	action, n := string(c.action.Action), int(found.Count)
	c.query.Set("count", strconv.Itoa(n))
	view := &kit.ConfirmView{
		Path: kit.WithQuery(bulkPath, c.query), Back: c.back, Calm: c.action.Action == session.Resume || c.action.Action == session.Extend,
		Title: s.N("bulk."+action+"Title", n), Lines: []string{s.N("bulk."+action+"Text", n), s.T("bulk.job")}, Act: s.N("bulk."+action+"Act", n),
	}
	if n == 0 {
		view.Title, view.Lines, view.Act = s.T("bulk.noneTitle"), []string{s.T("bulk.noneText")}, ""
		view.Instead = &kit.Anchor{Text: s.T("bulk.back"), Path: c.back}
		return view
	}
	for _, one := range found.Sample {
		place := s.PlaceAt(one.Location, one.IPAddress)
		view.Sample = append(view.Sample, strings.Join([]string{names[one.UserID].Name(), s.Device(one.DeviceInfo), place.Text}, " · "))
	}
	if more := n - len(found.Sample); more > 0 {
		view.Rest = s.N("bulk.rest", more)
	}
	return view
}

// bulkStart begins the job and leads to it.
func (p *Pages) bulkStart(v *kit.Visit) error {
	c := choose(v.R)
	err := p.Acts.May(v.R.Context(), p.Actor(v), act.Nobody, c.need())
	switch {
	case err != nil && c != nil && sallyport.CodeOf(err) == sallyport.CodeStepUp:
		v.Redirect(kit.WithQuery(bulkPath, c.query)) // which asks for the proof, and keeps what was chosen
		return nil
	case err != nil:
		return err
	case c == nil:
		return kit.RedirectTo(sessionsPath)(v)
	}
	expected, _ := strconv.ParseInt(v.R.URL.Query().Get("count"), 10, 64) // another text is no number of sessions
	j, err := p.Bulk.Start(v.R.Context(), p.Actor(v), c.action.Action, c.which, expected)
	switch {
	case sallyport.CodeOf(err) == sallyport.CodeCountDiffers:
		c.query.Set("changed", "yes")
		v.Redirect(kit.WithQuery(bulkPath, c.query))
		return nil
	case kit.AsInvalid(err) != nil:
		return kit.RedirectTo(sessionsPath)(v)
	case err != nil:
		return err
	}
	v.Redirect(jobsPath + "/" + j.ID)
	return nil
}

// bulkView is how far a job is, and what it left out.
type bulkView struct {
	Progress kit.Progress
	Begun    kit.Moment
	Cancel   *kit.ConfirmView // nil for one that is over
	Left     []bulkLeft
	More     bool
	File     string
	Empty    string
}

// bulkLeft is a session that was left as it was.
type bulkLeft struct{ Path, Who, Why string }

// leftShown is how many sessions that were left out the page shows; the file has all.
const leftShown = 50

func (p *Pages) bulkShow(v *kit.Visit) error {
	ctx, actor, id := v.R.Context(), p.Actor(v), v.R.PathValue("id")
	j, err := p.Bulk.Get(ctx, actor, id)
	if err != nil {
		return err
	}
	q := list.BulkResults.First()
	q.Limit = leftShown
	left, err := p.Bulk.Results(ctx, actor, id, q)
	if err != nil {
		return err
	}
	view := viewBulk(v.Speaker, j, left)
	if !has(actor, access.SessionsView) {
		view.unlink()
	}
	return p.Show(v, http.StatusOK, "bulk_show", view.Progress.Title, view)
}

func viewBulk(s kit.Speaker, j bulk.Job, left list.Page[bulk.Result]) *bulkView {
	v := &bulkView{Progress: viewProgress(s, j), Begun: s.Moment("bulk.begun", j.StartedAt), More: left.Next != "", File: jobsPath + "/" + j.ID + "/results.csv"}
	if j.Status == bulk.Running {
		v.Cancel = askCancel(s, j)
	} else if len(left.Rows) == 0 {
		v.Empty = s.T("bulk.nothingLeft")
	}
	for _, r := range left.Rows {
		v.Left = append(v.Left, bulkLeft{Path: sessionsPath + "/" + r.SessionID, Who: r.Email, Why: s.T("bulk.left." + string(r.Reason))})
	}
	return v
}

// unlink takes away what leads to sessions that the reader may not see.
func (v *bulkView) unlink() {
	for i := range v.Left {
		v.Left[i].Path = ""
	}
}

// bulkHeading says what a job does, and what it did once it is over.
func bulkHeading(s kit.Speaker, j bulk.Job) string {
	switch {
	case j.Status == bulk.Running:
		return s.T("bulk.heading." + string(j.Action))
	case j.Status == bulk.Cancelled:
		return s.T("event.session.bulk_cancelled")
	case j.Status == bulk.Stopped:
		return s.T("event.session.bulk_stopped")
	case j.Done == 0:
		return s.T("event.session.bulk_finished")
	}
	return s.T("bulk.did." + string(j.Action))
}

// viewProgress says in a sentence how far a job is, or how it ended.
func viewProgress(s kit.Speaker, j bulk.Job) kit.Progress {
	action := string(j.Action)
	v := kit.Progress{
		Path: jobsPath + "/" + j.ID, Title: bulkHeading(s, j), All: j.Total, Done: min(j.Done+j.Skipped+j.Failed, j.Total),
		Running: j.Status == bulk.Running, Tone: "info",
	}
	done, left := s.N("bulk.done."+action, int(j.Done)), int(j.Skipped+j.Failed)
	if left > 0 {
		done = s.T("event.because", "Event", done, "Reason", s.N("bulk.leftOut", left))
	}
	switch j.Status {
	case bulk.Running:
		v.Text = s.T("bulk.soFar", "Done", s.Number(int(v.Done)), "All", s.Number(int(j.Total)))
	case bulk.Finished:
		v.Tone, v.Text = "good", s.T("bulk.finished", "Done", done)
	case bulk.Cancelled:
		v.Tone, v.Text = "warn", s.T("bulk.cancelled", "Done", done)
	default:
		v.Tone, v.Text = "warn", s.T("bulk.stopped", "Done", done, "Why", s.T("bulk.why."+j.Reason))
	}
	return v
}

func askCancel(s kit.Speaker, j bulk.Job) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "cancel", Path: jobsPath + "/" + j.ID + "/cancel", Back: jobsPath + "/" + j.ID, Icon: "x", Text: s.T("bulk.cancel"),
		Title: s.T("bulk.cancelTitle"), Lines: []string{s.T("bulk.cancelText")}, Act: s.T("bulk.cancel"),
	}
}

// bulkResults is the file of everything that a job left out.
func (p *Pages) bulkResults(v *kit.Visit) error {
	id := v.R.PathValue("id")
	if _, err := p.Bulk.Get(v.R.Context(), p.Actor(v), id); err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.W.Header().Set("Content-Disposition", `attachment; filename="sessions-left-out.csv"`)
	return p.Bulk.WriteCSV(v.R.Context(), p.Actor(v), id, v.W)
}

// remembered is how long every page says how a job ended.
const remembered = 2 * time.Minute

// Jobs returns how far the reader's jobs are, for the top of every page.
func (p *Pages) Jobs(ctx context.Context, s kit.Speaker, actor sallyport.Actor) ([]kit.Progress, error) {
	if !has(actor, access.SessionsTerminate) {
		return nil, nil
	}
	jobs, err := p.Bulk.Mine(ctx, actor)
	var out []kit.Progress
	for _, j := range jobs {
		if j.Status == bulk.Running || s.Now.Sub(j.EndedAt) < remembered {
			out = append(out, viewProgress(s, j))
		}
	}
	return out, err
}
