package web

import (
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
)

// activityView is Profile > Security > Activity.
type activityView struct {
	Tabs    []tab
	Filters []chip
	Clear   *anchor // takes all filters away; nil without one
	Days    []activityDay
	Empty   emptyView
	Pages   pagesView
}

// activityDay is one day of the feed, as the reader's calendar has it.
type activityDay struct {
	Title  string
	Events []eventRow
}

// eventRow is one audit event in plain words.
type eventRow struct {
	Icon, Tone string
	Title      string
	Device     string
	Place      *place
	IP         string
	At         moment
}

// emptyView says why a list is empty and what to do about it.
type emptyView struct {
	Icon, Title, Text string
	Action            *anchor
}

// pagesView leads through a keyset list.
type pagesView struct{ Previous, Next string }

func viewActivity(s speaker, l listing, found list.Page[sallyport.Event]) *activityView {
	v := &activityView{
		Tabs:    securityTabs(s.Printer, activityPath),
		Filters: l.chips(s, "show"),
		Empty:   emptyView{Icon: "history", Title: s.T("activity.emptyTitle"), Text: s.T("activity.emptyText")},
		Pages:   l.pages(found.Next),
	}
	if len(l.Conditions()) > 0 {
		v.Clear = &anchor{Text: s.T("activity.filterClear"), Path: activityPath}
		v.Empty = emptyView{Icon: "filter", Title: s.T("activity.noneTitle"), Text: s.T("activity.noneText"), Action: v.Clear}
	}
	for _, e := range found.Rows {
		title := s.Day(s.now, e.CreatedAt, s.zone)
		if n := len(v.Days); n == 0 || v.Days[n-1].Title != title {
			v.Days = append(v.Days, activityDay{Title: title})
		}
		last := &v.Days[len(v.Days)-1]
		last.Events = append(last.Events, viewEvent(s, e))
	}
	return v
}

func viewEvent(s speaker, e sallyport.Event) eventRow {
	row := eventRow{Icon: "history", Tone: "plain", Title: eventTitle(s, e), At: s.clock(e.CreatedAt)}
	if kind, ok := audit.Of(audit.Kind(e.Kind)); ok {
		row.Icon, row.Tone = kind.Look.Icon, kind.Look.Tone
	}
	row.IP = addressText(e.IPAddress)
	if e.Device != (sallyport.DeviceInfo{}) {
		row.Device = s.Device(e.Device)
	}
	if e.Location.Country != "" || e.IPAddress != "" {
		p := s.place(e.Location)
		row.Place = &p
	}
	return row
}

// eventTitle says what happened, and who did it when that was not the user.
func eventTitle(s speaker, e sallyport.Event) string {
	id := "event." + e.Kind
	if !s.Has(id) {
		return s.T("event.other", "Kind", e.Kind)
	}
	title := s.T(id)
	if kind := audit.Kind(e.Kind); kind == audit.ReauthFailed && e.Data["method"] != "" {
		title = s.T("event.reauthFactor")
	}
	if method := "method." + e.Data["method"]; s.Has(method) {
		title = s.T("event.because", "Event", title, "Reason", s.T(method))
	}
	if name := e.Data["name"]; name != "" {
		title = s.T("event.named", "Event", title, "Name", name)
	}
	if d := (sallyport.DeviceInfo{Browser: e.Data["browser"], OS: e.Data["system"]}); d != (sallyport.DeviceInfo{}) {
		title = s.T("event.ofDevice", "Event", title, "Device", s.Device(d))
	}
	if reason := "reason." + e.Data["reason"]; s.Has(reason) {
		title = s.T("event.because", "Event", title, "Reason", s.T(reason))
	}
	if told := deviceEvent(s, e); told != "" {
		title = s.T("event.because", "Event", title, "Reason", told)
	} else if n, err := strconv.Atoi(e.Data["sessions"]); err == nil && n > 0 {
		title = s.T("event.because", "Event", title, "Reason", s.N("event.sessionsEnded", n))
	}
	switch {
	case e.ActorType == sallyport.ActorOperator:
		return s.T("event.byOperator", "Event", title)
	case e.ActorID != "" && e.ActorID != e.UserID:
		return s.T("event.byAdmin", "Event", title)
	}
	return title
}
