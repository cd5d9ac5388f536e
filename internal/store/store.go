// Package store keeps all data in SQLite or PostgreSQL. It is the only package with SQL, and
// the same SQL text serves both engines.
//
// [Store] embeds the queries for reading. Changes go through [Store.Write], which offers the
// same queries inside one transaction:
//
//	err := db.Write(ctx, func(tx *store.Tx) error { return tx.EndSession(ctx, …) })
//
// Package act calls it, and describes how anything is changed.
//
// An acknowledged change survives a power cut: SQLite runs with synchronous=FULL
// (but see [Options.Unsafe]), PostgreSQL with its default synchronous_commit.
//
// The session check has its own connections ([Store.CheckSession]), so that sign-ins that
// hold all others cannot slow it down.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/recall"
)

// Engine is the database behind a store.
type Engine string

// Engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Options size a store. The zero value suits one small machine.
type Options struct {
	// Connections is the most connections for transactions and ordinary reads; 0 means
	// 10. SQLite always writes through one.
	Connections int
	// CheckConnections is the most connections for the session check; 0 means 4.
	CheckConnections int
	// Timeout limits one transaction or read, with the wait for a connection; 0 means 5
	// seconds. After it the caller gets CodeUnavailable.
	Timeout time.Duration
	// Unsafe leaves it to the system when a SQLite file reaches the disk
	// (synchronous=OFF): a power cut may destroy it. Only for filling a new
	// database that is thrown away when that fails. [Store.Close] makes what was
	// written durable.
	Unsafe bool
	// Existing refuses a SQLite file that is not there with [ErrMissing], instead of making it.
	Existing bool
	// Trace, if set, is called with the text of each statement before it runs, but not for
	// the session check. It may be called from several goroutines at once.
	Trace func(query string)
	// Patient waits for a database that does not answer as long as Timeout allows, instead of
	// refusing at once what comes after the first second. Commands are, servers are not.
	Patient bool
	// Log gets what happens to the database itself; nil means no log.
	Log *slog.Logger
	// Now is the clock that is compared with the database's; nil means time.Now.
	Now func() time.Time
	// Dial, if set, connects to PostgreSQL instead of a dialer, and gets the host as the
	// address names it. Tests reach a server under any name with it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Store is an open database.
type Store struct {
	Queries
	Engine Engine

	write, read, check *sql.DB
	control            *sql.DB        // PostgreSQL, for leases
	memory             *recall.Memory // nil where nothing is remembered
	lease              *lease         // PostgreSQL, with a memory
	acks               *acks
	served             *served // SQLite, with a memory
	pooled             bool    // PostgreSQL, behind a pooler
	queue              queue   // SQLite
	file               file    // SQLite
	lost               *lost
	breaker            *breaker
	readiness          readiness
	heart              *heart  // PostgreSQL, unless it is patient
	shares             *shares // PostgreSQL
	rival              *rival  // SQLite
	patient            bool
	timeout            time.Duration
	unsafe             bool // SQLite
	trace              func(query string)
	dsn                string
	config             *pgx.ConnConfig // PostgreSQL
	closing            sync.Once
	checkers           int
}

// Open opens the database that dsn names: a postgres:// URL, or the path of a
// SQLite file, which is created if missing, but see [Options.Existing]. It does not
// migrate, see [Store.Migrate].
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
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{timeout: o.Timeout, dsn: dsn, checkers: o.CheckConnections, trace: o.Trace, patient: o.Patient, lost: new(lost), breaker: newBreaker(o.Log)}
	s.unsafe = o.Unsafe && !IsPostgres(dsn)
	var err error
	if IsPostgres(dsn) {
		s.Engine = Postgres
		err = s.openPostgres(ctx, dsn, o)
	} else {
		s.Engine = SQLite
		if err = s.prepareFile(dsn, o.Existing); err == nil {
			s.openSQLite(dsn, o)
		}
	}
	if err != nil {
		return nil, err
	}
	s.Queries = Queries{q: s.traced(s.read), engine: s.Engine, timeout: o.Timeout, store: s}
	ctx, cancel := context.WithTimeout(ctx, firstAnswer)
	defer cancel()
	s.acks = s.newAcks()
	if err := s.firstPing(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("open database: %w", damaged(err))
	}
	if s.Engine == SQLite {
		go s.watchFile()
	}
	if s.Engine == Postgres && !o.Patient {
		s.heart = startHeart(s.breaker, s.config, o.Now, func() { drain(s.write, s.check, s.control) })
	}
	return s, nil
}

// firstAnswer is how long the database may take to answer at the start.
const firstAnswer = 10 * time.Second

