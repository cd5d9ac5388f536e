package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Kinds of names. Each kind of account is compared with the names that nobody has.
const (
	nobody   = "nobody"
	plain    = "no second factor"
	equipped = "app and backup codes"
	disabled = "disabled"
	invited  = "no password"
)

var kinds = []string{plain, equipped, disabled, invited}

// How many names of each kind are asked about at a route. Each name is asked about once.
const (
	namesTried  = 400
	namesHashed = 150 // at routes that hash a password
)

// stronger are parameters that hashes were not made with.
var stronger = factor.Argon2{MemoryKiB: 38 * 1024, Iterations: 3, Lanes: 1}

// timing is how long one route took for one kind of account and for names nobody has.
type timing struct {
	engine, route, kind string
	known, unknown      []time.Duration
	z, p                float64 // of a rank-sum test; p is corrected for all comparisons
}

// suspicious is the corrected p below which a difference is no accident.
const suspicious = 0.01

// compareNames shows whether the time of any route that is reached without proof reveals that
// an account exists, or what it has. Mailed links are left out, since no name goes into
// their address. It also compares after the parameters for hashing were raised.
func (b bench) compareNames(ctx context.Context) error {
	dsns, err := b.databases(ctx, "names")
	if err != nil {
		return err
	}
	fmt.Printf("\nAccounts and names that nobody has, in random order: %d of each kind, %d where a password is hashed\n\n", namesTried, namesHashed)
	var all []timing
	for _, e := range engines {
		o, err := fill(ctx, dsns[e], 0)
		if err != nil {
			return err
		}
		for _, hashing := range []struct {
			kind, note string
			routes     []strangerCall
		}{
			{"sallyport", "", strangerCalls},
			{"stronger", ", stronger hashes", slices.DeleteFunc(slices.Clone(strangerCalls), func(c strangerCall) bool { return !c.hashes })},
		} {
			some, err := b.timeStrangers(ctx, dsns[e], o, hashing.kind, hashing.routes)
			if err != nil {
				return err
			}
			for _, t := range some {
				t.engine, t.route = e, t.route+hashing.note
				all = append(all, t)
			}
		}
	}
	correct(all)
	told := 0
	fmt.Printf("%-11s %-52s %-21s %10s %10s %6s %7s\n", "", "", "", "account", "nobody", "z", "p")
	for _, t := range all {
		mark := ""
		if t.p < suspicious {
			told++
			mark = "  differs"
		}
		fmt.Printf("%-11s %-52s %-21s %10v %10v %+6.1f %7.3f%s\n", t.engine, t.route, t.kind, typical(t.known), typical(t.unknown), t.z, t.p, mark)
	}
	fmt.Printf("\n%d comparisons, %d differ at p < %v after Holm's correction\n", len(all), told, suspicious)
	return nil
}

func typical(d []time.Duration) time.Duration {
	return d[len(d)/2].Round(time.Microsecond)
}

// timeStrangers times each route on one node, about accounts and names of its own.
func (b bench) timeStrangers(ctx context.Context, dsn string, o organisation, kind string, routes []strangerCall) ([]timing, error) {
	n, err := b.start(ctx, kind, dsn)
	if err != nil {
		return nil, err
	}
	defer n.stop()
	var out []timing
	for i, c := range routes {
		count := namesTried
		if c.hashes {
			count = namesHashed
		}
		people, err := populate(ctx, dsn, o, fmt.Sprintf("%s-%d", kind, i), count)
		if err != nil {
			return nil, err
		}
		took, err := timeNames(ctx, n, c, people)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		for _, k := range kinds {
			t := timing{route: c.name, kind: k, known: took[k], unknown: took[nobody]}
			t.z = rankSum(t.known, t.unknown)
			out = append(out, t)
		}
	}
	return out, nil
}

// subject is somebody, or nobody, who is asked about.
type subject struct{ kind, id, email string }

// timeNames asks about all people in random order and returns the times of each kind, sorted.
func timeNames(ctx context.Context, n *node, c strangerCall, people []subject) (map[string][]time.Duration, error) {
	rand.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	took := map[string][]time.Duration{}
	for i, who := range people {
		s := stranger{n: n, ip: fmt.Sprintf("198.%d.%d.%d", 18+i/62_500, i/250%250, 1+i%250)}
		d, err := c.ask(ctx, s, who)
		if err != nil {
			return nil, err
		}
		if i >= len(people)/50 { // the first ones find caches empty
			took[who.kind] = append(took[who.kind], d)
		}
	}
	for _, d := range took {
		slices.Sort(d)
	}
	return took, nil
}

// populate adds accounts of each kind and invents as many names.
func populate(ctx context.Context, dsn string, o organisation, group string, count int) ([]subject, error) {
	var people []subject
	err := writeTo(ctx, dsn, o.tenant.ID, func(a *act.Act) error {
		people = people[:0]
		for _, kind := range append([]string{nobody}, kinds...) {
			for i := range count {
				u := o.users[0]
				u.ID, u.Email = token.NewID(), fmt.Sprintf("%s-%d@%s.example", group, i, token.NewID())
				people = append(people, subject{kind, u.ID, u.Email})
				if err := addAs(ctx, a, kind, u); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return people, err
}

// addAs adds a user of a kind, like the given one.
func addAs(ctx context.Context, a *act.Act, kind string, u sallyport.User) error {
	switch kind {
	case nobody:
		return nil
	case disabled:
		u.Status, u.DisabledAt = sallyport.UserDisabled, a.Now
	case invited:
		u.PasswordHash, u.PasswordChangedAt = "", time.Time{}
	}
	if err := a.AddUser(ctx, u); err != nil || kind != equipped {
		return err
	}
	add := func(method string) (string, error) {
		f := store.Factor{Secret: make([]byte, 100)}
		f.Factor = sallyport.Factor{
			ID: token.NewID(), TenantID: u.TenantID, UserID: u.ID, Method: method, Status: sallyport.FactorActive, CreatedAt: a.Now, VerifiedAt: a.Now,
		}
		return f.ID, a.AddFactor(ctx, f)
	}
	_, err := add(sallyport.MethodTOTP)
	codes, err2 := add(sallyport.MethodBackupCodes)
	if err := cmp.Or(err, err2); err != nil {
		return err
	}
	return a.AddBackupCodes(ctx, u.TenantID, codes, [][]byte{[]byte(token.NewID()), []byte(token.NewID())})
}
