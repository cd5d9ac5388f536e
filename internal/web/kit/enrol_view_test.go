package kit

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/message"
)

func TestRegionOf(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "de": "", "de-CH": "CH", "de, en-GB;q=0.8, en-US;q=0.5": "GB", "es-419, es-MX;q=0.9": "MX", "zh-Hant-TW": "TW", ";;;": "",
	} {
		if got := regionOf(header); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

// Countries stand where a reader of the language looks for them.
func TestCountriesInOrder(t *testing.T) {
	v := ViewPhone(Speaker{Printer: message.For("en"), Now: time.Now(), Zone: time.UTC}, EnrolPlace{}, "DE", "")
	var names []string
	for _, c := range v.Phone.Country.Options {
		names = append(names, c.Text)
		if c.On != (c.Value == "DE") {
			t.Errorf("%s: chosen %v", c.Value, c.On)
		}
	}
	at := func(name string) int { return slices.Index(names, name) }
	for _, pair := range [][2]string{{"Afghanistan (+93)", "Åland Islands (+358)"}, {"Åland Islands (+358)", "Albania (+355)"}, {"Congo - Kinshasa (+243)", "Côte d’Ivoire (+225)"}} {
		if a, b := at(pair[0]), at(pair[1]); a < 0 || b < a {
			t.Errorf("%s at %d, %s at %d", pair[0], a, pair[1], b)
		}
	}
}
