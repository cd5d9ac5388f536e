package main

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// rankSum returns the z of the Wilcoxon rank-sum test, by its normal approximation.
func rankSum(a, b []time.Duration) float64 {
	type mark struct {
		d     time.Duration
		first bool
	}
	var all []mark
	for _, d := range a {
		all = append(all, mark{d, true})
	}
	for _, d := range b {
		all = append(all, mark{d, false})
	}
	slices.SortFunc(all, func(x, y mark) int { return cmp.Compare(x.d, y.d) })
	var sum float64
	for i, m := range all {
		if m.first {
			sum += float64(i + 1)
		}
	}
	n, m := float64(len(a)), float64(len(b))
	return (sum - n*(n+m+1)/2) / math.Sqrt(n*m*(n+m+1)/12)
}

// correct sets the p of all comparisons from their z, by Holm's correction: the chance that
// any of them would differ as much by accident.
func correct(all []timing) {
	order := make([]*timing, len(all))
	for i := range all {
		order[i] = &all[i]
	}
	slices.SortFunc(order, func(a, b *timing) int { return -cmp.Compare(math.Abs(a.z), math.Abs(b.z)) })
	least := 0.0
	for i, t := range order {
		least = max(least, min(1, float64(len(order)-i)*math.Erfc(math.Abs(t.z)/math.Sqrt2)))
		t.p = least
	}
}
