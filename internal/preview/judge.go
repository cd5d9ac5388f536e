package preview

import (
	"encoding/json"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// life is what somebody did in the time that a preview looks at.
type life struct {
	user     store.JudgedUser
	signIns  []store.SignInToJudge // the oldest first
	sessions []store.SessionToJudge
	since    time.Time
	now      time.Time
}

// hit is how often an effect struck somebody.
type hit struct {
	times int64
	last  time.Time
}

// verdict is what a change does to somebody.
type verdict struct {
	hits   map[Effect]hit
	before int64 // sign-ins whose circumstances were not kept
}

func (v *verdict) add(e Effect, at time.Time) {
	h := v.hits[e]
	h.times++
	if at.After(h.last) {
		h.last = at
	}
	v.hits[e] = h
}

// compare adds what one thing was under both policies.
func (v *verdict) compare(e Effect, old, next bool, at time.Time) {
	switch {
	case next && !old:
		v.add(e, at)
	case old && !next && opposite[e] != "":
		v.add(opposite[e], at)
	}
}

// judge plays a life again under two policies.
func judge(l life, old, next sallyport.Policy) verdict {
	v := verdict{hits: map[Effect]hit{}}
	a, b := newWorld(old), newWorld(next)
	for _, s := range l.signIns {
		c := circumstances(s)
		if c == nil && s.FailureReason == "" {
			v.before++
			continue
		}
		was, is := a.signIn(s, c), b.signIn(s, c)
		for _, e := range []Effect{Asked, Enrols, Refused, Locked, Reminded} {
			v.compare(e, was[e], is[e], s.At)
		}
	}
	for _, s := range l.sessions {
		was, is := l.end(s, old, old), l.end(s, old, next)
		if was.Before(l.since) && is.Before(l.since) {
			continue
		}
		v.compare(Ended, is.After(was), was.After(is), s.LastActivity)
		v.compare(Reminded, l.due(s, old), l.due(s, next), s.LastActivity)
	}
	return v
}

// circumstances returns those of a sign-in; nil when nothing was proven or they were not kept.
func circumstances(s store.SignInToJudge) *signin.Circumstances {
	var c signin.Circumstances
	if s.Circumstances == "" || json.Unmarshal([]byte(s.Circumstances), &c) != nil {
		return nil
	}
	return &c
}

// end returns when a session ends, or would have ended, under a policy; the present for one that goes on. One that did not end by
// itself ended when it did. old is the policy in force, beyond whose lifetime an admin may have extended it.
func (l life) end(s store.SessionToJudge, old, p sallyport.Policy) time.Time {
	lifetime, idle := policy.SessionTimes(p, s.Native, s.DeviceType)
	usual, _ := policy.SessionTimes(old, s.Native, s.DeviceType)
	end := s.CreatedAt.Add(lifetime)
	if s.ExpiresAt.After(s.CreatedAt.Add(usual)) {
		end = s.ExpiresAt
	}
	rest := s.LastActivity.Add(idle)
	if s.LongestIdle >= idle {
		rest = s.LastActivity.Add(-time.Microsecond) // somewhere before its last use
	}
	end = earliest(end, rest, l.now)
	if !s.TerminatedAt.IsZero() && s.Status != sallyport.SessionExpired {
		end = earliest(end, s.TerminatedAt)
	}
	return end
}

func earliest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.Before(first) {
			first = t
		}
	}
	return first
}

// due reports whether a password was due for a change when a session was used last.
func (l life) due(s store.SessionToJudge, p sallyport.Policy) bool {
	changed := l.user.PasswordChangedAt
	return !changed.IsZero() && !s.LastActivity.Before(changed) && policy.RotationDue(p, changed, s.LastActivity)
}

// world is one of the two policies, with what was counted under it.
type world struct {
	policy   sallyport.Policy
	counters map[counter]*throttle.Played
}

// counter is a scope and the device that it belongs to; "" for all strangers together.
type counter struct {
	scope  throttle.Scope
	device string
}

func newWorld(p sallyport.Policy) *world { return &world{p, map[counter]*throttle.Played{}} }

func (w *world) counter(scope throttle.Scope, device string) *throttle.Played {
	k := counter{scope, device}
	if w.counters[k] == nil {
		w.counters[k] = &throttle.Played{Scope: scope}
	}
	return w.counters[k]
}

// effects are those of one sign-in.
type effects map[Effect]bool

// signIn decides a sign-in again. c is nil for one in which nothing was proven.
func (w *world) signIn(s store.SignInToJudge, c *signin.Circumstances) effects {
	device := s.DeviceID
	if c != nil && c.Device == nil {
		device = "" // it became known by this sign-in
	}
	password := w.counter(throttle.Account, "")
	if device != "" {
		password = w.counter(throttle.Device, device)
	}
	if c == nil {
		if s.FailureReason != sallyport.CodeInvalidCredentials {
			return nil // refused before anything was compared
		}
		return effects{Locked: locks(password.Try(w.policy, s.At))}
	}
	if !c.Passkey {
		switch password.Try(w.policy, s.At) {
		case throttle.Refused:
			return effects{Locked: true}
		case throttle.Waits:
			return nil // a moment later they would have come in
		}
		password.Right()
	}
	return w.proven(s, c, w.counter(throttle.Factor, device))
}

// proven decides a sign-in again whose password was right.
func (w *world) proven(s store.SignInToJudge, c *signin.Circumstances, factor *throttle.Played) effects {
	played := c.Play(w.policy, s.At)
	out := effects{Asked: played.Factor, Enrols: played.Enrol, Refused: played.Denied == sallyport.CodeDeviceNotTrusted}
	if played.Factor {
		switch outcome := factor.Try(w.policy, s.At); {
		case s.FailureReason == sallyport.CodeMFAFailed:
			return effects{Asked: true, Locked: locks(outcome)}
		case outcome == throttle.Refused:
			return effects{Asked: true, Locked: true}
		}
		factor.Right()
	}
	if c.PasswordAt > 0 && s.FailureReason == "" {
		out[Reminded] = policy.RotationDue(w.policy, time.UnixMicro(c.PasswordAt), s.At)
	}
	return out
}

// locks reports whether a try is the last before a lock, or is refused by one.
func locks(o throttle.Outcome) bool { return o == throttle.Last || o == throttle.Refused }
