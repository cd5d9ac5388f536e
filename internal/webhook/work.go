package webhook

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

const (
	lease     = 30 * time.Second // until another node goes on with a webhook of a node that died; longer than Timeout
	turn      = 15 * time.Second // how long a webhook is sent to before others that wait
	readAhead = 200              // events of the log that are read at once
	listed    = 200              // webhooks that are looked at for the free places of a node
	places    = 64               // webhooks that a node sends to at the same time
	slowOnes  = 48               // of these, those that took nothing or took long the last time
	slow      = time.Second      // from which an answer is long
	every     = time.Second      // between looks while some are sent to
	// afterError is how long a webhook waits that could not be sent to by no fault of its own.
	afterError = time.Minute
	offAfter   = 3 * 24 * time.Hour
	offFailed  = 3 // tries that failed by then at least
)

// waits is THE table of waits after tries that failed, in a row. The last one is for all further ones.
var waits = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
}

// waitAfter returns how long a webhook is left alone after so many tries that failed in a row, from 1. It is
// up to a tenth longer, so that many that failed together do not come back together.
func waitAfter(failed int) time.Duration {
	d := waits[min(max(failed, 1), len(waits))-1]
	return d + rand.N(d/10) //nolint:gosec // nothing secret
}

// Wake says that there may be something to send.
func (s *Service) Wake() {
	select {
	case s.woken <- struct{}{}:
	default: // it is about to be looked at anyway
	}
}

// Woken gets a value when there may be something to send.
func (s *Service) Woken() <-chan struct{} { return s.woken }

// Work sends to all webhooks for which there are events, each in a turn of its own, until none is due. It is a
// job; several nodes may run it at once.
func (s *Service) Work(ctx context.Context) error {
	over := make(chan ended, places)
	under, failed := 0, map[string]error{} // one whose turn failed has no other one in this call
	defer func() {
		for ; under > 0; under-- {
			<-over
		}
	}()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		n, err := s.begin(ctx, failed, over)
		if under += n; under == 0 || err != nil {
			return errors.Join(append(slices.Collect(maps.Values(failed)), err)...)
		}
		select {
		case e := <-over:
			if under--; e.err != nil {
				failed[e.id] = e.err
			}
		case <-s.woken:
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// ended says how the turn of a webhook ended.
type ended struct {
	id  string
	err error
}

// begin begins the turns of webhooks that are due, as many as there are places for, and returns how many.
func (s *Service) begin(ctx context.Context, failed map[string]error, over chan<- ended) (n int, err error) {
	due, err := s.Acts.DueWebhooks(ctx, s.Acts.Now(), listed)
	for _, w := range due {
		leave, ok := s.enter(w)
		if !ok {
			continue
		}
		if failed[w.ID] != nil {
			leave()
			continue
		}
		n++
		go func() {
			err := s.turn(ctx, w)
			leave()
			over <- ended{w.ID, err}
		}()
	}
	return n, err
}

// enter takes a place for a webhook, unless there is none: a node has some that slow ones cannot take, and no
// webhook has two. leave gives it back.
func (s *Service) enter(w store.Webhook) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	isSlow := w.Failed > 0 || w.Took >= slow
	if s.running[w.ID] > 0 || s.running[""] >= places || isSlow && s.running[slowKey] >= slowOnes {
		return nil, false
	}
	add := func(n int) {
		if s.running[""] += n; isSlow {
			s.running[slowKey] += n
		}
		if s.running[w.ID] += n; s.running[w.ID] == 0 {
			delete(s.running, w.ID)
		}
	}
	add(1)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		add(-1)
	}, true
}

// slowKey counts the slow ones.
const slowKey = "slow"

// turn sends to one webhook until it takes one event not, has all, or its turn is over.
func (s *Service) turn(ctx context.Context, w store.Webhook) error {
	some, next, err := s.ahead(ctx, w)
	if err == nil && next > w.Position && len(some) == 0 {
		w.Position = next
		return gone(s.move(ctx, &w, nil, time.Time{}))
	}
	if err == nil && next > w.Position {
		if w, err = s.lease(ctx, w); err != nil {
			return gone(err)
		}
		err = s.send(ctx, &w, time.Now().Add(turn))
	} else if err == nil {
		err = fmt.Errorf("webhook %s: the log has no event at position %d: run sallyport audit verify", w.ID, w.Position)
	}
	switch {
	case errors.Is(err, sallyport.ErrNotFound):
		return nil // it was changed, removed, or taken by another node, meanwhile
	case err != nil && ctx.Err() == nil:
		w.DueAt = s.Acts.Now().Add(afterError)
		return errors.Join(err, gone(s.move(ctx, &w, nil, time.Time{})))
	}
	return s.maybeOff(ctx, w)
}

// gone is an error of a guarded change without that somebody else was before.
func gone(err error) error {
	_, err = act.Ignore(err)
	return err
}

// ahead reads which of the next events a webhook wants to hear of, and the position after those that were read.
func (s *Service) ahead(ctx context.Context, w store.Webhook) (some []audit.Passed, next int64, err error) {
	events, next, err := audit.PassedFrom(ctx, s.Acts.Queries, w.TenantID, w.Position, readAhead)
	for _, e := range events {
		if wants(w.Kinds, e.Kind) {
			some = append(some, e)
		}
	}
	return some, next, err
}

