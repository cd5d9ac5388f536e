package kit

import (
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
)

// EventRow is one audit event in plain words.
type EventRow struct {
	Icon, Tone string
	Title      string
	Who        *Anchor // whom it is about, where several people are
	Device     string
	Place      *Place
	IP         string
	At         Moment
	Notes      []string // what was unusual, or why it was done
}

// ViewEvent puts an event in words.
func ViewEvent(s Speaker, e sallyport.Event) EventRow {
	row := EventRow{Icon: "history", Tone: "plain", Title: EventTitle(s, e), At: s.TimeOfDay(e.CreatedAt), Notes: policyNotes(e)}
	if kind, ok := audit.Of(audit.Kind(e.Kind)); ok {
		row.Icon, row.Tone = kind.Look.Icon, kind.Look.Tone
	}
	row.IP = AddressText(e.IPAddress)
	switch {
	case e.Device != (sallyport.DeviceInfo{}):
		row.Device = s.Device(e.Device)
	case e.Forgotten:
		row.Device = s.T("event.forgotten")
	}
	if e.Location.Country != "" || e.IPAddress != "" {
		p := s.PlaceAt(e.Location, e.IPAddress)
		row.Place = &p
	}
	return row
}

// EventTitle says what happened, and who did it when that was not the user.
func EventTitle(s Speaker, e sallyport.Event) string {
	return policyTitle(s, e, byWhom(s, e, whatHappened(s, e)))
}

func whatHappened(s Speaker, e sallyport.Event) string {
	id := "event." + e.Kind
	if !s.Has(id) {
		return s.T("event.other", "Kind", e.Kind)
	}
	title := s.T(id)
	if kind := audit.Kind(e.Kind); kind == audit.ReauthFailed && e.Data["method"] != "" {
		title = s.T("event.reauthFactor")
	}
	if method := s.short("method.", e.Data["method"]); method != "" {
		title = s.T("event.because", "Event", title, "Reason", method)
	}
	if name := e.Data["name"]; name != "" {
		title = s.T("event.named", "Event", title, "Name", name)
	}
	if device := s.deviceOf(e); device != "" {
		title = s.T("event.ofDevice", "Event", title, "Device", device)
	}
	if reason := s.short("reason.", e.Data["reason"]); reason != "" && !written[audit.Kind(e.Kind)] { // one that somebody wrote is no name of ours
		title = s.T("event.because", "Event", title, "Reason", reason)
	}
	if told := deviceEvent(s, e); told != "" {
		title = s.T("event.because", "Event", title, "Reason", told)
	} else if n, err := strconv.Atoi(e.Data["sessions"]); err == nil && n > 0 {
		title = s.T("event.because", "Event", title, "Reason", s.N("event.sessionsEnded", n))
	}
	return title
}

// deviceOf is the device of the session that an event ended, "" where it names none.
func (s Speaker) deviceOf(e sallyport.Event) string {
	d := sallyport.DeviceInfo{Browser: e.Data["browser"], OS: e.Data["system"]}
	if d == (sallyport.DeviceInfo{}) {
		return ""
	}
	return s.Device(d)
}

// byWhom adds to the title of an event who did it.
func byWhom(s Speaker, e sallyport.Event, title string) string {
	switch {
	case e.ActorType == sallyport.ActorOperator:
		return s.T("event.byOperator", "Event", title)
	case e.ActorID != "" && e.ActorID != e.UserID:
		return s.T("event.byAdmin", "Event", title)
	}
	return title
}
