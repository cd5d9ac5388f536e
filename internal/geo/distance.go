package geo

import (
	"math"

	"github.com/sallyport/sallyport"
)

// earthRadiusKM is the mean radius of the Earth (IUGG R1).
const earthRadiusKM = 6371.0088

// Distance returns the great-circle distance between two places in kilometres
// (haversine on a sphere, within 0.6 % of the ellipsoid). ok is false, and km 0, when
// either place has no coordinates or impossible ones. The places themselves may be
// inexact: see [sallyport.Location].AccuracyKM.
func Distance(a, b sallyport.Location) (km float64, ok bool) {
	if !located(a.Latitude, a.Longitude) || !located(b.Latitude, b.Longitude) {
		return 0, false
	}
	lat1, lat2 := radians(a.Latitude), radians(b.Latitude)
	sinLat := math.Sin((lat2 - lat1) / 2)
	sinLon := math.Sin(radians(b.Longitude-a.Longitude) / 2)
	h := sinLat*sinLat + math.Cos(lat1)*math.Cos(lat2)*sinLon*sinLon
	// Rounding can make h larger than 1 for opposite points, where Asin is NaN.
	return 2 * earthRadiusKM * math.Asin(math.Sqrt(math.Min(1, h))), true
}

// located reports whether a pair of degrees is a valid place. Both zero means
// unknown, as in [sallyport.Location].
func located(lat, lon float64) bool {
	if lat == 0 && lon == 0 {
		return false
	}
	return math.Abs(lat) <= 90 && math.Abs(lon) <= 180 // false for NaN
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }
