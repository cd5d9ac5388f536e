package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
)

func open(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func exec1(t testing.TB, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func queryText(t testing.TB, db *sql.DB, query string, args ...any) string {
	t.Helper()
	var text string
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

func TestDatabaseIsEmptyAndOurs(t *testing.T) {
	a, b := open(t, Database(t)), open(t, Database(t))
	exec1(t, a, "CREATE TABLE t (id TEXT)")
	if got := queryText(t, b, "SELECT count(*)::text FROM pg_tables WHERE tablename = 't'"); got != "0" {
		t.Errorf("a second database sees the first one's table")
	}
	if got := queryText(t, a, "SHOW server_encoding"); got != "UTF8" {
		t.Errorf("server_encoding = %s, want UTF8", got)
	}
}

func TestDatabaseIsDropped(t *testing.T) {
	admin := open(t, Database(t))
	var name string
	t.Run("inner", func(t *testing.T) {
		db, err := sql.Open("pgx", Database(t))
		if err != nil {
			t.Fatal(err)
		}
		name = queryText(t, db, "SELECT current_database()") // the connection stays open
	})
	if got := queryText(t, admin, "SELECT count(*)::text FROM pg_database WHERE datname = $1", name); got != "0" {
		t.Errorf("database %s is still there after its test", name)
	}
}

func TestTemplateIsFilledOnce(t *testing.T) {
	key := t.Name() + newName() // unique, so that no earlier run on a shared server has filled it
	var fills atomic.Int32
	fill := func(dsn string) error {
		fills.Add(1)
		db, err := sql.Open("pgx", dsn)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Exec("CREATE TABLE t AS SELECT 'filled' AS v")
		return err
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			db := open(t, TemplateDatabase(t, key, fill))
			if got := queryText(t, db, "SELECT v FROM t"); got != "filled" {
				t.Errorf("v = %q", got)
			}
			exec1(t, db, "DELETE FROM t") // deletes in this copy only
		})
	}
	wg.Wait()
	if n := fills.Load(); n != 1 {
		t.Errorf("filled %d times, want once", n)
	}
}

// A template that another process filled is used too: fillOnce asks only the server.
func TestTemplateOfAnotherProcess(t *testing.T) {
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	var fills atomic.Int32
	name, lock := newName(), int64(4711)
	t.Cleanup(func() {
		s.admin.Exec("ALTER DATABASE " + quote(name) + " ALLOW_CONNECTIONS true")
		s.DropDatabase(context.Background(), name)
	})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := s.fillOnce(t.Context(), name, lock, func(string) error { fills.Add(1); return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := fills.Load(); n != 1 {
		t.Errorf("filled %d times, want once", n)
	}
}

func TestTemplateThatFails(t *testing.T) {
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	key := newName()
	if _, err := s.template(t.Context(), key, func(string) error { return boom }); !errors.Is(err, boom) {
		t.Fatalf("err = %v, want boom", err)
	}
	name, err := s.template(t.Context(), key, func(string) error { return nil })
	if err != nil {
		t.Fatalf("a second try after a failure: %v", err)
	}
	s.admin.ExecContext(t.Context(), "ALTER DATABASE "+quote(name)+" ALLOW_CONNECTIONS true")
	if err := s.DropDatabase(t.Context(), name); err != nil {
		t.Error(err)
	}
}

func TestStartDurable(t *testing.T) {
	s, err := Start(t.Context(), Options{Durable: true, Settings: map[string]string{"shared_buffers": "32MB"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	for name, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "32MB", "max_connections": "200",
	} {
		if got := queryText(t, s.admin, "SELECT current_setting($1)", name); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
	if err := s.CreateDatabase(t.Context(), "bench"); err != nil {
		t.Fatal(err)
	}
	tcp := open(t, s.TCPURL("bench"))
	if got := queryText(t, tcp, "SELECT current_database()"); got != "bench" {
		t.Errorf("over TCP: database %q", got)
	}
	without := strings.Replace(s.TCPURL("bench"), s.password, "guess", 1)
	if err := ping(t.Context(), without); err == nil {
		t.Error("TCP let a wrong password in: any account of the machine could get in")
	}
	s.Stop() // while tcp is connected
	if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the cluster's directory is still there after Stop: %v", err)
	}
	s.Stop()
}

func TestStartSurvivesTakenPort(t *testing.T) {
	s := &Server{dir: t.TempDir()}
	log := filepath.Join(s.dir, "log")
	if err := os.WriteFile(log, []byte(`LOG:  could not bind IPv4 address "127.0.0.1": Address already in use`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.process = &process{done: make(chan struct{})}
	close(s.process.done)
	s.base.Scheme, s.base.Host = "postgres", "127.0.0.1:1"
	if err := s.waitReady(t.Context(), log); !errors.Is(err, errPortTaken) {
		t.Errorf("err = %v, want errPortTaken, which is tried again", err)
	}
}

func TestNoServerSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	old := serverDirs
	serverDirs = []string{filepath.Join(t.TempDir(), "*", "bin")}
	defer func() { serverDirs = old }()
	_, err := Start(t.Context(), Options{})
	if err == nil || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Errorf("err = %v, want one that names the package", err)
	}
}

func TestFindServerTakesNewest(t *testing.T) {
	root := t.TempDir()
	for _, file := range []string{"9.6/bin/postgres", "9.6/bin/initdb", "15/bin/postgres", "15/bin/initdb", "17/bin/psql"} {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", t.TempDir())
	old := serverDirs
	serverDirs = []string{filepath.Join(root, "*", "bin")}
	defer func() { serverDirs = old }()
	got, err := findServer()
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(root, "15", "bin"); got != want {
		t.Errorf("found %s, want %s: 17 has clients only", got, want)
	}
}

func TestMain(m *testing.M) {
	// TestKilledOwnerLeavesNothing runs this binary as the owner, and kills it.
	if os.Getenv("PGTEST_OWNER") != "" {
		owner()
	}
	os.Exit(m.Run())
}

// owner starts a server, prints where it is, and waits to be killed.
func owner() {
	s, err := Start(context.Background(), Options{})
	if err != nil {
		os.Stdout.WriteString(err.Error())
		os.Exit(1)
	}
	os.Stdout.WriteString(s.dir + "\n")
	exec.Command("sleep", "600").Run()
}
