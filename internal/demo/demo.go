// Package demo fills an empty database with an organisation to look around in:
// a few hundred invented people on four continents, their devices and second
// factors, a month of sign-ins, sessions that go on or have ended in every way one
// can end, and a few attacks.
//
//	people ─ plan a month of acts ─ live through them in order ─ steps ─ database
//
// Nothing is painted on: every row comes with the audit events that the product
// writes for it, in the same transaction and in the order of time, and sessions
// end through the same guarded statements as real ones. One seed and one time
// give the same story. What must not be guessable is new each time: tokens, of
// which only hashes are kept, so that the sessions of the demo open nothing, the
// three passwords, and what is sealed with second factors. The ids of users and
// events differ too. Mails are not sent for what happened before the demo began.
//
// Only the three people a visitor plays have a password hash. Nobody can sign
// in as one of the others. One of the three, the admin, has an authenticator app,
// whose secret the summary tells.
package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/geo"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/uses"
)

// Organisation and its domain, which RFC 2606 keeps free of real people.
const (
	Organisation = "Lumenfjord Instruments"
	domain       = "lumenfjord.example"
	otherDomain  = "contractors.example.net"
)

// Options say what to make. The zero value is right but for Now.
type Options struct {
	Seed     uint64    // of the story; 0 means a fixed one
	Users    int       // from 40 to 5000; 0 means 300
	Days     int       // of ordinary life, from 14 to 60; 0 means 30
	Now      time.Time // nothing happens later; the zero time means time.Now
	Progress func(done, total int, what string)
}

// moveIn is how long before the ordinary days the organisation was set up and
// its people moved in, site by site.
const moveIn = 9 * 24 * time.Hour

const day = 24 * time.Hour

