package profile

import (
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// devicesView is Profile > Security > Devices.
type devicesView struct {
	Tabs    []kit.Tab
	Devices []kit.DeviceRow
	Former  []kit.DeviceRow // removed ones, still shown for a while
	Empty   *kit.EmptyView  // nil with a device
	Limit   string          // how many there may be, "" without a limit
	Pages   kit.PagesView
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

// viewDevice is the row of a device of the reader, with what they can do about it.
func viewDevice(s kit.Speaker, d device.Device, all owned) kit.DeviceRow {
	row := kit.ViewDevice(s, d)
	if d.Current {
		row.Pills = slices.Insert(row.Pills, 0, kit.Pill{Tone: "good", Icon: "circle-check", Text: s.T("session.current")})
	}
	if n := len(d.Sessions); n > 0 {
		row.Sessions = &kit.Anchor{Text: s.N("device.sessions", n), Path: sessionsSection}
	}
	if row.Trust != nil {
		if d.Trust == sallyport.TrustNone {
			row.Note = s.T("device.once")
		}
		row.Raise = raise(s, d, all)
	}
	row.Menu, row.Acts = s.T("device.menuOf", "Name", row.Name), deviceActs(s, d, all)
	return row
}

// raise is the act that trusts a device more, nil where there is none, or it could not be done:
// another device is trusted by the word of the one in use, which has to be worth that itself.
func raise(s kit.Speaker, d device.Device, all owned) *kit.ConfirmView {
	if d.Raise == policy.RaiseNot || d.Raise == policy.RaiseConfirm && all.current < policy.LevelOf(policy.ConfirmedElsewhere) {
		return nil
	}
	v := askTrust(s, d, all)
	v.ID, v.Text, v.Label = "raise-"+d.ID, s.T("device.trustAct"), s.T("device.trustActOf", "Name", s.DeviceName(d))
	if d.Trust >= policy.LevelOf(policy.FactorPassed) {
		v.Text, v.Label = s.T("device.trustMore"), s.T("device.trustMoreOf", "Name", s.DeviceName(d))
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
