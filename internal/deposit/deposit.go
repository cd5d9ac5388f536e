// Package deposit takes the signed checkpoints of audit logs to other places: a folder, an address on
// the web, a mailbox. Whoever can change the database, and even the keys, cannot change what was taken
// away before, so a log that was written anew shows against it.
package deposit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

// Checkpoint is a signed checkpoint of an organisation's log.
type Checkpoint struct {
	Tenant sallyport.Tenant
	Size   int64  // how many events it covers
	Note   string // the signed text
}

// Way is a way to take checkpoints elsewhere.
type Way interface {
	// Name is what the database remembers the way by.
	Name() string
	// Take returns nil only after the checkpoint is there. Its errors hold no secret.
	Take(ctx context.Context, c Checkpoint) error
}

// Config is what a depositor needs.
type Config struct {
	DB   *store.Store
	Ways []Way
	Mail Mail
	Settings
	Log  *slog.Logger
	Now  func() time.Time
	Done func(way string, err error) // counts what was taken, or not; may be nil
}

// Mail is how mails are sent.
type Mail struct {
	Sender notify.Sender
	From   mail.Address
}

// Depositor takes checkpoints elsewhere, by each way at most once in an interval and only when the
// log has grown. Several nodes can run it at once; one of them takes a checkpoint.
type Depositor struct {
	config Config
	ways   []Way
}

// New returns a depositor. Without any way it does nothing.
func New(c Config) (*Depositor, error) {
	ways, err := c.ways(c)
	if c.Every == 0 {
		c.Every = UsualEvery
	}
	if c.Done == nil {
		c.Done = func(string, error) {}
	}
	return &Depositor{c, append(ways, c.Ways...)}, err
}

// Ways returns the names of the ways that there are.
func (d *Depositor) Ways() []string {
	names := make([]string, len(d.ways))
	for i, w := range d.ways {
		names[i] = w.Name()
	}
	return names
}

// takeTime is how long taking one checkpoint may last.
const takeTime = time.Minute

// retry is when a way that failed is tried again, unless the interval is shorter.
const retry = 5 * time.Minute

// Run takes what is due. A way that fails is logged and is no error.
func (d *Depositor) Run(ctx context.Context) error {
	if len(d.ways) == 0 {
		return nil
	}
	tenants, err := d.config.DB.Tenants(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, t := range tenants {
		errs = append(errs, d.tenant(ctx, t))
	}
	return errors.Join(errs...)
}

func (d *Depositor) tenant(ctx context.Context, t sallyport.Tenant) error {
	head, err := d.config.DB.AuditHead(ctx, t.ID)
	if errors.Is(err, sallyport.ErrNotFound) || err == nil && head.Checkpoint == "" {
		return nil
	}
	if err != nil {
		return err
	}
	done, err := d.config.DB.Deliveries(ctx, t.ID)
	if err != nil {
		return err
	}
	sizes := map[string]int64{}
	for _, one := range done {
		sizes[one.Way] = one.Size
	}
	var errs []error
	for _, w := range d.ways {
		if sizes[w.Name()] < head.CheckpointSize {
			errs = append(errs, d.take(ctx, w, Checkpoint{t, head.CheckpointSize, head.Checkpoint}))
		}
	}
	return errors.Join(errs...)
}

// take takes a checkpoint elsewhere, if no other node is at it and the interval is over.
func (d *Depositor) take(ctx context.Context, w Way, c Checkpoint) error {
	now := d.config.Now()
	last, err := d.claim(ctx, w, c, now.Add(-d.config.Every), now)
	if errors.Is(err, sallyport.ErrNotFound) || err == nil && last.Size >= c.Size {
		return nil
	}
	if err != nil {
		return err
	}
	taking, cancel := context.WithTimeout(ctx, takeTime)
	defer cancel()
	err = w.Take(taking, c)
	d.config.Done(w.Name(), err)
	if err != nil {
		d.config.Log.Error("a checkpoint of the audit log was not taken elsewhere", "way", w.Name(), "tenant", c.Tenant.ID, "events", c.Size, "error", err)
		_, err = d.claim(ctx, w, c, now, now.Add(min(retry, d.config.Every)-d.config.Every))
		return err
	}
	last.Size = c.Size
	return d.config.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.KeepDelivery(ctx, last) })
}

// claim marks a delivery as begun at a time, unless one was begun after since.
func (d *Depositor) claim(ctx context.Context, w Way, c Checkpoint, since, at time.Time) (last store.Delivery, err error) {
	err = d.config.DB.Write(ctx, func(tx *store.Tx) (err error) {
		last, err = tx.ClaimDelivery(ctx, c.Tenant.ID, w.Name(), since, at)
		return err
	})
	return last, err
}

// name returns what a checkpoint is called elsewhere.
func (c Checkpoint) name() string { return fmt.Sprintf("%s-%012d.checkpoint", c.Tenant.ID, c.Size) }
