package risk

import (
	"strconv"
	"time"
)

const (
	newCountryWeight        = 30
	settledNewCountryWeight = 15

	// fewestVisits is how many sign-ins with a country make a history. Before
	// that everything is new and nothing is strange.
	fewestVisits = 3

	// yearly is how long a country stays known: the house by the sea is visited
	// once a year, not to the day.
	yearly = 400 * 24 * time.Hour

	// denial is how long the owner has to say "this wasn't me" before a sign-in
	// from a device that nobody vouches for makes its country known.
	denial = 24 * time.Hour

	// mostVisits is how many visits a caller gives at most. A history that long
	// may have been longer.
	mostVisits = 50
)

// newCountry finds a country that the user has not signed in from. Neighbours
// are no exception: who crosses a border every day has been on both sides after
// one day. On a settled device it weighs half: people take their devices along.
// A sign-in without a country finds nothing, and visits without one count for
// nothing.
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
		case f.Now.Sub(v.At) > yearly:
			before = true
		case f.Now.Sub(v.At) >= denial || f.vouched(v):
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
		args["days"] = strconv.Itoa(int(yearly.Hours() / 24))
	} else if len(f.Visits) >= mostVisits {
		args["days"] = strconv.Itoa(max(1, int(f.Now.Sub(oldest).Hours()/24)))
	}
	if f.settled() {
		return settledNewCountryWeight, args
	}
	return newCountryWeight, args
}
