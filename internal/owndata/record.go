package owndata

import (
	"time"

	"github.com/sallyport/sallyport"
)

// field is one thing that a record says: a string, a number, a bool, a time, or some strings.
type field struct {
	name  string
	value any
}

// record is one thing that is held, as fields in the order in which they are read. The first one says
// which it is.
type record []field

// with returns the fields that say something.
func with(fields ...field) (r record) {
	for _, f := range fields {
		switch v := f.value.(type) {
		case string:
			if v == "" {
				continue
			}
		case country:
			if v == "" {
				continue
			}
		case time.Time:
			if v.IsZero() {
				continue
			}
		case []string:
			if len(v) == 0 {
				continue
			}
		case map[string]string:
			if len(v) == 0 {
				continue
			}
		}
		r = append(r, f)
	}
	return r
}

// place are the fields of where something came from.
func place(address string, at sallyport.Location) []field {
	return []field{{"ipAddress", address}, {"country", country(at.Country)}, {"region", at.Region}, {"city", at.City}, {"placeTimeZone", at.TimeZone}}
}

// machine are the fields of what something was done with.
func machine(d sallyport.DeviceInfo, agent string) []field {
	return []field{
		{"deviceType", string(d.Type)}, {"browser", d.Browser}, {"browserVersion", d.BrowserVersion},
		{"system", d.OS}, {"systemVersion", d.OSVersion}, {"model", d.Model}, {"userAgent", agent},
	}
}

// country is the code of a country, which a copy to read writes out.
type country string

// kind is a kind of event, which a copy to read says in words.
type kind string
