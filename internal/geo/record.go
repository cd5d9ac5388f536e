package geo

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/sallyport/sallyport"
)

// maxText is the longest text taken from a file, in bytes. The longest region names
// have about 60.
const maxText = 100

// flatRecord is the schema of the ip-location-db files, countries and cities.
type flatRecord struct {
	Country   string  `maxminddb:"country_code"`
	Region    string  `maxminddb:"state1"`
	City      string  `maxminddb:"city"`
	Latitude  float64 `maxminddb:"latitude"`  // degrees
	Longitude float64 `maxminddb:"longitude"` // degrees
	TimeZone  string  `maxminddb:"timezone"`
}

// nestedRecord is the schema of MaxMind's own files (GeoLite2-City and
// -Country) and of those that copy it.
type nestedRecord struct {
	Country struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
	Subdivisions []struct {
		Names struct {
			English string `maxminddb:"en"`
		} `maxminddb:"names"`
	} `maxminddb:"subdivisions"` // largest first
	City struct {
		Names struct {
			English string `maxminddb:"en"`
		} `maxminddb:"names"`
	} `maxminddb:"city"`
	Location struct {
		Latitude  float64 `maxminddb:"latitude"`        // degrees
		Longitude float64 `maxminddb:"longitude"`       // degrees
		Radius    uint16  `maxminddb:"accuracy_radius"` // kilometres
		TimeZone  string  `maxminddb:"time_zone"`
	} `maxminddb:"location"`
}

// schema reads one record of a file. It returns the zero Location for a record that is
// empty or unreadable.
type schema func(maxminddb.Result) sallyport.Location

func flat(result maxminddb.Result) sallyport.Location {
	var r flatRecord
	if err := result.Decode(&r); err != nil {
		return sallyport.Location{}
	}
	return clean(sallyport.Location{
		Country: r.Country, Region: r.Region, City: r.City,
		Latitude: r.Latitude, Longitude: r.Longitude, TimeZone: r.TimeZone,
	})
}

func nested(result maxminddb.Result) sallyport.Location {
	var r nestedRecord
	if err := result.Decode(&r); err != nil {
		return sallyport.Location{}
	}
	place := sallyport.Location{
		Country: r.Country.Code, City: r.City.Names.English,
		Latitude: r.Location.Latitude, Longitude: r.Location.Longitude,
		TimeZone: r.Location.TimeZone, AccuracyKM: int(r.Location.Radius),
	}
	if len(r.Subdivisions) > 0 {
		place.Region = r.Subdivisions[0].Names.English
	}
	return clean(place)
}

// clean drops every field with an invalid value: the file comes from a third party, and
// its texts are shown in pages and mails.
func clean(l sallyport.Location) sallyport.Location {
	if !countryCode(l.Country) {
		l.Country = ""
	}
	l.Region, l.City, l.TimeZone = text(l.Region), text(l.City), text(l.TimeZone)
	if !located(l.Latitude, l.Longitude) {
		l.Latitude, l.Longitude, l.AccuracyKM = 0, 0, 0
	}
	// A file with single-precision numbers has 52.369998931884766 for 52.37.
	l.Latitude, l.Longitude = round(l.Latitude), round(l.Longitude)
	return l
}

// countryCode reports whether code has the form of ISO 3166-1 alpha-2 and is
// not ZZ, which files use for unknown.
func countryCode(code string) bool {
	return len(code) == 2 && code != "ZZ" &&
		'A' <= code[0] && code[0] <= 'Z' && 'A' <= code[1] && code[1] <= 'Z'
}

// text returns s, or "" when s is too long, not UTF-8, or not printable.
func text(s string) string {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if len(s) > maxText || !utf8.ValidString(s) || strings.ContainsFunc(s, unprintable) {
		return ""
	}
	return s
}

// round rounds to four decimals, about 11 metres.
func round(degrees float64) float64 { return math.Round(degrees*1e4) / 1e4 }

// located reports whether a pair of degrees is a valid place. Both zero means
// unknown, as in [sallyport.Location].
func located(lat, lon float64) bool {
	if lat == 0 && lon == 0 {
		return false
	}
	return math.Abs(lat) <= 90 && math.Abs(lon) <= 180 // false for NaN
}
