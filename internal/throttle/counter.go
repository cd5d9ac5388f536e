package throttle

import (
	"slices"
	"time"
)

// counter is what was spent on one key. Its methods are the rule itself: pure,
// each returns the counter as it is afterwards.
type counter struct {
	spends      []int64 // times in microseconds since 1970, oldest first
	lockedUntil time.Time
}

func (c counter) locked(now time.Time) (until time.Time, locked bool) {
	return c.lockedUntil, now.Before(c.lockedUntil)
}

// spend takes one try and reports whether it was the last: then the counter is
// locked from this moment, before anybody knows how the try ends.
func (c counter) spend(r Rule, now time.Time) (after counter, last bool) {
	if !c.lockedUntil.IsZero() { // a lock that is over: start anew
		c = counter{}
	}
	oldest := now.Add(-r.Window).UnixMicro()
	spends := slices.DeleteFunc(slices.Clone(c.spends), func(t int64) bool { return t <= oldest })
	after = counter{spends: append(spends, now.UnixMicro())}
	if len(after.spends) >= r.Failures {
		after.lockedUntil = now.Add(r.Lock)
		return after, true
	}
	return after, false
}

// refund gives the newest try back, and with it the lock: the tries that are
// left are fewer than locked it.
func (c counter) refund() counter {
	if n := len(c.spends); n > 0 {
		return counter{spends: c.spends[: n-1 : n-1]}
	}
	return c
}
