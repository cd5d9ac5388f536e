package kit

import (
	"cmp"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
)

// DeviceRow is one browser or app, shown alike wherever devices are.
type DeviceRow struct {
	ID       string
	Path     string // of the page about it, "" for none
	Icon     string
	Name     string
	What     string // what it is, when its owner gave it another name
	Current  bool
	Pills    []Pill
	Trust    *TrustBadge // nil for one that is blocked
	Note     string      // what somebody should know of its state
	Ended    *Moment     // when it came to that state
	Place    Place
	Used     Moment
	Sessions *Anchor      // those on it; nil for none
	Raise    *ConfirmView // trusts it more; nil where nothing would
	Menu     string       // name of the menu for screen readers
	Acts     []*ConfirmView
}

// ViewDevice builds the row of a device. What can be done about it is up to the page.
func ViewDevice(s Speaker, d device.Device) DeviceRow {
	row := DeviceRow{
		ID: d.ID, Icon: DeviceIcon(d.Info.Type), Name: s.DeviceName(d), Current: d.Current,
		Place: s.PlaceAt(d.LastLocation, d.LastIP), Used: s.Moment("device.used", d.LastUsedAt),
	}
	if d.Name != "" {
		row.What = s.Device(d.Info)
	}
	if d.Primary && d.Status != sallyport.DeviceRevoked {
		row.Pills = append(row.Pills, Pill{Tone: "info", Icon: "check", Text: s.T("device.primary")})
	}
	if blocked := markBlocked(s, &row, d); !blocked {
		row.Trust = ViewTrust(s, d.ID, d)
	}
	return row
}

// DeviceName is what a device is called.
func (s Speaker) DeviceName(d device.Device) string { return cmp.Or(d.Name, s.Device(d.Info)) }

// markBlocked adds to the row of a device that may not be used which it is, why and since
// when.
func markBlocked(s Speaker, row *DeviceRow, d device.Device) bool {
	since := func(t time.Time) {
		at := s.Moment("time.plain", t)
		row.Ended = &at
	}
	switch {
	case d.Status == sallyport.DeviceRevoked:
		p := s.StatusPill("revoked")
		p.Tone, p.Text = "plain", s.T("device.removed")
		row.Pills, row.Note = append(row.Pills, p), endedBecause(s, d.EndedReason)
		since(d.EndedAt)
	case d.Compromised():
		row.Pills, row.Note = append(row.Pills, s.StatusPill("compromised")), flaggedBecause(s, d)
		since(d.CompromisedAt)
	case d.Status == sallyport.DeviceSuspended:
		row.Pills, row.Note = append(row.Pills, s.StatusPill("suspended")), endedBecause(s, d.EndedReason)
		since(d.EndedAt)
	default:
		return false
	}
	return true
}

// endedBecause says why a device was suspended or removed, "" when nobody knows.
func endedBecause(s Speaker, reason string) string {
	if id := "device.ended." + reason; s.Has(id) {
		return s.T(id)
	}
	return ""
}

// flaggedBecause says who marked a device as compromised, and why.
func flaggedBecause(s Speaker, d device.Device) string {
	who := ""
	if id := "device.flagged." + d.CompromisedBy; s.Has(id) {
		who = s.T(id)
	}
	if d.CompromisedReason != "" {
		return s.T("device.flaggedFor", "Who", who, "Reason", d.CompromisedReason)
	}
	return who
}

// ViewTrust is the badge of a device, unique on its page by id. It is amber when the device has to
// be verified again.
func ViewTrust(s Speaker, id string, d device.Device) *TrustBadge {
	reason := TrustReason(d)
	b := s.TrustBadge(id, d.Trust, trustedBecause(s, d))
	if words := "trust.short." + reason; d.Trust > sallyport.TrustNone && s.Has(words) {
		b.Words = s.T(words)
	}
	if d.Trust > sallyport.TrustNone && reason == string(policy.Overdue) {
		b.Tone = "warn"
	}
	return &b
}

// TrustReason is why a device has its level now.
func TrustReason(d device.Device) string {
	if d.Trust < d.TrustLevel { // nobody has lowered it yet
		return string(policy.Overdue)
	}
	return d.TrustReason
}

// trustedBecause says how a device came to its level, "" for one that has none.
func trustedBecause(s Speaker, d device.Device) string {
	reason := TrustReason(d)
	id := "trust.why." + reason
	if d.Trust == sallyport.TrustNone || !s.Has(id) {
		return ""
	}
	if d.VerifiedAt.IsZero() || reason == string(policy.Overdue) {
		return s.T(id)
	}
	return s.T("trust.since", "Why", s.T(id), "Date", s.Date(d.VerifiedAt, s.Zone))
}
