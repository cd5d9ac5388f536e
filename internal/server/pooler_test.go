package server_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
)

// pooled starts a PgBouncer that gives a connection to somebody else after each transaction, and
// returns the address of the database behind it.
func pooled(t *testing.T, dsn string) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer" // which is on the PATH of root only
	}
	config, err := pgx.ParseConfig(dsn)
	apptest.Must(t, err)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	apptest.Must(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	apptest.Must(t, err)
	apptest.Must(t, l.Close())
	dir, err := os.MkdirTemp("/tmp", "pooler")
	apptest.Must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	apptest.Must(t, os.Chmod(dir, 0o755)) //nolint:gosec // PgBouncer runs as another account where we are root
	behind := fmt.Sprintf("host=%s port=%d dbname=%s user=%s", config.Host, config.Port, config.Database, config.User)
	if config.Password != "" {
		behind += " password=" + config.Password
	}
	settings := "[databases]\npooled = " + behind + "\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " + port +
		"\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 5\n"
	if os.Geteuid() == 0 {
		settings += "user = postgres\n" // it refuses to be root
	}
	file := filepath.Join(dir, "pgbouncer.ini")
	apptest.Must(t, os.WriteFile(file, []byte(settings), 0o644)) //nolint:gosec // as above; the password is that of a test's server
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "-q", file)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		stop()
		t.Fatalf("PgBouncer does not start, see scripts/setup.sh: %v", err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed
	})
	address := net.JoinHostPort("127.0.0.1", port)
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err == nil {
			c.Close()
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("PgBouncer does not listen: %v", err)
		}
	}
	return (&url.URL{Scheme: "postgres", User: url.User("anybody"), Host: address, Path: "/pooled", RawQuery: "sslmode=disable"}).String()
}

// Through a pooler that works by transactions everything works: sign-ins, checks, and a breaker that
// stays closed.
func TestPooler(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, store.Postgres, store.Options{})
	for i := range 12 {
		a.AddUser(t, fmt.Sprintf("p%d@corp.test", i), sallyport.RoleMember)
	}
	dsn := pooled(t, a.DSN)
	s := apptest.Serve(t, a, func(c *server.Config) { c.Database, c.Store, c.Now = dsn, store.Options{}, time.Now })
	v := &visitor{handler: s.Server.Handler}
	var mu sync.Mutex
	var token string
	var n atomic.Int64
	others, _ := many(12, http.StatusOK, func() (int, time.Duration) {
		code, body, took := v.signIn("localhost", fmt.Sprintf("p%d@corp.test", n.Add(1)-1))
		mu.Lock()
		defer mu.Unlock()
		if token = body; code != http.StatusOK {
			t.Error(code, body)
		}
		return code, took
	})
	if len(others) > 0 {
		t.Fatalf("sign-ins end with %v", others)
	}
	others, _ = many(8, http.StatusOK, func() (code int, took time.Duration) {
		for range 25 {
			if code, _, took = v.ask(http.MethodGet, "localhost", "/api/v1/session", "", token, ""); code != http.StatusOK {
				break
			}
		}
		return code, took
	})
	if code, body, _ := v.ask(http.MethodGet, "localhost", "/readyz", "", "", ""); len(others) > 0 || code != http.StatusOK || !s.Server.DB.Available() {
		t.Errorf("checks end with %v, readiness with %d %s", others, code, body)
	}
}

// Two programs that migrate through one pooler do so one after the other, and leave no lock behind.
func TestMigrationsThroughPooler(t *testing.T) {
	t.Parallel()
	direct := apptest.Empty(t, store.Postgres)
	dsn := pooled(t, direct)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	failed := make(chan error, 2)
	for range 2 {
		go func() {
			db, err := store.Open(ctx, dsn, store.Options{Patient: true, Timeout: time.Minute})
			if err == nil {
				err = errors.Join(db.Migrate(ctx), db.Close())
			}
			failed <- err
		}()
	}
	for range 2 {
		apptest.Must(t, <-failed)
	}
	conn, err := pgx.Connect(ctx, direct)
	apptest.Must(t, err)
	defer conn.Close(ctx)
	var locks int
	apptest.Must(t, conn.QueryRow(ctx, "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").Scan(&locks))
	if locks != 0 {
		t.Errorf("%d locks are left", locks)
	}
}
