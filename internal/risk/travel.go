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

	// topSpeed, in km/h, is faster than any passenger travels from door to door: the
	// fastest airliners and private jets make 980 and exceed it only in a jet stream.
	topSpeed = 1000

	// recent limits the search. Half way round the Earth takes 20 hours at topSpeed, so
	// older sign-ins cannot be impossible.
	recent = 24 * time.Hour

	// skew is how far in the future a time may be because the clocks of two nodes differ. A
	// later time comes from a wrong clock and is ignored.
	skew = 5 * time.Minute
)

// The least distance in kilometres, accuracy subtracted, that counts as travel.
const (
	// Between countries: the city may be wrong, or the carrier's gateway abroad.
	abroadKM = 500
	// Within a country: carriers route many phones through gateways in a few cities, so
	// that a phone has different places on Wi-Fi and on its carrier.
	inlandKM = 1500
	// On one settled device: a roaming phone uses a gateway of its home country, and a
	// laptop the company's VPN. Its credential was never copied, so it is one machine on
	// two networks.
	sameDeviceKM = 2000
)

// travel finds a sign-in too far from an earlier one to have travelled in the time.
//
// It is compared with the newest sign-in, and with the newest that was surely the owner's:
// a thief who signs in twice is still far from the owner. It never compares places known by
// country only, at (0,0) or in the middle of a country. Two habits explain the distance, see
// habit. On a settled device it weighs half: this device is the owner's, and the other
// sign-in was judged when it happened.
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
			return settledTravelWeight, f.travelArgs(last)
		}
		return travelWeight, f.travelArgs(last)
	}
	return 0, nil
}

// last returns the newest recent visit with a place; with sure the newest that is vouched
// for.
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

// habit reports whether the history explains both places:
//
//   - This device has been in both places several times: its owner switches a VPN, or
//     a phone changes between carrier and Wi-Fi.
//   - The other sign-in was on another device, and this one is settled and usual here:
//     it did not move. A phone at home and a laptop in the company's VPN can be a
//     thousand kilometres apart all day.
func (f Facts) habit(last Visit) bool {
	if f.CredentialReused || f.DeviceID == "" || !f.frequents(f.Location) {
		return false
	}
	if last.DeviceID == f.DeviceID {
		return f.frequents(last.Location)
	}
	return f.settled()
}

// frequents reports whether the device signed in at a place twice before, or once with the
// owner's confirmation.
func (f Facts) frequents(place sallyport.Location) bool {
	times := 0
	for _, v := range f.Visits {
		if v.DeviceID != f.DeviceID {
			continue
		}
		if km, ok := apart(v.Location, place); !ok || km > samePlaceKM {
			continue
		}
		if times++; v.Confirmed || times == 2 {
			return true
		}
	}
	return false
}

// samePlaceKM is how far apart two sign-ins in one place may be, in kilometres, accuracy
// subtracted: the exits of one VPN, the gateways of one region.
const samePlaceKM = 100

// travelArgs returns the arguments of the sentence about a finding.
func (f Facts) travelArgs(last Visit) map[string]string {
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

// rounded removes digits that are not accurate.
func rounded(km float64) int {
	step := 10.0
	if km >= 1000 {
		step = 100
	}
	return int(math.Round(km/step) * step)
}

// filled removes empty arguments.
func filled(args map[string]string) map[string]string {
	for name, value := range args {
		if value == "" {
			delete(args, name)
		}
	}
	return args
}
