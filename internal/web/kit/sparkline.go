package kit

import "math"

// Sparkline is the course of a figure, small beside it. It is decoration: the figure and its
// change say in words what matters.
type Sparkline struct {
	Tone             string // "good", "info", "warn", "bad" or "plain"
	Line, Area, Last string // SVG paths
}

// ViewSparkline draws values, the oldest first, from the lowest to the highest.
func ViewSparkline(values []float64) Sparkline {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if known(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	at := make([]float64, len(values))
	for i, v := range values {
		switch {
		case !known(v):
			at[i] = math.NaN()
		case high > low:
			at[i] = 100 - 100*((v/2-low/2)/(high/2-low/2)) // halves: the whole can be too large for a number
		case v == 0:
			at[i] = 100
		default:
			at[i] = 50
		}
	}
	if len(at) == 1 { // a course of one value is level
		at = append(at, at[0])
	}
	s := Sparkline{Tone: "info"}
	s.Line, s.Area, _ = linePath(at)
	if last := len(at) - 1; last >= 0 && known(at[last]) {
		s.Last = dotAt(at, last)
	}
	return s
}
