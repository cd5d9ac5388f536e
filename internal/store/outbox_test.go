package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const email = "email"

// outbox is a migrated database with one tenant and n mails, due a second apart.
func outbox(t *testing.T, engine store.Engine, n int) (*store.Store, sallyport.Tenant) {
	t.Helper()
	db, err := store.Open(t.Context(), apptest.Migrated(t, engine), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	tenant := sallyport.Tenant{ID: token.NewID(), Name: "Acme", CreatedAt: apptest.Start}
	err = db.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.AddTenant(t.Context(), tenant); err != nil {
			return err
		}
		for i := range n {
			due := apptest.Start.Add(time.Duration(i) * time.Second)
			if err := tx.AddOutboxRow(t.Context(), store.OutboxRow{
				TenantID: tenant.ID, ID: fmt.Sprintf("r%04d", i), Channel: email, Kind: "k", Recipient: "ann@example.com",
				Payload: []byte{1}, NextAttemptAt: due, CreatedAt: due,
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return db, tenant
}

func lease(t *testing.T, db *store.Store, holder string, now time.Time, limit int) (rows []store.OutboxRow) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *store.Tx) (err error) {
		rows, err = tx.LeaseOutbox(t.Context(), email, store.Lease{Token: holder, Now: now, Until: now.Add(time.Minute)}, limit)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func eachEngine(t *testing.T, f func(t *testing.T, engine store.Engine)) {
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) { t.Parallel(); f(t, engine) })
	}
}

func TestOutboxLease(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine store.Engine) {
		db, tenant := outbox(t, engine, 3)
		start := apptest.Start
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			return tx.AddOutboxRow(t.Context(), store.OutboxRow{
				TenantID: tenant.ID, ID: "bulk", Channel: email, Payload: []byte{1}, Bulk: true, NextAttemptAt: start.Add(-time.Hour), CreatedAt: start,
			})
		}); err != nil {
			t.Fatal(err)
		}
		got := lease(t, db, "a", start.Add(time.Second), 9)
		if len(got) != 3 || got[0].ID != "r0000" || got[1].ID != "r0001" || got[2].ID != "bulk" || got[0].Attempts != 1 {
			t.Fatalf("leased %+v, want the two rows that are due and then the bulk one", got)
		}
		if again := lease(t, db, "b", start.Add(time.Second), 9); len(again) != 0 {
			t.Errorf("leased twice: %+v", again)
		}
		late := lease(t, db, "c", start.Add(time.Second+time.Minute), 9)
		if len(late) != 4 || late[0].Attempts != 2 {
			t.Fatalf("after the lease ran out: %+v", late)
		}
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			return tx.MarkOutboxSent(t.Context(), got[0], start)
		}); !errors.Is(err, sallyport.ErrNotFound) {
			t.Errorf("a lease that ran out settled a row: %v", err)
		}
	})
}

func TestOutboxSettle(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine store.Engine) {
		db, _ := outbox(t, engine, 4)
		ctx, now := t.Context(), apptest.Start.Add(time.Minute)
		rows := lease(t, db, "a", now, 9)
		if err := db.Write(ctx, func(tx *store.Tx) error {
			return errors.Join(
				tx.MarkOutboxSent(ctx, rows[0], now),
				tx.MarkOutboxFailed(ctx, rows[1], now.Add(time.Hour), "try later"),
				tx.MarkOutboxDead(ctx, rows[2], "no such box"),
			)
		}); err != nil {
			t.Fatal(err)
		}
		want := store.OutboxCounts{Pending: 2, Retrying: 1, Dead: 1, Oldest: apptest.Start.Add(time.Second)}
		if got, err := db.OutboxCounts(ctx, email); err != nil || got != want {
			t.Errorf("counts %+v, %v; want %+v", got, err, want)
		}
		if dead, err := db.DeadOutbox(ctx, 9); err != nil || len(dead) != 1 || dead[0].LastError != "no such box" || len(dead[0].Payload) == 0 {
			t.Errorf("dead %+v, %v", dead, err)
		}
		if err := db.Write(ctx, func(tx *store.Tx) error {
			n, err := tx.RetryDeadOutbox(ctx, email, now)
			if n != 1 {
				t.Errorf("%d dead rows retried, want 1", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if again := lease(t, db, "c", now, 9); len(again) != 1 || again[0].ID != rows[2].ID || again[0].Attempts != 1 {
			t.Errorf("leased %+v, want the row that was dead", again)
		}
		if err := db.Write(ctx, func(tx *store.Tx) error {
			n, err := tx.DeleteOutbox(ctx, now, now, 9)
			m, err2 := tx.DeleteOutbox(ctx, now.Add(time.Microsecond), now, 9)
			if n != 0 || m != 1 {
				t.Errorf("deleted %d and %d rows, want none and then the one that was sent", n, m)
			}
			return errors.Join(err, err2)
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// Workers of several nodes take every row once.
func TestOutboxLeaseAtOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine store.Engine) {
		const rows = 120
		db, _ := outbox(t, engine, rows)
		var mu sync.Mutex
		seen := map[string]int{}
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				for {
					got := lease(t, db, fmt.Sprint("worker", i), apptest.Start.Add(time.Hour), 7)
					if len(got) == 0 {
						return
					}
					if len(got) > 7 {
						t.Errorf("leased %d rows, asked for 7", len(got))
					}
					mu.Lock()
					for _, r := range got {
						seen[r.ID]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(seen) != rows {
			t.Errorf("%d of %d rows leased", len(seen), rows)
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("row %s was leased %d times", id, n)
			}
		}
	})
}

// Of several nodes with different keys that start on a new installation at once, one may
// start.
func TestCheckKeysAtOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine store.Engine) {
		db, _ := outbox(t, engine, 0)
		var mu sync.Mutex
		in := 0
		var wg sync.WaitGroup
		for range 6 {
			keys, err := seal.Open(filepath.Join(t.TempDir(), "keys.json"))
			if err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				switch err := keys.CheckInstallation(t.Context(), db); {
				case err == nil:
					mu.Lock()
					in++
					mu.Unlock()
				case !errors.Is(err, seal.ErrCannotOpen):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if in != 1 {
			t.Errorf("%d nodes with different keys were let in", in)
		}
	})
}
