package throttle

import (
	"time"

	"github.com/sallyport/sallyport"
)

// Played is a counter that is counted again, over tries whose times are known, by the rules of a policy: to see what another
// policy would have locked.
type Played struct {
	Scope Scope
	c     counter
}

// Outcome is what becomes of a try.
type Outcome string

// Outcomes.
const (
	Compared Outcome = "compared"
	Last     Outcome = "last"   // compared, and the counter is locked from then on
	Waits    Outcome = "waits"  // refused, because the one before was too short a time ago
	Refused  Outcome = "locked" // refused by a lock
)

// Try spends a try.
func (p *Played) Try(rules sallyport.Policy, now time.Time) Outcome {
	r := rule(p.Scope, rules)
	_, locked, blocked := p.c.blocked(r, now)
	switch {
	case locked:
		return Refused
	case blocked:
		return Waits
	}
	after, last := p.c.spend(r, now)
	p.c = after
	if last {
		return Last
	}
	return Compared
}

// Right ends what was counted, as a right answer does.
func (p *Played) Right() { p.c = counter{} }
