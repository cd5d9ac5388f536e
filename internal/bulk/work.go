package bulk

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/pace"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
)

const (
	most      = 100              // sessions in one transaction
	fewest    = 50               // of them, however slow it is
	turn      = 20               // steps of one job before another's
	readAhead = 2000             // sessions of a filter that are read at once
	lease     = 30 * time.Second // until another node goes on with a job of a node that died
)

// Work does the steps of all running jobs that no other node works at, in turns and with pauses, until
// none is left. After an error the other jobs go on; a later call goes on with the one that failed.
func (s *Service) Work(ctx context.Context) error {
	var failed error
	p := pace.Pace{Most: most, Fewest: fewest}
	for {
		j, err := s.lease(ctx)
		if errors.Is(err, sallyport.ErrNotFound) {
			return failed
		}
		if err != nil {
			return errors.Join(failed, err)
		}
		failed = errors.Join(failed, s.turn(ctx, j, &p))
	}
}

func (s *Service) lease(ctx context.Context) (j store.BulkJob, err error) {
	err = s.acts.Keep(ctx, func(tx *store.Tx) (err error) {
		now := s.acts.Now()
		j, err = tx.LeaseBulkJob(ctx, now, now.Add(lease))
		return err
	})
	return j, err
}

// turn does some steps of a job. Sessions that cannot be changed together, by a mistake of ours or
// a damaged row, are changed one by one.
func (s *Service) turn(ctx context.Context, j store.BulkJob, p *pace.Pace) error {
	limit, alone, r := most, 0, reader{acts: s.acts}
	for range turn {
		next, err := s.step(ctx, j, &r, steps{p, limit})
		j = next
		switch {
		case broken(err) && limit > 1:
			limit, alone = 1, most
			continue
		case err != nil:
			if ctx.Err() != nil { // this node stops: another one need not wait
				err = errors.Join(err, s.free(context.WithoutCancel(ctx), j))
			}
			return err
		case Status(j.Status) != Running:
			return nil
		}
		if alone--; alone <= 0 {
			limit = most
		}
	}
	return s.free(ctx, j)
}

// free lets any node go on with a job.
func (s *Service) free(ctx context.Context, j store.BulkJob) error {
	return s.acts.Keep(ctx, func(tx *store.Tx) error { return tx.FreeBulkJob(ctx, j, s.acts.Now()) })
}

// broken reports whether trying again would fail again.
func broken(err error) bool {
	code := sallyport.CodeOf(err)
	return code != "" && code != sallyport.CodeUnavailable
}

// steps are how large steps may be.
type steps struct {
	pace  *pace.Pace
	limit int
}

// step does one transaction of a job, and returns the job after it, with the error of the context
// when that ended in the pause. It is over for this node when another one did the step.
func (s *Service) step(ctx context.Context, j store.BulkJob, r *reader, size steps) (store.BulkJob, error) {
	row, ok := session.ActionOf(session.Action(j.Action))
	err := r.read(ctx, j)
	if !ok || broken(err) {
		return s.stop(ctx, j, ReasonInternal)
	}
	if err != nil {
		return j, err
	}
	var ids []string
	var place string
	moved := j
	err = size.pace.Try(ctx, func(n int) error {
		ids, place = r.next(min(n, size.limit))
		var after store.BulkJob
		err := s.sessions.DoAll(ctx, beginner(j), row, ids, func(a *act.Act, results []session.Result) error {
			after = j
			after.Place = place
			return move(ctx, a, &after, results)
		})
		if err == nil {
			moved = after
		}
		return err
	})
	switch code := sallyport.CodeOf(err); {
	case code == sallyport.CodeNotSignedIn:
		return s.stop(ctx, j, ReasonSession)
	case code == sallyport.CodeForbidden:
		return s.stop(ctx, j, ReasonPermission)
	case code == sallyport.CodeNotFound:
		return s.lost(ctx, j)
	case broken(err) && size.limit == 1 && len(ids) == 1:
		moved, err = s.give(ctx, j, ids[0], place)
	}
	if err == nil {
		r.moved(len(ids), moved.Place)
	}
	return moved, err
}

// beginner returns who began a job, as they act in it.
func beginner(j store.BulkJob) sallyport.Actor {
	return sallyport.Actor{Type: sallyport.ActorUser, TenantID: j.TenantID, UserID: j.UserID, SessionID: j.SessionID, Client: j.Client}
}

