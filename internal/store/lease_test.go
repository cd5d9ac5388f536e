package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const memory = 1 << 20

// aNode opens the database of a as a node of its own.
func aNode(t *testing.T, a *apptest.App, remember bool) *store.Store {
	t.Helper()
	db, err := store.Open(t.Context(), a.DSN, store.Options{})
	apptest.Must(t, err)
	t.Cleanup(func() { db.Close() })
	if remember {
		apptest.Must(t, db.Remember(t.Context(), memory))
	}
	return db
}

// session begins a session of the owner, and returns the hash of its token.
func session(t *testing.T, a *apptest.App) (tenantID, id string, hash [32]byte) {
	t.Helper()
	in := a.Visit(t, a.Laptop(t), a.Owner(t).Email, false, nil).In
	hash, ok := token.OfSession(in.SessionToken)
	if !ok {
		t.Fatal("no token")
	}
	return in.Session.TenantID, in.Session.ID, hash
}

// checks asks a node, and reports whether it answered from memory.
func checks(t *testing.T, db *store.Store, tenantID string, hash [32]byte) (status sallyport.SessionStatus, remembered bool) {
	t.Helper()
	if k := db.Recall(tenantID, hash); k != nil {
		return k.Checked().Session.Status, true
	}
	c, err := db.CheckSession(t.Context(), tenantID, hash)
	apptest.Must(t, err)
	return c.Session.Status, false
}

func end(t *testing.T, db *store.Store, tenantID, id string) {
	t.Helper()
	apptest.Must(t, db.Write(t.Context(), func(tx *store.Tx) error {
		return tx.EndSession(t.Context(), tenantID, id, store.End{Status: sallyport.SessionRevoked, By: "x", Reason: "test", At: apptest.Start})
	}))
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s: not in 20 seconds", what)
		}
	}
}

// line is the way to a database, which can be cut.
type line struct {
	mu     sync.Mutex
	closed bool
	open   []net.Conn
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errors.New("the line is cut")
	}
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		l.open = append(l.open, c)
	}
	return c, err
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, c := range l.open {
		c.Close()
	}
}

func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = false
}

func postgres(t *testing.T) *apptest.App {
	t.Helper()
	for _, e := range apptest.Engines {
		if e == store.Postgres {
			return apptest.New(t, e, store.Options{})
		}
	}
	t.Fatal("these tests need PostgreSQL: scripts/setup.sh installs it")
	return nil
}

// Nodes on PostgreSQL answer from memory, and whoever is thrown out by one of them, or by a command, is
// thrown out on all of them when that is acknowledged.
func TestLeases(t *testing.T) {
	t.Parallel()
	a := postgres(t)
	nodes := []*store.Store{aNode(t, a, true), aNode(t, a, true), aNode(t, a, true)}
	command := aNode(t, a, false)
	for i, from := range append(nodes, command) {
		tenantID, id, hash := session(t, a)
		for _, n := range nodes {
			checks(t, n, tenantID, hash)
			if _, remembered := checks(t, n, tenantID, hash); !remembered {
				t.Fatal("a node with a lease asks the database")
			}
		}
		end(t, from, tenantID, id)
		for k, n := range nodes {
			if status, _ := checks(t, n, tenantID, hash); status != sallyport.SessionRevoked {
				t.Errorf("ended by %d, on %d it is %s", i, k, status)
			}
		}
	}
}

// A node that ended, or was cut off, keeps others waiting for a lease at most; then it does not
// answer from memory itself.
func TestLeaseRunsOut(t *testing.T) {
	t.Parallel()
	a := postgres(t)
	line := &line{}
	cut, err := store.Open(t.Context(), a.DSN, store.Options{Dial: line.dial})
	apptest.Must(t, err)
	t.Cleanup(func() { cut.Close() })
	apptest.Must(t, cut.Remember(t.Context(), memory))
	other := aNode(t, a, true)
	tenantID, id, hash := session(t, a)
	checks(t, cut, tenantID, hash)
	line.cut()
	end(t, other, tenantID, id)
	if k := cut.Recall(tenantID, hash); k != nil {
		t.Error("a node that is cut off answers from memory after a revocation was acknowledged")
	}
	begun := time.Now()
	_, id, _ = session(t, a)
	if end(t, other, tenantID, id); time.Since(begun) > 30*time.Second {
		t.Error("nothing is acknowledged any more")
	}
	line.mend()
	eventually(t, "it answers from memory again", func() bool {
		tenantID, _, hash := session(t, a)
		_, err := cut.CheckSession(t.Context(), tenantID, hash)
		return err == nil && cut.Recall(tenantID, hash) != nil
	})
}

// While checks hammer three nodes, sessions are ended one after the other: no check that began after the
// acknowledgement answers as before.
func TestNoCheckIsLate(t *testing.T) {
	t.Parallel()
	a := postgres(t)
	nodes := []*store.Store{aNode(t, a, true), aNode(t, a, true), aNode(t, a, true)}
	var late, tried atomic.Int64
	for round := range apptest.Rounds(6) {
		tenantID, id, hash := session(t, a)
		var ended atomic.Bool
		var group sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		for _, n := range nodes {
			for range 2 {
				group.Go(func() {
					for ctx.Err() == nil {
						after := ended.Load()
						status, _ := quiet(ctx, n, tenantID, hash)
						tried.Add(1)
						if after && status == sallyport.SessionActive {
							late.Add(1)
						}
						if after && round%2 == 0 {
							return
						}
					}
				})
			}
		}
		time.Sleep(5 * time.Millisecond)
		end(t, nodes[round%3], tenantID, id)
		ended.Store(true)
		time.Sleep(5 * time.Millisecond)
		cancel()
		group.Wait()
	}
	if n := late.Load(); n > 0 {
		t.Errorf("%d of %d checks answered as before", n, tried.Load())
	}
	t.Logf("%d checks", tried.Load())
}

