package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// How much is counted at a time: events and people in one transaction, which on SQLite all writes wait
// for; and steps in one run and for one reader, so that a log that is counted for the first time keeps
// nothing else waiting.
const (
	eventsAtOnce  = 250
	peopleAtOnce  = 250
	stepsOfARun   = 20
	stepsOfReader = 4
)

// Count counts what has passed in all organisations since it was counted last. The sequencer calls it
// when events have got their places.
func (s *Service) Count(ctx context.Context) error {
	behind, err := s.acts.FiguresBehind(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, tenantID := range behind {
		errs = append(errs, s.catchUp(ctx, tenantID, stepsOfARun))
	}
	return errors.Join(errs...)
}

// catchUp counts what has passed in an organisation, in so many steps at most.
func (s *Service) catchUp(ctx context.Context, tenantID string, steps int) error {
	for range steps {
		if more, err := s.step(ctx, tenantID); !more || err != nil {
			return err
		}
	}
	return nil
}

// step counts one batch of events and, where a count of everybody is under way, one of people. It
// reports whether more waits. Another node that is at it is left alone.
func (s *Service) step(ctx context.Context, tenantID string) (more bool, err error) {
	policy, err := s.acts.Policy(ctx, tenantID)
	if err != nil {
		return false, err
	}
	err = s.acts.Keep(ctx, func(tx *store.Tx) error {
		f, err := tx.TakeFigures(ctx, tenantID)
		if errors.Is(err, sallyport.ErrNotFound) {
			more = false
			return nil
		}
		if err != nil {
			return err
		}
		c := counting{tx: tx, figures: f, whom: policy.MFAEnforced, now: s.acts.Now()}
		if more, err = c.step(ctx); err != nil {
			return fmt.Errorf("figures of tenant %s: %w", tenantID, err)
		}
		return nil
	})
	return more, err
}

// counting is one step.
type counting struct {
	tx      *store.Tx
	figures store.Figures
	whom    string // policy demands a second factor of
	now     time.Time
	methods map[string]int64
}

func (c *counting) step(ctx context.Context) (more bool, err error) {
	if err := json.Unmarshal([]byte(c.figures.Methods), &c.methods); err != nil {
		return false, err
	}
	events, next, err := audit.PassedFrom(ctx, c.tx.Queries, c.figures.TenantID, c.figures.Counted, eventsAtOnce)
	if err != nil {
		return false, err
	}
	p := pass(events, c.figures.Settled, c.now)
	more = next-c.figures.Counted == eventsAtOnce
	c.figures.Counted = next
	if err := c.doubt(ctx, p.doubts); err != nil {
		return false, err
	}
	if err := c.recount(ctx, p.people); err != nil {
		return false, err
	}
	if p.everybody {
		c.figures.Recounting = ""
	}
	if c.figures.Recounting != store.EverybodyCounted {
		if err := c.everybody(ctx); err != nil {
			return false, err
		}
		if p.last = c.now.UTC().Truncate(time.Hour); c.figures.Recounting != store.EverybodyCounted {
			more, p.last = true, time.Time{} // the figures are not whole yet
		}
	}
	if err := c.tx.SaveFigures(ctx, c.figures); err != nil {
		return false, err
	}
	return more, c.record(ctx, p)
}

// doubt stores unusual sign-ins, with what became of them since.
func (c *counting) doubt(ctx context.Context, doubts []store.Doubt) error {
	if len(doubts) == 0 {
		return nil
	}
	ids := make([]string, len(doubts))
	for i, d := range doubts {
		ids[i] = d.UserID
	}
	if err := c.tx.AddDoubts(ctx, c.figures.TenantID, doubts); err != nil {
		return err
	}
	return c.tx.SettleDoubts(ctx, c.figures.TenantID, ids)
}

// everybody counts the next people of a count of everybody.
func (c *counting) everybody(ctx context.Context) error {
	ids, err := c.tx.NextPeople(ctx, c.figures.TenantID, c.figures.Recounting, peopleAtOnce)
	if err != nil {
		return err
	}
	people := make(map[string]bool, len(ids))
	for _, id := range ids {
		people[id] = false
	}
	if err := c.recount(ctx, people); err != nil {
		return err
	}
	if c.figures.Recounting = store.EverybodyCounted; len(ids) == peopleAtOnce {
		c.figures.Recounting = ids[len(ids)-1]
	}
	return nil
}

// recount counts some people again: the figures change by what they count for now less what they
// counted for before. The value says whether their locks may have changed.
func (c *counting) recount(ctx context.Context, people map[string]bool) error {
	if len(people) == 0 {
		return nil
	}
	tenantID, ids := c.figures.TenantID, slices.Sorted(maps.Keys(people))
	before, err := byID(c.tx.FigurePeople(ctx, tenantID, ids))
	if err != nil {
		return err
	}
	now, err := c.people(ctx, ids)
	if err != nil {
		return err
	}
	var changed []store.FigurePerson
	var gone []string
	for _, id := range ids {
		was, known := before[id]
		is, there := now[id]
		if there && (people[id] || was.LockedUntil.After(c.now)) {
			if is.LockedUntil, err = c.locked(ctx, id); err != nil {
				return err
			}
		}
		c.move(was, is)
		if there && (!known || is != was) {
			changed = append(changed, is)
		}
		if !there { // known or not: their unusual sign-ins may be
			gone = append(gone, id)
		}
	}
	if c.figures.Methods, err = toJSON(c.methods); err != nil {
		return err
	}
	if err := c.tx.SaveFigurePeople(ctx, tenantID, changed); err != nil {
		return err
	}
	if err := c.tx.RemoveFigurePeople(ctx, tenantID, gone); err != nil {
		return err
	}
	return c.tx.SettleDoubts(ctx, tenantID, ids)
}

// people reads what some people count for now.
func (c *counting) people(ctx context.Context, ids []string) (map[string]store.FigurePerson, error) {
	people, err := byID(c.tx.CountPeople(ctx, c.figures.TenantID, c.whom, ids))
	if err != nil {
		return nil, err
	}
	methods, err := c.tx.ActiveMethods(ctx, c.figures.TenantID, ids)
	for _, m := range methods {
		p := people[m.UserID]
		p.Methods = strings.TrimSpace(p.Methods + " " + m.Method)
		people[m.UserID] = p
	}
	return people, err
}

func byID(people []store.FigurePerson, err error) (map[string]store.FigurePerson, error) {
	out := make(map[string]store.FigurePerson, len(people))
	for _, p := range people {
		out[p.UserID] = p
	}
	return out, err
}

// locked returns the end of the longest lock of a user, by its row.
func (c *counting) locked(ctx context.Context, id string) (until time.Time, err error) {
	u, err := c.tx.User(ctx, c.figures.TenantID, id)
	if err != nil {
		return until, err
	}
	held, err := throttle.Counters{TenantID: c.figures.TenantID, Now: c.now}.Held(ctx, c.tx.Queries, u)
	for _, h := range held {
		if h.Until.After(until) {
			until = h.Until
		}
	}
	return until, err
}

// move changes the figures by one person.
func (c *counting) move(was, is store.FigurePerson) {
	c.figures.Tally = c.figures.Add(is.Sub(was.Tally))
	c.figures.People += min(is.Sessions, 1) - min(was.Sessions, 1)
	for by, names := range map[int64]string{-1: was.Methods, 1: is.Methods} {
		for _, m := range strings.Fields(names) {
			if c.methods[m] += by; c.methods[m] == 0 {
				delete(c.methods, m)
			}
		}
	}
}

// record stores what happened when, and the figures at the end of the last hour.
func (c *counting) record(ctx context.Context, p passing) error {
	tenantID := c.figures.TenantID
	if err := c.tx.AddFailed(ctx, tenantID, p.failed()); err != nil {
		return err
	}
	if err := c.tx.AddCountries(ctx, tenantID, p.counts()); err != nil {
		return err
	}
	if !p.last.IsZero() {
		p.in(p.last)
	}
	for at, h := range p.hours {
		if err := c.hour(ctx, at, h, at.Equal(p.last)); err != nil {
			return err
		}
	}
	return nil
}

// hour adds to an hour; last says whether the present figures are those at its end.
func (c *counting) hour(ctx context.Context, at time.Time, h *hour, last bool) error {
	row := store.FigureHour{Hour: at, Outcomes: "{}"}
	known, err := c.tx.FigureHours(ctx, c.figures.TenantID, at, at.Add(time.Hour))
	if err != nil {
		return err
	}
	if len(known) > 0 {
		row = known[0]
	}
	outcomes := map[string]int64{}
	if err := json.Unmarshal([]byte(row.Outcomes), &outcomes); err != nil {
		return err
	}
	for o, n := range h.outcomes {
		outcomes[o] += n
	}
	if row.Outcomes, err = toJSON(outcomes); err != nil {
		return err
	}
	row.Locks += h.locks
	if last {
		if row.Gauges, err = toJSON(gaugesOf(c.figures, c.methods)); err != nil {
			return err
		}
	}
	return c.tx.SaveFigureHour(ctx, c.figures.TenantID, row)
}

func toJSON(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}
