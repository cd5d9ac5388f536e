package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/uses"
)

const password = "correct-Horse 75 battery"

// organisation is a filled database: some users who can sign in, each with a few
// sessions, and any number of sessions of other users.
type organisation struct {
	tenant sallyport.Tenant
	users  []sallyport.User
	tokens []string // sessions of the users
}

const (
	benchUsers      = 50
	sessionsPerUser = 5
)

func fill(ctx context.Context, dsn string, total int) (organisation, error) {
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
	acts := uses.New(uses.Config{DB: db}).Acts
	if err := acts.Run(ctx, sallyport.System(o.tenant.ID), act.Nobody, act.Need{}, func(a *act.Act) error {
		if err := a.Claim(ctx, now.UnixMicro()); err != nil {
			return err
		}
		if err := a.AddTenant(ctx, o.tenant); err != nil {
			return err
		}
		for i := range benchUsers {
			u := sallyport.User{
				TenantID: o.tenant.ID, ID: token.NewID(), Email: "user" + strconv.Itoa(i) + "@example.com", FirstName: "User", LastName: strconv.Itoa(i),
				Role: sallyport.RoleMember, Status: sallyport.UserActive, PasswordHash: hash, PasswordChangedAt: now, CreatedAt: now,
			}
			o.users = append(o.users, u)
			tokens, err := begin(ctx, a, u, sessionsPerUser)
			if err != nil {
				return err
			}
			o.tokens = append(o.tokens, tokens...)
		}
		return nil
	}); err != nil {
		return o, err
	}
	return o, addOthers(ctx, acts, o.tenant.ID, total-len(o.tokens))
}

// writeTo does an act on a database that a node serves at the same time.
func writeTo(ctx context.Context, dsn, tenantID string, do func(*act.Act) error) error {
	db, err := store.Open(ctx, dsn, store.Options{Timeout: time.Minute})
	if err != nil {
		return err
	}
	return errors.Join(uses.New(uses.Config{DB: db}).Acts.Run(ctx, sallyport.System(tenantID), act.Nobody, act.Need{}, do), db.Close())
}

// addOthers adds sessions of other users, so that the table is large while the measured
// users stay few.
func addOthers(ctx context.Context, acts *act.Runner, tenantID string, n int) error {
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
				err := acts.Run(ctx, sallyport.System(tenantID), act.Nobody, act.Need{}, func(a *act.Act) error {
					u := sallyport.User{
						TenantID: tenantID, ID: token.NewID(), Email: token.NewID() + "@example.com",
						Role: sallyport.RoleMember, Status: sallyport.UserActive, CreatedAt: a.Now,
					}
					_, err := begin(ctx, a, u, size)
					return err
				})
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

// begin adds a user with n sessions and returns the tokens.
func begin(ctx context.Context, a *act.Act, u sallyport.User, n int) ([]string, error) {
	if err := a.AddUser(ctx, u); err != nil {
		return nil, err
	}
	a.User = u
	var tokens []string
	for range n {
		_, held, err := session.Begin(ctx, a, session.Start{Client: sallyport.Client{IPAddress: "192.0.2.1"}})
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, held.SessionToken)
	}
	return tokens, nil
}
