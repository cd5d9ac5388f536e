// Package bulk does one act to many sessions, in steps that survive a restart.
//
//	Preview ─ Start ─ job ─ step ─ step ─ … ─ finished
//	                         └─ one transaction: sessions, events, position, what was left out
//
// Each step asks anew whether who began the job may go on: it stops when their session ends, or
// their role allows it no more. A step is stored with its sessions, so that a node that is killed
// loses and doubles nothing, and any node goes on.
package bulk

import (
	"context"
	"encoding/json"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const (
	mostRunning = 3                   // jobs of one admin that are not over
	latest      = 10                  // jobs that are over, in Mine
	sampleSize  = 5                   // sessions that a preview shows
	keep        = 30 * 24 * time.Hour // of a job and of what it left out
)

// What jobs require: to see them, and to stop one. Stopping is a hurry, and its job's beginning was proven; what a
// job does to sessions needs what the same on one session does.
var (
	NeedView = act.Need{Permission: access.SessionsTerminate}
	NeedStop = act.Need{Permission: access.SessionsTerminate, Exempt: policy.Harmless, Self: true}
)

// Service handles the bulk jobs of all tenants.
type Service struct {
	acts     *act.Runner
	sessions *session.Service
	begun    chan struct{}
}

// New returns a service.
func New(acts *act.Runner, sessions *session.Service) *Service {
	return &Service{acts: acts, sessions: sessions, begun: make(chan struct{}, 1)}
}

// Begun has a value after a job began on this node.
func (s *Service) Begun() <-chan struct{} { return s.begun }

func (s *Service) wake() {
	select {
	case s.begun <- struct{}{}:
	default:
	}
}

// Status says how far a job is.
type Status string

// Statuses.
const (
	Running   Status = "running"
	Finished  Status = "finished"
	Stopped   Status = "stopped" // Job.Reason says why
	Cancelled Status = "cancelled"
)

// Why a job stopped before its end.
const (
	ReasonSession    = "session_ended"   // that of who began it, or it was suspended
	ReasonPermission = "permission_lost" // by who began it
	ReasonInternal   = "internal"        // the server's log says more
)

// Job is an act on many sessions.
type Job struct {
	ID      string
	UserID  string // who began it
	Action  session.Action
	Status  Status
	Reason  string // why it stopped; "" otherwise
	Total   int64  // sessions that there were when it began
	Done    int64  // that were changed
	Skipped int64  // that were left as they were, as Results says
	Failed  int64  // that could not be changed

	StartedAt time.Time
	EndedAt   time.Time // zero while it runs
}

func show(j store.BulkJob) Job {
	return Job{
		ID: j.ID, UserID: j.UserID, Action: session.Action(j.Action), Status: Status(j.Status), Reason: j.Reason,
		Total: j.Total, Done: j.Done, Skipped: j.Skipped, Failed: j.Failed, StartedAt: j.CreatedAt, EndedAt: j.EndedAt,
	}
}

// Preview is what an action would be done to.
type Preview struct {
	Count  int64               // exactly; those that it would skip too
	Sample []sallyport.Session // some of them
}

// Preview says to how many sessions an action would be done, with some of them. It needs what the
// action needs but no step-up, and sessions.view. CodeInvalid for a selection that is none.
func (s *Service) Preview(ctx context.Context, actor sallyport.Actor, action session.Action, which Selection) (Preview, error) {
	_, sel, err := s.read(actor, action, which)
	if err != nil {
		return Preview{}, err
	}
	if err := session.NeedView.ToLook(actor); err != nil {
		return Preview{}, err
	}
	n, err := s.count(ctx, actor, sel)
	if err != nil || n == 0 {
		return Preview{Count: n}, err
	}
	p := Preview{Count: n}
	if sel.Filter == nil {
		p.Sample, err = s.sessions.Some(ctx, actor, sel.IDs)
		p.Sample = p.Sample[:min(len(p.Sample), sampleSize)]
		return p, err
	}
	q, err := sel.query(sampleSize)
	if err != nil {
		return p, err
	}
	for v, err := range list.All(q, func(q list.Query) (list.Page[sallyport.Session], error) { return s.sessions.List(ctx, actor, q) }) {
		if err != nil {
			return p, err
		}
		if p.Sample = append(p.Sample, v); len(p.Sample) == sampleSize {
			break
		}
	}
	return p, nil
}

// Start begins a job that does an action to sessions, and returns it. expected is how many the
// actor was told of. It needs what the action needs, and sessions.view for a filter. Errors:
// CodeCountDiffers when there are now over 1 % more or fewer; ErrConflict with JobsUnderWay when
// too many jobs of the actor are not over; CodeInvalid for a selection that is none.
func (s *Service) Start(ctx context.Context, actor sallyport.Actor, action session.Action, which Selection, expected int64) (Job, error) {
	row, sel, err := s.read(actor, action, which)
	if err != nil {
		return Job{}, err
	}
	if err := s.acts.May(ctx, actor, act.Nobody, row.Need); err != nil {
		return Job{}, err
	}
	n, err := s.count(ctx, actor, sel)
	if err != nil {
		return Job{}, err
	}
	if differs(n, expected) {
		return Job{}, &sallyport.Error{Code: sallyport.CodeCountDiffers, Count: n}
	}
	text, err := json.Marshal(sel)
	if err != nil {
		return Job{}, err
	}
	var j store.BulkJob
	err = s.acts.Run(ctx, actor, act.Nobody, row.Need, func(a *act.Act) error {
		running, err := a.RunningBulkJobs(ctx, actor.TenantID, actor.UserID)
		if err != nil {
			return err
		}
		if len(running) >= mostRunning {
			return sallyport.Blocked(sallyport.JobsUnderWay)
		}
		j = store.BulkJob{
			TenantID: actor.TenantID, ID: token.NewID(), UserID: actor.UserID, SessionID: actor.SessionID, Client: actor.Client,
			Action: string(action), Selection: string(text), Status: string(Running), Total: n, CreatedAt: a.Now, ExpiresAt: a.Now.Add(keep),
		}
		a.Note(audit.BulkStarted, act.About{Target: j.ID}, "action", j.Action, "sessions", decimal(n))
		return a.AddBulkJob(ctx, j)
	})
	if err != nil {
		return Job{}, err
	}
	s.wake()
	return show(j), nil
}

// differs reports whether there are over 1 % more or fewer than expected, which may be any number.
func differs(n, expected int64) bool {
	return expected < 0 || max(n-expected, expected-n) > expected/100
}

// read checks an action and a selection, and what the actor's role allows.
func (s *Service) read(actor sallyport.Actor, action session.Action, which Selection) (session.ActionRow, selection, error) {
	row, ok := session.ActionOf(action)
	if !ok {
		return row, selection{}, refuse("action", "unknown_value")
	}
	if err := row.Need.ToLook(actor); err != nil {
		return row, selection{}, err
	}
	if actor.KeyID != "" {
		return row, selection{}, sallyport.ErrNotByKey
	}
	if actor.Type != sallyport.ActorUser || actor.SessionID == "" {
		return row, selection{}, sallyport.Refuse(sallyport.CodeForbidden, "a bulk job ends with the session of who began it")
	}
	sel, err := which.narrow(row, s.acts.Now())
	return row, sel, err
}

// count returns how many sessions are selected.
func (s *Service) count(ctx context.Context, actor sallyport.Actor, sel selection) (int64, error) {
	if sel.Filter == nil {
		return int64(len(sel.IDs)), nil
	}
	q, err := sel.query(1)
	if err != nil {
		return 0, err
	}
	return s.sessions.Count(ctx, actor, q)
}

// find returns a job that the actor may see: one of their own or, for an owner, anybody's.
func (s *Service) find(ctx context.Context, db store.Queries, actor sallyport.Actor, id string) (store.BulkJob, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return store.BulkJob{}, err
	}
	j, err := db.BulkJob(ctx, actor.TenantID, id)
	if err == nil && j.UserID != actor.UserID && (actor.Role != sallyport.RoleOwner || actor.KeyID != "") {
		err = sallyport.ErrNotFound
	}
	return j, err
}