// firstPing makes the first connection, which switches a new SQLite file to WAL. SQLite does
// not wait if another process does the same, whatever the busy timeout.
func (s *Store) firstPing(ctx context.Context) error {
	for {
		err := s.write.PingContext(ctx)
		if !busy(err) {
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

// How long a host may take to let somebody in: the only one, and one of several. The first of those may be a
// machine that lost its power, which says nothing to anybody, and the others are asked after it.
const (
	connecting      = 5 * time.Second
	connectingToOne = time.Second
)

// hosts returns how many hosts an address names.
func hosts(config *pgx.ConnConfig) int {
	n, host, port := 1, config.Host, config.Port
	for _, f := range config.Fallbacks { // one host has several: with TLS and without
		if f.Host != host || f.Port != port {
			n, host, port = n+1, f.Host, f.Port
		}
	}
	return n
}

func (s *Store) openPostgres(ctx context.Context, dsn string, o Options) error {
	config, err := parsePostgres(dsn)
	if err != nil {
		return err
	}
	if o.Dial != nil {
		config.DialFunc = o.Dial
		config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	}
	config.RuntimeParams["application_name"] = applicationName(config.RuntimeParams["application_name"])
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connecting
		if hosts(config) > 1 {
			config.ConnectTimeout = connectingToOne
		}
	}
	ctx, cancel := context.WithTimeout(ctx, firstAnswer)
	defer cancel()
	if err := findPooler(ctx, config); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	pool := func(n int) *sql.DB {
		db := sql.OpenDB(dialing{stdlib.GetConnector(*config), s.breaker})
		db.SetMaxOpenConns(n)
		db.SetMaxIdleConns(n)
		db.SetConnMaxIdleTime(5 * time.Minute)
		return db
	}
	s.write = pool(o.Connections)
	s.read = s.write
	s.check = pool(o.CheckConnections)
	s.control = pool(controlConnections)
	s.config, s.shares = config, newShares(o.Connections)
	s.pooled = config.DefaultQueryExecMode == pgx.QueryExecModeCacheDescribe
	return nil
}

// controlConnections are for leases and for who waits for other nodes, which must not wait for session checks.
const controlConnections = 2

// Application begins the name that PostgreSQL shows of each connection.
const Application = "sallyport"

// applicationName returns the name of connections for which the address gives one, or none.
func applicationName(given string) string {
	if given == "" {
		return Application
	}
	return Application + ": " + given
}

func (s *Store) openSQLite(path string, o Options) {
	synchronous := "synchronous(FULL)"
	if o.Unsafe {
		synchronous = "synchronous(OFF)"
	}
	open := func(n int, writer bool, wait time.Duration) *sql.DB {
		v := url.Values{"_pragma": {
			// A context cannot interrupt SQLite's wait for another writer.
			fmt.Sprintf("busy_timeout(%d)", wait.Milliseconds()), "journal_mode(WAL)", synchronous, "foreign_keys(ON)",
			"cache_size(-8000)", "journal_size_limit(67108864)",
		}}
		if writer {
			v.Set("_txlock", "immediate")
		} else {
			v.Set("_query_only", "on")
		}
		c, err := sqlite.NewConnector(fileURL(path, v))
		if err != nil {
			panic(err) // cannot happen: the address is made above
		}
		db := sql.OpenDB(preparing{c})
		db.SetMaxOpenConns(n)
		db.SetMaxIdleConns(n)
		return db
	}
	s.write = open(1, true, min(busyFor, o.Timeout))
	s.read = open(o.Connections, false, o.Timeout)
	s.check = open(o.CheckConnections, false, o.Timeout)
	s.rival = newRival(open(1, true, 0))
}

// Close closes all connections.
func (s *Store) Close() error {
	if s.file.stop != nil {
		s.closing.Do(func() { close(s.file.stop) })
	}
	if s.heart != nil {
		s.heart.close()
	}
	errs := []error{s.forgetting()}
	if s.unsafe {
		errs = append(errs, s.settle())
	}
	if s.rival != nil {
		errs = append(errs, s.rival.close())
	}
	errs = append(errs, s.check.Close(), s.read.Close())
	if s.control != nil {
		errs = append(errs, s.control.Close())
	}
	if s.write != s.read {
		errs = append(errs, s.write.Close())
	}
	if s.file.release != nil {
		s.file.release()
	}
	return errors.Join(errs...)
}

// settle makes what an unsafe store wrote durable: with synchronous on again, a
// checkpoint waits for the disk.
func (s *Store) settle() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, pragma := range []string{"PRAGMA synchronous = FULL", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := s.write.ExecContext(ctx, pragma); err != nil {
			return wrap(err)
		}
	}
	return nil
}

// Ping reports whether the database can be read and written right now.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.lookAtFile(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	ctx, done, err := s.breaker.bind(ctx)
	defer done()
	if err != nil {
		return err
	}
	for _, db := range []*sql.DB{s.check, s.write} {
		var one int
		if err := db.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
			return wrap(err)
		}
	}
	return nil
}

