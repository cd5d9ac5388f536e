package store

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// readiness is what is known of whether the database can be read and written.
type readiness struct {
	mu      sync.Mutex
	asked   time.Time // when the last probe ended
	found   error
	running chan struct{} // closed when the probe that runs ends; nil without one

	harm atomic.Pointer[harm] // what went wrong in somebody's work last
}

// harm is why the database failed somebody.
type harm struct {
	why error
	at  time.Time
}

const (
	probeEvery = 3 * time.Second  // at most, however often somebody asks
	probeTime  = 2 * time.Second  // for one
	harmFor    = 10 * time.Second // how long a failure of somebody's work counts
)

// Why a database that answers does not do. Anybody may read these words.
var (
	errFull     = errors.New("the disk of the database is full, or cannot be written")
	errReadOnly = errors.New("the database is read-only")
	errDamaged  = errors.New("the database is damaged")
	errSlow     = errors.New("the database does not answer in time")
)

// impaired returns why nobody can work with a database that answers with err, nil when it says nothing
// like that.
func impaired(err error) error {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		return impairedSQLite[lite.Code()&0xff]
	case errors.As(err, &pg):
		return impairedPostgres[pg.Code]
	}
	return nil
}

var impairedSQLite = map[int]error{
	sqlite3.SQLITE_FULL: errFull, sqlite3.SQLITE_IOERR: errFull, sqlite3.SQLITE_READONLY: errReadOnly,
	sqlite3.SQLITE_CORRUPT: errDamaged, sqlite3.SQLITE_NOTADB: errDamaged,
}

var impairedPostgres = map[string]error{
	"53100": errFull, "58030": errFull, "25006": errReadOnly, "XX001": errDamaged, "XX002": errDamaged,
}

// note keeps what somebody's work failed with, where that would fail others as well.
func (r *readiness) note(err error) {
	if why := impaired(err); why != nil {
		r.harm.Store(&harm{why, time.Now()})
	}
}

// wrote takes back that the database cannot be written.
func (r *readiness) wrote() {
	if h := r.harm.Load(); h != nil && !errors.Is(h.why, errDamaged) {
		r.harm.CompareAndSwap(h, nil)
	}
}

// Ready returns nil while the database can be read and written, and otherwise an error whose text
// anybody may read. Once in some seconds it asks by a small write that waits like others do; never
// more than one at a time.
func (s *Store) Ready(ctx context.Context) error {
	if s.lookAtFile() != nil || s.Refused() != nil {
		return errors.New("the database is another one than at the start, or was set back: the log says what to do")
	}
	if !s.Available() {
		return errors.New("the database does not answer")
	}
	if h := s.readiness.harm.Load(); h != nil && time.Since(h.at) < harmFor {
		return h.why
	}
	running := s.readiness.begin(s.probe)
	if running != nil {
		select {
		case <-running:
		case <-ctx.Done():
			return errSlow
		}
	}
	s.readiness.mu.Lock()
	defer s.readiness.mu.Unlock()
	return s.readiness.found
}

// begin begins a probe when it is time for one, and returns what is closed when the one that runs has
// ended, nil when none does.
func (r *readiness) begin(probe func() error) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running != nil || time.Since(r.asked) < probeEvery {
		return r.running
	}
	running := make(chan struct{})
	r.running = running
	go func() {
		found := probe()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.found, r.asked, r.running = found, time.Now(), nil
		close(running)
	}()
	return running
}

// probe reads and writes a little.
func (s *Store) probe() error {
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	_, err := count(ctx, s.ForCheck(), `SELECT (SELECT COUNT(*) FROM (SELECT name FROM tenants LIMIT 1) AS t) + (SELECT COUNT(*) FROM (SELECT first_name FROM users LIMIT 1) AS u)
		+ (SELECT COUNT(*) FROM (SELECT user_agent FROM sessions LIMIT 1) AS s) + (SELECT COUNT(*) FROM (SELECT spends FROM throttle LIMIT 1) AS c)`)
	if err == nil {
		err = s.Write(ctx, func(tx *Tx) error {
			if tx.engine == SQLite {
				return tx.touch(ctx)
			}
			return tx.emit(ctx)
		})
	}
	switch why := impaired(err); {
	case err == nil:
		return nil
	case why != nil:
		return why
	case errors.Is(err, context.DeadlineExceeded):
		return errSlow
	}
	return errors.New("the database does not answer")
}

// touch writes a page of a SQLite file, and changes nothing in it.
func (tx *Tx) touch(ctx context.Context) error {
	version, err := count(ctx, tx.Queries, "PRAGMA user_version")
	if err == nil {
		_, err = tx.exec(ctx, "PRAGMA user_version = "+strconv.FormatInt(version, 10))
	}
	return err
}

// emit writes a message into the log of PostgreSQL that nobody reads, so that the commit waits for the
// disk and for standbys as that of a sign-in does.
func (tx *Tx) emit(ctx context.Context) error {
	_, err := get(ctx, tx.Queries, func(scan func(...any) error) (none struct{}, err error) {
		var readOnly string
		if err = scan(&readOnly); err == nil && readOnly == "on" {
			err = &pgconn.PgError{Severity: "ERROR", Code: "25006", Message: "transactions are read-only"}
		}
		return none, err
	}, "SELECT current_setting('transaction_read_only')")
	if err != nil {
		return err
	}
	_, err = get(ctx, tx.Queries, func(scan func(...any) error) (at string, err error) { return at, scan(&at) },
		"SELECT CAST(pg_logical_emit_message(true, 'sallyport', 'ready') AS TEXT)")
	var pg *pgconn.PgError
	if errors.As(err, &pg) && strings.HasPrefix(pg.Code, "42") { // its account may not; whether it can write, others find out
		return nil
	}
	return err
}
