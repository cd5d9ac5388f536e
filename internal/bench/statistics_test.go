package main

import (
	"math"
	"testing"
	"time"
)

func TestRankSum(t *testing.T) {
	low, high := []time.Duration{1, 2, 3, 4, 5}, []time.Duration{6, 7, 8, 9, 10}
	// The ranks of the lower five are 1 to 5: 15 instead of 27.5, with a deviation of √(5·5·11/12).
	if z := rankSum(low, high); math.Abs(z+2.611) > 0.001 {
		t.Errorf("z %v", z)
	}
	if z := rankSum(high, low); math.Abs(z-2.611) > 0.001 {
		t.Errorf("z %v", z)
	}
	if z := rankSum([]time.Duration{1, 4, 5, 8}, []time.Duration{2, 3, 6, 7}); z != 0 {
		t.Errorf("z %v", z)
	}
}

// The example is p = 0.01, 0.04, 0.03 and 0.005, which Holm corrects to 0.03, 0.06, 0.06 and 0.02.
func TestCorrect(t *testing.T) {
	all := []timing{{z: 2.5758}, {z: -2.0537}, {z: 2.1701}, {z: -2.8070}}
	correct(all)
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} {
		if math.Abs(all[i].p-want) > 0.0005 {
			t.Errorf("z %v has p %v, want %v", all[i].z, all[i].p, want)
		}
	}
	one := []timing{{z: 0}}
	if correct(one); one[0].p != 1 {
		t.Errorf("p %v", one[0].p)
	}
}
