// Package store keeps everything in SQLite or PostgreSQL. It is the only
// package that speaks SQL, and one text of it serves both engines.
//
// Reading goes through [Store], which embeds the queries; changing goes through
// [Store.Write], which hands out the same queries inside one transaction:
//
//	err := db.Write(ctx, func(tx *store.Tx) error { return tx.EndSession(ctx, …) })
//
// Package act is what calls it: see there for how anything is changed.
//
// An acknowledged change survives a power cut: SQLite runs with
// synchronous=FULL, PostgreSQL with its default synchronous_commit.
//
// The session check has its own readers ([Store.CheckSession]): sign-ins that
// hold every other connection cannot slow it down.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sallyport/sallyport"
)

// Engine is the database behind a store.
type Engine string

// Engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Options size a store. The zero value is right for one small machine.
type Options struct {
	// Connections bounds the connections for transactions and ordinary reads;
	// 0 means 10. SQLite always writes through one.
	Connections int
	// CheckConnections bounds those kept for the session check; 0 means 4.
	CheckConnections int
	// Timeout bounds one transaction or read, waiting for a connection
	// included; 0 means 5 seconds. Past it the caller gets CodeUnavailable.
	Timeout time.Duration
}

// Store is an open database.
type Store struct {
	Queries
	Engine Engine

	write, read, check *sql.DB
	checkStmt          *sql.Stmt  // PostgreSQL
	watchers           []*watcher // SQLite
	timeout            time.Duration
	dsn                string
	checkers           int
}

// Open opens the database that dsn names: a postgres:// URL, or the path of a
// SQLite file, which is created if missing. It does not migrate, see
// [Store.Migrate].
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	if o.Connections == 0 {
		o.Connections = 10
	}
	if o.CheckConnections == 0 {
		o.CheckConnections = 4
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	s := &Store{timeout: o.Timeout, dsn: dsn, checkers: o.CheckConnections}
	var err error
	if IsPostgres(dsn) {
		s.Engine = Postgres
		err = s.openPostgres(dsn, o)
	} else {
		s.Engine = SQLite
		s.openSQLite(dsn, o)
	}
	if err != nil {
		return nil, err
	}
	s.Queries = Queries{q: s.read, engine: s.Engine, timeout: o.Timeout}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := s.firstPing(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	return s, nil
}

// firstPing makes the first connection. On a new SQLite file that switches to
// WAL, for which SQLite does not wait when another starter is at it, whatever
// the busy timeout.
func (s *Store) firstPing(ctx context.Context) error {
	for {
		err := s.write.PingContext(ctx)
		var lite *sqlite.Error
		if !errors.As(err, &lite) || lite.Code()&0xff != sqlite3.SQLITE_BUSY {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// IsPostgres reports whether dsn names a PostgreSQL database.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

func (s *Store) openPostgres(dsn string, o Options) error {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The cause would repeat the password that may stand in the address.
		return errors.New("open database: the PostgreSQL address cannot be read")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	pool := func(n int) *sql.DB {
		db := stdlib.OpenDB(*config)
		db.SetMaxOpenConns(n)
		db.SetMaxIdleConns(n)
		db.SetConnMaxIdleTime(5 * time.Minute)
		return db
	}
	s.write = pool(o.Connections)
	s.read = s.write
	s.check = pool(o.CheckConnections)
	return nil
}

func (s *Store) openSQLite(path string, o Options) {
	open := func(n int, writer bool) *sql.DB {
		v := url.Values{"_pragma": {
			// SQLite waits for another writer in a way that no context ends.
			fmt.Sprintf("busy_timeout(%d)", o.Timeout.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
			"cache_size(-8000)", "journal_size_limit(67108864)",
		}}
		if writer {
			v.Set("_txlock", "immediate")
		} else {
			v.Set("_query_only", "on")
		}
		db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()+"?"+v.Encode())
		if err != nil {
			panic(err) // the driver is linked in
		}
		db.SetMaxOpenConns(n)
		db.SetMaxIdleConns(n)
		return db
	}
	s.write = open(1, true)
	s.read = open(o.Connections, false)
	s.check = open(o.CheckConnections+1, false) // one for Ping, the others for watchers
}

// Close closes all connections.
func (s *Store) Close() error {
	if s.checkStmt != nil {
		s.checkStmt.Close()
	}
	for _, w := range s.watchers {
		w.close()
	}
	errs := []error{s.check.Close(), s.read.Close()}
	if s.write != s.read {
		errs = append(errs, s.write.Close())
	}
	return errors.Join(errs...)
}

// Ping reports whether the database can be read and written right now.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	for _, db := range []*sql.DB{s.check, s.write} {
		var one int
		if err := db.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
			return wrap(err)
		}
	}
	return nil
}

// Stats returns the state of the connection pools by name.
func (s *Store) Stats() map[string]sql.DBStats {
	m := map[string]sql.DBStats{"write": s.write.Stats(), "check": s.check.Stats()}
	if s.read != s.write {
		m["read"] = s.read.Stats()
	}
	return m
}

// querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// Queries are all reads and writes, by noun in the files of this package.
type Queries struct {
	q       querier
	engine  Engine
	timeout time.Duration // of one query, outside a transaction
	until   time.Time     // when the transaction must be over, inside one
}

// bound returns ctx with the end that the store's timeout sets. A query in a
// transaction is given the caller's context, which would let it wait for
// another's lock for as long as the caller waits.
func (q Queries) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if q.until.IsZero() {
		return context.WithTimeout(ctx, q.timeout)
	}
	return context.WithDeadline(ctx, q.until)
}

