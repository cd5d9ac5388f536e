package throttle_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/throttle"
)

func texting(userID, deviceID, number string, proven bool) []throttle.Key {
	return throttle.ForTexting(throttle.OnDevice(userID, deviceID), number, proven)
}

// Second factors are counted by user and device, codes that are sent by party and by number.
// These counters are all different, and each is the same one the next time.
func TestFactorKeys(t *testing.T) {
	list := func() []throttle.Key {
		return []throttle.Key{
			ofFactor(throttle.Strangers("u")), ofFactor(throttle.Strangers("v")), ofFactor(throttle.OnDevice("u", "d")), ofFactor(throttle.OnDevice("u", "e")),
			ofFactor(throttle.Strangers("ud")), ofFactor(throttle.OnDevice("", "u")), ofFactor(throttle.InSession("u", "d", "")), throttle.ForDevice("u", "d"), reauth("u"),
			throttle.ForSending(throttle.Strangers("u")), throttle.ForSending(throttle.Strangers("v")), throttle.ForSending(throttle.OnDevice("u", "d")), throttle.ForSending(throttle.InSession("u", "s", "d")),
			texting("u", "d", "+4915112345678", false)[0], texting("u", "d", "+4915112345679", false)[0], texting("u", "d", "", false)[1], texting("v", "d", "", false)[1],
			texting("u", "d", "+4915112345678", true)[0], texting("u", "", "+4915112345678", true)[0], texting("v", "d", "+4915112345678", true)[0],
			throttle.ForMailing("u"), throttle.ForOwnMailing(throttle.InSession("u", "s", "d"), "device"), throttle.ForOwnMailing(throttle.InSession("u", "s", "d"), "verify"),
			throttle.ForInvitation("u", "")[0], throttle.ForInvitation("u", "u")[1],
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
			{ofFactor(throttle.OnDevice("u", "d")), 3, 7 * time.Minute},
			{throttle.ForSending(throttle.Strangers("u")), 5, 15 * time.Minute},
			{texting("u", "d", "+4915112345678", false)[0], 10, 24 * time.Hour},
			{texting("u", "d", "+4915112345678", false)[1], 10, 24 * time.Hour},
			{texting("u", "d", "+4915112345678", true)[0], 10, 24 * time.Hour},
			{throttle.ForInvitation("kim@corp.test", "u")[0], 5, 24 * time.Hour},
			{throttle.ForInvitation("kim@corp.test", "u")[1], 1000, 24 * time.Hour},
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
