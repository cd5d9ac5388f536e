package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

func TestMigrateTwice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		if err := a.DB.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		applied, known, err := a.DB.SchemaVersion(t.Context())
		if err != nil || applied == 0 || applied != known {
			t.Errorf("schema %d of %d, %v", applied, known, err)
		}
		if claimed, err := a.DB.Claimed(t.Context()); err != nil || !claimed {
			t.Errorf("migrating again lost the data: claimed %v, %v", claimed, err)
		}
	})
}

// Several starters find one empty database at once. Each has its own store, as
// processes do; SQLite's locks are per connection, PostgreSQL's per session.
func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			dsn := apptest.Empty(t, engine)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					db, err := store.Open(t.Context(), dsn, store.Options{})
					if err != nil {
						t.Error(err)
						return
					}
					defer db.Close()
					if err := db.Migrate(t.Context()); err != nil {
						t.Error(err)
						return
					}
					if _, err := db.CheckSession(t.Context(), "t", [32]byte{1}); !errors.Is(err, sallyport.ErrNotFound) {
						t.Errorf("a session check right after migrating: %v", err)
					}
				})
			}
			wg.Wait()
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]string{
		"an unreadable address":         "postgres://someone:hunter2@[::1/db",
		"nobody there":                  "postgres://someone:hunter2@127.0.0.1:1/db?connect_timeout=1",
		"a directory that is not there": filepath.Join(t.TempDir(), "no", "such", "file.db"),
	} {
		db, err := store.Open(t.Context(), dsn, store.Options{})
		if err == nil {
			db.Close()
			t.Errorf("%s: it opened", name)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error repeats the password: %v", name, err)
		}
	}
}

func newUser(tenantID, email string) sallyport.User {
	return sallyport.User{
		TenantID: tenantID, ID: token.NewID(), Email: email, Role: sallyport.RoleMember,
		Status: sallyport.UserActive, CreatedAt: apptest.Start,
	}
}

