package risk

import "strconv"

const (
	fewFailuresWeight  = 20
	manyFailuresWeight = 40

	// Two wrong codes are normal mistyping or an expired code. Three are suspicious; at
	// five the rate limit stops the tries by default.
	fewFailures  = 3
	manyFailures = 5
)

// mfaFailures finds a second factor that was right only after many tries: somebody guesses
// codes, or sends requests until the owner gives in. It cannot reach Compromised alone,
// because a phone with a wrong clock fails as often.
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
