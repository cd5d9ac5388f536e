package audit

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/proof"
	"github.com/sallyport/sallyport/internal/store"
)

// batch is how many events get their places in one transaction. The time that it takes is what
// another node waits for the head at most.
const batch = 1000

// gathered is how long the sequencer waits for more events after the first one.
const gathered = 400 * time.Millisecond

// Sequencer gives queued events their places in the trees, and signs checkpoints of these. Each node
// runs one; whichever gets a tenant's head does its work, and no other waits for it.
type Sequencer struct {
	db    *store.Store
	now   func() time.Time
	keys  []crypto.Signer
	then  func(context.Context) error // what reads events that have got their places; nil for nothing
	woken atomic.Bool
	wake  chan struct{}

	registered atomic.Bool
	mu         sync.Mutex
	signed     map[string]proof.Checkpoint // the last one of this node, by tenant
}

// NewSequencer returns the sequencer of a node, which signs with all of these keys. Without any, as
// in commands, it signs nothing.
func NewSequencer(db *store.Store, now func() time.Time, keys ...crypto.Signer) *Sequencer {
	return &Sequencer{db: db, now: now, keys: keys, wake: make(chan struct{}, 1), signed: map[string]proof.Checkpoint{}}
}

// Then says what each Run does last, when events have got their places.
func (s *Sequencer) Then(do func(context.Context) error) { s.then = do }

// Wake says that an event was committed.
func (s *Sequencer) Wake() {
	if s.db.Engine == store.SQLite || !s.woken.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(gathered, func() {
		s.woken.Store(false)
		select {
		case s.wake <- struct{}{}:
		default: // it is about to run anyway
		}
	})
}

// Woken has a value when there is work for Run.
func (s *Sequencer) Woken() <-chan struct{} { return s.wake }

// Run gives all events that are queued now their places, and signs checkpoints of logs that have
// grown. An error with one tenant does not keep it from the others.
func (s *Sequencer) Run(ctx context.Context) error {
	if len(s.keys) > 0 && !s.registered.Load() {
		if err := s.register(ctx); err != nil {
			return err
		}
		s.registered.Store(true)
	}
	err := errors.Join(s.place(ctx), s.sign(ctx))
	if s.then != nil {
		err = errors.Join(err, s.then(ctx))
	}
	return err
}

// sign signs a checkpoint of each log that has grown since its last one.
func (s *Sequencer) sign(ctx context.Context) error {
	if len(s.keys) == 0 {
		return nil
	}
	tenants, err := s.db.Unsigned(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, tenantID := range tenants {
		var c proof.Checkpoint
		var refused error // returned unchanged; the database would call itself unavailable
		err := s.db.Write(ctx, func(tx *store.Tx) (err error) {
			c, refused, err = s.endorse(ctx, tx, tenantID)
			return err
		})
		if errs = append(errs, err, refused); err == nil && c.Size > 0 {
			s.remember(tenantID, c)
		}
	}
	return errors.Join(errs...)
}

// place gives queued events their places.
func (s *Sequencer) place(ctx context.Context) error {
	tenants, err := s.db.QueuedTenants(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, tenantID := range tenants {
		for more := true; more; {
			more = false
			err := s.db.Write(ctx, func(tx *store.Tx) error {
				n, err := sequence(ctx, tx, tenantID)
				more = n == batch
				return err
			})
			if err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// errBroken is the error of a head to which nothing can be added: it was changed in the database.
var errBroken = errors.New("the head of the log is not what it was")

// sequence adds queued events of a tenant to its tree, in the order in which they were written, and
// returns how many: none when another node is at it.
//
// Of two events one of which had to wait for the other, by a lock on their user for example, the
// first one has the lower number and was committed before the second was written. So it is in the
// same batch or in an earlier one, whatever the clocks of their nodes said.
func sequence(ctx context.Context, tx *store.Tx, tenantID string) (int, error) {
	head, beyond, err := tx.TakeAuditHead(ctx, tenantID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return 0, nil // taken; or missing, and then Verify says so
	}
	if err != nil {
		return 0, err
	}
	queued, err := tx.QueuedEvents(ctx, tenantID, batch)
	if err != nil || len(queued) == 0 {
		return 0, err
	}
	if beyond {
		return 0, fmt.Errorf("audit log of tenant %s: %w: the log goes on after it", tenantID, errBroken)
	}
	growth, err := grow(head, queued)
	if err != nil {
		return 0, fmt.Errorf("audit log of tenant %s: %w: %w", tenantID, errBroken, err)
	}
	return len(queued), tx.GrowLog(ctx, tenantID, growth)
}

// grow adds events to a tree.
func grow(head store.AuditHead, events []store.EventRow) (store.Growth, error) {
	g := store.Growth{Head: head}
	tree := newPeakHashes(head.Size, head.Peaks)
	for _, e := range events {
		place := tlog.StoredHashCount(g.Head.Size)
		hash := tlog.RecordHash([]byte(e.Body))
		final, err := tree.add(g.Head.Size, hash)
		if err != nil {
			return g, err
		}
		g.Leaves = append(g.Leaves, store.Leaf{Position: g.Head.Size, Seq: e.Seq, Hash: hash[:]})
		for level, h := range final {
			if isStored(level) {
				g.Hashes = append(g.Hashes, store.StoredHash{Place: place + int64(level), Hash: h[:]})
			}
		}
		g.Head.Size++
	}
	root, err := tlog.TreeHash(g.Head.Size, tree)
	if err != nil {
		return g, err
	}
	g.Head.Root, g.Head.Peaks = root[:], tree.peaks(g.Head.Size)
	return g, nil
}
