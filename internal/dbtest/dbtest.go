// Package dbtest gives tests their own databases on both engines, with or without the
// schema. It imports nothing above the store, so that tests of any package can use it.
package dbtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/store"
)

// Empty returns the DSN of a database without a schema. The database is removed at the
// end of the test.
func Empty(t testing.TB, engine store.Engine) string {
	t.Helper()
	if engine == store.Postgres {
		return pgtest.Database(t)
	}
	return filepath.Join(directory(t), "sallyport.db")
}

// Migrated is Empty with the schema.
func Migrated(t testing.TB, engine store.Engine) string {
	t.Helper()
	if engine == store.Postgres {
		key, err := migrationsKey()
		if err != nil {
			t.Fatalf("dbtest: %v", err)
		}
		return pgtest.TemplateDatabase(t, "dbtest "+key, migrate)
	}
	file, err := migratedFile()
	if err != nil {
		t.Fatalf("dbtest: make a database file: %v", err)
	}
	name := Empty(t, engine)
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	return name
}

// directory returns a directory for a database file: in memory where the system has one,
// since tests need not wait for a disk.
func directory(t testing.TB) string {
	t.Helper()
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err != nil || !info.IsDir() {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "sallyport-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("dbtest: %v", err)
		}
	})
	return dir
}

func migrate(dsn string) error {
	db, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(context.Background()), db.Close())
}

// migratedFile returns the bytes of a SQLite file that has only the schema.
var migratedFile = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "sallyport-test-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	name := filepath.Join(dir, "template.db")
	if err := migrate(name); err != nil {
		return nil, err
	}
	return os.ReadFile(name) // the last connection that closes empties the WAL
})

// migrationsKey returns a hash of the migrations, so that a server that outlives a test
// run does not give a test an old schema.
var migrationsKey = sync.OnceValues(func() (string, error) {
	root, err := os.Getwd() // go test runs in the directory of the package
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			return "", errors.New("the tests must run inside the source tree, to find the migrations")
		}
		root = filepath.Dir(root)
	}
	files, err := filepath.Glob(filepath.Join(root, "internal", "store", "migrations", "*.sql"))
	if err != nil || len(files) == 0 {
		return "", errors.Join(err, errors.New("the migrations were not found"))
	}
	h := sha256.New()
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
})

// behind has the connections that Raw opened, by DSN: opening one for each statement would
// be slow.
var behind struct {
	sync.Mutex
	of map[string]*sql.DB
}

// Raw opens a database without going through the store. All calls of a test share one
// connection.
func Raw(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	behind.Lock()
	defer behind.Unlock()
	if db, ok := behind.of[dsn]; ok {
		return db
	}
	driver, name := "sqlite", "file:"+dsn+"?_pragma=busy_timeout(60000)" // a served application writes meanwhile
	if store.IsPostgres(dsn) {
		driver, name = "pgx", dsn
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	db.SetMaxOpenConns(1)
	if behind.of == nil {
		behind.of = map[string]*sql.DB{}
	}
	behind.of[dsn] = db
	t.Cleanup(func() {
		behind.Lock()
		defer behind.Unlock()
		delete(behind.of, dsn)
		db.Close()
	})
	return db
}
