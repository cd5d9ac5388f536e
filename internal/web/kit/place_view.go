package kit

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/sallyport/sallyport"
)

// Place is where something happened, with the flag when the country is known.
type Place struct {
	Flag string // name of a static file, "" when there is none
	Text string
}

// PlaceAt shows where something happened, with the address that it came from.
func (s Speaker) PlaceAt(at sallyport.Location, address string) Place {
	p := Place{Text: s.Place(at)}
	if s.Local && isLoopback(address) {
		p.Text = s.T("place.thisComputer")
	}
	if name := "flags/" + strings.ToLower(at.Country) + ".svg"; loadAssets().byName[name] != nil {
		p.Flag = name
	}
	return p
}

// isLoopback reports whether an address, or the network that is shown of one, is that of the
// server itself.
func isLoopback(address string) bool {
	if network, err := netip.ParsePrefix(address); err == nil {
		return network.Addr().IsLoopback()
	}
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.IsLoopback()
}

// onThisComputer reports whether people open the pages under an address of their own machine
// only. Under another one a proxy that nobody told the server of would make everybody come
// from "this computer", a thief too.
func onThisComputer(publicURL string) bool {
	u, err := url.Parse(publicURL)
	return err == nil && (u.Hostname() == "localhost" || isLoopback(u.Hostname()))
}

// AddressText writes an address, or the network that is shown of one, as people read
// it: "203.0.113.x" rather than "203.0.113.0/24".
func AddressText(address string) string {
	network, err := netip.ParsePrefix(address)
	if err != nil {
		return address
	}
	if ip := network.Addr(); ip.Is4() {
		b := ip.As4()
		return fmt.Sprintf("%d.%d.%d.x", b[0], b[1], b[2])
	}
	b := network.Addr().As16()
	group := func(i int) uint16 { return uint16(b[i])<<8 | uint16(b[i+1]) }
	return fmt.Sprintf("%x:%x:%x:x", group(0), group(2), group(4))
}
