package notify

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Figure is a number of an organisation. It names nobody.
type Figure struct {
	Name   string `json:"name"` // what it counts: its text is "mail.figure." and the name
	Count  int64  `json:"count"`
	Share  bool   `json:"share,omitempty"`  // Count is a percentage
	More   bool   `json:"more,omitempty"`   // there are perhaps more than Count
	People *int64 `json:"people,omitempty"` // whom that belongs to; nil where it is not said
	Before *int64 `json:"before,omitempty"` // the same a week ago; nil where it is not known
}

// Task is something that needs the reader of a mail.
type Task struct {
	Kind  string    `json:"kind"` // what it is: its text is "mail.task." and the kind
	Count int64     `json:"count"`
	More  bool      `json:"more,omitempty"` // there are perhaps more than Count
	Until time.Time `json:"until,omitzero"` // when something ends
}

// figureWords and taskWords return the ids of what a figure counts, and of a task.
func figureWords(name string) string { return "mail.figure." + name }
func taskWords(kind string) string   { return "mail.task." + kind }

// wordless returns the first figure or task that has no words, and whether there is one.
func (d Data) wordless(has func(id string) bool) (id string, _ bool) {
	for _, f := range d.Figures {
		if !has(figureWords(f.Name)) {
			return f.Name, true
		}
	}
	for _, t := range d.Tasks {
		if !has(taskWords(t.Kind)) {
			return t.Kind, true
		}
	}
	return "", false
}

// figure is a row of the table of figures.
type figure struct {
	Label, Value string
	Change       string // "" where it is not known
	Pad          string // fills the label up in the form without HTML
}

func (w writer) figures() []figure {
	var all []figure
	widest := 0
	for _, f := range w.d.Figures {
		row := figure{Label: w.p.T(figureWords(f.Name)), Value: w.value(f), Change: w.change(f)}
		widest = max(widest, utf8.RuneCountInString(row.Label))
		all = append(all, row)
	}
	for i := range all {
		all[i].Pad = strings.Repeat(" ", widest-utf8.RuneCountInString(all[i].Label))
	}
	return all
}

func (w writer) number(n int64) string { return w.p.Number(int(n)) }

func (w writer) atLeast(n int64) string { return w.p.T("mail.value.atLeast", "Value", w.number(n)) }

func (w writer) value(f Figure) string {
	switch {
	case f.Share:
		return w.p.T("mail.value.share", "Share", w.number(f.Count))
	case f.More:
		return w.atLeast(f.Count)
	case f.People != nil:
		return w.p.N("mail.value.people", int(*f.People), "Value", w.number(f.Count))
	}
	return w.number(f.Count)
}

// change returns by how much a figure differs from the one a week ago.
func (w writer) change(f Figure) string {
	if f.Before == nil {
		return ""
	}
	by := int(f.Count - *f.Before)
	switch up := by > 0; {
	case by == 0:
		return w.p.T("mail.change.none")
	case f.Share && up:
		return w.p.N("mail.change.morePoints", by)
	case f.Share:
		return w.p.N("mail.change.lessPoints", -by)
	case up:
		return w.p.T("mail.change.more", "By", w.p.Number(by))
	}
	return w.p.T("mail.change.less", "By", w.p.Number(-by))
}

// tasks returns what needs the reader of figures; nil in other mails.
func (w writer) tasks() *reasons {
	if len(w.d.Figures) == 0 {
		return nil
	}
	if len(w.d.Tasks) == 0 {
		return &reasons{Heading: w.p.T("mail.tasks.none")}
	}
	r := reasons{Heading: w.p.T("mail.tasks.heading")}
	for _, t := range w.d.Tasks {
		count := w.number(t.Count)
		if t.More {
			count = w.atLeast(t.Count)
		}
		r.Lines = append(r.Lines, w.p.T(taskWords(t.Kind), "Count", count, "Until", w.time(t.Until)))
	}
	return &r
}
