package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/bulk"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
)

// needPreview is the need of an action without its step-up: a preview changes nothing.
var needPreview = act.Need{Permission: session.NeedTerminate.Permission, Exempt: policy.Harmless}

func (e *edge) addBulk() {
	preview := post("previewBulk", "/sessions/bulk/preview", "Which sessions a bulk job would change", withBody()...)
	preview.Description = "Needs sessions.view too. Nothing changes. Of what a filter finds, sessions that have ended, or are so already, do not count."
	handle(e, preview.needs(needPreview), e.previewBulk)

	start := post("startBulk", "/sessions/bulk", "Do something to many sessions", withBody(http.StatusConflict)...)
	start.Description = "A filter needs sessions.view too; for resume and extend the step-up is manage_sessions. The job acts in your name and ends with your session, which it never touches. " +
		"Sessions that begin after this call are left out. 409 count_differs when there are over 1 % more or fewer than expectedCount, and jobs_under_way for a fourth job."
	start.DefaultStatus = http.StatusAccepted
	handle(e, start.needs(session.NeedTerminate), e.startBulk)

	handle(e, get("listBulk", "/sessions/bulk", "Your bulk jobs, those under way first").says("Of those that are over, the latest.").needs(bulk.NeedView), e.listBulk)
	handle(e, get("getBulk", "/sessions/bulk/{id}", "How far a bulk job is", http.StatusNotFound).
		says("Only who began it sees it, and owners.").needs(bulk.NeedView), e.getBulk)
	handle(e, post("cancelBulk", "/sessions/bulk/{id}/cancel", "Stop a bulk job", http.StatusNotFound).
		says("Nothing more is done after the answer; what was done stays done. A job that is over is no error.").needs(bulk.NeedStop), e.cancelBulk)
	handleListOf(e, get("listBulkResults", "/sessions/bulk/{id}/results", "What a bulk job left out, and why", http.StatusNotFound).
		says("Kept for 30 days. userId and email are left out for whoever lacks sessions.view.").needs(bulk.NeedView), list.BulkResults, e.listBulkResults)
}

// action is what is done to sessions, with the names of all of them in the document.
type action session.Action

// Schema lists all actions.
func (action) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, row := range session.Actions {
		s.Enum = append(s.Enum, string(row.Action))
	}
	return s
}

// sessionFilter is the filter of a list of sessions, with the parameters of its address.
type sessionFilter url.Values

// Schema has a property for each filter.
func (sessionFilter) Schema(huma.Registry) *huma.Schema {
	return filterSchema(list.Sessions, "The filters of listSessions; {} for every session.")
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *sessionFilter) UnmarshalJSON(text []byte) (err error) {
	*f, err = readFilter[sessionFilter](text)
	return err
}

// selected returns what both calls say of the sessions, as the use reads it.
func selected(ids []string, filter sessionFilter) (bulk.Selection, error) {
	out := bulk.Selection{IDs: ids}
	if filter == nil {
		return out, nil
	}
	q, err := list.Sessions.Parse(url.Values(filter))
	if err = refusedParameters(err); err != nil {
		return out, inFilter(err)
	}
	out.Filter = q
	return out, nil
}

// inFilter returns an error whose fields are named as parts of the filter.
func inFilter(err error) error {
	var e *sallyport.Error
	if !errors.As(err, &e) {
		return err
	}
	names := map[string]string{}
	for _, f := range e.Fields {
		names[f.Field] = "filter." + f.Field
	}
	return renamed(err, names)
}

type previewBulkInput struct {
	Body struct {
		Action action        `json:"action"`
		IDs    []string      `json:"ids,omitempty" nullable:"false" maxItems:"1000" doc:"Of sessions. Either these or a filter."`
		Filter sessionFilter `json:"filter,omitempty"`
	} `nameHint:"BulkPreviewRequest"`
}

type previewBulkOutput struct {
	Body struct {
		Count    int64           `json:"count" minimum:"0" doc:"How many there are: the expectedCount of startBulk."`
		Sessions []sessionRecord `json:"sessions" nullable:"false" doc:"Some of them, five at most."`
	} `nameHint:"BulkPreview"`
}

func (e *edge) previewBulk(ctx context.Context, in *previewBulkInput) (*previewBulkOutput, error) {
	which, err := selected(in.Body.IDs, in.Body.Filter)
	if err != nil {
		return nil, err
	}
	p, err := e.Bulk.Preview(ctx, e.actor(ctx), session.Action(in.Body.Action), which)
	var out previewBulkOutput
	out.Body.Count, out.Body.Sessions = p.Count, each(p.Sample, e.showSession(ctx))
	return &out, err
}

