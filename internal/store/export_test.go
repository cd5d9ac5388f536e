package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/internal/recall"
)

// HoldAll takes every connection but those of the session check.
func (s *Store) HoldAll(ctx context.Context) (release func(), err error) {
	var held []*sql.Conn
	release = func() {
		for _, c := range held {
			c.Close()
		}
	}
	pools := []*sql.DB{s.write}
	if s.read != s.write {
		pools = append(pools, s.read)
	}
	for _, pool := range pools {
		for range pool.Stats().MaxOpenConnections {
			c, err := pool.Conn(ctx)
			if err != nil {
				release()
				return nil, err
			}
			held = append(held, c)
		}
	}
	return release, nil
}

// CheckSessionSQL is the statement of the session check.
const CheckSessionSQL = checkSessionSQL

// CheckKeySQL is the statement of the check of an API key.
const CheckKeySQL = checkKeySQL

// Record returns a transaction that reports each statement to seen. It runs reads; it does
// not run changes, and answers that they changed one row. done ends it.
func Record(ctx context.Context, s *Store, many bool, seen func(query string, args []any)) (tx *Tx, done func(), err error) {
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	return &Tx{Queries: Queries{q: recorder{t, many, seen}, engine: s.Engine, timeout: s.timeout, facts: &facts{}}}, func() { t.Rollback() }, nil
}

type recorder struct {
	tx   *sql.Tx
	many bool // every filter of a list passes many rows
	seen func(string, []any)
}

func (r recorder) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	r.seen(query, args)
	return driver.RowsAffected(1), nil
}

func (r recorder) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	r.seen(query, args)
	return r.tx.QueryContext(ctx, query, args...)
}

func (r recorder) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	r.seen(query, args)
	if r.many && strings.HasSuffix(query, ") AS passing") {
		query, args = fmt.Sprint("SELECT ", fewRows+1), nil
	}
	return r.tx.QueryRowContext(ctx, query, args...)
}

// Told returns what a transaction has told of.
func Told(tx *Tx) []recall.Fact { return tx.facts.list }

// Sees reports whether a snapshot in PostgreSQL's words sees a transaction.
func Sees(text string, xid int64) (bool, error) {
	s, err := parseSnapshot(text)
	return s.sees(xid), err
}
