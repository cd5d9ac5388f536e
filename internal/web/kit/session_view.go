package kit

import (
	"github.com/sallyport/sallyport"
)

// SessionRow is one signed-in browser or app, shown alike wherever sessions are.
type SessionRow struct {
	ID          string
	Path        string // of the page about it, "" for none
	Icon        string
	Name        string // "Chrome on macOS", or as its owner calls the device
	What        string // "Chrome on macOS", when the name does not say so
	Current     bool
	CurrentPill Pill
	Status      *Pill // nil when active, which needs no saying
	Place       Place
	IP          string
	Active      Moment
	Started     Moment
	Revoke      *ConfirmView
	Menu        string         // name of the menu for screen readers
	Acts        []*ConfirmView // of the menu, where there is more than one
	Trust       *TrustBadge    // of its device; nil for one that nobody listed
	Unusual     *Pill          // nil when it began as usual, or its owner knows
}

// ViewSession builds the row of a session. What can be done about it is up to the page.
func ViewSession(s Speaker, session sallyport.Session, current bool) SessionRow {
	row := SessionRow{
		ID:          session.ID,
		Icon:        DeviceIcon(session.DeviceInfo.Type),
		Name:        s.Device(session.DeviceInfo),
		Current:     current,
		CurrentPill: Pill{Tone: "good", Icon: "circle-check", Text: s.T("session.current")},
		Place:       s.PlaceAt(session.Location, session.IPAddress),
		IP:          AddressText(session.IPAddress),
		Active:      s.Moment("session.active", session.LastActivityAt),
		Started:     s.Moment("session.started", session.CreatedAt),
	}
	if status := session.EffectiveStatus(s.Now); status != sallyport.SessionActive {
		p := s.StatusPill(string(status))
		row.Status = &p
	}
	return row
}
