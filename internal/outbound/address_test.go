package outbound

import (
	"net/netip"
	"testing"
)

func TestOpen(t *testing.T) {
	const never, own, public = 0, 1, 2
	for in, want := range map[string]int{
		"1.1.1.1": public, "8.8.8.8": public, "100.63.255.255": public, "100.128.0.1": public, "172.15.0.1": public, "172.32.0.1": public,
		"192.167.255.255": public, "198.17.0.1": public, "223.255.255.255": public, "2606:4700::1111": public, "2a00::1": public,

		"10.0.0.1": own, "10.255.255.255": own, "100.64.0.1": own, "127.0.0.1": own, "127.255.255.254": own, "172.16.0.1": own, "172.31.255.255": own,
		"192.168.1.1": own, "::1": own, "fc00::1": own, "fd12:3456::1": own,

		"0.0.0.0": never, "0.1.2.3": never, "169.254.169.254": never, "169.254.1.1": never, "192.0.0.192": never, "192.0.2.1": never,
		"192.88.99.1": never, "198.18.0.1": never, "198.19.255.255": never, "198.51.100.1": never, "203.0.113.1": never, "224.0.0.1": never,
		"239.255.255.255": never, "240.0.0.1": never, "255.255.255.255": never, "100.100.100.200": never, "168.63.129.16": never,
		"::": never, "fe80::1": never, "fe80::1%eth0": never, "fec0::1": never, "ff02::1": never, "fd00:ec2::254": never, "100::1": never,
		"2001::1": never, "2001:db8::1": never, "3fff::1": never, "5f00::1": never,
		"::10.0.0.1": never, "::8.8.8.8": never, // IPv4-compatible, deprecated

		// IPv4 in IPv6.
		"::ffff:10.0.0.1": own, "::ffff:127.0.0.1": own, "::ffff:169.254.169.254": never, "::ffff:8.8.8.8": public, "::ffff:7f00:1": own,
		"64:ff9b::8.8.8.8": public, "64:ff9b::10.0.0.1": never, "64:ff9b::127.0.0.1": never, "64:ff9b::a9fe:a9fe": never,
		"64:ff9b:1::8.8.8.8": never, // prefix that a network chooses itself, RFC 8215
		"2002:808:808::1":    public, "2002:a00:1::1": never, "2002:7f00:1::": never, "2002:a9fe:a9fe::": never, "2002:c0a8:101::": never,
	} {
		a := netip.MustParseAddr(in)
		if got := open(a, false); got != (want == public) {
			t.Errorf("%s: open %v", in, got)
		}
		if got := open(a, true); got != (want >= own) {
			t.Errorf("%s with private ones allowed: open %v", in, got)
		}
	}
	if open(netip.Addr{}, true) {
		t.Error("no address is open")
	}
}

// FuzzOpen checks that the IPv6 form of a refused IPv4 address is refused too.
func FuzzOpen(f *testing.F) {
	f.Add(byte(10), byte(0), byte(0), byte(1))
	f.Add(byte(8), byte(8), byte(8), byte(8))
	f.Fuzz(func(t *testing.T, a, b, c, d byte) {
		four := netip.AddrFrom4([4]byte{a, b, c, d})
		forms := []netip.Addr{
			netip.AddrFrom16(four.As16()),
			netip.AddrFrom16([16]byte{0, 0x64, 0xff, 0x9b, 12: a, b, c, d}),
			netip.AddrFrom16([16]byte{0x20, 0x02, a, b, c, d}),
		}
		for _, form := range forms {
			if open(form, false) != open(four, false) {
				t.Errorf("%s and %s differ", form, four)
			}
			if open(form, true) && !open(four, true) {
				t.Errorf("%s is open and %s is not", form, four)
			}
		}
	})
}