func TestConflictAndNotFound(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, tenantID := t.Context(), a.TenantID(t)
		write := func(f func(tx *store.Tx) error) error { return a.DB.Write(ctx, f) }
		u := newUser(tenantID, "Zoë@corp.test")
		if err := write(func(tx *store.Tx) error { return tx.AddUser(ctx, u) }); err != nil {
			t.Fatal(err)
		}
		hash := []byte("0123456789abcdef0123456789abcdef")
		flow := store.Flow{TenantID: tenantID, ID: token.NewID(), State: "password", Client: "web", Facts: "{}", CreatedAt: apptest.Start}
		if err := write(func(tx *store.Tx) error { return tx.AddFlow(ctx, flow, hash) }); err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]func(tx *store.Tx) error{
			"same id":               func(tx *store.Tx) error { return tx.AddUser(ctx, u) },
			"same address":          func(tx *store.Tx) error { return tx.AddUser(ctx, newUser(tenantID, "zoë@corp.test")) },
			"same address, upper":   func(tx *store.Tx) error { return tx.AddUser(ctx, newUser(tenantID, "ZOË@CORP.TEST")) },
			"decomposed and spaced": func(tx *store.Tx) error { return tx.AddUser(ctx, newUser(tenantID, " zoe\u0308@corp.test")) },
			"a second default host": func(tx *store.Tx) error { return tx.AddTenant(ctx, sallyport.Tenant{ID: token.NewID()}) },
			"claimed twice":         func(tx *store.Tx) error { return tx.Claim(ctx, 1) },
			"same flow token": func(tx *store.Tx) error {
				other := flow
				other.ID = token.NewID()
				return tx.AddFlow(ctx, other, hash)
			},
		} {
			if err := write(f); sallyport.CodeOf(err) != sallyport.CodeConflict || !errors.Is(err, &sallyport.Error{Code: sallyport.CodeConflict}) && err == nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		// The same address is another one elsewhere.
		other := a.AddTenant(t, "other.test")
		if err := write(func(tx *store.Tx) error { return tx.AddUser(ctx, newUser(other.ID, "zoë@corp.test")) }); err != nil {
			t.Errorf("the address is taken in another organisation: %v", err)
		}

		for name, f := range map[string]func() error{
			"user":            func() error { _, err := a.DB.User(ctx, tenantID, "nobody"); return err },
			"user elsewhere":  func() error { _, err := a.DB.User(ctx, other.ID, u.ID); return err },
			"user by address": func() error { _, err := a.DB.UserByEmail(ctx, tenantID, "nobody@corp.test"); return err },
			"session":         func() error { _, err := a.DB.Session(ctx, tenantID, "none"); return err },
			"session check":   func() error { _, err := a.DB.CheckSession(ctx, tenantID, [32]byte(hash)); return err },
			"flow":            func() error { _, err := a.DB.FlowByToken(ctx, tenantID, []byte("x")); return err },
			"flow elsewhere":  func() error { _, err := a.DB.FlowByToken(ctx, other.ID, hash); return err },
			"head":            func() error { _, err := a.DB.AuditHead(ctx, "none"); return err },
			"change of status": func() error {
				return write(func(tx *store.Tx) error {
					return tx.SetUserStatus(ctx, tenantID, u.ID, sallyport.UserActive, time.Time{})
				})
			},
			"end of a session": func() error {
				return write(func(tx *store.Tx) error {
					return tx.EndSession(ctx, tenantID, "none", store.End{Status: sallyport.SessionRevoked, At: apptest.Start})
				})
			},
		} {
			if err := f(); !errors.Is(err, sallyport.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// An error that our own statement causes is an internal error, not a state of the database
// that a retry could fix.
func TestOurOwnMistakesAreInternal(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		err := a.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.AddUser(t.Context(), newUser("no such tenant", "a@corp.test")) })
		if sallyport.CodeOf(err) != sallyport.CodeInternal {
			t.Errorf("a user of no organisation: %v", err)
		}
	})
}

func TestWriteIsAllOrNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, tenantID := t.Context(), a.TenantID(t)
		add := func(tx *store.Tx, email string) {
			if err := tx.AddUser(ctx, newUser(tenantID, email)); err != nil {
				t.Error(err)
			}
		}
		there := func(email string) bool {
			_, err := a.DB.UserByEmail(ctx, tenantID, email)
			return err == nil
		}
		told := map[string]bool{}

		mine := errors.New("mine")
		err := a.DB.Write(ctx, func(tx *store.Tx) error {
			add(tx, "error@corp.test")
			tx.AfterCommit(func() { told["error"] = true })
			return mine
		})
		if !errors.Is(err, mine) || there("error@corp.test") || told["error"] {
			t.Errorf("after an error: %v, stored %v, told %v", err, there("error@corp.test"), told)
		}

		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = a.DB.Write(ctx, func(tx *store.Tx) error {
				add(tx, "panic@corp.test")
				tx.AfterCommit(func() { told["panic"] = true })
				panic("in the middle")
			})
		}()
		if there("panic@corp.test") || told["panic"] {
			t.Errorf("after a panic: stored %v, told %v", there("panic@corp.test"), told)
		}

		gone, cancel := context.WithCancel(ctx)
		err = a.DB.Write(gone, func(tx *store.Tx) error {
			add(tx, "cancelled@corp.test")
			tx.AfterCommit(func() { told["cancelled"] = true })
			cancel()
			return nil
		})
		if err == nil || there("cancelled@corp.test") || told["cancelled"] {
			t.Errorf("after the caller left: %v, stored %v, told %v", err, there("cancelled@corp.test"), told)
		}

		order := ""
		err = a.DB.Write(ctx, func(tx *store.Tx) error {
			add(tx, "good@corp.test")
			tx.AfterCommit(func() {
				order += "first "
				if !there("good@corp.test") {
					t.Error("AfterCommit ran before the commit")
				}
			})
			tx.AfterCommit(func() { order += "second" })
			if there("good@corp.test") {
				t.Error("others see what is not committed")
			}
			return nil
		})
		if err != nil || !there("good@corp.test") || order != "first second" {
			t.Errorf("a good one: %v, %q", err, order)
		}
		// All connections are returned: as many transactions as there are fit.
		for range 12 {
			if err := a.DB.Write(ctx, func(*store.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		for name, s := range a.DB.Stats() {
			if s.InUse != 0 {
				t.Errorf("pool %s keeps %d connections", name, s.InUse)
			}
		}
	})
}

