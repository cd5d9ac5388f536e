package geo

import (
	"math"
	"testing"

	"github.com/sallyport/sallyport"
)

func at(lat, lon float64) sallyport.Location {
	return sallyport.Location{Latitude: lat, Longitude: lon}
}

func TestDistance(t *testing.T) {
	amsterdam, london := at(52.3676, 4.9041), at(51.5074, -0.1278)
	for _, test := range []struct {
		name string
		a, b sallyport.Location
		km   float64
		ok   bool
	}{
		{"same place", london, london, 0, true},
		{"Amsterdam to London", amsterdam, london, 358, true},
		{"London to New York", london, at(40.7128, -74.0060), 5570, true},
		{"Sydney to Santiago", at(-33.8688, 151.2093), at(-33.4489, -70.6693), 11340, true},
		{"across the date line", at(0, 179.5), at(0, -179.5), 111.2, true},
		{"pole to pole", at(90, 0), at(-90, 0), 20015, true},
		{"opposite points", at(12.3456, 45.6789), at(-12.3456, -134.3211), 20015, true},
		{"one degree on the equator", at(0, 1), at(0, 2), 111.2, true},
		{"first without coordinates", sallyport.Location{Country: "NL"}, london, 0, false},
		{"second without coordinates", london, sallyport.Location{}, 0, false},
		{"impossible latitude", at(91, 0), london, 0, false},
		{"impossible longitude", london, at(1, 181), 0, false},
		{"not a number", at(math.NaN(), 1), london, 0, false},
		{"infinite", london, at(1, math.Inf(1)), 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			km, ok := Distance(test.a, test.b)
			if ok != test.ok || math.Abs(km-test.km) > 1+test.km*0.002 {
				t.Errorf("got %.1f km, %v; want %.1f km, %v", km, ok, test.km, test.ok)
			}
			if back, _ := Distance(test.b, test.a); back != km {
				t.Errorf("the way back is %.3f km, not %.3f", back, km)
			}
		})
	}
}
