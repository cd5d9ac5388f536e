package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/store"
)

// opened returns a store on a migrated SQLite file.
func opened(t *testing.T) (*store.Store, string) {
	t.Helper()
	path := dbtest.Migrated(t, store.SQLite)
	db, err := store.Open(t.Context(), path, store.Options{Existing: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db, path
}

func TestExistingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	if _, err := store.Open(t.Context(), path, store.Options{Existing: true}); !errors.Is(err, store.ErrMissing) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file was made: %v", err)
	}
}

// A node whose file is another one or gone acknowledges nothing, and no connection makes a new file.
func TestFileIsGone(t *testing.T) {
	for name, take := range map[string]func(path string) error{
		"deleted": os.Remove,
		"replaced": func(path string) error {
			if err := os.WriteFile(path+".new", nil, 0o600); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, path := opened(t)
			if err := take(path); err != nil {
				t.Fatal(err)
			}
			err := db.Write(t.Context(), func(tx *store.Tx) error { return tx.AddSetUpLink(t.Context(), []byte(name), 1) })
			if sallyport.CodeOf(err) != sallyport.CodeUnavailable || !strings.Contains(err.Error(), name) {
				t.Errorf("a change is acknowledged: %v", err)
			}
			if _, err := db.Tenants(t.Context()); sallyport.CodeOf(err) != sallyport.CodeUnavailable {
				t.Errorf("a read is answered: %v", err)
			}
			if _, err := db.CheckSession(t.Context(), "t", [32]byte{}); sallyport.CodeOf(err) != sallyport.CodeUnavailable {
				t.Errorf("a check is answered: %v", err)
			}
			if err := db.Ping(t.Context()); err == nil {
				t.Error("it is ready")
			}
			if _, err := os.Stat(path); name == "deleted" && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a new file was made: %v", err)
			}
		})
	}
}

// A node notices by itself.
func TestFileIsMissed(t *testing.T) {
	db, path := opened(t)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(5 * time.Second); db.Refused() == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("it did not notice")
		}
	}
}

func TestAlone(t *testing.T) {
	db, path := opened(t)
	if _, err := store.Alone(t.Context(), path); !errors.Is(err, store.ErrInUse) {
		t.Errorf("while a store is open: %v", err)
	}
	other, err := store.Open(t.Context(), path, store.Options{})
	if err == nil {
		err = errors.Join(other.Migrate(t.Context()), other.Close())
	}
	if err != nil {
		t.Errorf("a second program: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	release, err := store.Alone(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	late, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	if err := late.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "being restored") {
		t.Errorf("during a restore: %v", err)
	}
	release()
	if err := late.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
}

// A copy is whole although it was made in the middle of work, and a file that is not whole is told.
func TestCopyAndCheck(t *testing.T) {
	db, path := opened(t)
	work, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; work.Err() == nil; i++ {
			db.Write(work, func(tx *store.Tx) error { return tx.AddSetUpLink(work, []byte{byte(i), byte(i >> 8)}, 1) }) //nolint:errcheck // it is stopped
		}
	}()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.WriteFile(to, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := store.CopyFile(t.Context(), path, to)
	stop()
	<-done
	if err != nil {
		t.Fatal(err)
	}
	if err := store.CheckFile(t.Context(), to, true); err != nil {
		t.Error(err)
	}
	if size, err := store.FileSize(t.Context(), to); err != nil || size < 100_000 {
		t.Errorf("%d, %v", size, err)
	}
	text, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	for i := 8 << 10; i < 64<<10; i++ {
		text[i] ^= 0x5a
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.CheckFile(t.Context(), to, false); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("a damaged file: %v", err)
	}
}

func TestNewerSchema(t *testing.T) {
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			dsn := dbtest.Migrated(t, engine)
			if _, err := dbtest.Raw(t, dsn).ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)"); err != nil {
				t.Fatal(err)
			}
			db, err := store.Open(t.Context(), dsn, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := db.Migrate(t.Context()); !errors.Is(err, store.ErrNewer) {
				t.Errorf("%v", err)
			}
		})
	}
}