func (o Options) complete() (Options, error) {
	if o.Seed == 0 {
		o.Seed = 20
	}
	if o.Users == 0 {
		o.Users = 300
	}
	if o.Days == 0 {
		o.Days = 30
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	o.Now = o.Now.UTC().Truncate(time.Microsecond)
	if o.Progress == nil {
		o.Progress = func(int, int, string) {}
	}
	if o.Users < 40 || o.Users > 5000 {
		return o, fmt.Errorf("demo: %d users asked for: choose from 40 to 5000", o.Users)
	}
	if o.Days < 14 || o.Days > 60 {
		return o, fmt.Errorf("demo: %d days asked for: choose from 14 to 60", o.Days)
	}
	return o, nil
}

// Credential is what a visitor signs in with.
type Credential struct {
	Role     sallyport.Role
	Name     string
	Email    string
	Password string

	Secret      string   // of the authenticator app in base32; "" for who has none
	URI         string   // the same for an app
	BackupCodes []string // that are left
}

// Summary is what was made.
type Summary struct {
	Organisation string
	TenantID     string
	Users        int
	Devices      int
	Protected    int // people with a second factor
	Sessions     map[sallyport.SessionStatus]int
	Attempts     int
	Failed       int // of the attempts
	Events       int64
	Countries    int          // that people signed in from
	Locked       []string     // e-mail addresses of the accounts that are locked at Now
	Credentials  []Credential // an owner, an admin and a member
}

// Fill makes the organisation in db, which must be migrated and without a
// tenant: anything else is CodeConflict. The keys are those of its installation. When it fails in the middle, the
// database is sound but unfinished, and another try needs a new one.
func Fill(ctx context.Context, db *store.Store, keys *seal.Keys, passwords *factor.Passwords, places *geo.DB, o Options) (Summary, error) {
	o, err := o.complete()
	if err != nil {
		return Summary{}, err
	}
	if err := mustBeEmpty(ctx, db); err != nil {
		return Summary{}, err
	}
	w := newWorld(o, keys, places)
	w.people = w.populate()
	o.Progress(0, 1, "people")
	if err := w.claim(ctx, db, passwords); err != nil {
		return Summary{}, fmt.Errorf("demo: %w", err)
	}
	locks := w.plan()
	w.live()
	if w.failed != nil {
		return Summary{}, fmt.Errorf("demo: %w", w.failed)
	}
	w.authenticator()
	for _, p := range w.people {
		if len(p.usable()) > 0 {
			w.summary.Protected++
		}
	}
	if err := w.write(ctx, db); err != nil {
		return Summary{}, fmt.Errorf("demo: %w", err)
	}
	if err := w.lock(ctx, db, locks); err != nil {
		return Summary{}, fmt.Errorf("demo: %w", err)
	}
	head, err := db.AuditHead(ctx, w.tenantID)
	w.summary.Events = head.Size
	return w.summary, err
}

func mustBeEmpty(ctx context.Context, db *store.Store) error {
	claimed, err := db.Claimed(ctx)
	if err != nil {
		return err
	}
	tenants, err := db.Tenants(ctx)
	if err != nil {
		return err
	}
	if claimed || len(tenants) > 0 {
		return sallyport.Refuse(sallyport.CodeConflict, "the database is in use: the demo needs an empty one of its own")
	}
	return nil
}

// claim sets the installation up as its first person would have, and gives the
// three people a visitor plays their passwords.
func (w *world) claim(ctx context.Context, db *store.Store, passwords *factor.Passwords) error {
	accounts := uses.New(uses.Config{ // claiming mails nobody
		DB: db, Hasher: passwords, Now: func() time.Time { return w.founded },
		Policy: func(context.Context, store.Queries, string) (sallyport.Policy, error) { return w.policy, nil },
	}).Accounts
	for _, p := range w.people {
		if !p.played {
			continue
		}
		c := Credential{Role: p.user.Role, Name: p.user.Name(), Email: p.user.Email, Password: newPassword()}
		w.summary.Credentials = append(w.summary.Credentials, c)
		var err error
		if p.user.Role == sallyport.RoleOwner {
			p.user, err = accounts.Claim(ctx, Organisation, account.NewUser{
				Email: p.user.Email, FirstName: p.user.FirstName, LastName: p.user.LastName, Password: c.Password,
			})
			w.tenantID, w.summary.TenantID = p.user.TenantID, p.user.TenantID
			p.joins = w.founded
		} else {
			p.user.PasswordHash, err = passwords.Hash(ctx, c.Password)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// batch is how many steps go into one transaction: a few hundred rows, far
// below the store's time limit.
const batch = 150

// write stores all steps in order of time.
func (w *world) write(ctx context.Context, db *store.Store) error {
	slices.SortStableFunc(w.steps, func(a, b step) int { return a.at.Compare(b.at) })
	total := len(w.steps)
	for done := 0; done < total; {
		part := w.steps[done:min(done+batch, total)]
		err := db.Write(ctx, func(tx *store.Tx) error {
			var events []sallyport.Event
			for _, s := range part {
				if s.rows != nil {
					if err := s.rows(ctx, tx); err != nil {
						return err
					}
				}
				events = append(events, s.events...)
			}
			return audit.Append(ctx, tx, events...)
		})
		if err != nil {
			return err
		}
		done += len(part)
		w.o.Progress(done, total, "days")
	}
	return nil
}

// lock spends the tries of the attacks that are still going on, so that the
// accounts are really locked.
func (w *world) lock(ctx context.Context, db *store.Store, tries []try) error {
	p := w.policy
	p.LockoutProgressive = false // the story knows how long its attackers wait
	for _, t := range tries {
		counters := throttle.Counters{TenantID: w.tenantID, Policy: p, Now: t.at}
		d, err := counters.Spend(ctx, uses.New(uses.Config{DB: db}).Acts, throttle.ForAccount(t.email), throttle.ForNetwork(t.ip))
		if err != nil {
			return err
		}
		if slices.Contains(d.Locks, throttle.Account) {
			w.summary.Locked = append(w.summary.Locked, t.email)
		}
	}
	return nil
}
