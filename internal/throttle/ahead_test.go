package throttle_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/throttle"
)

// A lock that was made while the clock was a year ahead lasts no longer than one that is made now, and
// does not move on with each try.
func TestLockFromTheFuture(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		key, now := throttle.ForAccount("kim@corp.test"), a.Clock.Now()
		a.Clock.Set(now.AddDate(1, 0, 0))
		for spend(t, a, key).Allowed {
		}
		lock := a.Policy().LockoutDuration
		for _, after := range []time.Duration{0, lock / 2, lock - time.Microsecond} {
			a.Clock.Set(now.Add(after))
			if d := spend(t, a, key); d.Allowed || !d.Until.Equal(now.Add(lock)) {
				t.Errorf("after %v: %+v", after, d)
			}
		}
		a.Clock.Set(now.Add(lock))
		if d := spend(t, a, key); !d.Allowed {
			t.Errorf("the lock goes on: %+v", d)
		}
	})
}

// A clock that jumps by an hour and back erases no failed tries, and those of the hour that never was
// count too.
func TestJumpErasesNoTries(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		key, now, tries := throttle.ForAccount("kim@corp.test"), a.Clock.Now(), a.Policy().LockoutFailures
		spend(t, a, key)
		a.Clock.Set(now.Add(time.Hour))
		spend(t, a, key)
		apptest.Must(t, a.Retention.Forget(t.Context()))
		a.Clock.Set(now.Add(time.Second))
		for range tries - 2 {
			if d := spend(t, a, key); !d.Allowed {
				t.Fatalf("%+v", d)
			}
		}
		if d := spend(t, a, key); d.Allowed {
			t.Errorf("%d tries, and one more: %+v", tries, d)
		}
	})
}
