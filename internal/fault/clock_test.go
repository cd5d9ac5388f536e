package fault

import (
	"testing"
	"time"
)

// moveClocks moves the clock of one node ahead and back, then behind the others and back. With several nodes
// the others keep theirs, so that they judge what it did.
func moveClocks(t *testing.T, r *round) {
	n := r.nodes[r.rand.IntN(len(r.nodes))]
	for _, d := range []time.Duration{time.Hour, 0, -time.Hour, 90 * time.Second, 0} {
		n.clock(d)
		r.wait(t, 20)
	}
	r.back = until(t, r.site, longestReturn)
}
