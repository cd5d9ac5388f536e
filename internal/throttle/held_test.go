package throttle_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/throttle"
)

// What is locked of an account is told by who is kept out; asking changes nothing, and what an
// admin lifts is gone.
func TestHeld(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
		other := a.AddUser(t, "ola@corp.test", sallyport.RoleMember)
		held := func(u sallyport.User) []throttle.Held {
			t.Helper()
			found, err := counters(t, a).Held(t.Context(), a.DB.Queries, u)
			apptest.Must(t, err)
			return found
		}
		if got := held(u); got != nil {
			t.Errorf("nothing was tried: %+v", got)
		}
		for i := range 5 {
			spend(t, a, throttle.ForAccount(" KIM@corp.test"))
			if i < 4 && held(u) != nil {
				t.Fatalf("locked after %d tries", i+1)
			}
		}
		until := a.Clock.Now().Add(30 * time.Minute)
		want := []throttle.Held{{Scope: throttle.Account, Strangers: true, Until: until}}
		for range 3 {
			if got := held(u); !slices.Equal(got, want) {
				t.Fatalf("%+v, want %+v", got, want)
			}
		}
		a.Clock.Advance(time.Minute)
		for _, device := range []string{"d", "e"} {
			for range 5 {
				spend(t, a, throttle.ForDevice(u.ID, device))
			}
			a.Clock.Advance(time.Minute)
		}
		for range 5 {
			spend(t, a, throttle.FactorTry(throttle.Strangers(u.ID), sallyport.MethodTOTP, "192.0.2.1")[0])
		}
		for range throttle.LongestRun {
			spend(t, a, throttle.FactorTry(throttle.OnDevice(u.ID, "d"), sallyport.MethodSMS, "")[1])
		}
		want = []throttle.Held{
			{Scope: throttle.Account, Strangers: true, Until: until},
			{Scope: throttle.Device, Until: a.Clock.Now().Add(29 * time.Minute)}, // that of the second device
			{Scope: throttle.Factor, Strangers: true, Until: a.Clock.Now().Add(30 * time.Minute)},
			{Scope: throttle.FactorRun, Method: sallyport.MethodSMS, Until: throttle.UntilRecovery},
		}
		if got := held(u); !slices.Equal(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
		if got := held(other); got != nil {
			t.Errorf("somebody else: %+v", got)
		}
		a.Clock.Set(until)
		if got := held(u); len(got) != 3 {
			t.Errorf("the first lock is over: %+v", got)
		}
		apptest.Must(t, a.Accounts.Unlock(t.Context(), sallyport.Operator(u.TenantID), u.ID))
		if got := held(u); got != nil {
			t.Errorf("unlocked: %+v", got)
		}
	})
}
