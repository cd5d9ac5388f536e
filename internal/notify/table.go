package notify

import (
	"cmp"
	"slices"
	"strings"
)

// Of returns the row of a kind of mail, and whether there is one.
func Of(k Kind) (Row, bool) {
	r, ok := known[k]
	return r, ok
}

// Has reports whether mails of this kind can have a part of Data.
func (r Row) Has(f Field) bool { return slices.Contains(r.Needs, f) || slices.Contains(r.May, f) }

// OnlyTime reports whether a mail says when something was done but not from where, because
// an admin did it.
func (r Row) OnlyTime(d Data) bool { return r.TimeOnly || d.ByAdmin }

// Words are the texts of a mail, as ids of the message catalogue; "" for a text that the
// mail does not have.
type Words struct {
	Subject, Title, Lead string
	ByAdmin              string // the lead when an admin did it, with the time only
	Advice               string // what to do when the reader did it
	Button               string // the label of the button
	NotMe                string // what to do when it was somebody else
}

// Words returns the ids of a kind's texts, which follow from its name. Those of
// factor_removed are mail.factorRemoved.subject, .title, .lead and .advice; with a button
// .button, with "This wasn't me" .notMe, and where an admin may have done it .byAdmin.
func (r Row) Words() Words {
	id := "mail." + camel(string(r.Kind)) + "."
	w := Words{Subject: id + "subject", Title: id + "title", Lead: id + "lead", Advice: cmp.Or(r.Advice, id+"advice")}
	if r.Has(ByAdmin) {
		w.ByAdmin = id + "byAdmin"
	}
	if r.Has(Link) || r.Has(Page) {
		w.Button = id + "button"
	}
	if r.Has(NotMe) {
		w.NotMe = id + "notMe"
	}
	return w
}

// camel writes factor_removed as factorRemoved.
func camel(snake string) string {
	first, others, _ := strings.Cut(snake, "_")
	for word := range strings.SplitSeq(others, "_") {
		if word != "" {
			first += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return first
}

// methodWords returns the id of the name of a second-factor method.
func methodWords(method string) string { return "mail.method." + method }
