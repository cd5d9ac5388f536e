package policy

import (
	"net/netip"

	"github.com/sallyport/sallyport"
)

// What users may see of the place that an event about their account came from. They do not
// see where an admin acted from. Of their own address, or that of somebody who may have
// their password, they see as much as policy allows: an organisation can hide whole
// addresses from its users.

// OwnAddress returns what a user may see of an IP address that their account was used from:
// all of it, or, where policy masks it, the network of a site, such as "203.0.113.0/24" (for
// IPv6 a /48, RFC 6177). A text that is no address is returned unchanged.
func OwnAddress(p sallyport.Policy, address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || !p.SessionMaskIP {
		return address
	}
	ip = ip.Unmap().WithZone("")
	bits := 24
	if ip.Is6() {
		bits = 48
	}
	return netip.PrefixFrom(ip, bits).Masked().String()
}

// OwnSession returns a session as its own user may see it.
func OwnSession(p sallyport.Policy, s sallyport.Session) sallyport.Session {
	s.IPAddress = OwnAddress(p, s.IPAddress)
	return s
}

// OwnAttempt returns a sign-in attempt as the account's user may see it.
func OwnAttempt(p sallyport.Policy, a sallyport.Attempt) sallyport.Attempt {
	a.IPAddress = OwnAddress(p, a.IPAddress)
	return a
}

// OwnEvent returns an event as the user it concerns may see it: without place, device and
// address when somebody else acted, nor whether there were any.
func OwnEvent(p sallyport.Policy, userID string, e sallyport.Event) sallyport.Event {
	e.IPAddress = OwnAddress(p, e.IPAddress)
	if e.ActorID != "" && e.ActorID != userID {
		e.IPAddress, e.Device, e.Location, e.Forgotten = "", sallyport.DeviceInfo{}, sallyport.Location{}, false
	}
	return e
}

// OwnMail returns what a mail to a user may say about where something came from: nothing
// when an admin did it. Where policy masks addresses, it names not even the network, because
// mails leave the server and are kept for years.
func OwnMail(p sallyport.Policy, byAdmin bool, c sallyport.Client) sallyport.Client {
	if byAdmin {
		return sallyport.Client{}
	}
	if p.SessionMaskIP {
		c.IPAddress = ""
	}
	return c
}
