package throttle_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// spendAs is spend with a policy of progressive waits.
func spendAs(t *testing.T, a *apptest.App, keys ...throttle.Key) throttle.Decision {
	t.Helper()
	a.SetPolicy(func(p *sallyport.Policy) { p.LockoutProgressive = true })
	return spend(t, a, keys...)
}

// The wait has a fixed length: tries during it neither extend it nor count.
func TestTriesInsideTheWait(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for _, k := range []throttle.Key{throttle.ForAccount("mia@corp.test"), throttle.ForDevice("u", "d"), reauth("u")} {
			a.Clock.Advance(time.Hour)
			for i, wait := range []time.Duration{0, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
				if d := spendAs(t, a, k); !d.Allowed || len(d.Locks) != 0 {
					t.Fatalf("%s, try %d: %+v", k.Scope, i+1, d)
				}
				until := a.Clock.Now().Add(wait)
				for range 4 {
					if wait == 0 {
						continue
					}
					if d := spendAs(t, a, k); d.Allowed || d.Locked || d.Scope != k.Scope || !d.Until.Equal(until) {
						t.Fatalf("%s, in the wait after try %d: %+v", k.Scope, i+1, d)
					}
					a.Clock.Advance(wait / 4)
				}
				a.Clock.Set(until)
			}
			d := spendAs(t, a, k)
			if !d.Allowed || len(d.Locks) != 1 || d.Locks[0] != (throttle.Lock{Scope: k.Scope, Until: a.Clock.Now().Add(30 * time.Minute)}) {
				t.Fatalf("%s, the fifth: %+v", k.Scope, d)
			}
			if d := spendAs(t, a, k); d.Allowed || !d.Locked {
				t.Errorf("%s, after it: %+v", k.Scope, d)
			}
		}
	})
}

// Of many parallel tries after a failed one exactly one goes on; then the others wait.
func TestParallelTriesWait(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		k, nodes := throttle.ForAccount("mia@corp.test"), []*apptest.App{a, a.Node(t, store.Options{})}
		spendAs(t, a, k)
		for round := range 4 { // the second to the fifth try
			var allowed, waiting atomic.Int64
			var wg sync.WaitGroup
			for i := range 32 {
				wg.Go(func() {
					d := spend(t, nodes[i%2], k)
					switch {
					case d.Allowed:
						allowed.Add(1)
					case d.Locked == (round == 3):
						waiting.Add(1)
					}
				})
			}
			wg.Wait()
			if allowed.Load() != 1 || waiting.Load() != 31 {
				t.Errorf("round %d: %d went on, %d were told to wait", round, allowed.Load(), waiting.Load())
			}
			a.Clock.Advance(time.Minute)
		}
	})
}

// A right secret ends the wait, and so does an admin who unlocks. After a clock was set back
// nobody waits.
func TestWhatEndsTheWait(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		k := throttle.ForAccount("mia@corp.test")
		wait := func() throttle.Decision {
			t.Helper()
			spendAs(t, a, k)
			out := spendAs(t, a, k)
			if d := spendAs(t, a, k); d.Allowed {
				t.Fatal("nobody waits")
			}
			return out
		}
		giveBack(t, a, wait().Spent...)
		wait()
		inTx(t, a, func(ctx context.Context, tx *store.Tx) error {
			locked, err := counters(t, a).Unlock(ctx, tx, k)
			if locked {
				t.Error("a wait is a lock")
			}
			return err
		})
		wait()
		a.Clock.Advance(-time.Hour)
		if d := spendAs(t, a, k); !d.Allowed {
			t.Errorf("the clock was set back: %+v", d)
		}
	})
}

// Each name has its own wait, and the limits of networks have no wait.
func TestWaitsAreApart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		mia, ip := throttle.ForAccount("mia@corp.test"), "192.0.2.10"
		spendAs(t, a, mia)
		spendAs(t, a, mia)
		for _, k := range []throttle.Key{throttle.ForAccount("ida@corp.test"), throttle.ForDevice("mia", "d"), reauth("mia"), throttle.ForMailing("mia@corp.test")} {
			if d := spendAs(t, a, k); !d.Allowed {
				t.Errorf("%s: %+v", k.Scope, d)
			}
		}
		for _, k := range []throttle.Key{throttle.ForNetwork(ip), throttle.ForOpening(ip, ""), throttle.ForAsking(ip), throttle.ForMailing("ida@corp.test")} {
			for i := range 3 {
				if d := spendAs(t, a, k); !d.Allowed {
					t.Errorf("%s, try %d: %+v", k.Scope, i+1, d)
				}
			}
		}
		if d := spendAs(t, a, throttle.ForAccount(" MIA@corp.test")); d.Allowed {
			t.Error("another spelling does not wait")
		}
	})
}
