// Package retention removes what is old, as each organisation's policy says, and what has expired.
//
//	Apply  ─ once a day for an organisation: take the run ─ count ─ [event and first batch] ─ batch ─ batch … ─ done
//	Forget ─ every few minutes: what expired, of all organisations, without an event
//
// table.go is THE table of what goes, when, and by which statement. What goes is deleted in batches
// that are transactions of their own: on SQLite everything else that is written waits for one. After
// each there is a pause as long as the batch took (package pace). A
// run that was interrupted goes on with the next one, and two nodes never do the same one at once.
package retention

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/pace"
	"github.com/sallyport/sallyport/internal/store"
)

// lease is how long a run stays with a node that does nothing: until another one goes on with what a
// node that died has begun.
const lease = time.Minute

const (
	mostRemoved = 200  // rows in one transaction
	mostLooked  = 1000 // rows that are looked at in one read
	fewest      = 50   // of either, however slow
)

// Service removes what is old.
type Service struct{ acts *act.Runner }

// New returns the service.
func New(acts *act.Runner) *Service { return &Service{acts} }

// Apply does the run of this day, in UTC, for each organisation that keeps nothing for ever: once,
// however often it is called and on however many nodes. After an error the other organisations follow;
// a later call goes on with what failed.
func (s *Service) Apply(ctx context.Context) error {
	return s.acts.EachTenant(ctx, func(t sallyport.Tenant, p sallyport.Policy) error {
		if p.Retention == 0 && p.RetentionEvents == 0 {
			return nil
		}
		return s.apply(ctx, t.ID, p)
	})
}

func (s *Service) apply(ctx context.Context, tenantID string, p sallyport.Policy) error {
	r := &run{acts: s.acts, today: s.acts.Now().Truncate(day), policy: p, removing: pace.Pace{Most: mostRemoved, Fewest: fewest}}
	r.TenantID, r.Before, r.PartsBefore = tenantID, r.before(p.Retention), r.before(p.RetentionEvents)
	err := s.acts.Keep(ctx, func(tx *store.Tx) (err error) {
		r.RetentionRun, err = tx.TakeRetention(ctx, r.RetentionRun, s.acts.Now(), r.extended())
		return err
	})
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil // over for this day, or another node does it
	}
	if err != nil {
		return err
	}
	err = r.do(ctx)
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil // another node took it, since this one did nothing for longer than its lease
	}
	done, last := err == nil, context.WithoutCancel(ctx) // a node that stops gives the run up
	if errors.Is(err, errChanged) {
		err = nil // the next call does what policy says now
	}
	return errors.Join(err, s.acts.Keep(last, func(tx *store.Tx) error { return tx.EndRetention(last, r.RetentionRun, done) }))
}

// errChanged says that policy does not say any more what the run does.
var errChanged = errors.New("the policy was changed")

// run is the run of one day in one organisation.
type run struct {
	store.RetentionRun
	acts   *act.Runner
	today  time.Time // when the day began
	policy sallyport.Policy

	until    time.Time // when its lease ends
	due      []int64   // rows of each kind of the table, counted before the event
	removing pace.Pace
}

// before returns the moment before which what is kept for this long goes, zero for what is kept for
// ever.
func (r *run) before(kept time.Duration) time.Time {
	if kept == 0 {
		return time.Time{}
	}
	return r.today.Add(-kept)
}

func (r *run) extended() time.Time {
	r.until = r.acts.Now().Add(lease)
	return r.until
}

// do counts what is due unless its event is in the log already, and removes it.
func (r *run) do(ctx context.Context) error {
	if !r.Told {
		if due, err := r.count(ctx); err != nil || due == 0 {
			return err
		}
	}
	for _, of := range Table {
		err := r.each(ctx, of, func(rows []store.OldRow) error { return r.remove(ctx, of, rows) })
		if err != nil {
			return err
		}
	}
	return nil
}

