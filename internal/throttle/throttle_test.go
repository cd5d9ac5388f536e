package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

func counters(t *testing.T, a *apptest.App) throttle.Counters {
	t.Helper()
	return throttle.Counters{TenantID: a.TenantID(t), Policy: a.Policy(), Now: a.Clock.Now()}
}

func spend(t *testing.T, a *apptest.App, keys ...throttle.Key) throttle.Decision {
	t.Helper()
	d, err := counters(t, a).Spend(t.Context(), a.Acts, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// inTx works on counters in one transaction.
func inTx(t *testing.T, a *apptest.App, f func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := a.DB.Write(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func giveBack(t *testing.T, a *apptest.App, receipts ...throttle.Receipt) {
	t.Helper()
	c := counters(t, a)
	inTx(t, a, func(ctx context.Context, tx *store.Tx) error { return c.Return(ctx, tx, receipts...) })
}

// reauth is the counter of a session that proves the password again.
func reauth(userID string) throttle.Key {
	return throttle.PasswordInSession(throttle.InSession(userID, "s", ""))[0]
}

// ofFactor is the counter of a party's second factors.
func ofFactor(p throttle.Party) throttle.Key { return throttle.FactorTry(p, "", "")[0] }

func TestKeys(t *testing.T) {
	for name, keys := range map[string][]throttle.Key{
		"spellings of an address": {
			throttle.ForAccount("zoë@corp.test"), throttle.ForAccount("ZOË@CORP.TEST"), throttle.ForAccount("zoe\u0308@corp.test"),
			throttle.ForAccount(" zoë@corp.test\t"), throttle.ForAccount("zo ë@corp.test"), throttle.ForAccount("z\u200boë@corp.test"),
			throttle.ForAccount("\uff5aoë@corp.test"), throttle.ForAccount("zoë\u00a0@corp.test"), throttle.ForAccount("zoë@corp.test\x00"),
		},
		"sharp s":               {throttle.ForAccount("straße@corp.test"), throttle.ForAccount("STRASSE@corp.test")},
		"one IPv4 address":      {throttle.ForNetwork("192.0.2.1"), throttle.ForNetwork("::ffff:192.0.2.1"), throttle.ForNetwork("::ffff:c000:201")},
		"one /64":               {throttle.ForNetwork("2001:db8::1"), throttle.ForNetwork("2001:db8:0:0:ffff:ffff:ffff:ffff"), throttle.ForNetwork("2001:DB8::2%eth0")},
		"no address":            {throttle.ForNetwork(""), throttle.ForNetwork("unknown"), throttle.ForNetwork("192.0.2.1:80")},
		"a link-local address":  {throttle.ForNetwork("fe80::1%eth0"), throttle.ForNetwork("fe80::1%eth1")},
		"a device of somebody":  {throttle.ForDevice("u", "d"), throttle.ForDevice("u", "d")},
		"somebody, asked again": {reauth("u"), reauth("u")},
	} {
		for _, k := range keys[1:] {
			if k != keys[0] {
				t.Errorf("%s: two counters", name)
			}
		}
	}
	different := []throttle.Key{
		throttle.ForAccount("a@corp.test"), throttle.ForAccount("b@corp.test"), throttle.ForAccount("a@corp.tes"), throttle.ForAccount(""),
		throttle.ForNetwork("192.0.2.1"), throttle.ForNetwork("192.0.2.2"), throttle.ForNetwork("2001:db8::1"), throttle.ForNetwork("2001:db8:0:1::1"), throttle.ForNetwork(""),
		throttle.ForDevice("a", "b"), throttle.ForDevice("ab", ""), throttle.ForDevice("", "ab"), throttle.ForDevice("b", "a"), throttle.ForDevice("a", "1:b"),
		reauth("a"), reauth("b"),
	}
	for i, k := range different {
		if j := slices.Index(different, k); j != i {
			t.Errorf("counters %d and %d of the list are one", j, i)
		}
	}
}

func TestSpend(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		k := throttle.ForAccount("a@corp.test")
		for i := range 4 {
			if d := spend(t, a, k); !d.Allowed || len(d.Locks) != 0 || !d.Until.IsZero() {
				t.Fatalf("try %d: %+v", i+1, d)
			}
		}
		until := a.Clock.Now().Add(30 * time.Minute)
		if d := spend(t, a, k); !d.Allowed || !slices.Equal(d.Locks, []throttle.Lock{{Scope: throttle.Account, Until: until}}) {
			t.Fatalf("the last try: %+v", d)
		}
		if d := spend(t, a, k); d.Allowed || d.Scope != throttle.Account || !d.Until.Equal(until) || len(d.Locks) != 0 {
			t.Fatalf("one too many: %+v", d)
		}
		if d := spend(t, a, throttle.ForAccount("b@corp.test")); !d.Allowed {
			t.Errorf("another account: %+v", d)
		}
		// It belongs to one organisation.
		d, err := (throttle.Counters{TenantID: a.AddTenant(t, "other.test").ID, Policy: a.Policy(), Now: a.Clock.Now()}).Spend(t.Context(), a.Acts, k)
		if err != nil || !d.Allowed {
			t.Errorf("the same address elsewhere: %+v, %v", d, err)
		}
		// A new node sees it, like a restarted one.
		b := a.Node(t, store.Options{})
		if d := spend(t, b, k); d.Allowed {
			t.Error("a restart forgot the lock")
		}
		a.Clock.Set(until.Add(-time.Microsecond))
		if d := spend(t, b, k); d.Allowed {
			t.Error("open before its time")
		}
		a.Clock.Set(until)
		if d := spend(t, b, k); !d.Allowed || len(d.Locks) != 0 {
			t.Errorf("after the lock: %+v", d)
		}
	})
}

// A try that another counter refuses still takes one from the network, and a network without
// tries refuses before any other counter changes.
func TestSpendOnSeveral(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		account, device := throttle.ForAccount("a@corp.test"), throttle.ForDevice("u", "d")
		network := throttle.ForNetwork("192.0.2.1")
		for range 5 {
			spend(t, a, account, network)
		}
		for range 20 {
			if d := spend(t, a, network, account); d.Allowed || d.Scope != throttle.Account {
				t.Fatalf("%+v", d)
			}
		}
		// The network has used 25 of its 100.
		for i := range 75 {
			if d := spend(t, a, network); !d.Allowed || (len(d.Locks) > 0) != (i == 74) {
				t.Fatalf("try %d of the network: %+v", i+26, d)
			}
		}
		if d := spend(t, a, device, network); d.Allowed || d.Scope != throttle.Network {
			t.Fatalf("past the network's limit: %+v", d)
		}
		for i := range 5 { // the refused try took none from the device
			if d := spend(t, a, device); !d.Allowed {
				t.Fatalf("try %d of the device: %+v", i+1, d)
			}
		}
		// Both locked: the network answers.
		a.Clock.Advance(time.Minute)
		if d := spend(t, a, device, network); d.Allowed || d.Scope != throttle.Network || d.Until.Sub(a.Clock.Now()) != 14*time.Minute {
			t.Errorf("%+v", d)
		}
	})
}