// Two transactions lock two users in opposite order. PostgreSQL ends one of them, which must
// run again without the caller noticing; SQLite runs one at a time.
func TestDeadlock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, tenantID := t.Context(), a.TenantID(t)
		one := a.AddUser(t, "one@corp.test", sallyport.RoleMember)
		two := a.AddUser(t, "two@corp.test", sallyport.RoleMember)
		if a.DB.Engine == store.Postgres {
			db := dbtest.Raw(t, a.DSN)
			if _, err := db.ExecContext(ctx, "ALTER ROLE CURRENT_USER IN DATABASE "+databaseName(t, db)+" SET deadlock_timeout = '20ms'"); err != nil {
				t.Fatal(err)
			}
		}
		b := a.Node(t, store.Options{}) // connects with the short timeout

		var both sync.WaitGroup // have taken their first user, on the first try
		both.Add(2)
		var mu sync.Mutex
		runs, told := 0, 0
		take := func(first, second sallyport.User) error {
			tries := 0
			return b.DB.Write(ctx, func(tx *store.Tx) error {
				tries++
				mu.Lock()
				runs++
				mu.Unlock()
				tx.AfterCommit(func() {
					mu.Lock()
					defer mu.Unlock()
					told++
				})
				if _, err := tx.LockUser(ctx, tenantID, first.ID); err != nil {
					return err
				}
				if tries == 1 && b.DB.Engine == store.Postgres {
					both.Done()
					both.Wait()
				}
				_, err := tx.LockUser(ctx, tenantID, second.ID)
				return err
			})
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := take(one, two); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if err := take(two, one); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		want := 2
		if b.DB.Engine == store.Postgres {
			want = 3 // or more: the one that tries again can be the victim again
		}
		if runs < want || told != 2 {
			t.Errorf("%d runs, want at least %d; AfterCommit ran %d times", runs, want, told)
		}
	})
}

func databaseName(t *testing.T, db *sql.DB) string {
	t.Helper()
	var name string
	if err := db.QueryRowContext(t.Context(), "SELECT quote_ident(current_database())").Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRetriesAreFew(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for _, tt := range []struct {
			state string
			fails int
			runs  int
			code  sallyport.Code
		}{
			{"40001", 0, 1, ""},
			{"40001", 2, 3, ""},
			{"40P01", 2, 3, ""},
			{"40001", 20, 10, sallyport.CodeUnavailable},
			{"55P03", 9, 1, sallyport.CodeUnavailable},
			{"23505", 9, 1, sallyport.CodeConflict},
			{"22021", 9, 1, sallyport.CodeInternal},
		} {
			runs, told := 0, 0
			err := a.DB.Write(t.Context(), func(tx *store.Tx) error {
				runs++
				tx.AfterCommit(func() { told++ })
				if runs <= tt.fails {
					return fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: tt.state})
				}
				return nil
			})
			if runs != tt.runs || sallyport.CodeOf(err) != tt.code || (told == 1) != (err == nil) {
				t.Errorf("%s failing %d times: %d runs, told %d, %v", tt.state, tt.fails, runs, told, err)
			}
		}
	})
}

// patience is far longer than the timeouts of these tests: who waits until it is over was not
// stopped by them.
const patience = 30 * time.Second