func quiet(ctx context.Context, db *store.Store, tenantID string, hash [32]byte) (sallyport.SessionStatus, error) {
	if k := db.Recall(tenantID, hash); k != nil {
		return k.Checked().Session.Status, nil
	}
	c, err := db.CheckSession(ctx, tenantID, hash)
	return c.Session.Status, err
}

// What a backup of another cluster left in the feed is no news.
func TestFeedOfAnotherCluster(t *testing.T) {
	t.Parallel()
	a := postgres(t)
	db := dbtest.Raw(t, a.DSN)
	_, err := db.ExecContext(t.Context(), "INSERT INTO session_feed (tenant_id, id, scope, subject, xid) VALUES ('t', 'i', 'user', 'u', 1000000000000)")
	apptest.Must(t, err)
	aNode(t, a, true)
	var n int
	apptest.Must(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM session_feed").Scan(&n))
	if n != 0 {
		t.Error("it is left")
	}
}

// A node that was removed counts its renewals on from a number that it never had: who saw the last one long
// ago would take it for gone, and not wait for it.
func TestRegistersAnew(t *testing.T) {
	t.Parallel()
	a := postgres(t)
	db := dbtest.Raw(t, a.DSN)
	aNode(t, a, true)
	var first, second int64
	apptest.Must(t, db.QueryRowContext(t.Context(), "DELETE FROM check_nodes RETURNING renewal").Scan(&first))
	eventually(t, "it registers anew", func() bool {
		return db.QueryRowContext(t.Context(), "SELECT renewal FROM check_nodes").Scan(&second) == nil
	})
	if second <= first+1000 {
		t.Errorf("after renewal %d it began with %d", first, second)
	}
}

// One program serves a SQLite file. Others that write tell it, by a socket; what is written by hand it
// notices.
func TestServing(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, store.SQLite, store.Options{})
	server := aNode(t, a, true)
	if err := aNode(t, a, false).Remember(t.Context(), memory); !errors.Is(err, store.ErrServed) {
		t.Errorf("a second server: %v", err)
	}
	command := aNode(t, a, false)
	for range 20 {
		tenantID, id, hash := session(t, a)
		checks(t, server, tenantID, hash)
		if _, remembered := checks(t, server, tenantID, hash); !remembered {
			t.Fatal("the server asks the database")
		}
		end(t, command, tenantID, id)
		if status, _ := checks(t, server, tenantID, hash); status != sallyport.SessionRevoked {
			t.Fatalf("it is %s on the server after a command ended it", status)
		}
	}
	tenantID, id, hash := session(t, a)
	checks(t, server, tenantID, hash)
	db := dbtest.Raw(t, a.DSN)
	_, err := db.ExecContext(t.Context(), "UPDATE sessions SET status = 'revoked' WHERE id = $1", id)
	apptest.Must(t, err)
	eventually(t, "what was written by hand holds", func() bool {
		status, _ := checks(t, server, tenantID, hash)
		return status == sallyport.SessionRevoked
	})
	a.Tampered()
}

// A server that does not answer on its socket makes commands say that they do not know, and a stranger's
// words there make it forget.
func TestSocket(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	apptest.Must(t, os.Mkdir(folder, 0o700))
	path := filepath.Join(folder, "sallyport.db")
	open := func() *store.Store {
		db, err := store.Open(t.Context(), path, store.Options{})
		apptest.Must(t, err)
		t.Cleanup(func() { db.Close() })
		apptest.Must(t, db.Migrate(t.Context()))
		return db
	}
	server, command := open(), open()
	apptest.Must(t, server.Remember(t.Context(), memory))
	add := func(host string) error {
		return command.Write(t.Context(), func(tx *store.Tx) error {
			return tx.AddTenant(t.Context(), sallyport.Tenant{ID: token.NewID(), Host: host, Name: "Corp", CreatedAt: apptest.Start})
		})
	}
	before := server.Memory().TenantsChanged()
	apptest.Must(t, add("a"))
	if server.Memory().TenantsChanged() == before {
		t.Error("a server behind a long path was not told")
	}
	info, err := os.Stat(path + ".sock")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	apptest.Must(t, server.Close())
	if _, err := os.Stat(path + ".sock"); err == nil {
		t.Error("the socket is left")
	}
	apptest.Must(t, add("b"))
}

// Of a snapshot in PostgreSQL's words the same transactions are seen as by PostgreSQL.
func TestSnapshots(t *testing.T) {
	t.Parallel()
	a := postgres(t)
	db := dbtest.Raw(t, a.DSN)
	for _, text := range []string{"10:20:10,14,15", "10:20:", "5:5:", "1:1000000:999999", "3:9:3,4,5,6,7,8"} {
		for _, xid := range []int64{1, 3, 4, 5, 9, 10, 11, 14, 19, 20, 21, 999_998, 999_999, 1_000_000} {
			var want bool
			apptest.Must(t, db.QueryRowContext(t.Context(), "SELECT pg_visible_in_snapshot(CAST($1 AS XID8), CAST($2 AS PG_SNAPSHOT))", fmt.Sprint(xid), text).Scan(&want))
			if got, err := store.Sees(text, xid); err != nil || got != want {
				t.Errorf("%s sees %d: %t, %v; want %t", text, xid, got, err, want)
			}
		}
	}
	for _, text := range []string{"", "1", "1:2", "a:2:", "1:b:", "1:2:c", "1:2:3:4"} {
		if _, err := store.Sees(text, 1); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