// reader reads which sessions are next in a job. Of a filter it reads far ahead: to find a page can
// take longer than to change its sessions. Each step looks again at those that it changes.
type reader struct {
	acts  *act.Runner
	sel   selection
	query list.Query
	ahead []sallyport.Session // of a filter
	at    string              // the place of the first
	end   string              // the place after the last
}

// read reads what is next in a job, unless it is there already.
func (r *reader) read(ctx context.Context, j store.BulkJob) error {
	if r.sel = (selection{}); json.Unmarshal([]byte(j.Selection), &r.sel) != nil {
		return sallyport.Refuse(sallyport.CodeInternal, "a selection cannot be read")
	}
	if r.sel.Filter == nil {
		r.at = j.Place
		return nil
	}
	if r.at == j.Place && len(r.ahead) > 0 {
		return nil
	}
	q, err := r.sel.query(readAhead)
	if err != nil {
		return err
	}
	if r.query, err = q.At(j.Place); err != nil {
		return err
	}
	page, err := r.acts.ListSessions(ctx, j.TenantID, r.query)
	r.ahead, r.end, r.at = page.Rows, page.Next, j.Place
	return err
}

// next returns up to size of the sessions that read has read, and the place after them; "" when they are
// the last ones.
func (r *reader) next(size int) (ids []string, place string) {
	if r.sel.Filter == nil {
		from, _ := strconv.Atoi(r.at) // "" is the beginning
		to := min(from+size, len(r.sel.IDs))
		if to < len(r.sel.IDs) {
			place = strconv.Itoa(to)
		}
		return r.sel.IDs[min(from, to):to], place
	}
	now := r.ahead[:min(size, len(r.ahead))]
	for _, v := range now {
		ids = append(ids, v.ID)
	}
	if len(now) == len(r.ahead) {
		return ids, r.end
	}
	return ids, store.AfterSession(r.query, now[len(now)-1])
}

// moved drops what a step did.
func (r *reader) moved(n int, place string) {
	r.ahead, r.at = r.ahead[min(n, len(r.ahead)):], place
}

// move stores what a step did, in its transaction. j is the job with the place after it, and
// becomes the job after it.
func move(ctx context.Context, a *act.Act, j *store.BulkJob, results []session.Result) error {
	var left []store.BulkResult
	for _, r := range results {
		switch r.Left {
		case "":
			j.Done++
			continue
		case leftFailed:
			j.Failed++
		default:
			j.Skipped++
		}
		left = append(left, store.BulkResult{
			TenantID: j.TenantID, JobID: j.ID, SessionID: r.ID, UserID: r.UserID, Reason: string(r.Left), ExpiresAt: j.ExpiresAt,
		})
	}
	j.Total = max(j.Total, j.Done+j.Skipped+j.Failed)
	if j.Place == "" {
		j.Status, j.EndedAt = string(Finished), a.Now
		note(a, audit.BulkFinished, *j)
	}
	if err := a.MoveBulkJob(ctx, *j, a.Now.Add(lease)); err != nil {
		return err
	}
	j.Steps++
	return a.AddBulkResults(ctx, left)
}

// leftFailed is the result of a session that could not be changed.
const leftFailed session.Left = "internal"

// give gives one session up that cannot be changed.
func (s *Service) give(ctx context.Context, j store.BulkJob, id, place string) (store.BulkJob, error) {
	moved := j
	err := s.acts.Run(ctx, sallyport.System(j.TenantID), act.Nobody, act.Need{}, func(a *act.Act) error {
		moved = j
		moved.Place = place
		return move(ctx, a, &moved, []session.Result{{ID: id, Left: leftFailed}})
	})
	if errors.Is(err, sallyport.ErrNotFound) {
		return s.lost(ctx, j)
	}
	return moved, err
}

// stop ends a job that cannot go on.
func (s *Service) stop(ctx context.Context, j store.BulkJob, reason string) (store.BulkJob, error) {
	err := s.acts.Run(ctx, sallyport.System(j.TenantID), act.Nobody, act.Need{}, func(a *act.Act) error {
		return end(ctx, a, &j, ending{audit.BulkStopped, Stopped, reason})
	})
	return j, err
}

// lost returns a job whose step somebody else did, or that was cancelled: this node is done with it
// for now.
func (s *Service) lost(ctx context.Context, j store.BulkJob) (store.BulkJob, error) {
	now, err := s.acts.BulkJob(ctx, j.TenantID, j.ID)
	if err == nil && Status(now.Status) == Running {
		now.Status = ""
	}
	return now, err
}
