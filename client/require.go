package client

import (
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Condition is what [Client.Require] demands of a session.
type Condition struct {
	holds func(s *Session, now time.Time) bool
	needs needs  // that a step-up can bring about
	lacks string // that no step-up brings about
}

// needs is what a step-up asks for. Zero for nothing.
type needs struct{ level, fresh int }

// most returns what meets both.
func (n needs) most(o needs) needs {
	n.level = max(n.level, o.level)
	if n.fresh == 0 || o.fresh != 0 && o.fresh < n.fresh {
		n.fresh = o.fresh
	}
	return n
}

// query is what Sallyport is asked for.
func (n needs) query() url.Values {
	q := url.Values{}
	if n.level > 0 {
		q.Set("level", strconv.Itoa(n.level))
	}
	if n.fresh > 0 {
		q.Set("fresh", strconv.Itoa(n.fresh))
	}
	return q
}

// Bounds of Fresh: a shorter time is over before a step-up brings somebody back, and Sallyport knows no longer one.
const (
	minFresh = 5 * time.Minute
	maxFresh = 24 * time.Hour
)

// MFA demands that a second factor was proven in the session. Who lacks that proves one at Sallyport.
func MFA() Condition {
	return Condition{holds: func(s *Session, _ time.Time) bool { return !s.FactorAt.IsZero() }, needs: needs{fresh: int(maxFresh / time.Minute)}}
}

// Fresh demands that a second factor was proven so short a time ago: whole minutes, from five minutes to a day. It
// panics for other times.
func Fresh(d time.Duration) Condition {
	if d < minFresh || d > maxFresh || d%time.Minute != 0 {
		panic("sallyport: Fresh takes whole minutes, from five to 1440")
	}
	return Condition{
		holds: func(s *Session, now time.Time) bool { return !s.FactorAt.IsZero() && s.factorAge(now) <= d },
		needs: needs{fresh: int(d / time.Minute)},
	}
}

// Level demands that the device is trusted so much: 1 low, 2 medium, 3 high. It panics for other numbers.
func Level(n int) Condition {
	if n < 1 || n > 3 {
		panic("sallyport: Level takes 1, 2 or 3")
	}
	return Condition{holds: func(s *Session, _ time.Time) bool { return s.Level >= n }, needs: needs{level: n}}
}

// Permission demands a permission at Sallyport, such as users.view, of the user or of the API key.
func Permission(name string) Condition {
	return Condition{holds: func(s *Session, _ time.Time) bool { return s.Can(name) }, lacks: "the permission " + name}
}

// Role demands one of these roles, by their ids.
func Role(ids ...string) Condition {
	return Condition{holds: func(s *Session, _ time.Time) bool {
		for _, id := range ids {
			if s.User.Role == id {
				return true
			}
		}
		return false
	}, lacks: fmt.Sprintf("one of the roles %q", ids)}
}

// Group demands to be in one of these groups, by their names.
func Group(names ...string) Condition {
	return Condition{holds: func(s *Session, _ time.Time) bool {
		for _, name := range names {
			if s.In(name) {
				return true
			}
		}
		return false
	}, lacks: fmt.Sprintf("to be in one of the groups %q", names)}
}

// judge returns what a session needs for the conditions, and what it lacks for good, "" for nothing.
func judge(s *Session, now time.Time, conditions []Condition) (n needs, lacks string) {
	for _, c := range conditions {
		switch {
		case c.holds(s, now):
		case c.lacks != "":
			return needs{}, c.lacks
		default:
			n = n.most(c.needs)
		}
	}
	return n, ""
}
