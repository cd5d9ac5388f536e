package admin

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/search"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// openSession is a session in the drawer. Parts that its reader may not see are empty.
type openSession struct {
	sallyport.Session
	device *device.Device // nil where there is none, or the reader may not see it
	story  *search.Timeline
}

// sessionShow shows a session in the drawer beside the list.
func (p *Pages) sessionShow(v *kit.Visit) error {
	ctx, actor := v.R.Context(), p.Actor(v)
	found, err := p.Sessions.Get(ctx, actor, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	open := &openSession{Session: found}
	if open.device, err = p.deviceFor(ctx, actor, found.DeviceID); err != nil {
		return err
	}
	if open.story, err = p.storyOf(ctx, actor, search.About{SessionID: found.ID}); err != nil {
		return err
	}
	l, err := p.readSessions(v, found.UserID, found.TerminatedBy)
	if err != nil {
		return err
	}
	l.open = open
	title := v.T("sessionList.label", "Name", l.who(found.UserID).Name, "Device", v.Device(found.DeviceInfo))
	return p.Show(v, http.StatusOK, "session_list", title, l.view(v.Speaker))
}

// deviceFor returns the device of a session, nil where there is none, or where the reader may not
// see it.
func (p *Pages) deviceFor(ctx context.Context, actor sallyport.Actor, id string) (*device.Device, error) {
	if id == "" || !has(actor, access.DevicesView) {
		return nil, nil
	}
	d, err := p.Devices.Get(ctx, actor, id)
	if sallyport.CodeOf(err) == sallyport.CodeNotFound {
		return nil, nil
	}
	return &d, err
}

// told is how much of what happened a drawer has room for.
const told = 12

// storyOf returns what happened in a session or on a device; nil where the reader may not see it.
func (p *Pages) storyOf(ctx context.Context, actor sallyport.Actor, about search.About) (*search.Timeline, error) {
	if !has(actor, access.UsersView) {
		return nil, nil
	}
	t, err := p.Search.Timeline(ctx, actor, about, "")
	return &t, err
}

// viewStory shows the latest of what happened; about is what the page of all of it is about.
func viewStory(s kit.Speaker, t *search.Timeline, about url.Values) *kit.Story {
	if t == nil {
		return nil
	}
	v := &kit.Story{Title: s.T("drawer.story")}
	for _, e := range t.Entries[:min(told, len(t.Entries))] {
		row := viewEntry(s, e)
		row.At = s.Moment("time.plain", e.At)
		v.Events = append(v.Events, row)
	}
	if len(v.Events) == 0 {
		v.Note = s.T("drawer.storyNone")
	}
	if t.Next != "" || len(t.Entries) > told {
		v.All = &kit.Anchor{Text: s.T("drawer.storyAll"), Path: kit.WithQuery(timelinePath, about)}
	}
	return v
}

func (l sessions) drawer(s kit.Speaker) *kit.Drawer {
	one := l.open.Session
	d := &kit.Drawer{
		Close: l.list.Row(one.ID), Icon: kit.DeviceIcon(one.DeviceInfo.Type), Title: s.Device(one.DeviceInfo), Who: l.who(one.UserID),
		Pills: []kit.Pill{s.StatusPill(string(one.EffectiveStatus(s.Now)))},
		Menu:  s.T("person.sessionMenu", "Device", s.Device(one.DeviceInfo)), Risks: l.risks(s),
		Parts: []kit.DrawerPart{
			{ID: "session", Title: s.T("sessionList.facts"), Facts: l.facts(s)},
			{ID: "proof", Title: s.T("sessionList.proof"), Facts: l.proofs(s)},
		},
		Story: viewStory(s, l.open.story, url.Values{"sessionId": {one.ID}}), Links: l.related(s),
		Lacks: lacks(s, l.reader, access.MFAView, access.DevicesView, access.UsersView),
	}
	if l.open.device != nil && l.open.device.Name != "" {
		d.Title, d.What = l.open.device.Name, s.Device(one.DeviceInfo)
	}
	if one.ID == l.reader.SessionID {
		d.Pills = append(d.Pills, kit.Pill{Tone: "good", Icon: "circle-check", Text: s.T("session.current")})
	}
	d.Two(l.acts(s, one, l.list.Beside(one.ID), true))
	return d
}

// risks says in sentences what stands out, and why a session gives no access.
func (l sessions) risks(s kit.Speaker) (out []kit.Risk) {
	one := l.open.Session
	switch status := one.EffectiveStatus(s.Now); {
	case status == sallyport.SessionSuspended:
		out = append(out, kit.Risk{Tone: "warn", Icon: "player-pause", Text: s.T("sessionList.suspended")})
	case !status.Live():
		end := kit.Risk{Icon: "clock", Text: l.endOf(s)}
		if at := cmp.Or(one.TerminatedAt, one.EndsAt()); !at.IsZero() {
			end.Note = s.T("sessionList.endedAt", "Ago", s.Ago(s.Now, at), "Exact", s.Exact(at, s.Zone))
		}
		if status == sallyport.SessionRevoked {
			end.Tone, end.Icon = "bad", "ban"
		}
		out = append(out, end)
	}
	if d := l.open.device; d != nil && d.Compromised() {
		out = append(out, kit.Risk{Tone: "bad", Icon: "alert-triangle", Text: s.T("sessionList.onFlagged"), Note: deviceNote(s, *d)})
	}
	if one.Assessment.Score >= risk.Unusual {
		strange := kit.Risk{Tone: "warn", Icon: "alert-triangle", Text: s.T("sessionList.unusual")}
		for _, f := range one.Assessment.Findings {
			strange.Lines = append(strange.Lines, s.Finding(f))
		}
		out = append(out, strange)
	}
	return out
}

// endOf says who ended a session and why. One whose time is over has no reason yet until a job has
// marked it.
func (l sessions) endOf(s kit.Speaker) string {
	one := l.open.Session
	reason := one.TerminationReason
	if reason == "" {
		reason = "lifetime_over"
		if one.EndsAt().Before(one.ExpiresAt) {
			reason = "idle_timeout"
		}
	}
	who := s.T("sessionList.somebody")
	if by, ok := l.names[one.TerminatedBy]; ok {
		who = by.Name()
	}
	if id := "sessionList.end." + reason; s.Has(id) {
		return s.T(id, "Who", who)
	}
	return s.T("sessionList.end.other", "Reason", reason)
}

func (l sessions) facts(s kit.Speaker) []kit.Fact {
	one := l.open.Session
	place := s.PlaceAt(one.Location, one.IPAddress)
	facts := []kit.Fact{
		{Label: s.T("drawer.browser"), Text: cmp.Or(versioned(one.DeviceInfo.Browser, one.DeviceInfo.BrowserVersion), s.T("device.unknown"))},
		{Label: s.T("drawer.system"), Text: cmp.Or(versioned(one.DeviceInfo.OS, one.DeviceInfo.OSVersion), "–"), Note: one.DeviceInfo.Model},
		{Label: s.T("list.ip"), Text: kit.AddressText(one.IPAddress)},
		{Label: s.T("drawer.place"), Place: &place},
		{Label: s.T("sessionList.started"), Time: s.Since("time.plain", one.CreatedAt), Note: s.Exact(one.CreatedAt, s.Zone)},
		{Label: s.T("sessionList.active"), Time: s.Since("time.plain", one.LastActivityAt), Note: s.Exact(one.LastActivityAt, s.Zone)},
	}
	if one.EffectiveStatus(s.Now).Live() {
		idle := s.T("sessionList.endsIdle")
		if !one.EndsAt().Before(one.ExpiresAt) {
			idle = s.T("sessionList.endsLifetime")
		}
		facts = append(facts, kit.Fact{Label: s.T("sessionList.ends"), Text: s.Exact(one.EndsAt(), s.Zone), Note: idle, Wide: true})
	}
	if d := l.open.device; d != nil {
		facts = append(facts, trustFact(s, *d))
	}
	if one.UserAgent != "" {
		facts = append(facts, kit.Fact{Label: s.T("drawer.userAgent"), Note: one.UserAgent, Wide: true})
	}
	return facts
}

// proofs says how sure it is who is in the session.
func (l sessions) proofs(s kit.Speaker) []kit.Fact {
	one := l.open.Session
	facts := []kit.Fact{{Label: s.T("sessionList.password"), Time: s.Since("time.plain", one.AuthenticatedAt), Text: unknown(one.AuthenticatedAt.IsZero())}}
	if has(l.reader, access.MFAView) {
		second := kit.Fact{Label: s.T("list.secondFactor"), Text: s.T("sessionList.noFactor")}
		if one.MFAVerified() {
			second.Text, second.Time = "", s.Since("time.plain", one.MFAVerifiedAt)
			if id := "method." + one.MFAMethod; s.Has(id) {
				second.Note = s.T(id)
			}
		}
		facts = append(facts, second)
	}
	step := kit.Fact{Label: s.T("sessionList.steppedUp"), Time: s.Since("time.plain", one.SteppedUpAt)}
	if one.SteppedUpAt.IsZero() {
		step.Text = s.T("sessionList.notSteppedUp")
	}
	return append(facts, step)
}

// unknown is what stands for nothing.
func unknown(is bool) string {
	if is {
		return "–"
	}
	return ""
}

// versioned is a name with its version.
func versioned(name, version string) string {
	if name == "" || version == "" {
		return name
	}
	return name + " " + version
}

// related leads to what else there is of this device, this address and this person.
func (l sessions) related(s kit.Speaker) (out []kit.Anchor) {
	one := l.open.Session
	filtered := func(field, value string) string { return kit.WithQuery(sessionsPath, url.Values{field: {value}}) }
	if l.open.device != nil {
		out = append(out, kit.Anchor{Text: s.T("drawer.theDevice"), Path: devicesPath + "/" + one.DeviceID})
	}
	if one.DeviceID != "" {
		out = append(out, kit.Anchor{Text: s.T("drawer.deviceSessions"), Path: filtered("deviceId", one.DeviceID)})
	}
	if one.IPAddress != "" {
		out = append(out, kit.Anchor{Text: s.T("drawer.ipSessions", "Address", one.IPAddress), Path: filtered("ip", one.IPAddress)})
		if search.NeedView.ToLook(l.reader) == nil {
			out = append(out, kit.Anchor{Text: s.T("drawer.ipStory", "Address", one.IPAddress), Path: kit.WithQuery(timelinePath, url.Values{"ip": {one.IPAddress}})})
		}
	}
	out = append(out, kit.Anchor{Text: s.T("drawer.userSessions", "Name", l.who(one.UserID).Name), Path: filtered("userId", one.UserID)})
	if path := l.who(one.UserID).Path; path != "" {
		out = append(out, kit.Anchor{Text: s.T("drawer.thePerson", "Name", l.who(one.UserID).Name), Path: path})
	}
	return out
}
