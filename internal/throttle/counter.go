package throttle

import (
	"slices"
	"time"
)

// counter is what was spent on one key. Its methods are the limit's rule: pure functions
// that return the changed counter.
type counter struct {
	spends      []int64 // times in microseconds since 1970, oldest first; each names one try
	lockedUntil time.Time
	refusedAt   time.Time // when a refused try was recorded last
	took        int64     // the try that spend took
}

const (
	// ahead is how far the clocks of nodes may differ. What is further in the future was made while a
	// clock was wrong.
	ahead = time.Minute
	// remembered is how much longer tries are kept than they count: a clock that jumps by an hour, and
	// back, makes nobody's guesses forgotten.
	remembered = 2 * time.Hour
)

// believed returns the counter without what cannot be: a lock ends when policy allows one to end that is
// made now, at the latest, and a try was made now at the latest. It reports whether that differs.
func (c counter) believed(r Rule, now time.Time) (counter, bool) {
	wrong := false
	if longest := now.Add(r.Lock); !r.Run && c.lockedUntil.After(longest.Add(ahead)) {
		c.lockedUntil, wrong = longest, true
	}
	c.spends = slices.Clone(c.spends)
	at := now.UnixMicro()
	for i, t := range c.spends {
		if t > now.Add(ahead).UnixMicro() {
			c.spends[i], wrong = at, true
			at++ // two tries are still two
		}
	}
	return c, wrong
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

// within returns the tries inside the rule's window. Those of a run all count as long as the
// newest does.
func (c counter) within(r Rule, now time.Time) []int64 {
	oldest := now.Add(-c.lasts(r)).UnixMicro()
	if n := len(c.spends); r.Run && n > 0 && c.spends[n-1] > oldest {
		return slices.Clone(c.spends)
	}
	return slices.DeleteFunc(slices.Clone(c.spends), func(t int64) bool { return t <= oldest })
}

// kept returns the tries that are stored: those that count, and of those that did before no more than
// lock.
func (c counter) kept(r Rule, now time.Time) []int64 {
	if r.Run {
		return c.within(r, now)
	}
	oldest := now.Add(-r.Window - remembered).UnixMicro()
	kept := slices.DeleteFunc(slices.Clone(c.spends), func(t int64) bool { return t <= oldest })
	return kept[max(0, len(kept)-max(r.Failures, len(c.within(r, now)))):]
}

// lasts returns how long after the newest try the counter counts for anything.
func (c counter) lasts(r Rule) time.Duration {
	if r.Run {
		return r.Window * time.Duration(len(c.spends))
	}
	return r.Window
}

// spend takes one try and reports whether it was the last. If so, the counter is locked at
// once, before the result of the try is known.
func (c counter) spend(r Rule, now time.Time) (after counter, last bool) {
	if !c.lockedUntil.IsZero() { // the lock is over: start anew
		c = counter{refusedAt: c.refusedAt}
	}
	at := now.UnixMicro()
	for slices.Contains(c.spends, at) { // two tries of one microsecond are still two
		at--
	}
	counted := len(c.within(r, now)) + 1
	after = counter{spends: append(c.kept(r, now), at), refusedAt: c.refusedAt, took: at}
	slices.Sort(after.spends)
	if counted < r.Failures {
		return after, false
	}
	if after.lockedUntil = UntilRecovery; !r.Run {
		after.lockedUntil = now.Add(r.Lock)
	}
	return after, true
}

// refund gives one try back, and lifts the lock, because fewer tries are left than a lock
// takes. It changes nothing when the try was given back before, or counts no more.
func (c counter) refund(at int64) counter {
	i := slices.Index(c.spends, at)
	if i < 0 {
		return c
	}
	return counter{spends: slices.Delete(slices.Clone(c.spends), i, i+1), refusedAt: c.refusedAt}
}

// recordEvery is how often a refused try is recorded. Whoever is refused could otherwise
// fill the log for nothing.
const recordEvery = 15 * time.Minute

// refuse reports whether a refused try is recorded, and remembers that it is.
func (c counter) refuse(now time.Time) (after counter, recorded bool) {
	if since := now.Sub(c.refusedAt); since >= 0 && since < recordEvery {
		return c, false
	}
	c.refusedAt = now
	return c, true
}