func (q Queries) exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	r, err := q.q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, wrap(err)
	}
	n, err := r.RowsAffected()
	return n, wrap(err)
}

// execOne is exec for a change that must hit one row: none is ErrNotFound.
func (q Queries) execOne(ctx context.Context, query string, args ...any) error {
	n, err := q.exec(ctx, query, args...)
	if err == nil && n == 0 {
		return sallyport.ErrNotFound
	}
	return err
}

func all[T any](ctx context.Context, q Queries, scan func(func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	rows, err := q.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows.Scan)
		if err != nil {
			return nil, wrap(err)
		}
		out = append(out, v)
	}
	return out, wrap(rows.Err())
}

func get[T any](ctx context.Context, q Queries, scan func(func(...any) error) (T, error), query string, args ...any) (T, error) {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	v, err := scan(q.q.QueryRowContext(ctx, query, args...).Scan)
	return v, wrap(err)
}

// count answers a SELECT COUNT(*).
func count(ctx context.Context, q Queries, query string, args ...any) (int64, error) {
	return get(ctx, q, func(scan func(...any) error) (n int64, err error) { return n, scan(&n) }, query, args...)
}

// wrap gives an engine's error the code the rest of the program knows it by.
func wrap(err error) error {
	var known *sallyport.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	code := sallyport.CodeUnavailable // whatever it is, the caller cannot go on
	var pg *pgconn.PgError
	var lite *sqlite.Error
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return sallyport.ErrNotFound
	case errors.As(err, &pg):
		switch {
		case pg.Code == "23505":
			code = sallyport.CodeConflict
		case strings.HasPrefix(pg.Code, "22"), strings.HasPrefix(pg.Code, "23"), strings.HasPrefix(pg.Code, "42"):
			code = sallyport.CodeInternal // our mistake, not the database's state
		}
	case errors.As(err, &lite):
		switch lite.Code() {
		case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE:
			code = sallyport.CodeConflict
		case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, sqlite3.SQLITE_CONSTRAINT_NOTNULL, sqlite3.SQLITE_CONSTRAINT_CHECK:
			code = sallyport.CodeInternal
		}
	}
	return &sallyport.Error{Code: code, Detail: "database", Err: err}
}

// micros is how times are stored: microseconds since 1970 UTC, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// placeholders returns "$from, …" for n arguments.
func placeholders(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(from+i))
	}
	return b.String()
}