// Of 64 parallel tries at a limit of 5 exactly 5 go on, also on two nodes.
func TestParallelSpend(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		a.Owner(t)
		for _, n := range []int{1, 2} {
			keys := []throttle.Key{throttle.ForAccount(fmt.Sprint(n)), throttle.ForNetwork(fmt.Sprintf("192.0.2.%d", n)), throttle.ForDevice("u", fmt.Sprint(n))}
			var allowed, last atomic.Int64
			var wg sync.WaitGroup
			for i := range 64 {
				mine := slices.Clone(keys)
				if i%2 == 1 {
					slices.Reverse(mine) // an order in which two of them would deadlock
				}
				wg.Go(func() {
					d, err := counters(t, a).Spend(t.Context(), nodes[i%n].Acts, mine...)
					if err != nil {
						t.Error(err)
					}
					if d.Allowed {
						allowed.Add(1)
					}
					if len(d.Locks) > 0 {
						last.Add(1)
					}
				})
			}
			wg.Wait()
			if allowed.Load() != 5 || last.Load() != 1 {
				t.Errorf("%d nodes: %d of 64 were allowed, %d of them told to be the last", n, allowed.Load(), last.Load())
			}
		}
	})
}

// A try stays spent when what follows it fails. A try that could not be spent is an error.
func TestSpentStaysSpent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		k := throttle.ForAccount("a@corp.test")
		for range 5 {
			d := spend(t, a, k)
			failed := errors.New("the database went away")
			err := a.DB.Write(t.Context(), func(tx *store.Tx) error {
				if err := counters(t, a).Return(t.Context(), tx, d.Spent...); err != nil {
					return err
				}
				return failed
			})
			if !errors.Is(err, failed) {
				t.Fatal(err)
			}
		}
		if d := spend(t, a, k); d.Allowed {
			t.Error("a failed transaction gave tries back")
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if d, err := counters(t, a).Spend(gone, a.Acts, throttle.ForAccount("b@corp.test")); err == nil {
			t.Errorf("spent without a database: %+v", d)
		}
	})
}