// Stats returns the state of the connection pools by name. On SQLite whoever waits to write waits
// for the only connection that can.
func (s *Store) Stats() map[string]sql.DBStats {
	m := map[string]sql.DBStats{"write": s.queue.count(s.write.Stats()), "check": s.check.Stats()}
	if s.read != s.write {
		m["read"] = s.read.Stats()
	}
	return m
}

// querier is the common part of *sql.DB and *sql.Tx.
type querier interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// Queries are all reads and writes, by noun in the files of this package.
type Queries struct {
	q       querier
	engine  Engine
	timeout time.Duration // of one query outside a transaction
	until   time.Time     // end of the transaction, inside one
	turn    *turn         // inside a transaction that is shared; otherwise nil
	store   *Store        // nil in tests of single statements

	unshared bool   // on the connections of the session check
	facts    *facts // of the transaction, inside one
}

// bound returns ctx with the deadline of the store's timeout. A query in a transaction gets
// the caller's context, which could make it wait for a lock as long as the caller
// waits. In a transaction that is shared nothing interrupts a query, since SQLite would
// undo what others did.
func (q Queries) bound(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if err := q.refusal(); err != nil {
		return ctx, func() {}, err
	}
	switch {
	case q.turn != nil:
		return context.WithoutCancel(ctx), func() {}, q.turn.refusal()
	case q.until.IsZero():
		return q.allowed(context.WithTimeout(ctx, q.timeout))
	default:
		return q.allowed(context.WithDeadline(ctx, q.until))
	}
}

// refusal returns why the database is not used any more. A transaction was let in when it began.
func (q Queries) refusal() error {
	if q.store == nil || q.turn != nil || !q.until.IsZero() {
		return nil
	}
	return q.store.lost.err()
}

// allowed adds to a bound context what else a statement waits for, and ends with. On SQLite one
// that reads waits for nobody, and a transaction was bound when it began.
func (q Queries) allowed(ctx context.Context, cancel context.CancelFunc) (context.Context, context.CancelFunc, error) {
	if q.store == nil || q.engine == SQLite {
		return ctx, cancel, nil
	}
	enter := q.store.breaker.bind
	if q.until.IsZero() && !q.unshared {
		enter = q.store.enter
	}
	ctx, done, err := enter(ctx)
	return ctx, func() { done(); cancel() }, err
}

// failed is wrap for what a statement answers.
func (q Queries) failed(err error) error {
	if q.turn != nil {
		q.turn.note(err)
	}
	if err = wrap(err); q.store != nil {
		q.store.readiness.note(err)
		q.store.breaker.answered(err)
	}
	return err
}

func (q Queries) exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, cancel, err := q.bound(ctx)
	defer cancel()
	if err != nil {
		return 0, wrap(err)
	}
	r, err := q.q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, q.failed(err)
	}
	n, err := r.RowsAffected()
	return n, q.failed(err)
}

// execOne is exec for a change of exactly one row: ErrNotFound when no row changed.
func (q Queries) execOne(ctx context.Context, query string, args ...any) error {
	n, err := q.exec(ctx, query, args...)
	if err == nil && n == 0 {
		return sallyport.ErrNotFound
	}
	return err
}

func all[T any](ctx context.Context, q Queries, scan func(func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	ctx, cancel, err := q.bound(ctx)
	defer cancel()
	if err != nil {
		return nil, wrap(err)
	}
	rows, err := q.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, q.failed(err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows.Scan)
		if err != nil {
			return nil, q.failed(err)
		}
		out = append(out, v)
	}
	return out, q.failed(rows.Err())
}

func get[T any](ctx context.Context, q Queries, scan func(func(...any) error) (T, error), query string, args ...any) (T, error) {
	ctx, cancel, err := q.bound(ctx)
	defer cancel()
	if err != nil {
		var none T
		return none, wrap(err)
	}
	if slices.ContainsFunc(args, hasNUL) { // what clients send as an id; PostgreSQL would fail on it, and the transaction with it
		var none T
		return none, sallyport.ErrNotFound
	}
	v, err := scan(q.q.QueryRowContext(ctx, query, args...).Scan)
	return v, q.failed(err)
}

// hasNUL reports whether an argument is a text that is in no row, since none can hold it.
func hasNUL(arg any) bool {
	text, ok := arg.(string)
	return ok && strings.ContainsRune(text, 0)
}

// count runs a query that returns one number.
func count(ctx context.Context, q Queries, query string, args ...any) (int64, error) {
	return get(ctx, q, func(scan func(...any) error) (n int64, err error) { return n, scan(&n) }, query, args...)
}

// wrap gives an engine's error one of our codes.
func wrap(err error) error {
	var known *sallyport.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	code := sallyport.CodeUnavailable // for any unknown error
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
			code = sallyport.CodeInternal // our mistake, not a state of the database
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

// micros returns a time as stored: microseconds since 1970 UTC, 0 for the zero time.
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