// When all connections but the check's own are taken, callers get an error within the
// timeout, and the session check is not affected.
func TestPoolExhausted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		const timeout = time.Second // busy machines answer within it
		b := a.Node(t, store.Options{Connections: 2, CheckConnections: 1, Timeout: timeout})
		ctx := t.Context()

		release, err := b.DB.HoldAll(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]func() error{
			"write":       func() error { return b.DB.Write(ctx, func(*store.Tx) error { return nil }) },
			"read":        func() error { _, err := b.DB.User(ctx, r.User.TenantID, r.User.ID); return err },
			"list":        func() error { _, err := b.DB.Tenants(ctx); return err },
			"count":       func() error { _, err := b.DB.Claimed(ctx); return err },
			"ping":        func() error { return b.DB.Ping(ctx) },
			"whole visit": func() error { _, err := b.Try(ctx, b.Laptop(t), apptest.OwnerEmail, apptest.Password); return err },
		} {
			start := time.Now()
			err := f()
			if took := time.Since(start); sallyport.CodeOf(err) != sallyport.CodeUnavailable || took > patience {
				t.Errorf("%s when no connection is free: %v after %v", name, err, took)
			}
		}
		for range 100 {
			if _, err := b.Sessions.Check(ctx, r.User.TenantID, r.SessionToken); err != nil {
				t.Fatalf("the session check while all other connections are held: %v", err)
			}
		}
		release()
		if err := b.DB.Write(ctx, func(*store.Tx) error { return nil }); err != nil {
			t.Errorf("it does not recover: %v", err)
		}
	})
}

// A transaction that waits for another one's lock gives up within the timeout,
// though its caller would wait longer.
func TestLockedOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner, ctx := a.Owner(t), t.Context()
		const timeout = 100 * time.Millisecond
		b := a.Node(t, store.Options{Timeout: timeout})
		held, release := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			err := a.DB.Write(ctx, func(tx *store.Tx) error {
				_, err := tx.LockUser(ctx, owner.TenantID, owner.ID)
				close(held)
				<-release
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
		<-held
		start := time.Now()
		err := b.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.LockUser(ctx, owner.TenantID, owner.ID)
			return err
		})
		took := time.Since(start)
		close(release)
		wg.Wait()
		if sallyport.CodeOf(err) != sallyport.CodeUnavailable || took > patience {
			t.Errorf("%v after %v", err, took)
		}
		for try := 0; ; try++ { // so short a timeout can pass on a busy machine
			if err = b.DB.Write(ctx, func(tx *store.Tx) error {
				_, err := tx.LockUser(ctx, owner.TenantID, owner.ID)
				return err
			}); err == nil || try == 20 {
				break
			}
		}
		if err != nil {
			t.Errorf("it does not recover: %v", err)
		}
	})
}

// Reads outside a transaction use connections that cannot write. A change without a
// transaction, which would have no event, fails.
func TestReadersCannotWrite(t *testing.T) {
	a := apptest.New(t, store.SQLite, store.Options{})
	if err := a.DB.AddUser(t.Context(), newUser(a.TenantID(t), "a@corp.test")); err == nil {
		t.Error("a reader wrote")
	}
}

// What an unsafe store wrote is in the file itself once it is closed, and an ordinary
// store goes on with it.
func TestUnsafeIsSettledAtTheEnd(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "new.db")
	db, err := store.Open(t.Context(), file, store.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	tenant := sallyport.Tenant{ID: token.NewID(), Name: "Quayside", CreatedAt: apptest.Start}
	if err := db.Write(t.Context(), func(tx *store.Tx) error { return tx.AddTenant(t.Context(), tenant) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file + "-wal"); err == nil && info.Size() > 0 {
		t.Errorf("%d bytes wait to be copied to the file", info.Size())
	}
	again, err := store.Open(t.Context(), file, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if found, err := again.Tenants(t.Context()); err != nil || len(found) != 1 || found[0].ID != tenant.ID {
		t.Errorf("%v, %v", found, err)
	}
}
