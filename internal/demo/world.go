package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/job"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/uses"
)

// world is the story under way.
type world struct {
	o        Options
	rng      *rand.Rand
	now      time.Time   // the clock of everything in it
	agenda   []*entry    // what is still going to be done, in order of time
	playing  string      // the scene that is played; "" for ordinary life
	base     uses.Config // with the database and the outbox
	uses     uses.All    // with passwords that cost next to nothing to hash
	real     uses.All    // the same with the installation's own hashing
	jobs     []job.Job
	tenantID string
	groups   map[*department]string // ids
	helpDesk sallyport.Role

	founded time.Time // the installation was claimed
	begin   time.Time // the ordinary days begin
	people  []*person
	cast    []*person // to whom something may happen, see next
	owner   *person
	manager *person // the admin that a visitor plays
	member  *person // likewise
	taken   map[string]bool
	locked  []string // addresses of accounts under attack at the end
}

// entry is something that somebody is going to do.
type entry struct {
	at   time.Time
	part string // of a scene, which has to happen as it is told; "" for ordinary life
	act  func(context.Context) error
}

// will plans something of ordinary life, which may be refused by then. What lies after
// the end of the story never happens.
func (w *world) will(at time.Time, act func(context.Context) error) { w.plan("", at, act) }

// scene plans a part of a scene.
func (w *world) scene(name string, at time.Time, act func(context.Context) error) {
	w.plan(name, at, act)
}

// after plans the next part of the scene that is played.
func (w *world) after(d time.Duration, act func(context.Context) error) {
	w.plan(w.playing, w.now.Add(d), act)
}

func (w *world) plan(part string, at time.Time, act func(context.Context) error) {
	if !at.Before(w.o.Now) {
		return
	}
	n, _ := slices.BinarySearchFunc(w.agenda, at, func(e *entry, at time.Time) int {
		if e.at.After(at) {
			return 1
		}
		return -1 // behind those of the same moment
	})
	w.agenda = slices.Insert(w.agenda, n, &entry{at, part, act})
}

// live does what is planned, in order of time.
func (w *world) live(ctx context.Context) error {
	total := int(w.o.Now.Sub(w.founded) / time.Hour)
	for len(w.agenda) > 0 && ctx.Err() == nil {
		e := w.agenda[0]
		w.agenda = w.agenda[1:]
		w.pass(e.at.Truncate(time.Microsecond))
		w.playing = e.part
		if err := e.act(ctx); err != nil && (e.part != "" || !refusals[sallyport.CodeOf(err)]) {
			return fmt.Errorf("%s, %s: %w", e.part, w.now.Format(time.DateTime), err)
		}
		w.o.Progress(min(int(w.now.Sub(w.founded)/time.Hour), total), total, "days")
	}
	w.pass(w.o.Now)
	return ctx.Err()
}

// refusals are the answers that people get in ordinary life and go on after.
var refusals = map[sallyport.Code]bool{
	sallyport.CodeInvalidCredentials: true, sallyport.CodeAccountLocked: true, sallyport.CodeAccountDisabled: true, sallyport.CodeAccountClosed: true,
	sallyport.CodeMFAFailed: true, sallyport.CodeDeviceNotTrusted: true, sallyport.CodeRateLimited: true,
	sallyport.CodeFlowExpired: true, sallyport.CodeNotSignedIn: true, sallyport.CodeConflict: true, sallyport.CodeNotFound: true,
	sallyport.CodeStepUp: true, sallyport.CodeLinkExpired: true, sallyport.CodeSessionSuspended: true, sallyport.CodeSessionRevoked: true,
	sallyport.CodeSessionTerminated: true, sallyport.CodeSessionExpired: true,
}

// expect returns nil for an error with one of the codes, and otherwise an error: a
// scene went another way than it is told.
func expect(err error, codes ...sallyport.Code) error {
	if slices.Contains(codes, sallyport.CodeOf(err)) {
		return nil
	}
	return errors.Join(fmt.Errorf("not refused with %v", codes), err)
}

// clock is what the uses read the time from.
func (w *world) clock() time.Time { return w.now }

// pass lets time go by until a moment, wait for a while.
func (w *world) pass(until time.Time) {
	if until.After(w.now) {
		w.now = until
	}
}

func (w *world) wait(d time.Duration) {
	if w.now = w.now.Add(d).Truncate(time.Microsecond); w.now.After(w.o.Now) {
		w.now = w.o.Now
	}
}

// tend does what a node does by itself. Nobody reads the mails that are
// not waited for.
func (w *world) tend(ctx context.Context) error {
	for _, j := range w.jobs {
		if err := j.Run(ctx); err != nil {
			return fmt.Errorf("%s: %w", j.Name, err)
		}
	}
	return notify.Discard(ctx, w.base.DB)
}

func newWorld(o Options) *world {
	begin := o.Now.Add(-time.Duration(o.Days) * day)
	w := &world{
		o: o, taken: map[string]bool{}, begin: begin, founded: begin.Add(-moveIn),
		rng: rand.New(rand.NewPCG(o.Seed, 0x5a11)), //nolint:gosec // a story that can be told again, no secret
	}
	w.now = w.founded
	return w
}

func (w *world) chance(probability float64) bool { return w.rng.Float64() < probability }

// between returns a time span from a up to b, evenly spread.
func (w *world) between(a, b time.Duration) time.Duration {
	return a + time.Duration(w.rng.Int64N(int64(b-a)))
}

// around returns a time span near mean, within three times spread.
func (w *world) around(mean, spread time.Duration) time.Duration {
	x := max(-3, min(3, w.rng.NormFloat64()))
	return mean + time.Duration(x*float64(spread))
}

func choose[T any](w *world, from []T) T { return from[w.rng.IntN(len(from))] }

// part returns the moment at which a fraction of the ordinary days is over.
func (w *world) part(fraction float64) time.Time {
	return w.begin.Add(time.Duration(fraction * float64(w.o.Now.Sub(w.begin))))
}

// hour returns a moment of a working day of p's, when a fraction of the time since from
// is over.
func (w *world) hour(p *person, from time.Time, fraction float64) time.Time {
	at := from.Add(time.Duration(fraction * float64(w.o.Now.Sub(from))))
	at = p.site.midnight(at).Add(w.between(9*time.Hour, 17*time.Hour))
	if !at.After(from) {
		at = from.Add(w.between(30*time.Minute, 3*time.Hour))
	}
	return at
}

// next returns a member to whom something may happen, in the same random order for all
// scenes.
func (w *world) next() *person {
	if w.cast == nil {
		for _, p := range w.people {
			if p.user.Role == sallyport.RoleMember && !p.played && !p.hired {
				w.cast = append(w.cast, p)
			}
		}
		w.rng.Shuffle(len(w.cast), func(i, j int) { w.cast[i], w.cast[j] = w.cast[j], w.cast[i] })
	}
	p := w.cast[0]
	w.cast = append(w.cast[1:], p)
	return p
}

// star takes the next member out of ordinary life, for one scene.
func (w *world) star() *person {
	p := w.next()
	w.cast = w.cast[:len(w.cast)-1]
	p.star, p.trip, p.careful, p.tidy = true, trip{}, 1, false
	p.machines = []*machine{p.machines[0], w.machine(p, choose(w, phones[:4]))}
	return p
}
