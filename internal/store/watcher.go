package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync"
	"time"

	"github.com/sallyport/sallyport"
)

// watcher answers session checks on SQLite from memory for as long as nothing at
// all was committed to the database. It asks before every answer: PRAGMA
// data_version, on one connection, differs as soon as any other connection, of
// this process or another, has committed anything. That takes about a seventh of
// the time of the query it saves, and keeps the promise that a revocation holds
// from the moment it was acknowledged.
//
// There are several watchers, so that several processors can check; a token
// always goes to the same one.
type watcher struct {
	db      *sql.DB
	mu      sync.Mutex
	conn    *sql.Conn
	version driver.Stmt
	query   *sql.Stmt
	asking  func(any) error // ask, made once, so that asking allocates little
	dest    [1]driver.Value
	now     int64 // version of the database
	seen    int64 // that what is known was read at
	known   map[watched]sallyport.Checked
}

type watched struct {
	tenantID string
	token    [32]byte
}

// maxWatched bounds what one watcher remembers: about half a kilobyte each.
const maxWatched = 20_000

func newWatcher(ctx context.Context, db *sql.DB) (*watcher, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &watcher{db: db, conn: conn, known: map[watched]sallyport.Checked{}}
	if w.query, err = conn.PrepareContext(ctx, checkSessionSQL); err != nil {
		conn.Close()
		return nil, err
	}
	if err := conn.Raw(func(c any) (err error) {
		w.version, err = c.(driver.ConnPrepareContext).PrepareContext(ctx, "PRAGMA data_version")
		return err
	}); err != nil {
		w.close()
		return nil, err
	}
	w.asking = w.ask
	return w, nil
}

// ask reads the version of the database into now.
func (w *watcher) ask(any) error {
	rows, err := w.version.(driver.StmtQueryContext).QueryContext(context.Background(), nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	if err := rows.Next(w.dest[:]); err != nil {
		return err
	}
	v, ok := w.dest[0].(int64)
	if !ok {
		return fmt.Errorf("data_version is a %T", w.dest[0])
	}
	w.now = v
	return nil
}

func (w *watcher) check(tenantID string, token [32]byte) (sallyport.Checked, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.look(); err != nil {
		return sallyport.Checked{}, wrap(err)
	}
	if w.now != w.seen || len(w.known) >= maxWatched {
		clear(w.known)
		w.seen = w.now
	}
	key := watched{tenantID, token}
	if c, ok := w.known[key]; ok {
		return c, nil
	}
	// A read in WAL mode waits for nobody, so there is nothing to cancel. What it
	// finds is at least as new as the version asked for above.
	var r checkedRow
	if err := w.query.QueryRowContext(context.Background(), tenantID, token[:]).Scan(r.fields()...); err != nil {
		return sallyport.Checked{}, wrap(err)
	}
	c := r.checked(tenantID)
	w.known[key] = c
	return c, nil
}

// look asks for the version. A connection that no longer answers is replaced,
// and what was remembered is forgotten with it: versions of two connections
// cannot be compared.
func (w *watcher) look() error {
	if w.conn.Raw(w.asking) == nil {
		return nil
	}
	clear(w.known)
	w.release()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	fresh, err := newWatcher(ctx, w.db)
	if err != nil {
		return err
	}
	w.conn, w.version, w.query = fresh.conn, fresh.version, fresh.query
	return w.conn.Raw(w.asking)
}

func (w *watcher) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.release()
}

func (w *watcher) release() {
	if w.version != nil {
		w.conn.Raw(func(any) error { return w.version.Close() }) //nolint:errcheck // the connection is closed next
	}
	w.query.Close()
	w.conn.Close()
}