func (s *Service) lease(ctx context.Context, w store.Webhook) (out store.Webhook, err error) {
	err = s.Acts.Keep(ctx, func(tx *store.Tx) (err error) {
		now := s.Acts.Now()
		out, err = tx.LeaseWebhook(ctx, w, now, now.Add(lease))
		return err
	})
	if err != nil {
		return w, err
	}
	return out, nil
}

// send sends events in the order of the log until one is not taken, none is left, or a time of the machine has
// come; then any node may go on. ErrNotFound when somebody else changed the webhook.
func (s *Service) send(ctx context.Context, w *store.Webhook, until time.Time) error {
	for {
		some, next, err := s.ahead(ctx, *w)
		if err != nil {
			return err
		}
		all := next-w.Position < readAhead
		for i, e := range some {
			t := try{of: e, after: e.Position + 1}
			if i == len(some)-1 {
				t.after, t.ends = next, all
			}
			t.ends = t.ends || time.Now().After(until)
			if more, err := s.tell(ctx, w, t); err != nil || !more {
				return err
			}
		}
		if len(some) > 0 {
			continue
		}
		w.Position = next
		return s.move(context.WithoutCancel(ctx), w, nil, time.Time{})
	}
}

// try is one event that is sent.
type try struct {
	of    audit.Passed
	after int64 // the position once it is taken
	ends  bool  // the turn with it
}

// tell sends one event, and records what became of it. One that was not taken leaves the webhook at it. more
// reports whether the turn goes on.
func (s *Service) tell(ctx context.Context, w *store.Webhook, t try) (more bool, err error) {
	m, err := messageOf(t.of)
	if err != nil {
		return false, err
	}
	to, err := s.open(*w)
	if err != nil {
		return false, err
	}
	now := s.Acts.Now()
	a := s.post(ctx, to, m, now)
	stops := ctx.Err() != nil
	ctx = context.WithoutCancel(ctx)
	if stops && !a.Taken() { // this node stops, which is no fault of the receiver
		return false, s.move(ctx, w, nil, time.Time{})
	}
	note(w, a, now)
	until := time.Time{}
	if w.Position = t.of.Position; a.Taken() {
		w.Position = t.after
		if more = !t.ends && !stops; more {
			until = s.Acts.Now().Add(lease)
		}
	} else {
		w.DueAt = s.Acts.Now().Add(waitAfter(w.Failed))
	}
	d := tried(*w, m, a)
	d.Position, d.Cause, d.TriedAt = t.of.Position, FromLog, now
	return more, s.move(ctx, w, &d, until)
}

// note writes what became of a try into the state of a webhook.
func note(w *store.Webhook, a Answer, at time.Time) {
	w.TriedAt, w.Took, w.Outcome, w.Status = at, a.Took, a.Outcome, a.Status
	if a.Taken() {
		w.TakenAt, w.Failed, w.FailingSince, w.DueAt = at, 0, time.Time{}, time.Time{}
		return
	}
	if w.Failed++; w.FailingSince.IsZero() {
		w.FailingSince = at
	}
}

// move stores how far a webhook is, with a delivery where there was one, and keeps it for this node until a
// time, zero for no longer. ErrNotFound when somebody else changed it.
func (s *Service) move(ctx context.Context, w *store.Webhook, d *store.WebhookDelivery, until time.Time) error {
	err := s.Acts.Keep(ctx, func(tx *store.Tx) error {
		if err := tx.MoveWebhook(ctx, *w, until); err != nil || d == nil {
			return err
		}
		return tx.AddWebhookDelivery(ctx, *d, MaxDeliveries)
	})
	if err == nil {
		w.Steps++
	}
	return err
}

// tried is a try, without when and why.
func tried(w store.Webhook, m message, a Answer) store.WebhookDelivery {
	return store.WebhookDelivery{TenantID: w.TenantID, WebhookID: w.ID, EventID: m.id, Kind: m.kind, Took: a.Took, Outcome: a.Outcome, Status: a.Status, Said: a.Said}
}

// maybeOff switches a webhook off that has taken nothing for three days, and tells the admins by mail.
func (s *Service) maybeOff(ctx context.Context, w store.Webhook) error {
	if w.Failed < offFailed || w.FailingSince.IsZero() || w.TriedAt.Sub(w.FailingSince) < offAfter {
		return nil
	}
	return s.Acts.Run(ctx, sallyport.System(w.TenantID), act.Tenant, act.Need{}, func(a *act.Act) error {
		if done, err := act.Ignore(a.SwitchWebhookOff(ctx, w, a.Now)); !done {
			return err
		}
		a.Note(audit.WebhookOff, act.About{Target: w.ID}, "host", w.Host, "name", w.Name)
		admins, err := a.Admins(ctx, w.TenantID)
		if err != nil {
			return err
		}
		for _, u := range admins {
			if err := a.Tell(ctx, act.Alert{Kind: notify.WebhookOff, User: u, Page: Path + "/" + w.ID, Data: notify.Data{WebhookName: w.Name}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Reseal encrypts addresses and secrets with the primary key of the installation. It returns how many webhooks.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	tenants, err := s.Acts.Tenants(ctx)
	for _, t := range tenants {
		webhooks, err := s.Acts.Webhooks(ctx, t.ID)
		if err != nil {
			return n, err
		}
		for _, w := range webhooks {
			x, err := s.open(w)
			if err != nil {
				return n, err
			}
			old := w.Sealed
			if err := s.seal(&w, x); err != nil {
				return n, err
			}
			if err := s.Acts.Keep(ctx, func(tx *store.Tx) error { return tx.ResealWebhook(ctx, w, old) }); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, err
}