type bulkInput struct {
	Body struct {
		Action        action        `json:"action"`
		IDs           []string      `json:"ids,omitempty" nullable:"false" maxItems:"1000" doc:"Of sessions. Either these or a filter."`
		Filter        sessionFilter `json:"filter,omitempty"`
		ExpectedCount int64         `json:"expectedCount" minimum:"0" doc:"The count that previewBulk answered."`
	} `nameHint:"BulkRequest"`
}

// bulkJob is one job.
type bulkJob struct {
	ID      string      `json:"id"`
	UserID  string      `json:"userId" doc:"Who began it."`
	Action  action      `json:"action"`
	Status  bulk.Status `json:"status" enum:"running,finished,stopped,cancelled"`
	Reason  string      `json:"stopReason,omitempty" enum:"session_ended,permission_lost,internal" doc:"Why it stopped before its end: the session of who began it ended or was suspended; their role allows it no more; or the server could not go on."`
	Total   int64       `json:"total" minimum:"0" doc:"Sessions that there were when it began."`
	Done    int64       `json:"done" minimum:"0" doc:"That were changed."`
	Skipped int64       `json:"skipped" minimum:"0" doc:"That were left as they were: listBulkResults says why."`
	Failed  int64       `json:"failed" minimum:"0" doc:"That could not be changed."`

	StartedAt time.Time `json:"startedAt"`
	EndedAt   time.Time `json:"endedAt,omitzero" doc:"Missing while it runs."`
}

func showJob(j bulk.Job) bulkJob {
	return bulkJob{
		ID: j.ID, UserID: j.UserID, Action: action(j.Action), Status: j.Status, Reason: j.Reason, Total: j.Total, Done: j.Done, Skipped: j.Skipped,
		Failed: j.Failed, StartedAt: j.StartedAt.UTC(), EndedAt: j.EndedAt.UTC(),
	}
}

type bulkOutput struct{ Body bulkJob }

func (e *edge) startBulk(ctx context.Context, in *bulkInput) (*bulkOutput, error) {
	which, err := selected(in.Body.IDs, in.Body.Filter)
	if err != nil {
		return nil, err
	}
	j, err := e.Bulk.Start(ctx, e.actor(ctx), session.Action(in.Body.Action), which, in.Body.ExpectedCount)
	return &bulkOutput{showJob(j)}, err
}

type bulkListOutput struct {
	Body struct {
		Items []bulkJob `json:"items" nullable:"false"`
	} `nameHint:"BulkJobList"`
}

func (e *edge) listBulk(ctx context.Context, _ *struct{}) (*bulkListOutput, error) {
	jobs, err := e.Bulk.Mine(ctx, e.actor(ctx))
	var out bulkListOutput
	out.Body.Items = each(jobs, showJob)
	return &out, err
}

func (e *edge) getBulk(ctx context.Context, in *idInput) (*bulkOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	j, err := e.Bulk.Get(ctx, e.actor(ctx), id)
	return &bulkOutput{showJob(j)}, err
}

func (e *edge) cancelBulk(ctx context.Context, in *idInput) (*bulkOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	j, err := e.Bulk.Cancel(ctx, e.actor(ctx), id)
	return &bulkOutput{showJob(j)}, err
}

// bulkResult is a session that a job left out.
type bulkResult struct {
	SessionID string       `json:"sessionId"`
	UserID    string       `json:"userId,omitempty" doc:"Whose it is. Missing for a session that nobody has."`
	Email     string       `json:"email,omitempty" doc:"Their address."`
	Reason    session.Left `json:"leftBecause" enum:"not_found,forbidden,own_account,own_session,session_ended,unchanged,internal" doc:"forbidden: its user may do more than you. own_account: nobody does this to themselves. own_session: it is the one that you began the job in. unchanged: it was so already. internal: it could not be changed."`
}

func (e *edge) listBulkResults(ctx context.Context, id string, q list.Query) (*pageOutput[bulkResult], error) {
	found, err := e.Bulk.Results(ctx, e.actor(ctx), id, q)
	return newPage(found, func(r bulk.Result) bulkResult {
		return bulkResult{SessionID: r.SessionID, UserID: r.UserID, Email: r.Email, Reason: r.Reason}
	}), err
}
