package policy

import (
	"net/netip"

	"github.com/sallyport/sallyport"
)

// What the user of an account may see of where something about it came from. Where
// somebody else acted (an admin) is not the user's business. Of their own address, or of
// whoever may have their password, they see as much as policy says: an organisation can
// keep whole addresses from its people.

// OwnAddress returns what a user may see of an address that something of theirs came
// from: all of it, or, where policy masks it, the network that a site gets, such as
// "203.0.113.0/24" (of IPv6 a /48, RFC 6177). What is no address is returned as it is.
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

// OwnAttempt returns an attempt to sign in to an account as its user may see it.
func OwnAttempt(p sallyport.Policy, a sallyport.Attempt) sallyport.Attempt {
	a.IPAddress = OwnAddress(p, a.IPAddress)
	return a
}

// OwnEvent returns an event as the user it concerns may see it: without the place, the
// device and the address of somebody else who acted.
func OwnEvent(p sallyport.Policy, userID string, e sallyport.Event) sallyport.Event {
	e.IPAddress = OwnAddress(p, e.IPAddress)
	if e.ActorID != "" && e.ActorID != userID {
		e.IPAddress, e.Device, e.Location = "", sallyport.DeviceInfo{}, sallyport.Location{}
	}
	return e
}

// OwnMail returns what a mail to a user may say of where something came from: nothing
// when an admin did it. Mails leave the house and lie about for years, so where policy
// masks addresses they do not even name the network.
func OwnMail(p sallyport.Policy, byAdmin bool, c sallyport.Client) sallyport.Client {
	if byAdmin {
		return sallyport.Client{}
	}
	if p.SessionMaskIP {
		c.IPAddress = ""
	}
	return c
}
