package risk

import (
	"strconv"
	"time"
)

const (
	newCountryWeight        = 30
	settledNewCountryWeight = 15

	// fewestVisits is how many sign-ins with a country the user must have. With fewer,
	// every country would be new.
	fewestVisits = 3

	// countryKnownFor is how long a country stays known: somewhat more than a year, for places that
	// people visit once a year.
	countryKnownFor = 400 * 24 * time.Hour

	// denialPeriod is how long the owner has to say "this wasn't me" before a sign-in from a
	// device that is not settled makes its country known.
	denialPeriod = 24 * time.Hour

	// mostVisits is how many visits a caller gives at most. A history with that many may
	// have been longer.
	mostVisits = 50
)

// newCountry finds a country that the user has not signed in from. Neighbouring countries
// count too: a commuter has signed in on both sides after one day. On a settled device it
// weighs half, because people travel with their devices. Sign-ins without a country are
// ignored, both the present one and earlier ones.
func newCountry(f Facts) (int, map[string]string) {
	here := f.Location.Country
	if here == "" {
		return 0, nil
	}
	known, before := 0, false
	oldest := f.Now
	for _, v := range f.Visits {
		switch {
		case v.Location.Country == "":
			continue
		case v.Location.Country != here:
			known++
		case f.Now.Sub(v.At) > countryKnownFor:
			before = true
		case f.Now.Sub(v.At) >= denialPeriod || f.vouched(v):
			return 0, nil
		}
		if v.At.Before(oldest) {
			oldest = v.At
		}
	}
	if known < fewestVisits {
		return 0, nil
	}
	args := map[string]string{"country": here}
	if before {
		args["days"] = strconv.Itoa(int(countryKnownFor.Hours() / 24))
	} else if len(f.Visits) >= mostVisits {
		args["days"] = strconv.Itoa(max(1, int(f.Now.Sub(oldest).Hours()/24)))
	}
	if f.settled() {
		return settledNewCountryWeight, args
	}
	return newCountryWeight, args
}
