package web

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/sallyport/sallyport"
)

// sessionRow is one signed-in browser or app, shown alike wherever sessions are.
type sessionRow struct {
	ID          string
	Icon        string
	Name        string // "Chrome on macOS"
	Current     bool
	CurrentPill pill
	Status      *pill // nil when active, which needs no saying
	Place       place
	IP          string
	Active      moment
	Started     moment
	Revoke      *confirmView
	Doubt       *doubtView // nil when it looks as usual
}

// pill is a status in a word and an icon.
type pill struct{ Tone, Icon, Text string }

// place is where something happened, with the flag when the country is known.
type place struct {
	Flag string // name of a static file, "" when there is none
	Text string
}

// trustBadge is how far a device is trusted, and why.
type trustBadge struct{ ID, Tone, Icon, Text, Meaning, Reason string }

// viewSession builds the row of a session. What can be done about it is up to the page.
func viewSession(s speaker, session sallyport.Session, current bool) sessionRow {
	row := sessionRow{
		ID:          session.ID,
		Icon:        deviceIcon(session.DeviceInfo.Type),
		Name:        s.Device(session.DeviceInfo),
		Current:     current,
		CurrentPill: pill{Tone: "good", Icon: "circle-check", Text: s.T("session.current")},
		Place:       s.place(session.Location),
		IP:          addressText(session.IPAddress),
		Active:      s.ago("session.active", session.LastActivityAt),
		Started:     s.ago("session.started", session.CreatedAt),
	}
	if status := session.EffectiveStatus(s.now); status != sallyport.SessionActive {
		p := s.statusPill(string(status))
		row.Status = &p
	}
	return row
}

func (s speaker) place(at sallyport.Location) place {
	p := place{Text: s.Place(at)}
	if name := "flags/" + strings.ToLower(at.Country) + ".svg"; loadAssets().byName[name] != nil {
		p.Flag = name
	}
	return p
}

// addressText writes an address, or the network that is shown of one, as people read
// it: "203.0.113.x" rather than "203.0.113.0/24".
func addressText(address string) string {
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

func deviceIcon(t sallyport.DeviceType) string {
	switch t {
	case sallyport.DeviceDesktop, sallyport.DeviceMobile, sallyport.DeviceTablet:
		return "device-" + string(t)
	}
	return "device-unknown"
}

// statusPills is the table of statuses: how each looks.
var statusPills = map[string]pill{
	"enabled":     {Tone: "good", Icon: "circle-check"},
	"disabled":    {Tone: "plain", Icon: "ban"},
	"pending":     {Tone: "warn", Icon: "hourglass"},
	"active":      {Tone: "good", Icon: "circle-check"},
	"suspended":   {Tone: "warn", Icon: "player-pause"},
	"revoked":     {Tone: "bad", Icon: "ban"},
	"terminated":  {Tone: "plain", Icon: "logout"},
	"expired":     {Tone: "plain", Icon: "clock"},
	"locked":      {Tone: "bad", Icon: "lock"},
	"compromised": {Tone: "bad", Icon: "alert-triangle"},
}

func (s speaker) statusPill(status string) pill {
	p := statusPills[status]
	p.Text = s.T("status." + status)
	return p
}

// trustBadges is the table of trust levels: how each looks.
var trustBadges = map[sallyport.TrustLevel]trustBadge{
	sallyport.TrustNone:   {ID: "none", Tone: "plain", Icon: "shield-x"},
	sallyport.TrustLow:    {ID: "low", Tone: "warn", Icon: "shield"},
	sallyport.TrustMedium: {ID: "medium", Tone: "info", Icon: "shield-half"},
	sallyport.TrustHigh:   {ID: "high", Tone: "good", Icon: "shield-check"},
}

// trust returns the badge of one device; reason says why it has this level.
func (s speaker) trust(deviceID string, level sallyport.TrustLevel, reason string) trustBadge {
	b := trustBadges[level]
	b.Text, b.Meaning, b.Reason = s.T("trust."+b.ID), s.T("trust."+b.ID+"Meaning"), reason
	b.ID = deviceID
	return b
}
