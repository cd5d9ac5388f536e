package session_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// BenchmarkCheck is the cost of one session check without HTTP, on SQLite.
func BenchmarkCheck(b *testing.B) {
	ctx := context.Background()
	db, err := store.Open(ctx, filepath.Join(b.TempDir(), "bench.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	tenant := sallyport.Tenant{ID: token.NewID(), Name: "Bench", CreatedAt: now}
	user := sallyport.User{TenantID: tenant.ID, ID: token.NewID(), Email: "a@example.com", Role: sallyport.RoleMember, Status: sallyport.UserActive, CreatedAt: now}
	var secret string
	acts := act.New(act.Config{DB: db, Now: time.Now})
	if err := acts.Run(ctx, sallyport.System(tenant.ID), act.Nobody, act.Need{}, func(a *act.Act) error {
		if err := a.AddTenant(ctx, tenant); err != nil {
			return err
		}
		if err := a.AddUser(ctx, user); err != nil {
			return err
		}
		a.User = user
		_, held, err := session.Begin(ctx, a, session.Start{Client: sallyport.Client{IPAddress: "192.0.2.1"}})
		secret = held.SessionToken
		return err
	}); err != nil {
		b.Fatal(err)
	}
	s := session.New(acts, db)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Check(ctx, tenant.ID, secret); err != nil {
			b.Fatal(err)
		}
	}
}
