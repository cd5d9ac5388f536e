package outbound

import "net/netip"

// span is a range of addresses that are not on the public internet.
type span struct {
	prefix netip.Prefix
	// own ranges may belong to the operator: AllowPrivate allows them.
	own  bool
	what string // for readers of the table
}

func at(prefix string, own bool, what string) span {
	return span{netip.MustParsePrefix(prefix), own, what}
}

// notPublic is THE table of addresses that are not public, after IANA's registries of
// special-purpose addresses (RFC 6890). Of IPv6 only 2000::/3 and forms of public IPv4
// addresses are allowed, so other ranges need no row, except the operator's own.
var notPublic = []span{
	at("0.0.0.0/8", false, "this network"),
	at("10.0.0.0/8", true, "private, RFC 1918"),
	at("100.64.0.0/10", true, "carrier-grade NAT, RFC 6598"),
	at("127.0.0.0/8", true, "loopback"),
	at("169.254.0.0/16", false, "link-local, and the metadata of most clouds"),
	at("172.16.0.0/12", true, "private, RFC 1918"),
	at("192.0.0.0/24", false, "protocol assignments, and metadata of one cloud"),
	at("192.0.2.0/24", false, "documentation"),
	at("192.88.99.0/24", false, "6to4 relays, deprecated"),
	at("192.168.0.0/16", true, "private, RFC 1918"),
	at("198.18.0.0/15", false, "benchmarks"),
	at("198.51.100.0/24", false, "documentation"),
	at("203.0.113.0/24", false, "documentation"),
	at("224.0.0.0/4", false, "multicast"),
	at("240.0.0.0/4", false, "reserved, and broadcast"),
	// Cloud metadata services on addresses that would otherwise be allowed.
	at("100.100.100.200/32", false, "metadata"),
	at("168.63.129.16/32", false, "metadata"),
	at("fd00:ec2::/32", false, "metadata"),

	at("::1/128", true, "loopback"),
	at("fc00::/7", true, "private, RFC 4193"),
	at("2001::/23", false, "protocol assignments; Teredo, which holds an IPv4 address"),
	at("2001:db8::/32", false, "documentation"),
	at("3fff::/20", false, "documentation"),
}

// IPv6 ranges whose addresses contain an IPv4 address and lead to it.
var (
	nat64     = netip.MustParsePrefix("64:ff9b::/96") // in the last four bytes, RFC 6052
	sixToFour = netip.MustParsePrefix("2002::/16")    // in bytes 2 to 5, RFC 3056
	global    = netip.MustParsePrefix("2000::/3")
)

// Public reports whether an address is one of the public internet.
func Public(a netip.Addr) bool { return open(a, false) }

// open reports whether a connection to an address is allowed.
func open(a netip.Addr, allowPrivate bool) bool {
	if !a.IsValid() {
		return false
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		b := a.As16()
		switch {
		case nat64.Contains(a):
			return open(netip.AddrFrom4([4]byte(b[12:16])), false) // a gateway of another network: private addresses are never allowed
		case sixToFour.Contains(a):
			return open(netip.AddrFrom4([4]byte(b[2:6])), false)
		}
	}
	own := false
	for _, s := range notPublic {
		if s.prefix.Contains(a) {
			if !s.own {
				return false
			}
			own = true
		}
	}
	if own {
		return allowPrivate
	}
	return a.Is4() || global.Contains(a)
}
