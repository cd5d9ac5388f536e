package admin

import (
	"net/http"
	"net/netip"
	"net/url"

	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/search"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const timelinePath = "/foundation/security/timeline"

// timelineView is everything that happened around a person, a session, a device or a network.
type timelineView struct {
	Title   string // what it is about
	Path    string // of what it is about; for a network, of where it leads
	Who     []timelineVisitor
	Partly  bool // not everybody who was there is among them
	Days    []personDay
	Earlier *kit.Anchor
	Lacks   string
	Empty   kit.EmptyView
}

// timelineVisitor is somebody whose sessions began in a network.
type timelineVisitor struct {
	Who      *kit.UserView
	Sessions string
	Last     kit.Moment
}

// timeline shows what happened around the one thing that the address names.
func (p *Pages) timeline(v *kit.Visit) error {
	ctx, actor, q := v.R.Context(), p.Actor(v), v.R.URL.Query()
	if err := search.NeedView.ToLook(actor); err != nil {
		return err
	}
	about, title, path, err := p.subject(v)
	if err != nil {
		return err
	}
	if about == (search.About{}) {
		return kit.RedirectTo(kit.SearchPath)(v)
	}
	line, err := p.Search.Timeline(ctx, actor, about, q.Get("cursor"))
	if err != nil {
		return err
	}
	var visitors []search.Visitor
	all := true
	if about.Network.IsValid() && q.Get("cursor") == "" {
		if visitors, all, err = p.Search.Visitors(ctx, actor, about.Network); err != nil {
			return err
		}
	}
	view := viewTimeline(v.Speaker, title, line, q)
	view.Path, view.Partly = path, !all
	view.meet(v.Speaker, visitors)
	return p.Show(v, http.StatusOK, "timeline_show", v.T("timeline.heading"), view)
}

// subject returns what the address names, its name and its page; nothing when it names nothing.
func (p *Pages) subject(v *kit.Visit) (about search.About, title, path string, err error) {
	ctx, actor, q := v.R.Context(), p.Actor(v), v.R.URL.Query()
	switch {
	case q.Get("userId") != "":
		about.UserID = q.Get("userId")
		of, err := p.Accounts.Person(ctx, actor, about.UserID)
		return about, of.Name(), personPath(about.UserID), err
	case q.Get("sessionId") != "":
		about.SessionID = q.Get("sessionId")
		one, err := p.Sessions.Get(ctx, actor, about.SessionID)
		return about, v.Device(one.DeviceInfo), sessionsPath + "/" + about.SessionID, err
	case q.Get("deviceId") != "":
		about.DeviceID = q.Get("deviceId")
		d, err := p.Devices.Get(ctx, actor, about.DeviceID)
		return about, v.DeviceName(d), devicesPath + "/" + about.DeviceID, err
	}
	network, ok := list.ParseNetwork(q.Get("ip"))
	if !ok {
		return about, "", "", nil
	}
	about.Network = network
	title = networkText(network)
	return about, title, kit.WithQuery(kit.SearchPath, url.Values{"q": {title}}), nil
}

// networkText is how people write a network: an address without its length.
func networkText(n netip.Prefix) string {
	if n.IsSingleIP() {
		return n.Addr().String()
	}
	return n.String()
}

func viewTimeline(s kit.Speaker, title string, line search.Timeline, q url.Values) *timelineView {
	v := &timelineView{
		Title: title, Lacks: lacking(s, line.Lacks),
		Empty: kit.EmptyView{Icon: "history", Title: s.T("activity.emptyTitle"), Text: s.T("timeline.empty")},
	}
	for _, e := range line.Entries {
		row, of := viewEntry(s, e), ""
		if e.Event != nil {
			of = e.Event.UserID
		} else {
			of = e.Attempt.UserID
		}
		if u, ok := line.People[of]; ok && !q.Has("userId") {
			row.Who = &kit.Anchor{Text: u.Name(), Path: personPath(u.ID)}
		} else if e.Attempt != nil && of == "" {
			row.Who = &kit.Anchor{Text: e.Attempt.Email}
		}
		v.Days = addToDay(s, v.Days, e.At, row)
	}
	if line.Next != "" {
		on := url.Values{"cursor": {line.Next}}
		for _, name := range []string{"userId", "sessionId", "deviceId", "ip"} {
			if q.Get(name) != "" {
				on.Set(name, q.Get(name))
			}
		}
		v.Earlier = &kit.Anchor{Text: s.T("timeline.earlier"), Path: kit.WithQuery(timelinePath, on)}
	}
	return v
}

func viewEntry(s kit.Speaker, e search.Entry) kit.EventRow {
	if e.Event != nil {
		return kit.ViewEvent(s, *e.Event)
	}
	row := viewAttempt(s, *e.Attempt)
	row.At = s.TimeOfDay(e.At)
	return row
}

// meet adds who was seen in a network.
func (t *timelineView) meet(s kit.Speaker, visitors []search.Visitor) {
	for _, one := range visitors {
		row := timelineVisitor{Who: kit.ViewUser(one.User), Sessions: s.N("timeline.sessions", one.Sessions), Last: s.Moment("time.plain", one.Last)}
		row.Who.Path = personPath(one.User.ID)
		t.Who = append(t.Who, row)
	}
}
