package risk

import (
	"strconv"
	"time"
)

const (
	longSilenceWeight = 15

	// silence is longer than parental leave in most places, or half a year abroad.
	silence = 180 * 24 * time.Hour
)

// longSilence finds an unused account that signs in on an unknown device: attackers take
// over forgotten accounts because nobody notices. On a settled device it is no signal.
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
