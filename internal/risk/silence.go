package risk

import (
	"strconv"
	"time"
)

const (
	longSilenceWeight = 15

	// silence is longer than parental leave in most places, or a season abroad.
	silence = 180 * 24 * time.Hour
)

// longSilence finds an account that wakes up on a strange device: forgotten
// accounts are taken over because nobody looks. An owner who comes back on a
// settled device is an owner who comes back.
func longSilence(f Facts) (int, map[string]string) {
	if len(f.Visits) == 0 || f.settled() {
		return 0, nil
	}
	newest := f.Visits[0].At
	for _, v := range f.Visits {
		if v.At.After(newest) {
			newest = v.At
		}
	}
	quiet := f.Now.Sub(newest)
	if quiet <= silence {
		return 0, nil
	}
	return longSilenceWeight, map[string]string{"days": strconv.Itoa(int(quiet.Hours() / 24))}
}
