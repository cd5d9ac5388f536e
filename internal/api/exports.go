package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/export"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/request"
)

func (e *edge) addExports() {
	begin := post("beginExport", "/events/exports", "Export events of the audit log, with what proves them", withBody(http.StatusNotFound)...)
	begin.Description = "Finds the events that the last checkpoint covers, up to a million of them; the rest is another part, behind last. Download them within a day."
	begin.DefaultStatus = http.StatusCreated
	handle(e, begin.needs(export.NeedBegin), e.beginExport)
	handle(e, get("listExports", "/events/exports", "Your last exports, and how far their downloads are").needs(export.NeedRead), e.listExports)
	download := get("downloadExport", "/events/exports/{id}/file", "The file of an export", http.StatusNotFound).
		says("A ZIP file with the events, the hashes of all others, and the checkpoint: sallyport audit verify checks it with the public key alone. It ends, unfinished, with the session.")
	download.Responses = map[string]*huma.Response{"200": {Description: "The file.", Content: map[string]*huma.MediaType{
		"application/zip": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}}
	handle(e, download.needs(export.NeedRead), e.downloadExport)
}

// eventFilter is the filter of a list of events, with the parameters of its address.
type eventFilter map[string][]string

// Schema has a property for each filter.
func (eventFilter) Schema(huma.Registry) *huma.Schema {
	return filterSchema(list.Events, "The filters of listEvents; {} or nothing for every event.")
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *eventFilter) UnmarshalJSON(text []byte) (err error) {
	*f, err = readFilter[eventFilter](text)
	return err
}

type exportInput struct {
	Body struct {
		Filter eventFilter  `json:"filter,omitempty"`
		Format audit.Format `json:"format,omitempty" enum:"ndjson,csv" default:"ndjson" doc:"How the events are written: a line of JSON each, or a table."`
		After  *int64       `json:"after,omitempty" minimum:"-1" doc:"Only events behind this position: last of the part before. Missing for the beginning."`
		Limit  int64        `json:"limit,omitempty" minimum:"1" maximum:"1000000" doc:"Events of this part at most."`
		Since  int64        `json:"since,omitempty" minimum:"0" doc:"How many events an older checkpoint covers, for comparing the export with it."`
	} `nameHint:"ExportRequest"`
}

// logExport is an export, and how far it is.
type logExport struct {
	ID        string       `json:"id"`
	Format    audit.Format `json:"format" enum:"ndjson,csv"`
	Events    int64        `json:"events" minimum:"0" doc:"Of this part."`
	Last      int64        `json:"last" minimum:"-1" doc:"Position of the last one; -1 without any."`
	More      bool         `json:"more" doc:"Another part follows: export with after set to last."`
	Sent      int64        `json:"sent" minimum:"0" doc:"How many of them a download has sent."`
	CreatedAt time.Time    `json:"createdAt"`
}

func showLogExport(x export.Export) logExport {
	return logExport{ID: x.ID, Format: x.Wanted.Format, Events: x.Events, Last: x.Last, More: x.More, Sent: x.Done, CreatedAt: x.CreatedAt.UTC()}
}

type exportOutput struct{ Body logExport }

func (e *edge) beginExport(ctx context.Context, in *exportInput) (*exportOutput, error) {
	wanted := audit.Export{Filters: url.Values(in.Body.Filter), Format: in.Body.Format, After: -1, Limit: in.Body.Limit, Since: in.Body.Since}
	if in.Body.After != nil {
		wanted.After = *in.Body.After
	}
	if _, err := list.Events.Parse(wanted.Filters); err != nil {
		return nil, inFilter(refusedParameters(err))
	}
	x, err := e.Exports.Begin(ctx, e.actor(ctx), wanted)
	return &exportOutput{showLogExport(x)}, err
}

type exportsOutput struct {
	Body struct {
		Items []logExport `json:"items" nullable:"false"`
	} `nameHint:"Exports"`
}

func (e *edge) listExports(ctx context.Context, _ *struct{}) (*exportsOutput, error) {
	found, err := e.Exports.Last(ctx, e.actor(ctx))
	var out exportsOutput
	out.Body.Items = each(found, showLogExport)
	return &out, err
}

func (e *edge) downloadExport(ctx context.Context, in *idInput) (*huma.StreamResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	w, err := e.Exports.Open(ctx, e.actor(ctx), id)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(huma.Context) {
		x := exchangeOf(ctx)
		if err := w.Write(ctx, request.Download(x.w, w.Name(), "application/zip")); err != nil {
			e.Log.WarnContext(ctx, "an export was not finished", "sent", w.Done, "events", w.Export.Events, "error", err)
			panic(http.ErrAbortHandler) // the client sees that it is not whole
		}
	}}, nil
}
