package risk

import (
	"math"

	"github.com/sallyport/sallyport"
)

// earthRadiusKM is the mean radius of the Earth (IUGG R1).
const earthRadiusKM = 6371.0088

// Distance returns the great-circle distance between two places in kilometres, within
// 0.6 %. ok is false when a place has no or impossible coordinates.
func Distance(a, b sallyport.Location) (km float64, ok bool) {
	if !located(a) || !located(b) {
		return 0, false
	}
	lat1, lat2 := radians(a.Latitude), radians(b.Latitude)
	sinLat := math.Sin((lat2 - lat1) / 2)
	sinLon := math.Sin(radians(b.Longitude-a.Longitude) / 2)
	h := sinLat*sinLat + math.Cos(lat1)*math.Cos(lat2)*sinLon*sinLon
	// Rounding can make h exceed 1 for opposite points, where Asin is NaN.
	return 2 * earthRadiusKM * math.Asin(math.Sqrt(math.Min(1, h))), true
}

// located reports whether a place has coordinates. Both zero means unknown: bad data often
// has them, and the place is in the sea.
func located(l sallyport.Location) bool {
	if l.Latitude == 0 && l.Longitude == 0 {
		return false
	}
	return math.Abs(l.Latitude) <= 90 && math.Abs(l.Longitude) <= 180 // false for NaN
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }

const (
	// vagueKM is the accuracy radius from which coordinates are only the middle of a country,
	// where the client almost certainly is not.
	vagueKM = 500
	// unknownKM is assumed when a database gives no accuracy. City databases place most
	// addresses within 50 km; twice that covers most of the rest.
	unknownKM = 100
)

// placed reports whether a location is accurate enough to measure distances.
func placed(l sallyport.Location) bool { return located(l) && l.AccuracyKM < vagueKM }

// radius returns the accuracy radius of a location, in kilometres.
func radius(l sallyport.Location) float64 {
	if l.AccuracyKM <= 0 {
		return unknownKM
	}
	return float64(l.AccuracyKM)
}

// apart returns the least distance between two places: both radii are subtracted. ok is
// false when a place is not accurate enough.
func apart(a, b sallyport.Location) (km float64, ok bool) {
	if !placed(a) || !placed(b) {
		return 0, false
	}
	d, ok := Distance(a, b)
	return max(0, d-radius(a)-radius(b)), ok
}
