package admin

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/search"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// openDevice is a device in the drawer. Parts that its reader may not see are empty.
type openDevice struct {
	device.Device
	story  *search.Timeline
	proven bool // the reader has proven enough for acts on it
}

// deviceShow shows a device in the drawer beside the list.
func (p *Pages) deviceShow(v *kit.Visit) error {
	ctx, actor := v.R.Context(), p.Actor(v)
	found, err := p.Devices.Get(ctx, actor, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	open := &openDevice{Device: found, proven: p.Acts.May(ctx, actor, act.Device(found.ID), device.NeedManage) == nil}
	if open.story, err = p.storyOf(ctx, actor, search.About{DeviceID: found.ID}); err != nil {
		return err
	}
	l, err := p.readDevices(v, found.UserID)
	if err != nil {
		return err
	}
	l.open = open
	title := v.T("sessionList.label", "Name", l.who(found.UserID).Name, "Device", v.DeviceName(found))
	return p.Show(v, http.StatusOK, "device_list", title, l.view(v.Speaker))
}

func (l devices) drawer(s kit.Speaker) *kit.Drawer {
	of := l.open.Device
	d := &kit.Drawer{
		Close: l.list.Row(of.ID), Icon: kit.DeviceIcon(of.Info.Type), Title: s.DeviceName(of), Who: l.who(of.UserID),
		Pills: []kit.Pill{deviceStatus(s, of)}, Menu: s.T("deviceList.menu", "Device", s.DeviceName(of)), Risks: deviceRisks(s, of),
		Parts: []kit.DrawerPart{
			{ID: "device", Title: s.T("deviceList.facts"), Facts: deviceFacts(s, of)},
			{ID: "fingerprint", Title: s.T("deviceList.fingerprint"), Facts: fingerprintFacts(s, of)},
		},
		Story: viewStory(s, l.open.story, url.Values{"deviceId": {of.ID}}), Links: l.related(s), Lacks: lacks(s, l.reader, access.SessionsView, access.UsersView),
	}
	if of.Name != "" {
		d.What = s.Device(of.Info)
	}
	if of.Primary && of.Status != sallyport.DeviceRevoked {
		d.Pills = append(d.Pills, kit.Pill{Tone: "info", Icon: "check", Text: s.T("device.primary")})
	}
	if has(l.reader, access.SessionsView) {
		d.Rows = l.sessionsOn(s)
	}
	d.Two(l.acts(s, of, l.list.Beside(of.ID), l.open.proven))
	return d
}

// deviceRisks says why nobody can sign in on a device, who says so, and since when.
func deviceRisks(s kit.Speaker, d device.Device) (out []kit.Risk) {
	since := func(at time.Time) string {
		return s.T("sessionList.endedAt", "Ago", s.Ago(s.Now, at), "Exact", s.Exact(at, s.Zone))
	}
	switch d.Status {
	case sallyport.DeviceRevoked:
		out = append(out, kit.Risk{Icon: "ban", Text: deviceEnded(s, d), Note: since(d.EndedAt)})
	case sallyport.DeviceSuspended:
		out = append(out, kit.Risk{Tone: "warn", Icon: "player-pause", Text: deviceEnded(s, d), Note: since(d.EndedAt)})
	}
	if d.Compromised() {
		out = append(out, kit.Risk{Tone: "bad", Icon: "alert-triangle", Text: deviceNote(s, d), Note: since(d.CompromisedAt)})
	}
	return out
}

// deviceEnded says why a device was suspended or removed.
func deviceEnded(s kit.Speaker, d device.Device) string {
	if id := "deviceList.ended." + d.EndedReason; s.Has(id) {
		return s.T(id)
	}
	return s.T("deviceList.ended.other")
}

func deviceFacts(s kit.Speaker, d device.Device) []kit.Fact {
	place := s.PlaceAt(d.LastLocation, d.LastIP)
	facts := []kit.Fact{
		trustFact(s, d),
		{Label: s.T("drawer.browser"), Text: cmp.Or(versioned(d.Info.Browser, d.Info.BrowserVersion), s.T("device.unknown"))},
		{Label: s.T("drawer.system"), Text: cmp.Or(versioned(d.Info.OS, d.Info.OSVersion), "–"), Note: d.Info.Model},
		{Label: s.T("deviceList.used"), Time: s.Since("time.plain", d.LastUsedAt), Note: s.Exact(d.LastUsedAt, s.Zone)},
		{Label: s.T("deviceList.added"), Time: s.Since("time.plain", d.CreatedAt), Text: unknown(d.CreatedAt.IsZero())},
		{Label: s.T("list.ip"), Text: cmp.Or(kit.AddressText(d.LastIP), "–")},
		{Label: s.T("drawer.place"), Place: &place},
	}
	if !d.CreatedAt.IsZero() {
		facts[4].Note = s.Exact(d.CreatedAt, s.Zone)
	}
	return facts
}

// fingerprintFacts puts in words what a browser said of the machine it runs on.
func fingerprintFacts(s kit.Speaker, d device.Device) []kit.Fact {
	f := d.Fingerprint
	if !f.Given() {
		return []kit.Fact{{Label: s.T("deviceList.fingerprint"), Text: s.T("deviceList.noFingerprint"), Wide: true}}
	}
	facts := []kit.Fact{
		{Label: s.T("deviceList.screen"), Text: cmp.Or(strings.ReplaceAll(f.ScreenResolution, "x", " × "), "–")},
		{Label: s.T("deviceList.timeZone"), Text: cmp.Or(f.Timezone, "–")},
		{Label: s.T("deviceList.language"), Text: cmp.Or(f.Language, "–")},
		{Label: s.T("deviceList.platform"), Text: cmp.Or(f.Platform, "–")},
		{Label: s.T("deviceList.cores"), Text: "–"},
		{Label: s.T("deviceList.memory"), Text: "–"},
		{Label: s.T("deviceList.touch"), Text: s.T("list.no")},
	}
	if f.HardwareConcurrency > 0 {
		facts[4].Text = s.Number(f.HardwareConcurrency)
	}
	if f.DeviceMemory > 0 {
		facts[5].Text = strconv.FormatFloat(f.DeviceMemory, 'f', -1, 64) + " GB"
	}
	if f.TouchSupport {
		facts[6].Text = s.T("list.yes")
	}
	if f.UserAgent != "" {
		facts = append(facts, kit.Fact{Label: s.T("drawer.userAgent"), Note: f.UserAgent, Wide: true})
	}
	return facts
}

// sessionsOn are the live sessions on the device.
func (l devices) sessionsOn(s kit.Speaker) *kit.DrawerRows {
	of := l.open.Device
	rows := &kit.DrawerRows{
		Title: s.T("deviceList.sessions"), Empty: s.T("device.signsOutNone"),
		All: &kit.Anchor{Text: s.T("drawer.deviceSessions"), Path: kit.WithQuery(sessionsPath, url.Values{"deviceId": {of.ID}})},
	}
	for _, one := range of.Sessions {
		row := kit.DrawerRow{Icon: "login", Text: s.Device(one.DeviceInfo), Path: sessionsPath + "/" + one.ID, Note: s.Since("time.plain", one.LastActivityAt)}
		if status := one.EffectiveStatus(s.Now); status != sallyport.SessionActive {
			pill := s.StatusPill(string(status))
			row.Pill = &pill
		}
		rows.Rows = append(rows.Rows, row)
	}
	return rows
}

// related leads to what else there is of this address and this person.
func (l devices) related(s kit.Speaker) (out []kit.Anchor) {
	of, who := l.open.Device, l.who(l.open.UserID)
	filtered := func(path, field, value string) string {
		return kit.WithQuery(path, url.Values{field: {value}})
	}
	if of.LastIP != "" {
		out = append(out, kit.Anchor{Text: s.T("drawer.ipDevices", "Address", of.LastIP), Path: filtered(devicesPath, "ip", of.LastIP)})
		if has(l.reader, access.SessionsView) {
			out = append(out, kit.Anchor{Text: s.T("drawer.ipSessions", "Address", of.LastIP), Path: filtered(sessionsPath, "ip", of.LastIP)})
		}
	}
	out = append(out, kit.Anchor{Text: s.T("drawer.userDevices", "Name", who.Name), Path: filtered(devicesPath, "userId", of.UserID)})
	if who.Path != "" {
		out = append(out, kit.Anchor{Text: s.T("drawer.thePerson", "Name", who.Name), Path: who.Path})
	}
	return out
}
