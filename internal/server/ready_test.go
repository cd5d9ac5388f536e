package server_test

import (
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/store"
)

// A database in which nobody can sign in is not ready, says why, and is asked once however many ask.
func TestReadiness(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, says string
		engine     store.Engine
		spoil      func(t *testing.T, dsn string)
	}{
		{"PostgreSQL is read-only", "read-only", store.Postgres, readOnly},
		{"the file is damaged", "damaged", store.SQLite, damage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dsn := apptest.Migrated(t, tt.engine)
			s, err := store.Open(t.Context(), dsn, store.Options{})
			apptest.Must(t, err)
			if err := s.Ready(t.Context()); err != nil {
				t.Errorf("before: %v", err)
			}
			apptest.Must(t, s.Close())
			tt.spoil(t, dsn)
			var probes atomic.Int64
			s, err = store.Open(t.Context(), dsn, store.Options{Trace: func(query string) {
				if strings.Contains(query, "transaction_read_only") {
					probes.Add(1)
				}
			}})
			apptest.Must(t, err)
			defer s.Close()
			others, _ := many(50, http.StatusServiceUnavailable, askReady(t, s, tt.says))
			if len(others) > 0 || probes.Load() > 1 {
				t.Errorf("%d are told that it is ready, of %d probes", len(others), probes.Load())
			}
		})
	}
}

func readOnly(t *testing.T, dsn string) {
	db := dbtest.Raw(t, dsn)
	var name string
	apptest.Must(t, db.QueryRowContext(t.Context(), "SELECT current_database()").Scan(&name))
	_, err := db.ExecContext(t.Context(), `ALTER DATABASE "`+name+`" SET default_transaction_read_only = on`)
	apptest.Must(t, err)
}

func damage(t *testing.T, dsn string) {
	db := dbtest.Raw(t, dsn)
	var page, size int64
	apptest.Must(t, db.QueryRowContext(t.Context(), "SELECT rootpage FROM sqlite_master WHERE name = 'users'").Scan(&page))
	apptest.Must(t, db.QueryRowContext(t.Context(), "PRAGMA page_size").Scan(&size))
	_, err := db.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
	apptest.Must(t, err)
	f, err := os.OpenFile(dsn, os.O_WRONLY, 0)
	apptest.Must(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("x", int(size))), (page-1)*size)
	apptest.Must(t, err)
	apptest.Must(t, f.Close())
}

func askReady(t *testing.T, s *store.Store, says string) func() (int, time.Duration) {
	return func() (int, time.Duration) {
		err := s.Ready(t.Context())
		if err == nil {
			return http.StatusOK, 0
		}
		if !strings.Contains(err.Error(), says) {
			t.Errorf("it says %q", err)
		}
		return http.StatusServiceUnavailable, 0
	}
}