func TestReturn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		strangers, mine, network := throttle.ForAccount("a@corp.test"), throttle.ForDevice("u", "d"), throttle.ForNetwork("192.0.2.1")
		for range 5 {
			spend(t, a, strangers, network)
		}
		// The owner, on a known device at the same place, is right at once.
		for range 50 {
			d := spend(t, a, mine, network)
			if !d.Allowed {
				t.Fatalf("the owner is kept out: %+v", d)
			}
			giveBack(t, a, d.Spent...)
			giveBack(t, a, d.Spent...) // in vain
		}
		if d := spend(t, a, strangers); d.Allowed {
			t.Error("the owner's sign-in unlocked the account for strangers")
		}
		// It neither took tries from the network nor gave any back: 95 are left.
		for i := range 95 {
			if d := spend(t, a, network); !d.Allowed {
				t.Fatalf("try %d of the network: %+v", i+6, d)
			}
		}
		if d := spend(t, a, network); d.Allowed {
			t.Error("the network has more than its limit")
		}
		// A right secret at the last try lifts the lock of that try.
		var last throttle.Decision
		for range 5 {
			last = spend(t, a, mine)
		}
		giveBack(t, a, last.Spent...)
		for i := range 5 {
			if d := spend(t, a, mine); !d.Allowed {
				t.Fatalf("try %d after a right one: %+v", i+1, d)
			}
		}
		giveBack(t, a)
	})
}

func TestUnlock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		k := throttle.ForAccount("a@corp.test")
		unlock := func() (was bool) {
			c := counters(t, a)
			inTx(t, a, func(ctx context.Context, tx *store.Tx) (err error) {
				was, err = c.Unlock(ctx, tx, k)
				return err
			})
			return was
		}
		if unlock() {
			t.Error("what was never tried was locked")
		}
		spend(t, a, k)
		if unlock() {
			t.Error("one try locked")
		}
		for range 5 {
			spend(t, a, k)
		}
		if !unlock() || unlock() {
			t.Error("a lock is lifted once")
		}
		if d := spend(t, a, k); !d.Allowed {
			t.Errorf("after unlocking: %+v", d)
		}
		for range 4 {
			spend(t, a, k)
		}
		a.Clock.Advance(30 * time.Minute)
		if unlock() {
			t.Error("a lock that is over is none")
		}
	})
}

// Counters are rows, so other names cannot displace one.
func TestFlood(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		k := throttle.ForAccount("victim@corp.test")
		for range 5 {
			spend(t, a, k)
		}
		for i := range 50 {
			var others []throttle.Key
			for j := range 100 {
				others = append(others, throttle.ForAccount(fmt.Sprintf("%d.%d@corp.test", i, j)))
			}
			if d := spend(t, a, others...); !d.Allowed {
				t.Fatalf("%+v", d)
			}
		}
		a.Clock.Advance(29 * time.Minute)
		clean := func(want int64) { // the cleaning job
			inTx(t, a, func(ctx context.Context, tx *store.Tx) error {
				n, err := tx.ForgetCounters(ctx, a.Clock.Now(), 10000)
				if n != want {
					t.Errorf("%d counters are over, want %d", n, want)
				}
				return err
			})
		}
		clean(0)
		if d := spend(t, a, k); d.Allowed {
			t.Error("the lock is gone")
		}
		a.Clock.Advance(2 * time.Hour) // a clock could have jumped as far, and back
		clean(5000)                    // the refusal above keeps the one of the victim
	})
}
