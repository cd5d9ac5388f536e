package admin

import (
	"net/http"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/export"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const (
	logPath     = "/settings/audit-log"
	livePath    = logPath + "/live"
	provingPath = logPath + "/proof"
	exportPath  = logPath + "/export"
	exportsPath = logPath + "/exports"
)

// logRoutes are the audit log, what proves it, and its exports.
func (p *Pages) logRoutes() []kit.Route {
	page := func(path string, do kit.Handler) kit.Route {
		return kit.Route{Pattern: "GET " + path, Guard: kit.SignedIn, Need: export.NeedRead, Do: do}
	}
	first := page(logPath, p.logList)
	live := page(livePath, p.logLive)
	live.Quiet = true
	first.Entry = kit.Entry{Section: kit.Settings, Words: "nav.log", Icon: "history"}
	return append([]kit.Route{
		first, page(logPath+"/{id}", p.logShow), page(logPath+"/{id}/proof", p.logProof), live,
		page(provingPath, p.logProving), page(logPath+"/checkpoint", p.logCheckpoint), page(exportsPath, p.exportList), page(exportPath+"/{id}/file", p.exportFile),
	}, p.Form(kit.Form{Path: exportPath, Need: export.NeedBegin, Keeps: []string{"format", "since"}, Fill: p.exportForm, Do: p.exportBegin})...)
}

// logView is Settings > Audit log.
type logView struct {
	Bar     kit.Bar
	Left    string // which filter was left out, "" for none
	Rows    []logLine
	Live    *liveView  // what happens meanwhile; nil where the list does not begin with the newest
	Export  kit.Anchor // of what the filters let through
	Empty   kit.EmptyView
	Pages   kit.PagesView
	Drawer  *kit.Drawer
	Proving string
}

// logLine is one event.
type logLine struct {
	ID, Path   string
	Open       bool // it is in the drawer
	Icon, Tone string
	Sentence   kit.Sentence
	Details    []string
	Device     string
	Place      *kit.Place
	IP         string
	From       string // the log of this address
	At         kit.Moment
}

// events is what the list is made of.
type events struct {
	register
	found list.Page[sallyport.Event]
	open  *proven // in the drawer, nil for none
}

// logged is how many events one page shows.
const logged = 50

var logWords = registerWords{"logPage.emptyTitle", "logPage.emptyText", "logPage.noneTitle", "logPage.searched"}

// logList shows what happened in the organisation.
func (p *Pages) logList(v *kit.Visit) error {
	if led, err := p.typedUser(v, logPath); led || err != nil {
		return err
	}
	found, err := p.readLog(v)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "log_list", v.T("logPage.heading"), found.view(v.Speaker))
}

// logLive tells what happens from now on and passes the address's filters.
func (p *Pages) logLive(v *kit.Visit) error {
	return p.tell(v, live{page: logPath, need: export.NeedRead, read: p.Audit.All, row: func(s kit.Speaker, of events, e sallyport.Event) logLine { return of.line(s, e) }})
}

// readLog reads the page of the list that an address asks for. more are people to be named besides
// those of its rows.
func (p *Pages) readLog(v *kit.Visit, more ...string) (l events, err error) {
	ctx := v.R.Context()
	if l.register, err = p.register(v, logPath, list.Events); err != nil {
		return l, err
	}
	l.list.Limit = logged
	l.list.Typed = append(l.list.Typed, "actorId")
	read := func(q list.Query) (list.Page[sallyport.Event], error) { return p.Audit.All(ctx, l.reader, q) }
	if l.found, err = read(l.list.Query); err != nil {
		return l, err
	}
	for _, e := range l.found.Rows {
		more = append(more, e.UserID, e.ActorID)
	}
	more = append(more, l.list.Given("actorId")...)
	if err = p.name(v, &l.register, more...); err != nil || len(l.found.Rows) > 0 {
		return l, err
	}
	l.drop, err = dropped(v.Speaker, l.register, read)
	return l, err
}

func (l events) view(s kit.Speaker) *logView {
	values := l.values(s)
	for _, id := range l.list.Given("actorId") {
		if u, ok := l.names[id]; ok {
			values["actorId"] = append(values["actorId"], kit.Value{Value: id, Text: u.Name(), Named: true})
		}
	}
	v := &logView{
		Bar: l.list.Bar(s, values), Left: l.leftOut(s), Pages: l.pages(s, l.found.Next, l.found.Searched, logWords), Proving: provingPath,
		Export: kit.Anchor{Text: s.T("logPage.export"), Path: kit.WithQuery(exportPath, l.list.Query.Filters())},
	}
	if l.list.Query.Order == list.Events.Orders[0].Name && l.list.Query.After() == nil {
		v.Live = &liveView{Path: liveAt(s, livePath, l.list.Query.Filters()), Most: 4 * logged}
	}
	for _, e := range l.found.Rows {
		v.Rows = append(v.Rows, l.line(s, e))
	}
	if len(v.Rows) == 0 {
		v.Empty = l.empty(s, logWords, &v.Pages)
	}
	if l.open != nil {
		v.Drawer = l.drawer(s)
	}
	return v
}

// involved is what is known about whom the events name.
func (l events) involved() kit.Involved {
	return kit.Involved{People: l.names, Links: has(l.reader, access.UsersView)}
}

func (l events) line(s kit.Speaker, e sallyport.Event) logLine {
	row, from := kit.ViewEvent(s, e), ""
	if e.IPAddress != "" {
		from = filtered("ip", e.IPAddress)
	}
	return logLine{
		ID: e.ID, Path: l.list.Beside(e.ID), Open: l.open != nil && l.open.Event.ID == e.ID, Icon: row.Icon, Tone: row.Tone,
		Sentence: s.LogSentence(e, l.involved()), Details: s.LogDetails(e), Device: row.Device, Place: row.Place, IP: row.IP, From: from, At: s.Moment("time.plain", e.CreatedAt),
	}
}

// filtered is the address of the log with one filter.
func filtered(field, value string) string {
	return kit.WithQuery(logPath, url.Values{field: {value}})
}

// kindText is the name of a kind of event.
func kindText(s kit.Speaker, kind string) string {
	if id := "event." + kind; s.Has(id) {
		return s.T(id)
	}
	return kind
}

// aboutDevice reports whether the thing that an event is about is a device.
func aboutDevice(e sallyport.Event) bool {
	row, ok := audit.Of(audit.Kind(e.Kind))
	return ok && row.Group == audit.Devices && e.TargetID != ""
}
