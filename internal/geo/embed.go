package geo

import _ "embed"

// countryFile is the country database in every binary. It is not compressed: the system
// loads only the pages that are read, so it costs no start-up time and no heap. See
// data/README.md for version and licence.
//
//go:embed data/geo-whois-asn-country.mmdb
var countryFile []byte

// Attribution is the notice that the licence of the embedded data (CC BY 4.0) demands.
// Show it where the product lists its sources.
const Attribution = "IP address statistics by the Number Resource Organization (nro.net), CC BY 4.0, merged by ip-location-db"
