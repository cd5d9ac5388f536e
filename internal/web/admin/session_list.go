package admin

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// sessionsView is Foundation > Security > Sessions.
type sessionsView struct {
	Bar    kit.Bar
	Left   string // which filter was left out, "" for none
	Rows   []sessionLine
	Empty  kit.EmptyView
	Pages  kit.PagesView
	Bulk   *kit.Bulk // nil where nothing can be done about several
	Drawer *kit.Drawer
}

// sessionLine is one session.
type sessionLine struct {
	ID, Path string
	Label    string // for screen readers: whose it is, on what
	Open     bool   // it is in the drawer
	Who      *kit.UserView
	Icon     string
	Device   string
	Place    kit.Place
	IP       string
	Started  kit.Moment
	Active   kit.Moment
	Status   kit.Pill
	Unusual  bool
	Menu     string
	Acts     []*kit.ConfirmView
}

// sessions is what the list is made of.
type sessions struct {
	register
	found list.Page[sallyport.Session]
	open  *openSession // in the drawer, nil for none
	bulk  bool         // several can be acted on at once
}

var sessionWords = registerWords{"sessionList.emptyTitle", "sessionList.emptyText", "sessionList.noneTitle", "sessionList.searched"}

// sessionList shows the sessions of the organisation.
func (p *Pages) sessionList(v *kit.Visit) error {
	if led, err := p.typedUser(v, sessionsPath); led || err != nil {
		return err
	}
	found, err := p.readSessions(v)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "session_list", v.T("sessionList.heading"), found.view(v.Speaker))
}

// readSessions reads the page of the list that an address asks for. more are people to be named
// besides those of its rows.
func (p *Pages) readSessions(v *kit.Visit, more ...string) (l sessions, err error) {
	ctx := v.R.Context()
	if l.register, err = p.register(v, sessionsPath, list.Sessions); err != nil {
		return l, err
	}
	l.bulk = has(l.reader, access.SessionsTerminate)
	read := func(q list.Query) (list.Page[sallyport.Session], error) { return p.Sessions.List(ctx, l.reader, q) }
	if l.found, err = read(l.list.Query); err != nil {
		return l, err
	}
	for _, one := range l.found.Rows {
		more = append(more, one.UserID)
	}
	if err = p.name(v, &l.register, more...); err != nil || len(l.found.Rows) > 0 {
		return l, err
	}
	l.drop, err = dropped(v.Speaker, l.register, read)
	return l, err
}

func (l sessions) view(s kit.Speaker) *sessionsView {
	v := &sessionsView{
		Bar: l.list.Bar(s, l.values(s)), Left: l.leftOut(s),
		Pages: l.pages(s, l.found.Next, l.found.Searched, sessionWords),
	}
	for _, one := range l.found.Rows {
		v.Rows = append(v.Rows, l.line(s, one))
	}
	if len(v.Rows) == 0 {
		v.Empty = l.empty(s, sessionWords, &v.Pages)
	}
	if l.bulk {
		v.Bulk = l.bulkOf(s)
	}
	if l.open != nil {
		v.Drawer = l.drawer(s)
	}
	return v
}

func (l sessions) line(s kit.Speaker, one sallyport.Session) sessionLine {
	who, device := l.who(one.UserID), s.Device(one.DeviceInfo)
	status := one.EffectiveStatus(s.Now)
	pill := s.StatusPill(string(status))
	if one.ID == l.reader.SessionID {
		pill = kit.Pill{Tone: "good", Icon: "circle-check", Text: s.T("session.current")}
	}
	return sessionLine{
		ID: one.ID, Path: l.list.Beside(one.ID), Open: l.open != nil && l.open.ID == one.ID,
		Label: s.T("sessionList.label", "Name", who.Name, "Device", device),
		Who:   who, Icon: kit.DeviceIcon(one.DeviceInfo.Type), Device: device,
		Place: s.PlaceAt(one.Location, one.IPAddress), IP: kit.AddressText(one.IPAddress),
		Started: s.Moment("time.plain", one.CreatedAt), Active: s.Moment("time.plain", one.LastActivityAt),
		Status: pill, Unusual: one.Assessment.Score >= risk.Unusual,
		Menu: s.T("person.sessionMenu", "Device", device), Acts: l.acts(s, one, l.list.Here(), false),
	}
}

// acts are those that fit a session and that the reader may do; with dialogs they are asked about
// in place.
func (l sessions) acts(s kit.Speaker, one sallyport.Session, back string, dialogs bool) (out []*kit.ConfirmView) {
	status := one.EffectiveStatus(s.Now)
	for _, a := range sessionActs {
		if !status.Live() || !a.fits(status) || !l.does(a.need.Permission, a.need.Self, one.UserID) {
			continue
		}
		ask := a.ask(s, l.names[one.UserID], one, back)
		if !dialogs {
			ask.ID = ""
		}
		out = append(out, ask)
	}
	return out
}

// bulkOf is what can be done about sessions that are ticked.
func (l sessions) bulkOf(s kit.Speaker) *kit.Bulk {
	b := &kit.Bulk{Path: sessionsPath + "/bulk"}
	for name, values := range l.list.Filters() {
		for _, value := range values {
			b.Kept = append(b.Kept, kit.Kept{Name: name, Value: value})
		}
	}
	for _, a := range sessionActs {
		b.Acts = append(b.Acts, kit.BulkAct{Name: a.path, Text: s.T("bulk." + a.path), Icon: a.icon})
	}
	return b
}
