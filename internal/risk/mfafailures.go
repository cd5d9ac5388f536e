package risk

import "strconv"

const (
	fewFailuresWeight  = 20
	manyFailuresWeight = 40

	// Two wrong codes are a slip or a code that just ran out. Three make one
	// wonder, and five are where the throttle stops it by default.
	fewFailures  = 3
	manyFailures = 5
)

// mfaFailures finds a second factor that was right only after many tries:
// somebody guesses codes, or asks until the owner gives in. It does not reach
// Compromised alone, because a phone whose clock is off fails just as often.
func mfaFailures(f Facts) (int, map[string]string) {
	args := map[string]string{"count": strconv.Itoa(f.FactorFailures)}
	switch {
	case f.FactorFailures >= manyFailures:
		return manyFailuresWeight, args
	case f.FactorFailures >= fewFailures:
		return fewFailuresWeight, args
	}
	return 0, nil
}
