package throttle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
)

// Key is one counter a try is spent on.
type Key struct {
	Scope   Scope
	subject string
}

func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func key(s Scope, parts ...string) Key { return Key{s, hash(parts...)} }

// Party is who tries something on an account. Each party has counters of its own, so that
// none can spend what belongs to another: strangers together, each device that signed in to
// the account before, and each session.
type Party struct {
	userID string
	who    string // "" for strangers
	place  string // the same for all sessions of a device
}

// Strangers are all clients that show no known device of the user.
func Strangers(userID string) Party { return Party{userID: userID} }

// OnDevice is the user's known device that a sign-in is on.
func OnDevice(userID, deviceID string) Party {
	if deviceID == "" {
		return Strangers(userID)
	}
	who := "device:" + deviceID
	return Party{userID, who, who}
}

// InSession is a session of the user. deviceID is the device it began on, if any: its
// sessions share a run of failures, since whoever can begin one can begin many.
func InSession(userID, sessionID, deviceID string) Party {
	p := Party{userID, "session:" + sessionID, "session:" + sessionID}
	if deviceID != "" {
		p.place = "sessions on:" + deviceID
	}
	return p
}

// of returns a counter of a user that begins with what all counters of the group begin with,
// so that they can be lifted together.
func of(s Scope, group, one string) Key { return Key{s, hash(group) + hash(one)} }

// ForAccount returns the counter that strangers share for an account, by the address
// as typed.
func ForAccount(address string) Key { return key(Account, email.Key(address)) }

// ForPasswordRun returns the run of wrong passwords that strangers share, by the address as
// typed.
func ForPasswordRun(address string) Key { return key(PasswordRun, email.Key(address)) }

// ForDevice returns the counter of an account on one known device.
func ForDevice(userID, deviceID string) Key { return of(Device, userID, deviceID) }

// PasswordByStranger returns the counters of a password that is given for an address.
func PasswordByStranger(address, ip string) []Key {
	return []Key{ForAccount(address), ForPasswordRun(address), ForNetwork(ip)}
}

// PasswordOnDevice returns the counters of a password given on a known device.
func PasswordOnDevice(userID, deviceID string) []Key {
	return []Key{ForDevice(userID, deviceID), of(PasswordRun, userID, OnDevice(userID, deviceID).place)}
}

// PasswordInSession returns the counters of a signed-in user who proves the password again.
func PasswordInSession(p Party) []Key {
	return []Key{of(Reauth, p.userID, p.who), of(PasswordRun, p.userID, p.place)}
}

// FactorTry returns the counters of a second factor: those of the party, and for strangers
// that of their network. What is too long to guess has no run of failures, so that nobody
// can suspend the backup codes that help when another method is suspended.
func FactorTry(p Party, method, ip string) []Key {
	keys := []Key{of(Factor, p.userID, p.who)}
	if m := sallyport.MethodOf(method); !m.StandIn && !m.Alone && !m.Elsewhere {
		keys = append(keys, of(FactorRun, p.userID+" "+method, p.place))
	}
	if p.who == "" {
		keys = append(keys, ForNetwork(ip))
	}
	return keys
}

// EndedOnDevice returns the runs of failures in sessions on a known device that end when the
// password, or a method, is proven in a sign-in on the device: who has only a session of it
// cannot end them.
func EndedOnDevice(userID, deviceID, method string) Key {
	place := InSession(userID, "", deviceID).place
	if method == "" {
		return of(PasswordRun, userID, place)
	}
	return of(FactorRun, userID+" "+method, place)
}

// EnrolmentTry returns the counters of first uses of new second factors. There is no run:
// what is guessed at lives for minutes.
func EnrolmentTry(p Party) []Key { return []Key{of(Factor, p.userID, "enrolment:"+p.who)} }

// ForNetwork returns the counter of the network an address is in.
func ForNetwork(ip string) Key { return key(Network, network(ip)) }

// ForOpening returns the counter of sign-ins started from a network, or on a device that has
// signed in before, whose network strangers may share.
func ForOpening(ip, deviceID string) Key { return placed(Opening, ip, deviceID) }

// ForPasskey returns the counter of passkeys that say who the user is, by network or device
// as ForOpening. Nobody guesses one: it stops a flood.
func ForPasskey(ip, deviceID string) Key { return placed(Network, ip, deviceID) }

func placed(s Scope, ip, deviceID string) Key {
	if deviceID != "" {
		return key(s, "device", deviceID)
	}
	return key(s, network(ip))
}

// ForAsking returns the counter of password-reset requests from a network.
func ForAsking(ip string) Key { return key(Asking, network(ip)) }

// ForMailing returns the counter of links that somebody without a proof requests for an
// address.
func ForMailing(address string) Key { return key(Mailing, email.Key(address)) }

// ForOwnMailing returns the counter of links of a kind that a signed-in user requests.
func ForOwnMailing(p Party, kind string) Key { return of(OwnMailing, p.userID, kind+" "+p.place) }

// ForInvitation returns the counters of an invitation to an address by an admin; "" for the
// command line.
func ForInvitation(address, adminID string) []Key {
	keys := []Key{key(Inviting, email.Key(address))}
	if adminID != "" {
		keys = append(keys, key(Inviter, adminID))
	}
	return keys
}

// ForBlocked returns the counter of what is recorded of a name that is tried from a blocked
// network.
func ForBlocked(address string) Key { return key(Blocked, email.Key(address)) }

// ForPicture returns the counter of pictures that a user sends.
func ForPicture(userID string) Key { return key(Picturing, userID) }

// ForApproving returns the counter of requests to approve something on a user's devices. Whoever
// asks shares it: what it protects is the patience of one person.
func ForApproving(userID string) Key { return of(Approving, userID, "all") }

// ForSending returns the counter of codes that a party has sent to the user.
func ForSending(p Party) Key { return of(Sending, p.userID, p.place) }

// ForTexting returns the counters of a code that is texted for a party to a number: to one
// that the user has proven, or to any.
func ForTexting(p Party, number string, proven bool) []Key {
	if proven {
		return []Key{of(ProvenTexting, p.userID, number+" "+p.place)}
	}
	return []Key{key(Texting, number), key(NewNumbers, p.userID)}
}

// ForTextedNews returns the counter of text messages that tell a user what happened.
func ForTextedNews(userID string) Key { return of(TextedNews, userID, "all") }

// ForNewMailbox returns the counters of a code that is mailed for a user to an address that they
// have not proven.
func ForNewMailbox(userID, address string) []Key {
	return []Key{of(NewMailboxes, userID, "all"), key(NewMailboxes, "address", email.Key(address))}
}

// ForOwnData returns the counter of downloads of what is held on a user.
func ForOwnData(userID string) Key { return of(OwnData, userID, "all") }

func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return "none"
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64) // every IPv6 address has a /64
		return p.String()
	}
	return a.String()
}
