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

// watcher answers session checks on SQLite from memory, as long as nothing was committed to
// the database. Before every answer it asks PRAGMA data_version on one connection, which
// differs as soon as any other connection, of any process, has committed. That takes about a
// seventh of the time of the query it saves, and keeps the guarantee that a revocation holds
// once it is acknowledged.
//
// There are several watchers, so that several processors can check in parallel. A token
// always goes to the same watcher.
type watcher struct {
	db      *sql.DB
	mu      sync.Mutex
	conn    *sql.Conn
	version driver.Stmt
	queries [lookups]*sql.Stmt
	asking  func(any) error // method value of ask, made once to save allocations
	dest    [1]driver.Value
	now     int64 // present data_version of the database
	seen    int64 // data_version at which the remembered rows were read
	known   map[watched]sallyport.Checked
}

type watched struct {
	tenantID string
	token    [32]byte
}

// maxWatched is how many sessions one watcher remembers, about half a kilobyte each.
const maxWatched = 20_000

func newWatcher(ctx context.Context, db *sql.DB) (*watcher, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &watcher{db: db, conn: conn, known: map[watched]sallyport.Checked{}}
	for i := range checks {
		if w.queries[i], err = conn.PrepareContext(ctx, checks[i].query); err != nil { //nolint:sqlclosecheck // release closes it
			w.close()
			return nil, err
		}
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

// ask reads data_version into now.
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

func (w *watcher) check(of lookup, tenantID string, token [32]byte) (sallyport.Checked, error) {
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
	// A read in WAL mode never waits, so it needs no cancelling. It sees at least the
	// version that was asked for above.
	row := checks[of].row()
	if err := w.queries[of].QueryRowContext(context.Background(), tenantID, token[:]).Scan(row.fields()...); err != nil {
		return sallyport.Checked{}, wrap(err)
	}
	c, err := row.checked(tenantID)
	if err == nil {
		w.known[key] = c
	}
	return c, err
}

// look asks for the version. It replaces a connection that no longer answers, and forgets
// what was remembered, because versions of two connections cannot be compared.
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
	w.conn, w.version, w.queries = fresh.conn, fresh.version, fresh.queries
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
	for _, q := range w.queries {
		if q != nil {
			q.Close()
		}
	}
	w.conn.Close()
}
