package policy_test

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
)

func TestOwnAddress(t *testing.T) {
	masked := sallyport.Policy{SessionMaskIP: true}
	for address, want := range map[string]string{
		"203.0.113.42":         "203.0.113.0/24",
		"::ffff:203.0.113.42":  "203.0.113.0/24",
		"2001:db8:4f3a::5d01":  "2001:db8:4f3a::/48",
		"fe80::1%eth0":         "fe80::/48",
		"203.0.113.0/24":       "203.0.113.0/24", // a network already
		"::ffff:203.0.113.42%": "::ffff:203.0.113.42%",
		"":                     "",
	} {
		if got := policy.OwnAddress(masked, address); got != want {
			t.Errorf("%q masked: %q, want %q", address, got, want)
		}
		if got := policy.OwnAddress(sallyport.Policy{}, address); got != address {
			t.Errorf("%q in full: %q", address, got)
		}
	}
	if s, a := policy.OwnSession(masked, sallyport.Session{IPAddress: "203.0.113.42"}), policy.OwnAttempt(masked, sallyport.Attempt{IPAddress: "203.0.113.42"}); s.IPAddress != "203.0.113.0/24" || a.IPAddress != s.IPAddress {
		t.Errorf("%q, %q", s.IPAddress, a.IPAddress)
	}
}

// Users see where they acted themselves, and not where others did.
func TestOwnEventAndMail(t *testing.T) {
	for actor, want := range map[string]string{"mia": "192.0.2.1", "": "192.0.2.1", "admin": ""} {
		e := sallyport.Event{
			ActorID: actor, UserID: "mia", TargetID: "x", IPAddress: "192.0.2.1", Forgotten: true,
			Device: sallyport.DeviceInfo{OS: "Linux"}, Location: sallyport.Location{Country: "NZ"},
		}
		got := policy.OwnEvent(sallyport.Policy{}, "mia", e)
		if got.IPAddress != want || (got.Device.OS == "") != (want == "") || (got.Location.Country == "") != (want == "") || got.Forgotten != (want != "") || got.TargetID != "x" {
			t.Errorf("by %q: %+v", actor, got)
		}
	}
	c := sallyport.Client{IPAddress: "192.0.2.1", Info: sallyport.DeviceInfo{OS: "Linux"}}
	masked := sallyport.Policy{SessionMaskIP: true}
	if got := policy.OwnMail(sallyport.Policy{}, false, c); got != c {
		t.Errorf("%+v", got)
	}
	if got := policy.OwnMail(masked, false, c); got.IPAddress != "" || got.Info != c.Info {
		t.Errorf("masked: %+v", got)
	}
	if got := policy.OwnMail(sallyport.Policy{}, true, c); got != (sallyport.Client{}) {
		t.Errorf("by an admin: %+v", got)
	}
}
