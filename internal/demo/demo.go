// Package demo fills an empty database with an organisation to look around in:
// a few hundred invented people on four continents, their devices and second
// factors, a month of sign-ins, sessions that go on or have ended in every way one
// can end, and a few attacks.
//
//	people ─ agenda of a month ─ one act after the other ─ the uses ─ database
//
// Whatever happens, happens through the uses, as for real people: they sign in step
// by step from a network of the story, type codes, follow mailed links and are
// refused, at the time that a clock of the story shows. The package writes no row, and
// may not import what does. One seed and one time give the same story. What must
// not be guessable is new each time: ids, tokens, passwords, codes and keys. Mails of
// the past are not delivered.
//
// People whom nobody plays have passwords that nobody knows, hashed at next to no
// cost. A visitor plays three: their passwords are hashed as the installation hashes
// all, and one of them, the admin, has an authenticator app, whose secret the summary
// tells.
package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/job"
	"github.com/sallyport/sallyport/internal/notify"
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
	Days     int       // of ordinary life, from 14 to 400; 0 means 30
	Now      time.Time // nothing happens later; the zero time means time.Now
	Progress func(done, total int, what string)
}

// moveIn is how long before the ordinary days the organisation was set up and
// its people moved in, site by site.
const moveIn = 9 * 24 * time.Hour

const day = 24 * time.Hour

// countEvery is how often the figures of the dashboard are counted, so that each hour has its own.
const countEvery = time.Hour

// tendEvery is how often a node does in the story what it does every few seconds.
const tendEvery = 6 * time.Hour

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
	if o.Days < 14 || o.Days > 400 {
		return o, fmt.Errorf("demo: %d days asked for: choose from 14 to 400", o.Days)
	}
	return o, nil
}

// cheap makes hashing a password cost next to nothing.
var cheap = factor.Argon2{MemoryKiB: 64, Iterations: 1, Lanes: 1}

// Fill makes the organisation in the database of c, which must be migrated and without
// a tenant: anything else is CodeConflict. The keys and the hasher of c are those of its
// installation; the rest of c is the story's own. When Fill fails in the middle, the
// database is sound but unfinished, and another try needs a new one.
func Fill(ctx context.Context, c uses.Config, o Options) (Summary, error) {
	o, err := o.complete()
	if err != nil {
		return Summary{}, err
	}
	if err := mustBeEmpty(ctx, c); err != nil {
		return Summary{}, err
	}
	w, err := open(o, c)
	if err != nil {
		return Summary{}, err
	}
	o.Progress(0, 1, "people")
	w.populate()
	for _, do := range []func(context.Context) error{w.claim, w.planAll, w.live, w.tend} {
		if err := do(ctx); err != nil {
			return Summary{}, fmt.Errorf("demo: %w", err)
		}
	}
	return w.summary(ctx)
}

// planAll decides who is going to do what, and when.
func (w *world) planAll(context.Context) error {
	w.planPolicy()
	w.planLook()
	w.planPlayed()
	w.planScenes()
	w.planDeviceScenes()
	w.planSpraying()
	w.planStuffing()
	w.planGuessing()
	w.planLives()
	w.planChores()
	w.planPrograms()
	w.planApps()
	w.planAlerts()
	w.planSSO()
	for at := w.founded.Add(tendEvery); at.Before(w.o.Now); at = at.Add(tendEvery) {
		w.scene("jobs", at, w.tend)
	}
	for at := w.founded.Add(countEvery).Truncate(countEvery); at.Before(w.o.Now); at = at.Add(countEvery) {
		w.scene("figures", at.Add(-time.Second), w.uses.Sequencer.Run)
	}
	return nil
}

func mustBeEmpty(ctx context.Context, c uses.Config) error {
	claimed, err := c.DB.Claimed(ctx)
	if err != nil {
		return err
	}
	tenants, err := c.DB.Tenants(ctx)
	if err != nil {
		return err
	}
	if claimed || len(tenants) > 0 {
		return sallyport.Refuse(sallyport.CodeConflict, "the database is in use: the demo needs an empty one of its own")
	}
	return nil
}

// open returns the world before anything has happened in it.
func open(o Options, c uses.Config) (*world, error) {
	quick, err := factor.NewPasswords(cheap, 1)
	if err != nil {
		return nil, err
	}
	w := newWorld(o)
	c.Now, c.Policy, c.Base = w.clock, nil, base
	c.Outbox = notify.NewOutbox(c.Keys, w.clock)
	w.base, w.real = c, uses.New(c)
	c.Hasher = quick
	w.uses = uses.New(c)
	w.jobs = job.All(c.DB, w.uses)
	return w, nil
}

// claim sets the installation up as its first person would have.
func (w *world) claim(ctx context.Context) (err error) {
	p := w.owner
	p.user, err = w.uses.Accounts.Claim(ctx, Organisation, account.NewUser{
		Email: p.user.Email, FirstName: p.user.FirstName, LastName: p.user.LastName, Password: p.password,
	})
	p.joined, w.tenantID = true, p.user.TenantID
	if err != nil {
		return err
	}
	return w.organise(ctx)
}
