package kit

import (
	"cmp"

	"github.com/sallyport/sallyport"
)

// TooManyDevices says that there are as many trusted devices as policy allows, or is nil when
// err is about something else.
func TooManyDevices(s Speaker, err error) *ErrorSummary {
	invalid := AsInvalid(err)
	if invalid == nil {
		return nil
	}
	for _, f := range invalid.Fields {
		if f.Code == "too_many_devices" {
			return &ErrorSummary{
				Title: s.T("device.tooManyTitle", "Max", f.Args["max"]), Text: s.T("device.tooManyText"),
				Act: &Anchor{Text: s.T("devices.see"), Path: DevicesPath},
			}
		}
	}
	return nil
}

// TrustMeans says what is different on a trusted device, by what policy makes of it.
func (s Speaker) TrustMeans(p sallyport.Policy) string {
	switch {
	case p.DeviceRequireTrusted:
		return s.T("device.meansRequired")
	case p.DeviceSkipMFA:
		return s.T("device.meansSkip")
	}
	return s.T("device.means")
}

// TrustBadge is how far a device is trusted, in a few words how it came to that, and on demand
// why, or what it means where nobody knows why.
type TrustBadge struct{ ID, Tone, Icon, Text, Words, Why string }

// DeviceIcon is the drawing of a kind of device.
func DeviceIcon(t sallyport.DeviceType) string {
	switch t {
	case sallyport.DeviceDesktop, sallyport.DeviceMobile, sallyport.DeviceTablet:
		return "device-" + string(t)
	}
	return "device-unknown"
}

// trustBadges is the table of trust levels: how each looks. None is amber: that is for what needs
// its reader.
var trustBadges = map[sallyport.TrustLevel]TrustBadge{
	sallyport.TrustNone:   {ID: "none", Tone: "plain", Icon: "shield-x"},
	sallyport.TrustLow:    {ID: "low", Tone: "plain", Icon: "shield"},
	sallyport.TrustMedium: {ID: "medium", Tone: "info", Icon: "shield-half"},
	sallyport.TrustHigh:   {ID: "high", Tone: "good", Icon: "shield-check"},
}

// TrustBadge returns the badge of one device; reason says why it has this level.
func (s Speaker) TrustBadge(deviceID string, level sallyport.TrustLevel, reason string) TrustBadge {
	b := trustBadges[level]
	b.Text, b.Why = s.T("trust."+b.ID), cmp.Or(reason, s.T("trust."+b.ID+"Meaning"))
	b.ID = deviceID
	return b
}
