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

// Has reports whether mails of this kind speak of a part of Data.
func (r Row) Has(f Field) bool { return slices.Contains(r.Needs, f) || slices.Contains(r.May, f) }

// OnlyTime reports whether a mail says when something was done and not from where: an
// admin did it.
func (r Row) OnlyTime(d Data) bool { return r.TimeOnly || d.ByAdmin }

// Words are the sentences of a mail, as ids of the message catalogue. What a
// mail does not have is "".
type Words struct {
	Subject, Title, Lead string
	ByAdmin              string // the lead when an admin did it; such a mail says the time only
	Advice               string // what to do when all is well
	Button               string // on the link that the mail is about
	NotMe                string // what to do when it was somebody else
}

// Words returns the sentences of a kind of mail. Their ids follow from it: those of
// factor_removed are mail.factorRemoved.subject, .title, .lead and .advice; with a
// link .button, with "This wasn't me" .notMe, and where an admin may have done it
// .byAdmin.
func (r Row) Words() Words {
	id := "mail." + camel(string(r.Kind)) + "."
	w := Words{Subject: id + "subject", Title: id + "title", Lead: id + "lead", Advice: cmp.Or(r.Advice, id+"advice")}
	if r.Has(ByAdmin) {
		w.ByAdmin = id + "byAdmin"
	}
	if r.Has(Link) {
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

// methodWords returns the id of the words for a way to pass a second factor.
func methodWords(method string) string { return "mail.method." + method }
