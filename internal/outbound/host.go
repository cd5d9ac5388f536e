package outbound

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// MaxAddress is the longest address of a third party, in characters.
const MaxAddress = 2048

// HostOf returns the host of an https address that somebody gave, with its port where it has one, or the
// code of what is wrong with it: too_long, invalid_address or invalid_host. A name may lead anywhere, and
// elsewhere tomorrow: what it leads to is checked when the connection is made.
func HostOf(address string) (host, code string) {
	if len(address) > MaxAddress {
		return "", "too_long"
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Fragment != "" || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
		return "", "invalid_address"
	}
	host = strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if !mayBePublic(host) {
		return "", "invalid_host"
	}
	if port := u.Port(); port != "" {
		return net.JoinHostPort(host, port), ""
	}
	return host, ""
}

// mayBePublic reports whether a host is an address of the public internet, or a name.
func mayBePublic(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return Public(a)
	}
	return hostName.MatchString(host) && !numberLike.MatchString(host)
}

var (
	hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*$`)
	// Some programs read names that end like this as addresses: 127.1, 0x7f.0.0.1, 2130706433.
	numberLike = regexp.MustCompile(`(^|\.)(0x[0-9a-f]*|[0-9]+)$`)
)
