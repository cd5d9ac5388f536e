package throttle_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// A hundred failures in a row end it, however slowly they come; no waiting helps then, and a
// restart forgets nothing.
func TestRun(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		k := throttle.ForPasswordRun("mia@corp.test")
		for i := range throttle.LongestRun {
			a.Clock.Advance(24 * time.Hour)
			d := spend(t, a, k)
			if !d.Allowed || (len(d.Locks) == 1) != (i == throttle.LongestRun-1) {
				t.Fatalf("failure %d: %+v", i+1, d)
			}
		}
		a.Clock.Advance(10 * 365 * 24 * time.Hour)
		inTx(t, a, func(ctx context.Context, tx *store.Tx) error { // the cleaning job
			_, err := tx.ForgetCounters(ctx, a.Clock.Now(), 100)
			return err
		})
		d := spend(t, a.Node(t, store.Options{}), k)
		if d.Allowed || !d.Locked || d.Scope != throttle.PasswordRun {
			t.Fatalf("after years: %+v", d)
		}
		var err *sallyport.Error
		if !errors.As(d.Refusal(a.Clock.Now()), &err) || err.Code != sallyport.CodeAccountLocked || err.RetryAfter != 0 {
			t.Errorf("%+v", err)
		}
		inTx(t, a, func(ctx context.Context, tx *store.Tx) error {
			was, err := counters(t, a).EndPasswordRuns(ctx, tx, sallyport.User{ID: "u", Email: "MIA@corp.test"})
			if !was {
				t.Error("nothing was suspended")
			}
			return err
		})
		if d := spend(t, a, k); !d.Allowed {
			t.Errorf("after the recovery: %+v", d)
		}
	})
}

// A right answer ends a run. So does a time without failures that is the longer the more
// there were: waiting gives no more guesses than going on slowly.
func TestWhatEndsARun(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		k := throttle.ForPasswordRun("mia@corp.test")
		fail := func(n int) (d throttle.Decision) {
			for range n {
				if d = spend(t, a, k); !d.Allowed {
					t.Fatalf("%+v", d)
				}
			}
			return d
		}
		giveBack(t, a, fail(99).Spent...)
		fail(10)
		a.Clock.Advance(40*24*time.Hour - time.Microsecond)
		if d := fail(90); len(d.Locks) != 1 {
			t.Errorf("the first ten were forgotten: %+v", d)
		}
		other := throttle.ForPasswordRun("ida@corp.test")
		k = other
		fail(10)
		a.Clock.Advance(40 * 24 * time.Hour)
		if d := fail(90); len(d.Locks) != 0 {
			t.Errorf("the first ten still count: %+v", d)
		}
	})
}

// What parties spend is apart, and the sessions of a device share a run. What cannot be
// guessed has none.
func TestParties(t *testing.T) {
	sessions := throttle.PasswordInSession(throttle.InSession("u", "s1", "d"))
	same := throttle.PasswordInSession(throttle.InSession("u", "s2", "d"))
	if sessions[0] == same[0] || sessions[1] != same[1] {
		t.Error("two sessions of a device have apart tries, and one run")
	}
	keys := slices.Concat(sessions, throttle.PasswordOnDevice("u", "d"), throttle.PasswordByStranger("u@corp.test", "192.0.2.1"),
		throttle.PasswordInSession(throttle.InSession("u", "d", "")), throttle.FactorTry(throttle.InSession("u", "s1", "d"), sallyport.MethodTOTP, ""),
		throttle.FactorTry(throttle.OnDevice("u", "d"), sallyport.MethodTOTP, ""), throttle.FactorTry(throttle.Strangers("u"), sallyport.MethodTOTP, "192.0.2.2"),
		throttle.FactorTry(throttle.Strangers("u"), sallyport.MethodSMS, "192.0.2.3")[1:2], throttle.EnrolmentTry(throttle.InSession("u", "s1", "d")))
	for i, k := range keys {
		if j := slices.Index(keys, k); j != i {
			t.Errorf("counters %d and %d are one", j, i)
		}
	}
	if throttle.EndedOnDevice("u", "d", "") != sessions[1] || throttle.EndedOnDevice("u", "d", sallyport.MethodTOTP) != throttle.FactorTry(throttle.InSession("u", "s1", "d"), sallyport.MethodTOTP, "")[1] {
		t.Error("a sign-in on a device does not end the run of its sessions")
	}
	for _, m := range []string{sallyport.MethodBackupCodes, sallyport.MethodWebAuthn} {
		if n := len(throttle.FactorTry(throttle.OnDevice("u", "d"), m, "")); n != 1 {
			t.Errorf("%s has a run of failures", m)
		}
	}
}

// A refused try is recorded once in a while, whatever refuses it.
func TestRefusedTriesAreRecordedNowAndThen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		k := throttle.ForDevice("u", "d")
		for range 5 {
			spend(t, a, k)
		}
		recorded := func(tries int) (n int) {
			for range tries {
				if d := spend(t, a, k); d.Allowed {
					t.Fatalf("%+v", d)
				} else if !d.Repeated {
					n++
				}
			}
			return n
		}
		if n := recorded(50); n != 1 {
			t.Errorf("%d of 50 refusals are recorded", n)
		}
		a.Clock.Advance(15 * time.Minute)
		if n := recorded(50); n != 1 {
			t.Errorf("%d of 50 refusals are recorded later", n)
		}
		a.Clock.Advance(-time.Hour) // set back
		if n := recorded(50); n != 1 {
			t.Errorf("%d of 50 refusals are recorded after the clock was set back", n)
		}
	})
}

// A receipt gives back its own try, once: however often and in however many requests at a
// time it is returned, and whatever was spent since.
func TestReceiptIsGoodOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		k := throttle.ForOpening("192.0.2.1", "")
		mine := spend(t, a, k).Spent
		for range 299 {
			spend(t, a, k)
		}
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				err := a.DB.Write(t.Context(), func(tx *store.Tx) error { return counters(t, a).Return(t.Context(), tx, mine...) })
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		a.Clock.Advance(time.Microsecond)
		if d := spend(t, a, k); !d.Allowed || len(d.Locks) != 1 {
			t.Errorf("the try that was given back: %+v", d)
		}
		giveBack(t, a, mine...)
		if d := spend(t, a, k); d.Allowed {
			t.Error("one receipt gave two tries back")
		}
	})
}
