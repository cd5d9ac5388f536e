package notify

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the zones of people, on machines that have none installed
	"unicode"

	"github.com/sallyport/sallyport/internal/message"
)

// letter is a mail in words: what both templates show.
type letter struct {
	Lang, Dir    string
	Subject      string
	Organisation string
	Title        string
	Greeting     string
	Lead         string
	Facts        []fact
	Advice       string
	Button       *button
	NotMe        *panel
	Footer       []string
}

type fact struct{ Label, Value string }

// button is the link that the mail is about.
type button struct {
	Text, URL string
	Note      string // how long it works
	Fallback  string // for those whose mail program shows no buttons
}

// panel is what to do when it was somebody else.
type panel struct{ Heading, Text, Button, URL string }

// write puts a mail into words.
func write(c content) (letter, error) {
	row, ok := known[c.Kind]
	if !ok {
		return letter{}, fmt.Errorf("there is no mail of kind %q", c.Kind)
	}
	w := writer{p: message.For(c.Lang), zone: time.UTC, d: c.Data}
	if zone, err := time.LoadLocation(c.Zone); err == nil {
		w.zone = zone
	}
	l := letter{
		Lang: w.p.Lang(), Dir: w.p.Dir(), Organisation: w.organisation(),
		Subject: w.say(row.Words.Subject), Title: w.say(row.Words.Title), Lead: w.say(row.Words.Lead),
		Facts: w.facts(), Advice: w.say(row.Words.Advice), Footer: w.footer(row, c.To),
	}
	if name := personal(c.Data.Name); name != "" {
		l.Greeting = w.p.T("mail.greeting", "Name", isolate(name, l.Dir))
	}
	if c.Data.Link != "" {
		l.Button = &button{
			Text: w.say(row.Words.Button), URL: c.Data.Link,
			Note: w.say("mail.link.until"), Fallback: w.p.T("mail.link.fallback"),
		}
	}
	if c.Data.NotMe != "" {
		l.NotMe = &panel{
			Heading: w.p.T("mail.notMe.heading"), Text: w.say(row.Words.NotMe),
			Button: w.p.T("mail.notMe.button"), URL: c.Data.NotMe,
		}
	}
	if l.Subject == "" || strings.ContainsFunc(l.Subject, unicode.IsControl) {
		return letter{}, fmt.Errorf("the subject of a mail of kind %q is not one line", c.Kind)
	}
	return l, nil
}

// writer speaks one language about one mail.
type writer struct {
	p    *message.Printer
	zone *time.Location
	d    Data
}

func (w writer) organisation() string { return isolate(plain(w.d.Organisation), w.p.Dir()) }

// say returns a sentence of the catalogue, and "" for the id "".
func (w writer) say(id string) string {
	if id == "" {
		return ""
	}
	return w.p.T(id, "Organisation", w.organisation(), "Until", w.time(w.d.Until), "LinkUntil", w.time(w.d.LinkUntil))
}

func (w writer) time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.p.Exact(t, w.zone)
}

// facts are what there is to judge by.
func (w writer) facts() []fact {
	var all []fact
	add := func(label, value string) {
		if value != "" {
			all = append(all, fact{label, value})
		}
	}
	one := func(s string) string { return isolate(s, w.p.Dir()) }
	add(w.p.T("mail.fact.by"), one(personal(w.d.InvitedBy)))
	add(w.p.T("mail.fact.oldEmail"), one(plain(w.d.OldEmail)))
	add(w.p.T("mail.fact.newEmail"), one(plain(w.d.NewEmail)))
	if w.d.Attempts > 0 {
		add(w.p.T("mail.fact.attempts"), strconv.Itoa(w.d.Attempts))
	}
	if !w.d.At.IsZero() {
		place := w.d.Place
		place.City = one(plain(place.City))
		add(w.p.T("mail.fact.when"), w.time(w.d.At))
		add(w.p.T("mail.fact.place"), w.p.Place(place))
		add(w.p.T("mail.fact.device"), one(plain(w.p.Device(w.d.Device))))
		add(w.p.T("mail.fact.ipAddress"), plain(w.d.IPAddress))
	}
	return all
}

// footer says why the mail came and how to tell that it is genuine.
func (w writer) footer(row Row, to string) []string {
	lines := []string{w.p.T("mail.footer.to", "To", isolate(to, w.p.Dir()), "Organisation", w.organisation())}
	for _, link := range []string{w.d.Link, w.d.NotMe} {
		if u, err := url.Parse(link); err == nil && u.Host != "" {
			lines = append(lines, w.p.T("mail.footer.host", "Host", u.Host))
			break
		}
	}
	if row.Security {
		lines = append(lines, w.p.T("mail.footer.security"))
	}
	return lines
}
