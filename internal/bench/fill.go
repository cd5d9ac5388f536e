package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const password = "correct Horse 7 battery"

// organisation is a filled database: some users who can sign in, each with a
// few sessions, and as many more sessions of others as asked for.
type organisation struct {
	tenant sallyport.Tenant
	users  []sallyport.User
	tokens []string // of the users' sessions
}

const (
	benchUsers      = 50
	sessionsPerUser = 5
)

func fill(ctx context.Context, dsn string, total int) (organisation, error) {
	return fillWith(ctx, dsn, benchUsers, total)
}

// fillUsers makes an organisation of so many users.
func fillUsers(ctx context.Context, dsn string, users int) (organisation, error) {
	return fillWith(ctx, dsn, users, 0)
}

func fillWith(ctx context.Context, dsn string, users, total int) (organisation, error) {
	db, err := store.Open(ctx, dsn, store.Options{Timeout: time.Minute})
	if err != nil {
		return organisation{}, err
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		return organisation{}, err
	}
	now := time.Now()
	o := organisation{tenant: sallyport.Tenant{ID: token.NewID(), Name: "Bench", CreatedAt: now}}
	passwords, err := factor.NewPasswords(factor.DefaultArgon2, 0)
	if err != nil {
		return o, err
	}
	hash, err := passwords.Hash(ctx, password)
	if err != nil {
		return o, err
	}
	if err := db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Claim(ctx, now.UnixMicro()); err != nil {
			return err
		}
		if err := tx.AddTenant(ctx, o.tenant); err != nil {
			return err
		}
		for i := range users {
			u := sallyport.User{
				TenantID: o.tenant.ID, ID: token.NewID(), Email: "user" + strconv.Itoa(i) + "@example.com", FirstName: "User", LastName: strconv.Itoa(i),
				Role: sallyport.RoleMember, Status: sallyport.UserActive, PasswordHash: hash, PasswordChangedAt: now, CreatedAt: now,
			}
			o.users = append(o.users, u)
			if err := tx.AddUser(ctx, u); err != nil {
				return err
			}
			for range sessionsPerUser {
				_, secret, err := session.Begin(ctx, tx, policy.Default(), session.Start{User: u, Client: sallyport.Client{IPAddress: "192.0.2.1"}}, now)
				if err != nil {
					return err
				}
				o.tokens = append(o.tokens, secret)
			}
		}
		return nil
	}); err != nil {
		return o, err
	}
	return o, addOthers(ctx, db, o, total-len(o.tokens), now)
}

// addOthers adds sessions of other users, so that the table is large and what
// is measured is not.
func addOthers(ctx context.Context, db *store.Store, o organisation, n int, now time.Time) error {
	const batch = 2000
	total := n
	var done atomic.Int64
	var wg sync.WaitGroup
	var first sync.Once
	var failed error
	work := make(chan int)
	for range 2 {
		wg.Go(func() {
			for size := range work {
				err := db.Write(ctx, func(tx *store.Tx) error { return addBatch(ctx, tx, o.tenant.ID, size, now) })
				if err != nil {
					first.Do(func() { failed = err })
				}
				fmt.Fprintf(os.Stderr, "\r%d of %d sessions", done.Add(int64(size)), total)
			}
		})
	}
	for ; n > 0; n -= batch {
		work <- min(n, batch)
	}
	close(work)
	wg.Wait()
	fmt.Fprint(os.Stderr, "\r\033[K")
	return failed
}

func addBatch(ctx context.Context, tx *store.Tx, tenantID string, n int, now time.Time) error {
	u := sallyport.User{
		TenantID: tenantID, ID: token.NewID(), Email: token.NewID() + "@example.com",
		Role: sallyport.RoleMember, Status: sallyport.UserActive, CreatedAt: now,
	}
	if err := tx.AddUser(ctx, u); err != nil {
		return err
	}
	for range n {
		if _, _, err := session.Begin(ctx, tx, policy.Default(), session.Start{User: u, Client: sallyport.Client{IPAddress: "192.0.2.1"}}, now); err != nil {
			return err
		}
	}
	return nil
}
