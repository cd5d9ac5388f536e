package admin

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/export"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// exportForm asks how the events are written that the address's filters let through.
func (p *Pages) exportForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.may(v, export.NeedBegin); err != nil {
		return nil, err
	}
	wanted, err := askedExport(v.R)
	if err != nil {
		return nil, err
	}
	back := kit.WithQuery(logPath, wanted.Filters)
	path := kit.WithQuery(exportPath, partOf(wanted))
	lead := v.T("logPage.exportAll")
	if len(wanted.Filters) > 0 {
		lead = v.T("logPage.exportSome")
	}
	if wanted.After >= 0 {
		lead = v.T("logPage.exportPart", "Number", v.Number(int(wanted.After+1)))
	}
	return &kit.FormView{
		Path: path, Back: back, Icon: "download", Title: v.T("logPage.exportTitle"), Lead: lead, Act: v.T("logPage.exportAct"),
		Other: &kit.Anchor{Text: v.T("logPage.exports"), Path: exportsPath},
		Fields: []*kit.Field{
			{Name: "format", Label: v.T("logPage.format"), Type: "radio", Options: []kit.Option{
				{Value: string(audit.NDJSON), Text: v.T("logPage.ndjson"), Help: v.T("logPage.ndjsonHelp"), On: true},
				{Value: string(audit.CSV), Text: v.T("logPage.csv"), Help: v.T("logPage.csvHelp")},
			}},
			{Name: "since", Label: v.T("logPage.since"), Type: "text", InputMode: "numeric", MaxLength: 15, Plain: true, Optional: true, Hint: v.T("logPage.sinceHint")},
		},
	}, nil
}

// askedExport reads which events an address asks for: filters of the log, and the part.
func askedExport(r *http.Request) (x audit.Export, err error) {
	x.After = -1
	if text := r.URL.Query().Get("after"); text != "" {
		if x.After, err = strconv.ParseInt(text, 10, 64); err != nil || x.After < 0 {
			return x, sallyport.ErrNotFound
		}
	}
	x.Filters = kit.Listed(r, exportPath, list.Events, registered).Query.Filters()
	return x, nil
}

// partOf returns the address's parameters of an export.
func partOf(x audit.Export) url.Values {
	out := url.Values{}
	for name, given := range x.Filters {
		out[name] = given
	}
	if x.After >= 0 {
		out.Set("after", strconv.FormatInt(x.After, 10))
	}
	return out
}

// exportBegin finds the events.
func (p *Pages) exportBegin(v *kit.Visit) error {
	wanted, err := askedExport(v.R)
	if err != nil {
		return err
	}
	wanted.Format = audit.Format(v.Value("format"))
	if text := v.Value("since"); text != "" {
		if wanted.Since, err = strconv.ParseInt(text, 10, 64); err != nil {
			return sallyport.Invalid(sallyport.FieldError{Field: "since", Code: "out_of_range"})
		}
	}
	x, err := p.Exports.Begin(v.R.Context(), p.Actor(v), wanted)
	if err != nil {
		return err
	}
	return done(v, exportsPath, "flash.admin.exportReady", int(x.Events))
}

// exportsView lists somebody's exports.
type exportsView struct {
	Crumb kit.Anchor
	Rows  []exportRow
	Empty kit.EmptyView
}

type exportRow struct {
	Title    string
	Note     string
	At       kit.Moment
	File     string
	Label    string // of the link to the file, for screen readers
	Done     int64
	Events   int64
	Text     string // how far the download is
	Running  bool
	Path     string      // of the page, which the script asks again
	NextPart *kit.Anchor // nil when this is the last one
}

// exportList shows the reader's exports, and how far their downloads are.
func (p *Pages) exportList(v *kit.Visit) error {
	found, err := p.Exports.Last(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	view := viewExports(v.Speaker, found)
	return p.Show(v, http.StatusOK, "log_exports", v.T("logPage.exports"), view)
}

func viewExports(s kit.Speaker, found []export.Export) *exportsView {
	v := &exportsView{
		Crumb: kit.Anchor{Text: s.T("logPage.heading"), Path: logPath},
		Empty: kit.EmptyView{Icon: "download", Title: s.T("logPage.noExports"), Text: s.T("logPage.noExportsText"), Action: &kit.Anchor{Text: s.T("logPage.export"), Path: exportPath}},
	}
	for _, x := range found {
		v.Rows = append(v.Rows, viewExport(s, x))
	}
	running := false
	for i := range v.Rows { // one of them is asked for
		v.Rows[i].Running = v.Rows[i].Running && !running
		running = running || v.Rows[i].Running
	}
	return v
}

func viewExport(s kit.Speaker, x export.Export) exportRow {
	row := exportRow{
		Title: s.N("logPage.exportOf", int(x.Events)), Note: s.T("logPage.allEvents"), At: s.Moment("logPage.exportedAt", x.CreatedAt),
		File: exportPath + "/" + x.ID + "/file", Done: x.Done, Events: max(x.Events, 1), Path: exportsPath, Running: x.Sending(s.Now),
	}
	if len(x.Wanted.Filters) > 0 {
		row.Note = s.T("logPage.someEvents")
	}
	row.Note = s.T("logPage.exportNote", "Which", row.Note, "Format", s.T("logPage."+string(x.Wanted.Format)))
	row.Label = s.T("logPage.downloadOf", "What", row.Title)
	switch {
	case x.TouchedAt.IsZero():
	case x.Done >= x.Events:
		row.Text = s.T("logPage.sentAll")
	case row.Running:
		row.Text = s.T("logPage.sent", "Done", s.Number(int(x.Done)), "Events", s.Number(int(x.Events)))
	default:
		row.Text = s.T("logPage.stopped", "Done", s.Number(int(x.Done)), "Events", s.Number(int(x.Events)))
	}
	if x.More {
		next := x.Wanted
		next.After = x.Last
		row.NextPart = &kit.Anchor{Text: s.T("logPage.nextPart"), Path: kit.WithQuery(exportPath, partOf(next))}
	}
	return row
}

// exportFile sends an export.
func (p *Pages) exportFile(v *kit.Visit) error {
	w, err := p.Exports.Open(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if err != nil {
		return err
	}
	if err := w.Write(v.R.Context(), request.Download(v.W, w.Name(), "application/zip")); err != nil {
		p.Log.WarnContext(v.R.Context(), "an export was not finished", "sent", w.Done, "events", w.Export.Events, "error", err)
		panic(http.ErrAbortHandler) // the browser sees that it is not whole
	}
	return nil
}
