package risk

import (
	"math"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
)

const (
	travelWeight        = 60
	settledTravelWeight = 30

	// topSpeed, in km/h, is beyond what passengers reach from door to door: the
	// fastest airliners and private jets make 980, more only with a jet stream
	// behind them, and lose it again on the ground.
	topSpeed = 1000

	// recent bounds the search. Half way round the Earth takes 20 hours at
	// topSpeed, so nothing older can be impossible.
	recent = 24 * time.Hour

	// skew is how far ahead a time may be because two nodes' clocks differ.
	// Anything later is a broken clock and says nothing.
	skew = 5 * time.Minute
)

// Fewest kilometres, accuracy taken off, that count as having moved at all.
const (
	// Between countries: a wrong city or a carrier's gateway across the border.
	abroadKM = 500
	// Within a country: carriers put the phones of half a continent behind the
	// gateways of a few cities, and a phone's Wi-Fi and its carrier then differ.
	inlandKM = 1500
	// On one settled device: a roaming phone leaves the net in its home country,
	// a laptop's VPN in the company's. That one credential is in both places and
	// never came back twice speaks for one machine and two networks.
	sameDeviceKM = 2000
)

// travel finds a sign-in that nobody can have travelled to from an earlier one.
//
// It is compared with the newest sign-in there is, and with the newest that was
// surely the owner's: a thief who signs in twice stays far from the owner.
// Places known by country only, at (0,0) or in the middle of a country are never
// compared. Two habits explain the distance, see habit. On a settled device it
// weighs half: the device is the owner's, whoever the other sign-in was, and
// that one was judged when it happened.
func travel(f Facts) (int, map[string]string) {
	if !placed(f.Location) {
		return 0, nil
	}
	for _, sure := range []bool{true, false} {
		last, ok := f.last(sure)
		if !ok || !f.impossible(last) || f.habit(last) {
			continue
		}
		if f.settled() {
			return settledTravelWeight, f.journey(last)
		}
		return travelWeight, f.journey(last)
	}
	return 0, nil
}

// last returns the newest recent visit with a place, or the newest of those
// that are vouched for.
func (f Facts) last(sure bool) (newest Visit, ok bool) {
	for _, v := range f.Visits {
		age := f.Now.Sub(v.At)
		if age < -skew || age > recent || !placed(v.Location) || ok && !v.At.After(newest.At) {
			continue
		}
		if !sure || f.vouched(v) {
			newest, ok = v, true
		}
	}
	return newest, ok
}

func (f Facts) impossible(last Visit) bool {
	km, ok := apart(last.Location, f.Location)
	least := float64(abroadKM)
	switch {
	case f.settled() && last.DeviceID == f.DeviceID:
		least = sameDeviceKM
	case last.Location.Country != "" && last.Location.Country == f.Location.Country:
		least = inlandKM
	}
	hours := max(0, f.Now.Sub(last.At).Hours())
	return ok && km > least && km > topSpeed*hours
}

// habit reports whether the history explains how the client can be here and was
// there:
//
//   - This device has been in both places again and again: its owner switches a
//     VPN, or a phone between its carrier and Wi-Fi.
//   - The other sign-in was on another device, and this one, settled, belongs
//     here: it did not move. A phone at home and a laptop in the company's VPN
//     are a thousand kilometres apart all day.
func (f Facts) habit(last Visit) bool {
	if f.CredentialReused || f.DeviceID == "" || !f.frequents(f.Location) {
		return false
	}
	if last.DeviceID == f.DeviceID {
		return f.frequents(last.Location)
	}
	return f.settled()
}

// frequents reports whether the device signed in at a place twice before, or
// once with the owner's word that it was them.
func (f Facts) frequents(place sallyport.Location) bool {
	times := 0
	for _, v := range f.Visits {
		if v.DeviceID != f.DeviceID {
			continue
		}
		if km, ok := apart(v.Location, place); !ok || km > near {
			continue
		}
		if times++; v.Confirmed || times == 2 {
			return true
		}
	}
	return false
}

// near is how far apart, in kilometres and accuracy taken off, two sign-ins may
// be in one place: the exits of one VPN, the gateways of one carrier's region.
const near = 100

// journey returns what the sentence about a finding needs.
func (f Facts) journey(last Visit) map[string]string {
	km, _ := Distance(last.Location, f.Location)
	return filled(map[string]string{
		"km":          strconv.Itoa(rounded(km)),
		"minutes":     strconv.Itoa(int(max(0, f.Now.Sub(last.At)) / time.Minute)),
		"from":        last.Location.City,
		"fromCountry": last.Location.Country,
		"to":          f.Location.City,
		"toCountry":   f.Location.Country,
	})
}

// rounded takes off digits that nobody measured.
func rounded(km float64) int {
	step := 10.0
	if km >= 1000 {
		step = 100
	}
	return int(math.Round(km/step) * step)
}

// filled drops the arguments that are empty.
func filled(args map[string]string) map[string]string {
	for name, value := range args {
		if value == "" {
			delete(args, name)
		}
	}
	return args
}
