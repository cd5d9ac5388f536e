package audit

import "testing"

// Appending reads one row, so the peaks must be enough for a log of any size.
func TestPeaks(t *testing.T) {
	for size := range int64(600) {
		n := 0
		for s := size; s > 0; s &= s - 1 {
			n++
		}
		p := peakPositions(size)
		if len(p) != n {
			t.Fatalf("%d events: peaks at %v, want %d of them", size, p, n)
		}
		for i := 1; i < len(p); i++ {
			if p[i] <= p[i-1] {
				t.Fatalf("%d events: peaks out of order: %v", size, p)
			}
		}
	}
}
