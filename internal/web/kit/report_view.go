package kit

import (
	"html/template"
	"net/url"
	"strings"

	"github.com/sallyport/sallyport"
)

// DoneView says what an act did and what to do next, to somebody who is not signed in (any
// more).
type DoneView struct {
	Title, Lead string
	Done, Next  []string
	Report      []ReportPart
	Contacts    []string     // e-mail addresses of who can help
	Keep        template.URL // of the same as a text, to be kept; "" for none
}

// ReportPart is a list of events under a heading, in a report on an account in danger.
type ReportPart struct {
	Title  string
	Events []EventRow
}

// ReportOf returns a part, or none without events. Each event has its day, which lists of
// events have as a heading.
func ReportOf(s Speaker, title string, events []sallyport.Event) []ReportPart {
	if len(events) == 0 {
		return nil
	}
	part := ReportPart{Title: title}
	for _, e := range events {
		row := ViewEvent(s, e)
		row.At.Text, row.At.Clock = row.At.Exact, false
		part.Events = append(part.Events, row)
	}
	return []ReportPart{part}
}

// KeepText makes the text that a reader can keep of what the page says.
func (v *DoneView) KeepText() {
	lines := append([]string{v.Title, ""}, v.Done...)
	for _, part := range v.Report {
		lines = append(lines, "", part.Title)
		for _, e := range part.Events {
			facts := []string{e.At.Exact, e.Title}
			for _, fact := range []string{e.Device, e.IP} {
				if fact != "" {
					facts = append(facts, fact)
				}
			}
			lines = append(lines, "- "+strings.Join(facts, ", "))
		}
	}
	lines = append(append(lines, ""), v.Next...)
	lines = append(append(lines, ""), v.Contacts...)
	v.Keep = template.URL("data:text/plain;charset=utf-8," + url.PathEscape(strings.Join(lines, "\n"))) //nolint:gosec // all of it is escaped
}
