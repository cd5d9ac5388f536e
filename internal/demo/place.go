package demo

import (
	"net/netip"
	"time"

	"github.com/sallyport/sallyport"
)

// network is a range of addresses in one place.
type network struct {
	prefix string
	place  sallyport.Location
}

func city(country, name string, latitude, longitude float64, zone string) sallyport.Location {
	return sallyport.Location{Country: country, City: name, Latitude: latitude, Longitude: longitude, TimeZone: zone, AccuracyKM: 20}
}

// site is where a part of the organisation works.
type site struct {
	place    sallyport.Location
	weight   int           // share of the people
	offset   time.Duration // from UTC
	weekend  [2]time.Weekday
	names    *culture
	language string
	office   string   // range of its office
	homes    []string // ranges of access providers; the last one is for phones on the way
}

var (
	satSun = [2]time.Weekday{time.Saturday, time.Sunday}
	friSat = [2]time.Weekday{time.Friday, time.Saturday}
)

// sites have ranges that the embedded country data puts where they belong; a test
// holds them to it.
var sites = []*site{
	{city("NL", "Eindhoven", 51.44, 5.47, "Europe/Amsterdam"), 24, 2 * time.Hour, satSun, &dutch, "nl-NL", "84.24.16.32/28", []string{"77.160.0.0/14", "62.194.0.0/16"}},
	{city("GB", "Leeds", 53.80, -1.55, "Europe/London"), 18, time.Hour, satSun, &british, "en-GB", "81.134.202.16/28", []string{"86.128.0.0/11", "90.192.0.0/11"}},
	{city("DE", "Kassel", 51.32, 9.50, "Europe/Berlin"), 14, 2 * time.Hour, satSun, &german, "de-DE", "79.200.4.64/28", []string{"91.0.0.0/10", "79.192.0.0/10", "2003:c0::/26"}},
	{city("US", "Pittsburgh", 40.44, -80.00, "America/New_York"), 16, -5 * time.Hour, satSun, &american, "en-US", "98.236.8.0/28", []string{"73.0.0.0/9", "98.192.0.0/10"}},
	{city("CA", "Ottawa", 45.42, -75.70, "America/Toronto"), 8, -4 * time.Hour, satSun, &canadian, "fr-CA", "70.24.88.16/28", []string{"99.224.0.0/11", "2607:fea8::/32"}},
	{city("BR", "Campinas", -22.91, -47.06, "America/Sao_Paulo"), 10, -3 * time.Hour, satSun, &brazilian, "pt-BR", "177.32.40.0/28", []string{"179.208.0.0/12", "2804:14c::/32"}},
	{city("IN", "Pune", 18.52, 73.86, "Asia/Kolkata"), 14, 5*time.Hour + 30*time.Minute, satSun, &indian, "en-IN", "117.195.12.32/28", []string{"106.192.0.0/11", "2409:4000::/22"}},
	{city("JP", "Nagoya", 35.18, 136.91, "Asia/Tokyo"), 8, 9 * time.Hour, satSun, &japanese, "ja-JP", "60.68.30.0/28", []string{"126.0.0.0/10", "2400:2410::/30"}},
	{city("IL", "Haifa", 32.79, 34.99, "Asia/Jerusalem"), 6, 3 * time.Hour, friSat, &israeli, "he-IL", "79.176.21.0/28", []string{"109.64.0.0/14", "2a06:c701::/32"}},
	{city("EG", "Giza", 30.01, 31.21, "Africa/Cairo"), 6, 3 * time.Hour, friSat, &egyptian, "ar-EG", "41.32.7.48/28", []string{"156.192.0.0/11"}},
	{city("NG", "Lagos", 6.52, 3.38, "Africa/Lagos"), 6, time.Hour, satSun, &nigerian, "en-NG", "105.112.9.0/28", []string{"102.88.0.0/13"}},
	{city("PL", "Poznań", 52.41, 16.93, "Europe/Warsaw"), 5, 2 * time.Hour, satSun, &european, "pl-PL", "83.8.100.16/28", []string{"83.0.0.0/11"}},
}

// abroad is where people travel to.
var abroad = []network{
	{"86.192.0.0/11", city("FR", "Lyon", 45.76, 4.84, "Europe/Paris")},
	{"83.32.0.0/12", city("ES", "Valencia", 39.47, -0.38, "Europe/Madrid")},
	{"81.224.0.0/12", city("SE", "Uppsala", 59.86, 17.64, "Europe/Stockholm")},
	{"116.86.0.0/15", city("SG", "Singapore", 1.35, 103.82, "Asia/Singapore")},
	{"86.96.0.0/14", city("AE", "Dubai", 25.20, 55.27, "Asia/Dubai")},
	{"175.192.0.0/11", city("KR", "Busan", 35.18, 129.08, "Asia/Seoul")},
	{"187.128.0.0/11", city("MX", "Puebla", 19.04, -98.21, "America/Mexico_City")},
}

// Where the attacks come from, as far as an address tells.
var (
	hosting  = network{"104.131.0.0/24", city("US", "Clifton", 40.86, -74.16, "America/New_York")}
	botnet   = network{"51.15.0.0/16", city("FR", "Paris", 48.86, 2.35, "Europe/Paris")}
	thiefNet = network{"1.120.0.0/13", city("AU", "Perth", -31.95, 115.86, "Australia/Perth")}
	farNet   = network{"113.160.0.0/12", city("VN", "Hanoi", 21.03, 105.85, "Asia/Ho_Chi_Minh")}
)

// at is a range of addresses at the site.
func (s *site) at(prefix string) network { return network{prefix, s.place} }

// midnight returns the beginning of the site's day that t is in.
func (s *site) midnight(t time.Time) time.Time {
	return t.Add(s.offset).Truncate(day).Add(-s.offset)
}

func (s *site) isWeekend(midnight time.Time) bool {
	d := midnight.Add(s.offset).Weekday()
	return d == s.weekend[0] || d == s.weekend[1]
}

// address draws an address of a range that could be a machine's.
func (w *world) address(prefix string) string {
	p := netip.MustParsePrefix(prefix)
	b := p.Masked().Addr().AsSlice()
	for i := range b {
		free := min(8, max(0, 8*(i+1)-p.Bits()))
		b[i] |= byte(w.rng.UintN(1 << free))
	}
	if last := &b[len(b)-1]; *last == 0 || *last == 255 {
		*last = 17
	}
	a, _ := netip.AddrFromSlice(b)
	return a.String()
}