// Get returns a job. It needs sessions.terminate. ErrNotFound for one that somebody else began,
// unless the actor is an owner.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (Job, error) {
	j, err := s.find(ctx, s.acts.Queries, actor, id)
	return show(j), err
}

// Mine returns the actor's jobs that are not over, and the latest others, the newest first. It
// needs sessions.terminate.
func (s *Service) Mine(ctx context.Context, actor sallyport.Actor) ([]Job, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	running, err := s.acts.RunningBulkJobs(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return nil, err
	}
	others, err := s.acts.BulkJobsOf(ctx, actor.TenantID, actor.UserID, latest)
	if err != nil {
		return nil, err
	}
	jobs := make([]Job, 0, len(running)+len(others))
	for _, j := range running {
		jobs = append(jobs, show(j))
	}
	for _, j := range others {
		if Status(j.Status) != Running {
			jobs = append(jobs, show(j))
		}
	}
	return jobs, nil
}

// Cancel ends a job, and returns it. When it returns, nothing more is done; what was done before
// stays done. It needs sessions.terminate. A job that is over is no error; ErrNotFound as for Get.
func (s *Service) Cancel(ctx context.Context, actor sallyport.Actor, id string) (Job, error) {
	var j store.BulkJob
	err := s.acts.Run(ctx, actor, act.Nobody, NeedStop, func(a *act.Act) (err error) {
		if j, err = s.find(ctx, a.Queries, a.Actor, id); err != nil || Status(j.Status) != Running {
			return err
		}
		return end(ctx, a, &j, ending{audit.BulkCancelled, Cancelled, ""})
	})
	return show(j), err
}

// ending says how a job ends, by which event, and why when that is before its end.
type ending struct {
	kind   audit.Kind
	status Status
	reason string
}

// end ends a running job, with the event that says how far it came. It is no error that the job is
// over by now.
func end(ctx context.Context, a *act.Act, j *store.BulkJob, e ending) error {
	done, err := act.Ignore(a.EndBulkJob(ctx, store.BulkJob{TenantID: j.TenantID, ID: j.ID, Status: string(e.status), Reason: e.reason, EndedAt: a.Now}))
	if err != nil {
		return err
	}
	if *j, err = a.BulkJob(ctx, j.TenantID, j.ID); err == nil && done {
		note(a, e.kind, *j)
	}
	return err
}

// note notes the end of a job.
func note(a *act.Act, kind audit.Kind, j store.BulkJob) {
	data := append(act.Given("reason", j.Reason), "action", j.Action, "sessions", decimal(j.Done), "skipped", decimal(j.Skipped), "failed", decimal(j.Failed))
	a.Note(kind, act.About{Target: j.ID}, data...)
}
