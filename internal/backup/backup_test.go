package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/store"
)

func quiet(int, int, string) {}

// What is not a backup of this service, or does not fit it, is refused, and the present database stays.
func TestRefusals(t *testing.T) {
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "backup")
			dsn := dbtest.Migrated(t, engine)
			if err := Make(t.Context(), dsn, file, quiet); err != nil {
				t.Fatal(err)
			}
			if left, err := filepath.Glob(file + ".*"); err != nil || len(left) > 0 {
				t.Errorf("left over: %v, %v", left, err)
			}
			r := Restoring{File: file, Database: dsn, Replace: true, Now: time.Now(), Show: quiet}
			no := errors.New("other keys")
			r.Fits = func(context.Context, *store.Store) error { return no }
			if _, err := Restore(t.Context(), r); !errors.Is(err, no) {
				t.Errorf("other keys: %v", err)
			}
			r.Fits = nil
			if p := position(t, dsn); p.Pending {
				t.Error("a refused restore left its mark")
			}

			newer := dbtest.Migrated(t, engine)
			if _, err := dbtest.Raw(t, newer).ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)"); err != nil {
				t.Fatal(err)
			}
			r.File = filepath.Join(t.TempDir(), "newer")
			if err := Make(t.Context(), newer, r.File, quiet); err != nil {
				t.Fatal(err)
			}
			if _, err := Restore(t.Context(), r); !errors.Is(err, store.ErrNewer) {
				t.Errorf("a newer schema: %v", err)
			}

			foreign := dbtest.Empty(t, engine)
			if db, err := store.Open(t.Context(), foreign, store.Options{}); err != nil || db.Close() != nil {
				t.Fatal(err)
			}
			if err := Make(t.Context(), foreign, filepath.Join(t.TempDir(), "foreign"), quiet); !errors.Is(err, store.ErrForeign) {
				t.Errorf("another program's database: %v", err)
			}

			r.File = file
			aside, err := Restore(t.Context(), r)
			if err != nil || aside == "" {
				t.Fatalf("%q, %v", aside, err)
			}
			if p := position(t, dsn); !p.Pending || p.Generation == 0 {
				t.Errorf("the mark: %+v", p)
			}
		})
	}
}

func position(t *testing.T, dsn string) store.Position {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, store.Options{Existing: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p, err := db.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A write-ahead log that was left of a database that is gone is not replayed into the backup.
func TestLeftoverLog(t *testing.T) {
	file, path := filepath.Join(t.TempDir(), "backup"), dbtest.Migrated(t, store.SQLite)
	if err := Make(t.Context(), path, file, quiet); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(path), os.WriteFile(path+"-wal", []byte("left"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), Restoring{File: file, Database: path, Now: time.Now(), Show: quiet}); err != nil {
		t.Fatal(err)
	}
	if err := store.CheckFile(t.Context(), path, true); err != nil {
		t.Error(err)
	}
	if kept, err := filepath.Glob(path + ".replaced-*-wal"); err != nil || len(kept) != 1 {
		t.Errorf("%v, %v", kept, err)
	}
}

func TestColumns(t *testing.T) {
	text := "SET x = 1;\nCOPY public.audit_heads (tenant_id, size, root) FROM stdin;\na\t3\t\\\\x00\nb\t4\t\\\\x00\n\\.\n\n" +
		"COPY public.goose_db_version (id, version_id, is_applied, tstamp) FROM stdin;\n1\t0\tt\tx\n2\t40\tt\tx\n\\.\nSELECT 5\t6;\n"
	got := columns(text, map[string]string{"goose_db_version": "version_id", "audit_heads": "size"})
	if !slices.Equal(got["audit_heads"], []int64{3, 4}) || !slices.Equal(got["goose_db_version"], []int64{0, 40}) || len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestMissingTool(t *testing.T) {
	if _, err := tool(t.Context(), "pg_no_such_program", 17); err == nil || !strings.Contains(err.Error(), "install the client programs of PostgreSQL 17") {
		t.Errorf("%v", err)
	}
	if _, err := tool(t.Context(), "pg_dump", 999); err == nil || !strings.Contains(err.Error(), "999") {
		t.Errorf("%v", err)
	}
}

// What PostgreSQL's programs get says where the database is, and verifies a server elsewhere.
func TestEnvironment(t *testing.T) {
	dsn := dbtest.Empty(t, store.Postgres)
	target, err := store.OpenTarget(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	env := target.Environment()
	if !slices.Contains(env, "PGDATABASE="+target.Name()) || !slices.ContainsFunc(env, func(e string) bool { return strings.HasPrefix(e, "PGHOST=") }) {
		t.Errorf("%v", env)
	}
}
