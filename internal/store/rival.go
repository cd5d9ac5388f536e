package store

import (
	"context"
	"database/sql"
	"time"
)

// On SQLite reading waits for nobody. Writing waits for another process that writes; when that one
// does not get on, it holds the database, and the breaker opens for those who write. rival asks
// whether it does, on a connection of its own that never waits.
type rival struct {
	db   *sql.DB
	ctx  context.Context //nolint:containedctx // ends with the store
	stop context.CancelFunc
}

// busyFor is how long SQLite waits at a time for another process that writes.
const busyFor = 500 * time.Millisecond

// askRival is how long to wait before asking again whether the other process has ended its
// transaction.
const askRival = 200 * time.Millisecond

func newRival(db *sql.DB) *rival {
	r := &rival{db: db}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

func (r *rival) close() error {
	r.stop()
	return r.db.Close()
}

// version differs after another process has committed.
func (r *rival) version() (v int64, err error) {
	err = r.db.QueryRowContext(r.ctx, "PRAGMA data_version").Scan(&v)
	return v, err
}

// gone reports whether nobody holds the database now.
func (r *rival) gone() bool {
	t, err := r.db.BeginTx(r.ctx, nil)
	if err != nil {
		return !busy(err) && r.ctx.Err() == nil
	}
	return t.Rollback() == nil
}

type beginner interface {
	BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
}

// begin begins a transaction. On SQLite it waits for another process as long as that one gets on;
// one that committed nothing in the time of two waits holds the database.
func (s *Store) begin(ctx context.Context, on beginner) (*sql.Tx, error) {
	var seen int64
	for begun, waits := time.Now(), 1; ; waits++ {
		t, err := on.BeginTx(ctx, nil)
		if !busy(err) || s.rival == nil || ctx.Err() != nil || time.Since(begun) >= s.timeout {
			return t, err
		}
		now, unknown := s.rival.version()
		if unknown != nil {
			return nil, err
		}
		if waits > 1 && now == seen && !s.patient {
			if s.breaker.open(err) {
				go s.waitForRival()
			}
			return nil, err
		}
		seen = now
	}
}

// waitForRival closes the breaker when the database is free again.
func (s *Store) waitForRival() {
	for !s.rival.gone() {
		select {
		case <-s.rival.ctx.Done():
			return
		case <-time.After(askRival):
		}
	}
	s.breaker.close()
}
