package admin

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const devicesPath = "/foundation/security/devices"

// devicesView is Foundation > Security > Device trust.
type devicesView struct {
	Bar    kit.Bar
	Left   string // which filter was left out, "" for none
	Rows   []deviceLine
	Empty  kit.EmptyView
	Pages  kit.PagesView
	Drawer *kit.Drawer
}

// deviceLine is one device.
type deviceLine struct {
	ID, Path string
	Label    string // for screen readers: whose it is, and what
	Open     bool   // it is in the drawer
	Who      *kit.UserView
	Icon     string
	Name     string
	What     string // what it is, when its owner gave it another name
	Trust    kit.Pill
	Why      string // in a few words
	WhyLong  string
	Status   kit.Pill
	Used     kit.Moment
	Place    kit.Place
	IP       string
	Menu     string
	Acts     []*kit.ConfirmView
}

// devices is what the list is made of.
type devices struct {
	register
	found list.Page[device.Device]
	open  *openDevice // in the drawer, nil for none
}

var deviceWords = registerWords{"deviceList.emptyTitle", "deviceList.emptyText", "deviceList.noneTitle", "deviceList.searched"}

// deviceList shows the devices of the organisation.
func (p *Pages) deviceList(v *kit.Visit) error {
	if led, err := p.typedUser(v, devicesPath); led || err != nil {
		return err
	}
	found, err := p.readDevices(v)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "device_list", v.T("deviceList.heading"), found.view(v.Speaker))
}

// readDevices reads the page of the list that an address asks for. more are people to be named
// besides those of its rows.
func (p *Pages) readDevices(v *kit.Visit, more ...string) (l devices, err error) {
	ctx := v.R.Context()
	if l.register, err = p.register(v, devicesPath, list.Devices); err != nil {
		return l, err
	}
	read := func(q list.Query) (list.Page[device.Device], error) { return p.Devices.List(ctx, l.reader, q) }
	if l.found, err = read(l.list.Query); err != nil {
		return l, err
	}
	for _, d := range l.found.Rows {
		more = append(more, d.UserID)
	}
	if err = p.name(v, &l.register, more...); err != nil || len(l.found.Rows) > 0 {
		return l, err
	}
	l.drop, err = dropped(v.Speaker, l.register, read)
	return l, err
}

func (l devices) view(s kit.Speaker) *devicesView {
	v := &devicesView{
		Bar: l.list.Bar(s, l.values(s)), Left: l.leftOut(s),
		Pages: l.pages(s, l.found.Next, l.found.Searched, deviceWords),
	}
	for _, d := range l.found.Rows {
		v.Rows = append(v.Rows, l.line(s, d))
	}
	if len(v.Rows) == 0 {
		v.Empty = l.empty(s, deviceWords, &v.Pages)
	}
	if l.open != nil {
		v.Drawer = l.drawer(s)
	}
	return v
}

func (l devices) line(s kit.Speaker, d device.Device) deviceLine {
	who, name := l.who(d.UserID), s.DeviceName(d)
	line := deviceLine{
		ID: d.ID, Path: l.list.Beside(d.ID), Open: l.open != nil && l.open.ID == d.ID,
		Label: s.T("sessionList.label", "Name", who.Name, "Device", name),
		Who:   who, Icon: kit.DeviceIcon(d.Info.Type), Name: name, Status: deviceStatus(s, d),
		Trust: trustPill(s, d), Why: trustShort(s, d), WhyLong: trustBecause(s, d),
		Used: s.Moment("time.plain", d.LastUsedAt), Place: s.PlaceAt(d.LastLocation, d.LastIP), IP: kit.AddressText(d.LastIP),
		Menu: s.T("deviceList.menu", "Device", name), Acts: l.acts(s, d, l.list.Here(), false),
	}
	if d.Name != "" {
		line.What = s.Device(d.Info)
	}
	return line
}

// deviceStatus says whether sessions may begin on a device. That it is marked as compromised comes
// before that it is suspended, and after that it is gone.
func deviceStatus(s kit.Speaker, d device.Device) kit.Pill {
	switch {
	case d.Status == sallyport.DeviceRevoked:
		return kit.Pill{Tone: "plain", Icon: "ban", Text: s.T("device.removed")}
	case d.Compromised():
		return s.StatusPill("compromised")
	}
	return s.StatusPill(string(d.Status))
}

// trustPill is the level of a device as a pill: its reason stands beside it.
func trustPill(s kit.Speaker, d device.Device) kit.Pill {
	b := s.TrustBadge(d.ID, d.Trust, "")
	return kit.Pill{Tone: b.Tone, Icon: b.Icon, Text: b.Text}
}

// trustShort says in a few words how a device came to its level, "" for one that has none.
func trustShort(s kit.Speaker, d device.Device) string {
	if id := "deviceList.short." + kit.TrustReason(d); d.Trust > sallyport.TrustNone && s.Has(id) {
		return s.T(id)
	}
	return ""
}

// trustBecause says to somebody else than its owner how a device came to its level.
func trustBecause(s kit.Speaker, d device.Device) string {
	if id := "deviceList.why." + kit.TrustReason(d); d.Trust > sallyport.TrustNone && s.Has(id) {
		return s.T(id)
	}
	switch {
	case d.Status == sallyport.DeviceRevoked, d.Status == sallyport.DeviceSuspended, d.Compromised():
		return s.T("deviceList.why.blocked")
	}
	return s.T("deviceList.why.none")
}

// trustFact is the level of a device with its reason.
func trustFact(s kit.Speaker, d device.Device) kit.Fact {
	pill := trustPill(s, d)
	f := kit.Fact{Label: s.T("deviceList.trust"), Pill: &pill, Note: trustBecause(s, d), Wide: true}
	if d.Trust > sallyport.TrustNone && !d.VerifiedAt.IsZero() {
		f.Note = s.T("trust.since", "Why", f.Note, "Date", s.Date(d.VerifiedAt, s.Zone))
	}
	return f
}
