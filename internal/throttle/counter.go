package throttle

import (
	"slices"
	"time"
)

// counter is what was spent on one key. Its methods are the limit's rule: pure functions
// that return the changed counter.
type counter struct {
	spends      []int64 // times in microseconds since 1970, oldest first
	lockedUntil time.Time
}

// blocked reports whether no try is allowed now, until when, and whether because of a lock
// (and not the wait after a failed try).
func (c counter) blocked(r Rule, now time.Time) (until time.Time, locked, blocked bool) {
	if now.Before(c.lockedUntil) {
		return c.lockedUntil, true, true
	}
	if !r.Progressive || !c.lockedUntil.IsZero() { // the lock is over: its tries count no more
		return time.Time{}, false, false
	}
	spends := c.within(r, now)
	if len(spends) == 0 {
		return time.Time{}, false, false
	}
	last := time.UnixMicro(spends[len(spends)-1]).UTC()
	until = last.Add(wait(len(spends)))
	// A try in the future means that the clock was set back: then nobody waits.
	return until, false, !last.After(now) && now.Before(until)
}

// longestWait is the longest wait between two tries.
const longestWait = 30 * time.Second

// wait returns how long to wait after so many tries. After the first it is zero, because
// mistyping once is usual; then 2, 4, 8, … seconds.
func wait(tries int) time.Duration {
	if tries < 2 {
		return 0
	}
	return min(longestWait, time.Second<<min(tries-1, 6))
}

// within returns the tries inside the rule's window.
func (c counter) within(r Rule, now time.Time) []int64 {
	oldest := now.Add(-r.Window).UnixMicro()
	return slices.DeleteFunc(slices.Clone(c.spends), func(t int64) bool { return t <= oldest })
}

// spend takes one try and reports whether it was the last. If so, the counter is locked at
// once, before the result of the try is known.
func (c counter) spend(r Rule, now time.Time) (after counter, last bool) {
	if !c.lockedUntil.IsZero() { // the lock is over: start anew
		c = counter{}
	}
	after = counter{spends: append(c.within(r, now), now.UnixMicro())}
	if len(after.spends) >= r.Failures {
		after.lockedUntil = now.Add(r.Lock)
		return after, true
	}
	return after, false
}

// refund gives the newest try back, and lifts the lock, because fewer tries are left than
// a lock takes.
func (c counter) refund() counter {
	if n := len(c.spends); n > 0 {
		return counter{spends: c.spends[: n-1 : n-1]}
	}
	return c
}
