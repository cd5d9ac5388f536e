package notify

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/mail"
	"sync"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/trace"
)

// How often delivery is tried. A mail that a server cannot accept now is tried for about 15
// hours: after 30 seconds, then after twice as long each time, at most 6 hours.
const (
	maxAttempts = 12
	firstPause  = 30 * time.Second
	maxPause    = 6 * time.Hour

	sendTimeout   = 30 * time.Second // for one mail, from connecting to QUIT
	settleTimeout = time.Minute      // for storing the result, even if the database is away for a moment
	grace         = 5 * time.Second  // for a mail being sent when the service stops
	poll          = 5 * time.Second
)

// Config says what a worker delivers and how. Zero durations and counts mean the defaults.
// A worker delivers mails, text messages, push messages or alerts, so that a slow gateway delays no mail.
type Config struct {
	DB      *store.Store
	Outbox  *Outbox
	Sender  Sender // for mails
	From    mail.Address
	Texts   TextSender  // for text messages, instead of Sender
	Push    *PushSender // for push messages, instead of Sender
	Alerts  *Alerter    // for alerts, instead of Sender
	Log     *slog.Logger
	Now     func() time.Time
	Tracer  *trace.Tracer // nil for no traces
	Workers int           // rows sent at the same time; default 2
	Timeout time.Duration // for one row; default 30 seconds
	Poll    time.Duration // how often to look for rows of other nodes and for retries; default 5 seconds
}

// Worker delivers the rows of the outbox.
type Worker struct {
	Config
	channel channel
}

// NewWorker returns a worker that Run starts.
func NewWorker(c Config) *Worker {
	if c.Workers == 0 {
		c.Workers = 2
	}
	if c.Timeout == 0 {
		c.Timeout = sendTimeout
	}
	if c.Poll == 0 {
		c.Poll = poll
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	w := &Worker{Config: c, channel: mails{c.DB, c.Sender, c.From}}
	switch {
	case c.Texts != nil:
		w.channel = texts{c.Texts}
	case c.Alerts != nil:
		w.channel = alertChannel{c.Alerts}
	case c.Push != nil:
		w.channel = pushes{c.DB, c.Push, c.Now, &heldServices{until: map[string]time.Time{}}}
	}
	return w
}

// Run delivers until ctx ends. Then it waits some seconds for mails being sent. The rest is
// sent after the next start or by another node.
func (w *Worker) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for range w.Workers {
		wg.Go(func() { w.loop(ctx) })
	}
	wg.Wait()
}

func (w *Worker) loop(ctx context.Context) {
	tick := time.NewTicker(w.Poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		found, err := w.Deliver(ctx)
		if err != nil && ctx.Err() == nil {
			w.Log.Error("outbox cannot be worked on", "error", err)
		}
		if found {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-w.Outbox.wake[w.channel.name()]:
		}
	}
}

// Deliver leases one due row and tries to send it. found is false when no row was due. It
// leases one at a time: further rows would wait for a slow server while other workers are
// idle.
func (w *Worker) Deliver(ctx context.Context) (found bool, err error) {
	var rows []store.OutboxRow
	err = w.DB.Write(ctx, func(tx *store.Tx) (err error) {
		now := w.Now()
		rows, err = tx.LeaseOutbox(ctx, w.channel.name(), store.Lease{Token: token.NewID(), Now: now, Until: now.Add(w.Timeout + settleTimeout)}, 1)
		return err
	})
	if err != nil || len(rows) == 0 {
		return false, err
	}
	w.Outbox.Wake(w.channel.name()) // another worker may find more
	ctx, span := w.Tracer.Begin(ctx, "outbox.deliver")
	span.Set(trace.Channel, rows[0].Channel)
	span.Set(trace.Kind, rows[0].Kind)
	span.SetCount(trace.Attempt, rows[0].Attempts)
	outcome := w.try(ctx, rows[0])
	span.Done(outcome, outcome == failed || outcome == givenUp)
	return true, nil
}

// How a try ends.
const (
	delivered = "sent"
	failed    = "failed" // it will be tried again
	givenUp   = "given_up"
	dropped   = "dropped" // nobody needs it any more
)

// try sends one row and settles it. It holds no transaction and no database connection
// while it sends.
func (w *Worker) try(ctx context.Context, r store.OutboxRow) (outcome string) {
	err := w.send(ctx, r)
	if err == nil {
		w.settle(ctx, r, func(ctx context.Context, tx *store.Tx) error { return tx.MarkOutboxSent(ctx, r, w.Now()) })
		return delivered
	}
	if why := pointless(""); errors.As(err, &why) {
		w.Log.InfoContext(ctx, "message dropped", "channel", r.Channel, "row", r.ID, "kind", r.Kind, "why", why.Error())
		w.settle(ctx, r, func(ctx context.Context, tx *store.Tx) error { return tx.DropOutbox(ctx, r) })
		return dropped
	}
	f := failure(err)
	log := w.Log.With("channel", r.Channel, "row", r.ID, "kind", r.Kind, "attempt", r.Attempts, "why", f.Why)
	if f.Permanent || r.Attempts >= maxAttempts {
		log.ErrorContext(ctx, "message given up")
		w.settle(ctx, r, func(ctx context.Context, tx *store.Tx) error { return tx.MarkOutboxDead(ctx, r, f.Why) })
		return givenUp
	}
	next := w.Now().Add(max(pause(r), min(f.After, maxPause)))
	log.WarnContext(ctx, "message not sent, will be tried again", "next", next.UTC().Format(time.RFC3339))
	w.settle(ctx, r, func(ctx context.Context, tx *store.Tx) error { return tx.MarkOutboxFailed(ctx, r, next, f.Why) })
	return failed
}

func (w *Worker) send(ctx context.Context, r store.OutboxRow) error {
	hand, err := w.channel.prepare(ctx, w.Outbox, r, w.Now())
	if err != nil {
		return err
	}
	// Sending goes on after the order to stop: if it were cut off, nobody would know
	// whether the mail was accepted.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.Timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(min(grace, w.Timeout), cancel) })
	defer stop()
	return hand(sending)
}

// settle ends a row's lease. It retries while the lease lasts, because a row that was sent
// but not settled is sent again.
func (w *Worker) settle(ctx context.Context, r store.OutboxRow, do func(context.Context, *store.Tx) error) {
	ctx = context.WithoutCancel(ctx)
	const tries, between = 5, time.Second
	for try := 1; ; try++ {
		err := w.DB.Write(ctx, func(tx *store.Tx) error { return do(ctx, tx) })
		switch {
		case err == nil:
			return
		case errors.Is(err, sallyport.ErrNotFound):
			w.Log.Warn("a lease ran out before its row was settled: it may be sent twice", "channel", r.Channel, "row", r.ID, "kind", r.Kind)
			return
		case try == tries:
			w.Log.Error("a row could not be settled: it will be tried again", "channel", r.Channel, "row", r.ID, "kind", r.Kind, "error", err)
			return
		}
		time.Sleep(between)
	}
}

// pause returns how long to wait after a failed try: twice as long each time, plus up to a
// quarter that depends on the row, so that mails that failed together are not retried
// together.
func pause(r store.OutboxRow) time.Duration {
	d := maxPause
	if shift := max(r.Attempts-1, 0); shift < 16 {
		d = min(firstPause<<shift, maxPause)
	}
	h := fnv.New64a()
	fmt.Fprint(h, r.ID, r.Attempts)
	return d + time.Duration(h.Sum64()%uint64(d/4))
}
