package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
)

// increase adds one to a number as two statements, of which others could get between.
func increase(ctx context.Context, tx *Tx) error {
	n, err := value(ctx, tx.Queries)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE n SET data = $1 WHERE i = 0", n+1)
	return err
}

func value(ctx context.Context, q Queries) (int, error) {
	return get(ctx, q, func(scan func(...any) error) (n int, err error) { return n, scan(&n) }, "SELECT data FROM n WHERE i = 0")
}

func counter(t *testing.T) *Store {
	t.Helper()
	s := numbers(t, Options{Timeout: time.Minute})
	if _, err := s.write.ExecContext(t.Context(), "INSERT INTO n (i, data) VALUES (0, 0)"); err != nil {
		t.Fatal(err)
	}
	return s
}

// trouble is what happens in a transaction after its change.
var trouble = []func(ctx context.Context, cancel func(), tx *Tx) error{
	func(context.Context, func(), *Tx) error { return sallyport.ErrForbidden },
	func(ctx context.Context, _ func(), tx *Tx) error { return add(ctx, 0)(tx) },
	func(context.Context, func(), *Tx) error { panic("trouble") },
	func(context.Context, func(), *Tx) error { runtime.Goexit(); return nil },
	func(_ context.Context, cancel func(), _ *Tx) error { cancel(); return nil },
	func(ctx context.Context, _ func(), tx *Tx) error {
		_, err := tx.exec(ctx, "UPDATE nothing SET i = 1")
		return err
	},
	func(_ context.Context, _ func(), tx *Tx) error {
		tx.AtEnd("trouble", func(context.Context, *Tx) error { return errors.New("trouble") })
		return nil
	},
}

// Of 64 that count at once, all that are told so have counted once, and no others, whatever
// happens to some of them. Two stores write to the same file, as processes do.
func TestGroupsInParallel(t *testing.T) {
	s := counter(t)
	other, err := Open(t.Context(), s.dsn, Options{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var counted, told, ended atomic.Int64
	var wg sync.WaitGroup
	for i := range 64 {
		db := s
		if i%4 == 0 {
			db = other
		}
		wg.Go(func() {
			for range 30 {
				ctx, cancel := context.WithCancel(t.Context())
				bad := rand.IntN(4) == 0
				which := trouble[rand.IntN(len(trouble))]
				if bad && rand.IntN(4) == 0 {
					time.AfterFunc(rand.N(10*time.Millisecond), cancel)
				}
				got := write(ctx, db, func(tx *Tx) error {
					if err := increase(ctx, tx); err != nil {
						return err
					}
					tx.AtEnd("count", func(ctx context.Context, tx *Tx) error {
						ended.Add(1)
						return nil
					})
					tx.AfterCommit(func() { told.Add(1) })
					if bad {
						return which(ctx, cancel, tx)
					}
					return nil
				})
				if got.err == nil && got.panicked == nil && !got.exited {
					counted.Add(1)
				} else if !bad {
					t.Errorf("a good one: %+v", got)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	n, err := value(t.Context(), s.Queries)
	if err != nil || int64(n) != counted.Load() || told.Load() != counted.Load() {
		t.Errorf("%d stored, %d acknowledged, AfterCommit ran %d times, %v", n, counted.Load(), told.Load(), err)
	}
	if ended.Load() == 0 || ended.Load() >= 64*30 {
		t.Errorf("%d transactions had an end: there were no groups", ended.Load())
	}
	for name, db := range map[string]*Store{"one": s, "the other": other} {
		free := func() bool {
			db.queue.mu.Lock()
			defer db.queue.mu.Unlock()
			return !db.queue.busy && len(db.queue.waiting) == 0
		}
		for try := 0; !free(); try++ { // those who were answered go on before the turn is given up
			if time.Sleep(time.Millisecond); try > 10_000 {
				t.Fatalf("%s: somebody still has the turn", name)
			}
		}
		if p := db.Stats()["write"]; p.InUse != 0 {
			t.Errorf("%s keeps its connection", name)
		}
	}
}
