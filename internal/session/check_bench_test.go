package session_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
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
	if err := db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.AddTenant(ctx, tenant); err != nil {
			return err
		}
		if err := tx.AddUser(ctx, user); err != nil {
			return err
		}
		_, secret, err = session.Begin(ctx, tx, policy.Default(), session.Start{User: user, Client: sallyport.Client{IPAddress: "192.0.2.1"}}, now)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	s := session.New(db, time.Now)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Check(ctx, tenant.ID, secret); err != nil {
			b.Fatal(err)
		}
	}
}
