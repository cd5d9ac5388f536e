package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Tx is one transaction. It embeds the same queries as the store.
type Tx struct {
	Queries
	ends  []ending
	after []func()
}

// ending is what a transaction does last before its commit.
type ending struct {
	key string
	do  func(context.Context, *Tx) error
}

// AtEnd registers do as one of the last things that the transaction does before its commit. What is
// registered under a key again is done once, also by another function whose changes are committed
// with these: what was registered first is done.
func (tx *Tx) AtEnd(key string, do func(context.Context, *Tx) error) {
	if !slices.ContainsFunc(tx.ends, func(e ending) bool { return e.key == key }) {
		tx.ends = append(tx.ends, ending{key, do})
	}
}

// end does what was registered, but for the keys that are done already. What it does may register
// more.
func (tx *Tx) end(ctx context.Context, done map[string]bool) error {
	for i := 0; i < len(tx.ends); i++ {
		e := tx.ends[i]
		if done[e.key] {
			continue
		}
		done[e.key] = true
		if err := e.do(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// AfterCommit registers f to run after the commit. It does not run if the transaction
// fails.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// Write runs f in one transaction and commits it. After a serialisation failure or a
// deadlock f runs again, so it must keep nothing from a run that failed. On SQLite several
// functions can share a transaction, see group.go: f may run in another goroutine, and what
// it reads outside of tx may be older than what tx sees.
func (s *Store) Write(ctx context.Context, f func(*Tx) error) error {
	if err := s.lost.err(); err != nil {
		return err
	}
	until := time.Now().Add(s.timeout)
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	once := s.writeOnce
	if s.Engine == SQLite {
		once = s.writeInTurn
	}
	for try := 1; ; try++ {
		tx, err := once(ctx, until, f)
		if err == nil {
			for _, f := range tx.after {
				f()
			}
			return s.lookAtFile() // nothing is acknowledged that is in a file which nobody will open again
		}
		if try == maxTries || !retryable(err) || !pause(ctx, try) {
			return wrap(err)
		}
	}
}

// maxTries is how often one transaction is run at most.
const maxTries = 10

// pause waits for a random time before another try, and reports whether there is time for
// one. In a deadlock the engine ends one of the transactions. If that one ran again at once,
// it would take its first lock while the others still wait, cause the same deadlock, and on
// a busy machine be ended again each time.
func pause(ctx context.Context, try int) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(rand.N(time.Duration(try) * 20 * time.Millisecond)): //nolint:gosec // chance decides who waits, not who gets in
		return true
	}
}

func (s *Store) writeOnce(ctx context.Context, until time.Time, f func(*Tx) error) (*Tx, error) {
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer t.Rollback() //nolint:errcheck // after a commit this does nothing
	tx := &Tx{Queries: Queries{q: s.traced(t), engine: s.Engine, until: until}}
	if err := f(tx); err != nil {
		return nil, err
	}
	if err := tx.end(ctx, map[string]bool{}); err != nil {
		return nil, err
	}
	return tx, t.Commit()
}

// retryable reports whether the engine asks to run the transaction again.
func retryable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	return false
}

// OnlyWriter reports whether no other transaction can write before this one has ended.
func (tx *Tx) OnlyWriter() bool { return tx.engine == SQLite }

// forUpdate ends a SELECT whose rows no other transaction may change before this one ends.
// SQLite needs no clause: its transactions begin as the only writer.
func (tx *Tx) forUpdate() string {
	if tx.engine == Postgres {
		return " FOR UPDATE"
	}
	return ""
}
