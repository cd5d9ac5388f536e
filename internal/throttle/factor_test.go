package throttle_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/throttle"
)

// Second factors are counted by user and device, codes that are sent by user and by number.
// These counters are all different, and each is the same one the next time.
func TestFactorKeys(t *testing.T) {
	list := func() []throttle.Key {
		return []throttle.Key{
			throttle.ForFactor("u", ""), throttle.ForFactor("v", ""), throttle.ForFactor("u", "d"), throttle.ForFactor("u", "e"),
			throttle.ForFactor("ud", ""), throttle.ForFactor("", "u"), throttle.ForDevice("u", "d"), throttle.ForReauth("u"),
			throttle.ForSending("u"), throttle.ForSending("v"), throttle.ForTexting("u"), throttle.ForTexting("+4915112345678"), throttle.ForTexting("+4915112345679"),
		}
	}
	keys, again := list(), list()
	for i, k := range keys {
		if j := slices.Index(keys, k); j != i {
			t.Errorf("counters %d and %d are one", j, i)
		}
		if again[i] != k {
			t.Errorf("counter %d is %v, and then %v", i, k, again[i])
		}
	}
}

// The limits of second factors come from policy, those of sent codes do not.
func TestFactorLimits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures, p.LockoutDuration = 3, 7*time.Minute })
		for _, tt := range []struct {
			key   throttle.Key
			tries int
			lock  time.Duration
		}{
			{throttle.ForFactor("u", "d"), 3, 7 * time.Minute},
			{throttle.ForSending("u"), 5, 15 * time.Minute},
			{throttle.ForTexting("+4915112345678"), 10, 24 * time.Hour},
		} {
			for i := range tt.tries {
				if d := spend(t, a, tt.key); !d.Allowed || (len(d.Locks) == 1) != (i == tt.tries-1) {
					t.Errorf("%s, try %d: %+v", tt.key.Scope, i+1, d)
				}
			}
			until := a.Clock.Now().Add(tt.lock)
			if d := spend(t, a, tt.key); d.Allowed || !d.Locked || !d.Until.Equal(until) {
				t.Errorf("%s, one too many: %+v", tt.key.Scope, d)
			}
			a.Clock.Set(until.Add(-time.Microsecond))
			if d := spend(t, a, tt.key); d.Allowed {
				t.Errorf("%s: open before its time", tt.key.Scope)
			}
			a.Clock.Set(until)
			if d := spend(t, a, tt.key); !d.Allowed {
				t.Errorf("%s: %+v after the lock", tt.key.Scope, d)
			}
		}
	})
}