// count counts the rows that are due, and returns how many they are in all.
func (r *run) count(ctx context.Context) (all int64, err error) {
	r.due = make([]int64, len(Table))
	for i, of := range Table {
		err := r.each(ctx, of, func(rows []store.OldRow) error {
			for _, row := range rows {
				r.due[i] += row.Goes
			}
			if r.acts.Now().Before(r.until.Add(-lease / 2)) {
				return nil
			}
			return r.acts.Keep(ctx, func(tx *store.Tx) error { return r.keep(ctx, tx) })
		})
		if err != nil {
			return 0, err
		}
		all += r.due[i]
	}
	return all, nil
}

// each calls do with all rows of a kind that are old enough, some at a time. It reads outside of any
// transaction, so that nobody waits.
func (r *run) each(ctx context.Context, of Row, do func([]store.OldRow) error) error {
	looking := pace.Pace{Most: mostLooked, Fewest: fewest}
	which := store.OldRows{TenantID: r.TenantID, Before: r.before(of.age(r.policy))}
	for !which.Before.IsZero() {
		var rows []store.OldRow
		err := looking.Try(ctx, func(size int) (err error) {
			which.Limit = size
			rows, err = of.look(r.acts.Queries, ctx, which)
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := do(rows); err != nil {
			return err
		}
		which.After = rows[len(rows)-1]
	}
	return nil
}

// remove deletes those of some rows that go.
func (r *run) remove(ctx context.Context, of Row, rows []store.OldRow) error {
	for len(rows) > 0 {
		var ids []string
		var took int
		var more bool
		err := r.removing.Try(ctx, func(size int) error {
			ids, took, more = some(rows, int64(size))
			if len(ids) == 0 {
				return nil
			}
			return r.batch(ctx, func(tx *store.Tx) error {
				n, err := of.remove(tx, ctx, r.TenantID, ids, size)
				more = more && n == int64(size)
				return err
			})
		})
		if err != nil {
			return err
		}
		if !more {
			rows = rows[took:]
		}
	}
	return nil
}

// some returns the ids of the first rows with which at most size go, or of one with which more go, and
// how many rows these and those between them that stay are.
func some(rows []store.OldRow, size int64) (ids []string, took int, more bool) {
	var n int64
	for _, row := range rows {
		if n > 0 && n+row.Goes > size {
			break
		}
		if took++; row.Goes > 0 {
			ids = append(ids, row.ID)
			n += row.Goes
		}
	}
	return ids, took, n > size
}

// batch does one transaction of the run, the first one with its event: so nothing is removed without a
// word, whenever a node dies. Whoever changes the policy stops the run.
func (r *run) batch(ctx context.Context, do func(*store.Tx) error) error {
	p, err := r.acts.Policy(ctx, r.TenantID)
	if err != nil {
		return err
	}
	if p.Retention != r.policy.Retention || p.RetentionEvents != r.policy.RetentionEvents {
		return errChanged
	}
	if r.Told {
		return r.acts.Keep(ctx, func(tx *store.Tx) error {
			if err := r.keep(ctx, tx); err != nil {
				return err
			}
			return do(tx)
		})
	}
	err = r.acts.Run(ctx, sallyport.System(r.TenantID), act.Nobody, act.Need{}, func(a *act.Act) error {
		told := *r
		told.Told = true
		if err := told.keep(ctx, a.Tx); err != nil {
			return err
		}
		a.Note(audit.RetentionApplied, act.About{}, r.details()...)
		return do(a.Tx)
	})
	r.Told = err == nil
	return err
}

// keep extends the lease of the run. ErrNotFound when another node took it.
func (r *run) keep(ctx context.Context, tx *store.Tx) error {
	return tx.KeepRetention(ctx, r.RetentionRun, r.extended())
}

// details returns how much of what is removed, and before when it ended or was made.
func (r *run) details() (out []string) {
	if !r.Before.IsZero() {
		out = append(out, "before", r.Before.Format(time.RFC3339))
	}
	for i, of := range Table {
		n := r.due[i]
		if n == 0 {
			continue
		}
		if out = append(out, of.Name, strconv.FormatInt(n, 10)); of.Name == personalParts {
			out = append(out, "personalBefore", r.PartsBefore.Format(time.RFC3339))
		}
	}
	return out
}
