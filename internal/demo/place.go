package demo

import (
	"net/netip"
	"time"

	"github.com/sallyport/sallyport"
)

// network is a public range of an access provider in one country.
type network struct {
	country string
	prefix  netip.Prefix
}

func in(country string, prefixes ...string) []network {
	var out []network
	for _, p := range prefixes {
		out = append(out, network{country, netip.MustParsePrefix(p)})
	}
	return out
}

// site is where a part of the organisation works.
type site struct {
	weight  int           // share of the people
	offset  time.Duration // from UTC
	weekend [2]time.Weekday
	names   *culture
	office  []network // each office leaves through one address of the first
	homes   []network
	office1 netip.Addr // that address
}

var (
	satSun = [2]time.Weekday{time.Saturday, time.Sunday}
	friSat = [2]time.Weekday{time.Friday, time.Saturday}
)

// sites are ranges that the embedded country data puts where they belong; a
// test holds them to it.
var sites = []site{
	{weight: 24, offset: 2 * time.Hour, weekend: satSun, names: &dutch, office: in("NL", "84.24.0.0/13"), homes: in("NL", "77.160.0.0/13", "62.194.0.0/16", "2a02:a440::/26")},
	{weight: 18, offset: time.Hour, weekend: satSun, names: &british, office: in("GB", "81.128.0.0/12"), homes: in("GB", "86.128.0.0/10", "90.192.0.0/11", "2a00:23c0::/28")},
	{weight: 14, offset: 2 * time.Hour, weekend: satSun, names: &german, office: in("DE", "79.192.0.0/10"), homes: in("DE", "91.0.0.0/10", "79.192.0.0/10", "2003:c0::/26")},
	{weight: 16, offset: -5 * time.Hour, weekend: satSun, names: &american, office: in("US", "98.192.0.0/10"), homes: in("US", "73.0.0.0/8", "98.192.0.0/10", "2601::/20")},
	{weight: 8, offset: -4 * time.Hour, weekend: satSun, names: &canadian, office: in("CA", "70.24.0.0/14"), homes: in("CA", "99.224.0.0/11", "2607:fea8::/32")},
	{weight: 10, offset: -3 * time.Hour, weekend: satSun, names: &brazilian, office: in("BR", "177.32.0.0/12"), homes: in("BR", "179.208.0.0/12", "2804:14c::/32")},
	{weight: 14, offset: 5*time.Hour + 30*time.Minute, weekend: satSun, names: &indian, office: in("IN", "117.192.0.0/11"), homes: in("IN", "106.192.0.0/11", "2409:4000::/22")},
	{weight: 8, offset: 9 * time.Hour, weekend: satSun, names: &japanese, office: in("JP", "60.64.0.0/11"), homes: in("JP", "126.0.0.0/10", "2400:2410::/30")},
	{weight: 6, offset: 3 * time.Hour, weekend: friSat, names: &israeli, office: in("IL", "79.176.0.0/13"), homes: in("IL", "109.64.0.0/14", "2a06:c701::/32")},
	{weight: 6, offset: 3 * time.Hour, weekend: friSat, names: &egyptian, office: in("EG", "41.32.0.0/12"), homes: in("EG", "156.192.0.0/11")},
	{weight: 6, offset: time.Hour, weekend: satSun, names: &nigerian, office: in("NG", "105.112.0.0/12"), homes: in("NG", "102.88.0.0/13")},
	{weight: 5, offset: 3 * time.Hour, weekend: satSun, names: &european, office: in("PL", "83.0.0.0/11"), homes: in("TR", "78.160.0.0/11", "88.224.0.0/11")},
}

// abroad is where people travel to.
var abroad = []network{
	in("FR", "86.192.0.0/11")[0], in("ES", "83.32.0.0/12")[0], in("SE", "81.224.0.0/12")[0],
	in("SG", "116.86.0.0/15")[0], in("AE", "86.96.0.0/14")[0], in("KR", "175.192.0.0/11")[0],
	in("MX", "187.128.0.0/11")[0], in("KE", "105.160.0.0/13")[0], in("AU", "101.160.0.0/11")[0],
}

// Where the attacks come from, as far as an address tells.
var (
	stuffingFrom = in("US", "104.131.0.0/16")[0]
	guessingFrom = in("FR", "51.15.0.0/16")[0]
	stolenFrom   = in("AU", "1.120.0.0/13")[0]
	lateFrom     = in("VN", "113.160.0.0/11")[0]
)

// address draws an address of a network that places puts in its country. A city
// file of the operator's may disagree with the ranges above: then it decides.
func (w *world) address(n network) netip.Addr {
	var a netip.Addr
	for range 40 {
		a = w.host(n.prefix)
		if w.places.Lookup(a).Country == n.country {
			break
		}
	}
	return a
}

// host draws an address of a prefix that could be a machine's.
func (w *world) host(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := range b {
		free := min(8, max(0, 8*(i+1)-p.Bits()))
		b[i] |= byte(w.rng.UintN(1 << free))
	}
	if last := &b[len(b)-1]; *last == 0 || *last == 255 {
		*last = 17
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// client returns what the server would see of a machine at an address.
func (w *world) client(m *machine, at netip.Addr) sallyport.Client {
	return sallyport.Client{IPAddress: at.String(), UserAgent: m.userAgent, Info: m.info, Location: w.places.Lookup(at)}
}

// midnight returns the beginning of the site's day that t is in.
func (s *site) midnight(t time.Time) time.Time {
	return t.Add(s.offset).Truncate(day).Add(-s.offset)
}

func (s *site) isWeekend(midnight time.Time) bool {
	d := midnight.Add(s.offset).Weekday()
	return d == s.weekend[0] || d == s.weekend[1]
}
