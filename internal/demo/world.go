package demo

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/geo"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
)

// world is the story while it is being made up.
type world struct {
	o        Options
	rng      *rand.Rand
	places   *geo.DB
	keys     *seal.Keys
	failed   error // what kept a secret from being sealed
	policy   sallyport.Policy
	tenantID string

	founded time.Time // the installation was claimed
	begin   time.Time // the ordinary days begin
	offices []*site
	people  []*person
	actors  []*person // see cast
	acts    []act
	stars   []*person
	seed    []byte // of the authenticator app that a visitor can play
	living  int    // the act that is being done; 0 while planning
	steps   []step
	open    []*opened // sessions that have not ended
	seen    map[string]bool
	summary Summary
}

// act is something somebody is going to do, if it still makes sense then.
type act struct {
	at time.Time
	do func(at time.Time)
}

// step is what has happened: its rows and its events.
type step struct {
	at     time.Time
	rows   func(context.Context, *store.Tx) error // nil when only an event tells of it
	events []sallyport.Event
}

// person is one user and how they live.
type person struct {
	user     sallyport.User
	site     *site
	machines []*machine
	home     netip.Addr
	joins    time.Time // when the account is made; nothing happens before
	disabled bool
	played   bool // a visitor can sign in as them: nothing bad befalls them
	hired    bool // joined in the ordinary days
	tidy     bool // signs out at the end of the day
	remote   bool // seldom in an office
	trip     trip

	factors  []*held // that were proven, revoked ones included
	codes    *held   // backup codes
	required bool    // an admin demands a second factor
	star     bool    // of a scene: nothing else befalls them
	backup   bool    // answers with a backup code next
	plain    bool    // never sets up a second factor
	careful  float64 // probability that they trust a new device
	gadgets  []*gadget
	visits   []*visited
	misses   []miss
}

// trip is a stay abroad.
type trip struct {
	from, to time.Time
	network  network
}

// opened is a session as long as the story needs it.
type opened struct {
	sallyport.Session // as it is stored when it begins, but for the last activity
	of                *person
	native            bool
	client            sallyport.Client
	on                *gadget
	visit             *visited
	hash              []byte // of its token
	suspended, ended  bool
}

func (s *opened) live(at time.Time) bool { return !s.ended && at.Before(s.EndsAt()) }

func newWorld(o Options, keys *seal.Keys, places *geo.DB) *world {
	begin := o.Now.Add(-time.Duration(o.Days) * day)
	w := &world{
		o: o, places: places, keys: keys, policy: policy.Default(),
		rng:   rand.New(rand.NewPCG(o.Seed, 0x5a11)), //nolint:gosec // a story that can be told again, no secret
		begin: begin, founded: begin.Add(-moveIn), seen: map[string]bool{},
		summary: Summary{Organisation: Organisation, Sessions: map[sallyport.SessionStatus]int{}},
	}
	for _, s := range sites {
		s.office1 = w.address(s.office[0])
		w.offices = append(w.offices, &s)
	}
	return w
}

func (w *world) chance(probability float64) bool { return w.rng.Float64() < probability }

// between returns a time span from a up to b, evenly spread.
func (w *world) between(a, b time.Duration) time.Duration {
	return a + time.Duration(w.rng.Int64N(int64(b-a)))
}

// around returns a time span near mean, within three times spread.
func (w *world) around(mean, spread time.Duration) time.Duration {
	x := max(-3, min(3, w.rng.NormFloat64()))
	return mean + time.Duration(x*float64(spread))
}

func choose[T any](w *world, from []T) T { return from[w.rng.IntN(len(from))] }

// part returns the moment at which a fraction of the ordinary days is over.
func (w *world) part(fraction float64) time.Time {
	return w.begin.Add(time.Duration(fraction * float64(w.o.Now.Sub(w.begin)))).Truncate(time.Microsecond)
}

// id returns a UUIDv7 of the moment at: lists that are in order of id are in
// order of time. Everything random in it comes from the seed, as ids are no
// secrets.
func (w *world) id(at time.Time) string {
	var u uuid.UUID
	ms := at.UnixMilli()
	fraction := uint64(at.Sub(time.UnixMilli(ms)).Nanoseconds()) * 4096 / 1e6
	binary.BigEndian.PutUint64(u[:8], uint64(ms)<<16|7<<12|fraction)
	binary.BigEndian.PutUint64(u[8:], w.rng.Uint64()&(1<<62-1)|1<<63)
	return u.String()
}

// will plans an act, also in the middle of others. What lies after Now never
// happens.
func (w *world) will(at time.Time, do func(at time.Time)) {
	at = at.Truncate(time.Microsecond)
	switch {
	case !at.Before(w.o.Now):
	case w.living > 0:
		later := w.acts[w.living:]
		n, _ := slices.BinarySearchFunc(later, at, func(a act, at time.Time) int {
			if a.at.After(at) {
				return 1
			}
			return -1 // behind those of the same moment
		})
		w.acts = slices.Insert(w.acts, w.living+n, act{at, do})
	default:
		w.acts = append(w.acts, act{at, do})
	}
}

// did records what has happened.
func (w *world) did(at time.Time, rows func(context.Context, *store.Tx) error, events ...sallyport.Event) {
	w.steps = append(w.steps, step{at, rows, events})
}

// is reports whether somebody has an account that works at a moment.
func (p *person) is(at time.Time) bool { return !p.disabled && p.joins.Before(at) }
