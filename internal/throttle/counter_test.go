package throttle

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/policy"
)

var (
	zero  = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	three = Rule{Failures: 3, Window: 10 * time.Minute, Lock: 30 * time.Minute}
)

// try does what Spend does with one counter.
func try(c counter, r Rule, now time.Time) (after counter, allowed, last bool) {
	if _, _, blocked := c.blocked(r, now); blocked {
		return c, false, false
	}
	after, last = c.spend(r, now)
	return after, true, last
}

func TestCounter(t *testing.T) {
	const us = time.Microsecond
	type at struct {
		after         time.Duration // since zero
		allowed, last bool
	}
	for _, tt := range []struct {
		name  string
		tries []at
	}{
		{"the third locks, and is allowed", []at{{0, true, false}, {0, true, false}, {0, true, true}, {0, false, false}}},
		{"locked to the last microsecond", []at{{0, true, false}, {0, true, false}, {0, true, true}, {three.Lock - us, false, false}}},
		{"open at the end of the lock, and fresh", []at{
			{0, true, false}, {0, true, false}, {0, true, true}, {three.Lock, true, false}, {three.Lock, true, false}, {three.Lock, true, true}, {three.Lock, false, false},
		}},
		{"the lock counts from the try that locked", []at{
			{0, true, false}, {5 * time.Minute, true, false}, {9 * time.Minute, true, true}, {9*time.Minute + three.Lock - us, false, false}, {9*time.Minute + three.Lock, true, false},
		}},
		{"inside the window by a microsecond", []at{{0, true, false}, {us, true, false}, {three.Window - us, true, true}}},
		{"a try as old as the window is out", []at{{0, true, false}, {0, true, false}, {three.Window, true, false}}},
		{"the window slides", []at{
			{0, true, false}, {6 * time.Minute, true, false}, {12 * time.Minute, true, false}, {18 * time.Minute, true, false}, {19 * time.Minute, true, true},
		}},
		{"never in a hurry, never locked", []at{
			{0, true, false}, {5 * time.Minute, true, false}, {10 * time.Minute, true, false}, {15 * time.Minute, true, false}, {20 * time.Minute, true, false},
		}},
		{"trying while locked prolongs nothing", []at{
			{0, true, false}, {0, true, false}, {0, true, true}, {29 * time.Minute, false, false}, {three.Lock, true, false},
		}},
		{"clock set back while locked", []at{{0, true, false}, {0, true, false}, {0, true, true}, {-24 * time.Hour, false, false}}},
		{"clock set back while counting", []at{{0, true, false}, {0, true, false}, {-24 * time.Hour, true, true}}},
		{"clock far ahead", []at{{0, true, false}, {0, true, false}, {1000 * time.Hour, true, false}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c counter
			for i, a := range tt.tries {
				before := counter{spends: slices.Clone(c.spends), lockedUntil: c.lockedUntil}
				after, allowed, last := try(c, three, zero.Add(a.after))
				if allowed != a.allowed || last != a.last {
					t.Fatalf("try %d, after %v: allowed %v, last %v", i+1, a.after, allowed, last)
				}
				if !slices.Equal(before.spends, c.spends) || before.lockedUntil != c.lockedUntil {
					t.Fatalf("try %d changed the counter it was asked of", i+1)
				}
				c = after
			}
		})
	}
}

func TestCounterLimitOfOne(t *testing.T) {
	one := Rule{Failures: 1, Window: time.Minute, Lock: time.Minute}
	c, allowed, last := try(counter{}, one, zero)
	if !allowed || !last {
		t.Errorf("the only try: allowed %v, last %v", allowed, last)
	}
	if _, allowed, _ = try(c, one, zero); allowed {
		t.Error("a second try")
	}
}

func TestRefund(t *testing.T) {
	if c := (counter{}).refund(1); len(c.spends) != 0 || !c.lockedUntil.IsZero() {
		t.Errorf("nothing to give back: %+v", c)
	}
	var c counter
	for range 3 {
		c, _, _ = try(c, three, zero)
	}
	back := c.refund(c.spends[2])
	if len(back.spends) != 2 || !back.lockedUntil.IsZero() {
		t.Errorf("%+v", back)
	}
	if len(c.spends) != 3 || c.lockedUntil.IsZero() {
		t.Errorf("the refund changed the counter it was asked of: %+v", c)
	}
	// One try is free again, and it is the last one.
	next, allowed, last := try(back, three, zero)
	if !allowed || !last {
		t.Errorf("allowed %v, last %v", allowed, last)
	}
	if _, allowed, _ = try(next, three, zero); allowed {
		t.Error("a refund gave two tries")
	}
}

func TestLimitsTable(t *testing.T) {
	p := policy.Default()
	seen := map[Scope]bool{}
	for _, l := range Limits {
		if seen[l.Scope] {
			t.Errorf("%s stands twice in the table", l.Scope)
		}
		seen[l.Scope] = true
		if l.Subject == "" || l.Stops == "" || l.Source == "" {
			t.Errorf("%s does not say what it counts by, stops or rests on", l.Scope)
		}
		if r := rule(l.Scope, p); r.Failures < 1 || r.Window <= 0 || r.Lock <= 0 && !r.Run {
			t.Errorf("%s limits nothing: %+v", l.Scope, r)
		}
	}
	if r := rule(Account, p); r != (Rule{Failures: 5, Window: 15 * time.Minute, Lock: 30 * time.Minute, Progressive: p.LockoutProgressive}) {
		t.Errorf("by default an account has %+v", r)
	}
	defer func() {
		if recover() == nil {
			t.Error("a scope without a row has a rule")
		}
	}()
	rule("nonsense", p)
}

func TestProgressiveDelay(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	r := Rule{Failures: 10, Window: time.Hour, Lock: time.Hour, Progressive: true}
	c, now := counter{}, start
	for tries, want := range []time.Duration{0, 0, 2, 4, 8, 16, 30, 30, 30} {
		want *= time.Second
		until, locked, blocked := c.blocked(r, now)
		if locked || blocked != (want > 0) || blocked && until.Sub(now) != want {
			t.Fatalf("after %d tries: until %v (%v), locked %v, blocked %v; want %v", tries, until, until.Sub(now), locked, blocked, want)
		}
		if want > 0 {
			if _, _, blocked := c.blocked(r, now.Add(want-time.Microsecond)); !blocked {
				t.Errorf("after %d tries: open too early", tries)
			}
			now = now.Add(want)
			if _, _, blocked := c.blocked(r, now); blocked {
				t.Errorf("after %d tries: still blocked when the wait is over", tries)
			}
		}
		if _, _, blocked := c.blocked(Rule{Failures: 10, Window: time.Hour, Lock: time.Hour}, now.Add(-want)); blocked {
			t.Error("waits although the policy says not to")
		}
		c, _ = c.spend(r, now)
	}
	if _, _, blocked := c.blocked(r, now.Add(-time.Hour)); blocked {
		t.Error("a clock that was set back makes people wait")
	}
	if _, _, blocked := c.blocked(r, now.Add(time.Hour)); blocked {
		t.Error("tries older than the window still make people wait")
	}
}
