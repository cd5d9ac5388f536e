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
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
)

const (
	stepSize  = 100              // sessions in one transaction, which everything that is logged waits for
	turn      = 20               // steps of one job before another's
	readAhead = 2000             // sessions of a filter that are read at once
	lease     = 30 * time.Second // until another node goes on with a job of a node that died
)

// Work does the steps of all running jobs that no other node works at, in turns, until none is
// left. After an error the other jobs go on; a later call goes on with the one that failed.
func (s *Service) Work(ctx context.Context) error {
	var failed error
	for {
		j, err := s.lease(ctx)
		if errors.Is(err, sallyport.ErrNotFound) {
			return failed
		}
		if err != nil {
			return errors.Join(failed, err)
		}
		failed = errors.Join(failed, s.turn(ctx, j))
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
func (s *Service) turn(ctx context.Context, j store.BulkJob) error {
	size, alone, r := stepSize, 0, reader{acts: s.acts}
	for range turn {
		next, err := s.step(ctx, j, &r, size)
		switch {
		case broken(err) && size > 1:
			size, alone = 1, stepSize
			continue
		case err != nil:
			if ctx.Err() != nil { // this node stops: another one need not wait
				err = errors.Join(err, s.free(context.WithoutCancel(ctx), j))
			}
			return err
		case Status(next.Status) != Running:
			return nil
		}
		j = next
		if alone--; alone <= 0 {
			size = stepSize
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

// step does one transaction of a job, and returns the job after it. It is over for this node when
// another one did the step.
func (s *Service) step(ctx context.Context, j store.BulkJob, r *reader, size int) (store.BulkJob, error) {
	row, ok := session.ActionOf(session.Action(j.Action))
	ids, place, err := r.next(ctx, j, size)
	if !ok || broken(err) {
		return s.stop(ctx, j, ReasonInternal)
	}
	if err != nil {
		return j, err
	}
	moved := j
	err = s.sessions.DoAll(ctx, beginner(j), row, ids, func(a *act.Act, results []session.Result) error {
		moved = j
		moved.Place = place
		return move(ctx, a, &moved, results)
	})
	switch code := sallyport.CodeOf(err); {
	case code == sallyport.CodeNotSignedIn:
		return s.stop(ctx, j, ReasonSession)
	case code == sallyport.CodeForbidden:
		return s.stop(ctx, j, ReasonPermission)
	case code == sallyport.CodeNotFound:
		return s.lost(ctx, j)
	case broken(err) && size == 1 && len(ids) == 1:
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
	query list.Query
	ahead []sallyport.Session
	at    string // the place of the first
	end   string // the place after the last
}

// next returns the sessions of a job's next step, and the place after them; "" when they are the
// last ones.
func (r *reader) next(ctx context.Context, j store.BulkJob, size int) (ids []string, place string, err error) {
	var sel selection
	if err := json.Unmarshal([]byte(j.Selection), &sel); err != nil {
		return nil, "", err
	}
	if sel.Filter == nil {
		from, _ := strconv.Atoi(j.Place) // "" is the beginning
		to := min(from+size, len(sel.IDs))
		if to < len(sel.IDs) {
			place = strconv.Itoa(to)
		}
		return sel.IDs[min(from, to):to], place, nil
	}
	if r.at != j.Place || len(r.ahead) == 0 {
		if err := r.read(ctx, j, sel); err != nil {
			return nil, "", err
		}
	}
	now := r.ahead[:min(size, len(r.ahead))]
	for _, v := range now {
		ids = append(ids, v.ID)
	}
	if len(now) == len(r.ahead) {
		return ids, r.end, nil
	}
	return ids, store.AfterSession(r.query, now[len(now)-1]), nil
}

// read reads what is ahead of a job.
func (r *reader) read(ctx context.Context, j store.BulkJob, sel selection) error {
	q, err := sel.query(readAhead)
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
