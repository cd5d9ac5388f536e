package tenant_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/token"
)

var now = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// each runs a test on both engines, with one tenant and a user of it.
func each(t *testing.T, test func(*testing.T, *store.Store, sallyport.User)) {
	for engine, dsn := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return dbtest.Migrated(t, store.SQLite) },
		"postgres": func(t *testing.T) string { return dbtest.Migrated(t, store.Postgres) },
	} {
		t.Run(engine, func(t *testing.T) {
			ctx := context.Background()
			db, err := store.Open(ctx, dsn(t), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			if err := db.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			u := sallyport.User{TenantID: token.NewID(), ID: token.NewID(), Email: "a@example.com", Role: sallyport.RoleAdmin, Status: sallyport.UserActive, CreatedAt: now}
			if err := db.Write(ctx, func(tx *store.Tx) error {
				return errors.Join(tx.AddTenant(ctx, sallyport.Tenant{ID: u.TenantID, Name: "T", CreatedAt: now}), tx.AddUser(ctx, u))
			}); err != nil {
				t.Fatal(err)
			}
			test(t, db, u)
		})
	}
}

func actor(u sallyport.User, role sallyport.Role) sallyport.Actor {
	return sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID, Role: role}
}

func TestPolicyIsVersionedAndLogged(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store, u sallyport.User) {
		ctx := context.Background()
		s := tenant.New(act.New(act.Config{DB: db, Now: func() time.Time { return now }}))
		admin := actor(u, sallyport.RoleAdmin)

		if p, err := s.Policy(ctx, u.TenantID); err != nil || len(policy.Changes(p, policy.Default())) != 0 {
			t.Fatalf("a new tenant does not have the default policy: %v", err)
		}
		saved, err := s.Save(ctx, admin, tenant.Edit{Version: 0, Fields: map[string]any{"lockoutFailures": 7.0, "passwordRotationDays": 90.0}})
		if err != nil || len(saved.Changes) != 2 {
			t.Fatalf("Save: %v, %v", saved, err)
		}
		if _, err := s.Save(ctx, admin, tenant.Edit{Version: 0, Fields: map[string]any{"lockoutFailures": 9.0}}); !errors.Is(err, sallyport.ErrConflict) && sallyport.CodeOf(err) != sallyport.CodeConflict {
			t.Errorf("saving over a newer version: %v", err)
		}
		if _, err := s.Save(ctx, admin, tenant.Edit{Version: 1, Fields: map[string]any{"lockoutFailures": 1.0}}); sallyport.CodeOf(err) != sallyport.CodeInvalid {
			t.Errorf("saving out of bounds: %v", err)
		}
		if saved, err := s.Save(ctx, admin, tenant.Edit{Version: 1, Fields: map[string]any{"lockoutFailures": 7.0}}); err != nil || len(saved.Changes) != 0 {
			t.Errorf("saving what is there: %v, %v", saved, err)
		}
		if _, err := s.Save(ctx, admin, tenant.Edit{Version: 1, Preset: policy.PresetStrict}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Save(ctx, admin, tenant.Edit{Version: 2, Preset: "lenient"}); sallyport.CodeOf(err) != sallyport.CodeInvalid {
			t.Errorf("unknown preset: %v", err)
		}
		c, err := s.Read(ctx, admin)
		if strict, _ := policy.For(policy.PresetStrict); err != nil || c.Version != 2 || len(policy.Changes(c.Policy, strict)) != 0 {
			t.Errorf("after applying strict: version %d, %v", c.Version, err)
		}
		rows, err := db.Events(ctx, u.TenantID, 0, 100)
		if err != nil || len(rows) < 3 || rows[0].Kind != string(audit.PolicyChanged) {
			t.Errorf("events: %v, %v", rows, err)
		}
		if err := audit.NewSequencer(db, time.Now).Run(ctx); err != nil {
			t.Fatal(err)
		}
		if r, err := audit.Verify(ctx, db, u.TenantID, audit.Known{}, nil); err != nil || len(r.Problems) > 0 {
			t.Errorf("log: %v %v", r.Problems, err)
		}
	})
}

func TestPolicyNeedsPermission(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store, u sallyport.User) {
		ctx := context.Background()
		s := tenant.New(act.New(act.Config{DB: db, Now: func() time.Time { return now }}))
		u.ID, u.Email, u.Role = token.NewID(), "m@example.com", sallyport.RoleMember
		if err := db.Write(ctx, func(tx *store.Tx) error { return tx.AddUser(ctx, u) }); err != nil {
			t.Fatal(err)
		}
		member := actor(u, sallyport.RoleMember)
		if _, err := s.Read(ctx, member); !errors.Is(err, sallyport.ErrForbidden) {
			t.Errorf("Read: %v", err)
		}
		if _, err := s.Save(ctx, member, tenant.Edit{Version: 0, Fields: map[string]any{"lockoutFailures": 7.0}}); !errors.Is(err, sallyport.ErrForbidden) {
			t.Errorf("Save: %v", err)
		}
		if row, err := db.Policy(ctx, u.TenantID); err != nil || row.Version != 0 {
			t.Errorf("the policy changed: %+v, %v", row, err)
		}
	})
}

func TestShorterTimesApplyToLiveSessions(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store, u sallyport.User) {
		ctx := context.Background()
		acts := act.New(act.Config{DB: db, Now: func() time.Time { return now }})
		s := tenant.New(acts)
		begin := func(native bool) (v sallyport.Session) {
			if err := acts.Run(ctx, sallyport.System(u.TenantID), act.User(u.ID), act.Need{}, func(a *act.Act) (err error) {
				c := sallyport.Client{Info: sallyport.DeviceInfo{Type: sallyport.DeviceMobile}}
				v, _, err = session.Begin(ctx, a, session.Start{Native: native, Client: c})
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return v
		}
		web, app := begin(false), begin(true)
		if _, err := s.Save(ctx, actor(u, sallyport.RoleOwner), tenant.Edit{Version: 0, Fields: map[string]any{"sessionIdleWebMinutes": 1440.0, "sessionLifetimeMinutes": 86400.0}}); err != nil {
			t.Fatal(err)
		}
		const day = 24 * time.Hour
		for _, tt := range []struct {
			id   string
			idle time.Duration
		}{{web.ID, day}, {app.ID, 30 * day}} {
			v, err := db.Session(ctx, u.TenantID, tt.id)
			if err != nil || v.IdleTimeout != tt.idle || !v.ExpiresAt.Equal(now.Add(60*day)) {
				t.Errorf("idle %v, expires %v, %v", v.IdleTimeout, v.ExpiresAt, err)
			}
		}
		if overdue, err := db.OverdueSessions(ctx, now.Add(day), 10); err != nil || len(overdue) != 1 || overdue[0].ID != web.ID {
			t.Errorf("a day later overdue: %v, %v", overdue, err)
		}
		// Longer times do not extend existing sessions.
		if _, err := s.Save(ctx, actor(u, sallyport.RoleOwner), tenant.Edit{Version: 1, Fields: map[string]any{"sessionIdleWebMinutes": 10080.0}}); err != nil {
			t.Fatal(err)
		}
		if v, err := db.Session(ctx, u.TenantID, web.ID); err != nil || v.IdleTimeout != day {
			t.Errorf("idle after lengthening: %v, %v", v.IdleTimeout, err)
		}
	})
}
