package profile

import (
	"cmp"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// devicesView is Profile > Security > Devices.
type devicesView struct {
	Tabs    []kit.Tab
	Devices []deviceRow
	Former  []deviceRow    // removed ones, still shown for a while
	Empty   *kit.EmptyView // nil with a device
	Limit   string         // how many there may be, "" without a limit
	Pages   kit.PagesView
}

// deviceRow is one browser or app, shown alike wherever devices are.
type deviceRow struct {
	ID       string
	Icon     string
	Name     string
	What     string // what it is, when its owner gave it another name
	Current  bool
	Pills    []kit.Pill
	Trust    *kit.TrustBadge // nil for one that is blocked
	Note     string          // what somebody should know of its state
	Ended    *kit.Moment     // when it came to that state
	Place    kit.Place
	Used     kit.Moment
	Sessions *kit.Anchor      // those on it; nil for none
	Raise    *kit.ConfirmView // trusts it more; nil where nothing would
	Menu     string           // name of the menu for screen readers
	Acts     []*kit.ConfirmView
}

// owned is what the rows of somebody's devices are judged by.
type owned struct {
	devices []device.Device
	pages   kit.PagesView
	factor  bool // they have a second factor
	policy  sallyport.Policy
	current sallyport.TrustLevel // of the device in use
	missing missing

	organisation string // who is told of a lost device
}

// viewDevices builds the page.
func viewDevices(s kit.Speaker, all owned) *devicesView {
	v := &devicesView{Tabs: securityTabs(s.Printer, kit.DevicesPath), Pages: all.pages}
	trusted := 0
	for _, d := range all.devices {
		row := viewDevice(s, d, all)
		if d.Status == sallyport.DeviceRevoked {
			v.Former = append(v.Former, row)
			continue
		}
		if d.Trust > sallyport.TrustNone {
			trusted++
		}
		v.Devices = append(v.Devices, row)
	}
	if n := all.policy.DeviceMaxPerUser; n > 0 && all.pages == (kit.PagesView{}) { // all are counted
		v.Limit = s.T("devices.limit", "Count", trusted, "Max", n)
	}
	if len(v.Devices) == 0 {
		v.Empty = &kit.EmptyView{Icon: "devices", Title: s.T("devices.emptyTitle"), Text: s.T("devices.emptyText")}
	}
	return v
}

func former(d device.Device) bool { return d.Status == sallyport.DeviceRevoked }

func viewDevice(s kit.Speaker, d device.Device, all owned) deviceRow {
	row := deviceRow{
		ID: d.ID, Icon: kit.DeviceIcon(d.Info.Type), Name: deviceName(s, d), Current: d.Current,
		Place: s.PlaceAt(d.LastLocation, d.LastIP), Used: s.Moment("device.used", d.LastUsedAt),
	}
	if d.Name != "" {
		row.What = s.Device(d.Info)
	}
	if d.Current {
		row.Pills = append(row.Pills, kit.Pill{Tone: "good", Icon: "circle-check", Text: s.T("session.current")})
	}
	if d.Primary && d.Status != sallyport.DeviceRevoked {
		row.Pills = append(row.Pills, kit.Pill{Tone: "info", Icon: "check", Text: s.T("device.primary")})
	}
	if n := len(d.Sessions); n > 0 {
		row.Sessions = &kit.Anchor{Text: s.N("device.sessions", n), Path: kit.HomePath + "#sessions"}
	}
	if blocked := markBlocked(s, &row, d); !blocked {
		row.Trust = viewTrust(s, d.ID, d)
		if d.Trust == sallyport.TrustNone {
			row.Note = s.T("device.once")
		}
		row.Raise = raise(s, d, all)
	}
	row.Menu, row.Acts = s.T("device.menuOf", "Name", row.Name), deviceActs(s, d, all)
	return row
}

// deviceName is what a device is called.
func deviceName(s kit.Speaker, d device.Device) string { return cmp.Or(d.Name, s.Device(d.Info)) }

// markBlocked adds to the row of a device that may not be used which it is, why and since
// when.
func markBlocked(s kit.Speaker, row *deviceRow, d device.Device) bool {
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
func endedBecause(s kit.Speaker, reason string) string {
	if id := "device.ended." + reason; s.Has(id) {
		return s.T(id)
	}
	return ""
}

// flaggedBecause says who marked a device as compromised, and why.
func flaggedBecause(s kit.Speaker, d device.Device) string {
	who := ""
	if id := "device.flagged." + d.CompromisedBy; s.Has(id) {
		who = s.T(id)
	}
	if d.CompromisedReason != "" {
		return s.T("device.flaggedFor", "Who", who, "Reason", d.CompromisedReason)
	}
	return who
}

// viewTrust is the badge of a device, unique on its page by id. It is amber when the device has to
// be verified again.
func viewTrust(s kit.Speaker, id string, d device.Device) *kit.TrustBadge {
	reason := trustReason(d)
	b := s.TrustBadge(id, d.Trust, trustedBecause(s, d))
	if words := "trust.short." + reason; d.Trust > sallyport.TrustNone && s.Has(words) {
		b.Words = s.T(words)
	}
	if d.Trust > sallyport.TrustNone && reason == string(policy.Overdue) {
		b.Tone = "warn"
	}
	return &b
}

// trustReason is why a device has its level now.
func trustReason(d device.Device) string {
	if d.Trust < d.TrustLevel { // nobody has lowered it yet
		return string(policy.Overdue)
	}
	return d.TrustReason
}

// trustedBecause says how a device came to its level, "" for one that has none.
func trustedBecause(s kit.Speaker, d device.Device) string {
	reason := trustReason(d)
	id := "trust.why." + reason
	if d.Trust == sallyport.TrustNone || !s.Has(id) {
		return ""
	}
	if d.VerifiedAt.IsZero() || reason == string(policy.Overdue) {
		return s.T(id)
	}
	return s.T("trust.since", "Why", s.T(id), "Date", s.Date(d.VerifiedAt, s.Zone))
}

// raise is the act that trusts a device more, nil where there is none, or it could not be done:
// another device is trusted by the word of the one in use, which has to be worth that itself.
func raise(s kit.Speaker, d device.Device, all owned) *kit.ConfirmView {
	if d.Raise == policy.RaiseNot || d.Raise == policy.RaiseConfirm && all.current < policy.LevelOf(policy.ConfirmedElsewhere) {
		return nil
	}
	v := askTrust(s, d, all)
	v.ID, v.Text, v.Label = "raise-"+d.ID, s.T("device.trustAct"), s.T("device.trustActOf", "Name", deviceName(s, d))
	if d.Trust >= policy.LevelOf(policy.FactorPassed) {
		v.Text, v.Label = s.T("device.trustMore"), s.T("device.trustMoreOf", "Name", deviceName(s, d))
	}
	return v
}

// deviceActs is the menu of a device, what cannot be undone last.
func deviceActs(s kit.Speaker, d device.Device, all owned) []*kit.ConfirmView {
	if d.Status == sallyport.DeviceRevoked {
		return nil
	}
	rename := &kit.ConfirmView{Calm: true, Icon: "pencil", Text: s.T("device.rename"), Path: devicePath(d.ID, "rename")} // its page has a field
	acts := []*kit.ConfirmView{rename}
	entry := func(v *kit.ConfirmView, icon, words string, needs policy.Act) {
		v.Icon, v.Text = icon, s.T(words)
		acts = append(acts, all.missing.before(s, needs, v))
	}
	if d.Trust > sallyport.TrustNone && !d.Primary {
		entry(askPrimary(s, d, all), "circle-check", "device.makePrimary", policy.ManageDevices)
	}
	if !d.Compromised() && !d.Current { // whoever holds it has not lost it
		entry(confirmLost(s, d, all.organisation), "alert-triangle", "device.lost", policy.EndDevice)
	}
	entry(confirmRemoveDevice(s, d), "ban", "device.remove", policy.EndDevice)
	return acts
}
