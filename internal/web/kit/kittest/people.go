package kittest

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
)

// Device is a device that is trusted, for a reason, and was used so long ago.
func Device(id string, from sallyport.Client, level sallyport.TrustLevel, why policy.TrustReason, used time.Duration) device.Device {
	return device.Device{Trust: level, Device: sallyport.Device{
		ID: id, Info: from.Info, LastLocation: from.Location, Status: sallyport.DeviceActive, LastUsedAt: Now.Add(-used),
		TrustLevel: level, TrustReason: string(why), VerifiedAt: Now.Add(-40 * Day),
	}}
}

// Devices are those of an account that has a bit of everything.
func Devices() []device.Device {
	berlin, lisbon := sallyport.Location{Country: "DE", City: "Berlin"}, sallyport.Location{Country: "PT", City: "Lisbon"}
	mac := Device("d1", From(DeviceInfo(sallyport.DeviceDesktop, "Chrome", "macOS", ""), berlin, ""), sallyport.TrustHigh, policy.PasskeyStepUp, 10*time.Second)
	mac.Current, mac.Primary, mac.Name, mac.Sessions = true, true, "Work laptop", make([]sallyport.Session, 1)
	phone := Device("d2", From(DeviceInfo(sallyport.DeviceMobile, "Safari", "iOS", "iPhone"), berlin, ""), sallyport.TrustMedium, policy.FactorPassed, 5*time.Minute)
	phone.Sessions = make([]sallyport.Session, 2)
	tablet := Device("d3", From(DeviceInfo(sallyport.DeviceTablet, "Safari", "iPadOS", "iPad"), lisbon, ""), sallyport.TrustLow, policy.ChosenAtSignIn, 9*Day)
	lost := Device("d4", From(DeviceInfo(sallyport.DeviceDesktop, "Firefox", "Windows", ""), sallyport.Location{Country: "NG"}, ""), sallyport.TrustNone, policy.FactorPassed, 20*Day)
	lost.CompromisedAt, lost.CompromisedBy, lost.Name = Now.Add(-19*Day), "user", "Old ThinkPad"
	marked := Device("d5", From(sallyport.DeviceInfo{Type: sallyport.DeviceUnknown}, sallyport.Location{}, ""), sallyport.TrustNone, policy.ChosenAtSignIn, 30*Day)
	marked.CompromisedAt, marked.CompromisedBy, marked.CompromisedReason = Now.Add(-2*Day), "admin", "Seen in the lost-property office in Porto"
	blocked := Device("d6", From(DeviceInfo(sallyport.DeviceMobile, "Chrome", "Android", "Pixel 8"), lisbon, ""), sallyport.TrustNone, policy.ChosenAtSignIn, 50*Day)
	blocked.Status, blocked.EndedAt, blocked.EndedReason = sallyport.DeviceSuspended, Now.Add(-4*time.Hour), "suspended_by_admin"
	gone := Device("d7", From(DeviceInfo(sallyport.DeviceDesktop, "Edge", "Windows", ""), berlin, ""), sallyport.TrustNone, policy.ChosenAtSignIn, 80*Day)
	gone.Status, gone.EndedAt, gone.EndedReason = sallyport.DeviceRevoked, Now.Add(-12*Day), "given_up_for_another"
	return []device.Device{mac, phone, tablet, lost, marked, blocked, gone}
}

// Policy is the policy of the fixtures.
var Policy = sallyport.Policy{PasswordMinLength: 12, PasswordMaxLength: 128, PasswordRequireMix: true}

// People whose names are usual, long, written from right to left, and no letters.
var (
	Amara = sallyport.User{
		ID: "0193-amara", FirstName: "Amara", LastName: "Okonkwo", Email: "amara.okonkwo@northwind.example",
		PasswordChangedAt: Now.Add(-97 * 24 * time.Hour), EmailVerifiedAt: Now.Add(-97 * 24 * time.Hour),
	}
	LongName = sallyport.User{
		ID: "0193-long", FirstName: "Wolfeschlegelsteinhausenbergerdorff", LastName: "von und zu Hohenlohe-Waldenburg-Schillingsfürst",
		Email: "wolfeschlegelsteinhausenbergerdorff.hohenlohe@regional-administration.northwind-logistics.example",
	}
	RightToLeft = sallyport.User{ID: "0193-rtl", FirstName: "نور", LastName: "الحسيني", Email: "nour@northwind.example"}
	EmojiName   = sallyport.User{ID: "0193-emoji", FirstName: "🦊 Foxy", LastName: "👩🏽‍🚀", Email: "foxy@northwind.example"}
)

// Session is one that began and was used so long ago.
func Session(id string, from sallyport.Client, active, started time.Duration) sallyport.Session {
	return sallyport.Session{
		ID: id, Status: sallyport.SessionActive, DeviceInfo: from.Info, Location: from.Location, IPAddress: from.IPAddress,
		CreatedAt: Now.Add(-started), LastActivityAt: Now.Add(-active),
		ExpiresAt: Now.Add(60 * 24 * time.Hour), IdleTimeout: 30 * 24 * time.Hour,
	}
}

// From is a browser at a place.
func From(d sallyport.DeviceInfo, at sallyport.Location, ip string) sallyport.Client {
	return sallyport.Client{Info: d, Location: at, IPAddress: ip}
}

// DeviceInfo is what a device says of itself.
func DeviceInfo(t sallyport.DeviceType, browser, os, model string) sallyport.DeviceInfo {
	return sallyport.DeviceInfo{Type: t, Browser: browser, OS: os, Model: model}
}

// Sessions are those of somebody with a bit of everything; the first is in use.
func Sessions() []sallyport.Session {
	berlin := sallyport.Location{Country: "DE", City: "Berlin"}
	suspended := Session("s4", From(DeviceInfo(sallyport.DeviceTablet, "Safari", "iPadOS", "iPad"),
		sallyport.Location{Country: "PT", City: "Lisbon"}, "2001:db8:4f3a:91c2:d0aa:27ff:fe3c:5d01"), 49*time.Hour, 20*24*time.Hour)
	suspended.Status = sallyport.SessionSuspended
	return []sallyport.Session{
		Session("s1", From(DeviceInfo(sallyport.DeviceDesktop, "Chrome", "macOS", ""), berlin, "203.0.113.42"), 10*time.Second, 26*time.Hour),
		Session("s2", From(DeviceInfo(sallyport.DeviceMobile, "Safari", "iOS", "iPhone"), berlin, "203.0.113.42"), 5*time.Minute, 9*24*time.Hour),
		Session("s3", From(DeviceInfo(sallyport.DeviceDesktop, "Firefox", "Windows", ""), sallyport.Location{Country: "NG"}, "198.51.100.7"), 3*time.Hour, 3*time.Hour+12*time.Minute),
		suspended,
		Session("s5", From(sallyport.DeviceInfo{Type: sallyport.DeviceUnknown}, sallyport.Location{}, "192.0.2.200"), 6*24*time.Hour, 40*24*time.Hour),
	}
}
