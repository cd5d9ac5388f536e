package notify

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones, for machines that have none installed
	"unicode"

	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/message"
)

// letter is the text of a mail, as both templates show it.
type letter struct {
	Lang, Dir    string
	Subject      string
	Organisation string
	Logo         *logo // in the place of the name
	Title        string
	Greeting     string
	Lead         string
	Code         *code
	Facts        []fact
	Figures      []figure
	Reasons      *reasons
	Advice       string
	Button       *button
	Mine         *panel
	NotMe        *panel
	Footer       []string
	Links        []fact // at the foot
	Colours      palette
}

type fact = Fact

// Fact is something that the reader can judge an event by.
type Fact struct{ Label, Value string }

// code is the code that the reader types.
type code struct{ Value, Note string }

// reasons says why something was noticed, or what needs the reader.
type reasons struct {
	Heading string
	Lines   []string
}

// button is the main link of the mail.
type button struct {
	Text, URL string
	Note      string // how long it works
	Fallback  string // for mail programs that show no buttons
}

// panel says what to do when it was somebody else.
type panel struct{ Heading, Text, Button, URL string }

// write makes the text of a mail.
func write(c content) (letter, error) {
	row, ok := known[c.Kind]
	if !ok {
		return letter{}, fmt.Errorf("there is no mail of kind %q", c.Kind)
	}
	w := writer{p: message.For(c.Lang), zone: time.UTC, d: c.Data}
	if zone, err := time.LoadLocation(c.Zone); err == nil {
		w.zone = zone
	}
	words := row.Words()
	l := letter{
		Lang: w.p.Lang(), Dir: w.p.Dir(), Organisation: w.organisation(),
		Subject: w.say(words.Subject), Title: w.say(words.Title), Lead: w.say(words.Lead),
		Facts: w.facts(row), Figures: w.figures(), Reasons: cmp.Or(w.reasons(), w.tasks()), Advice: w.say(words.Advice), Footer: w.footer(row, c.To),
		Links: w.links(c.brand), Colours: c.brand.palette(), Logo: c.brand.logo,
	}
	if n := c.Times; n > 1 {
		l.Lead += " " + w.p.N("mail.times", n)
	}
	if name := personal(c.Data.Name); name != "" {
		l.Greeting = w.p.T("mail.greeting", "Name", isolate(name, l.Dir))
	}
	if c.Data.ByAdmin && words.ByAdmin != "" {
		l.Lead, l.Advice = w.say(words.ByAdmin), ""
	}
	if c.Data.Code != "" {
		l.Code = &code{Value: c.Data.Code, Note: w.p.T("mail.code.until", "CodeUntil", w.time(c.Data.CodeUntil))}
	}
	if c.Data.Mine != "" {
		l.Advice = "" // it would say that there is nothing to do
		l.Mine = &panel{Text: w.p.T("mail.mine.text"), Button: w.p.T("mail.mine.button"), URL: c.Data.Mine}
	}
	if c.Data.Link != "" {
		l.Button = &button{
			Text: w.say(words.Button), URL: c.Data.Link,
			Note: w.say("mail.link.until"), Fallback: w.p.T("mail.link.fallback"),
		}
	}
	if c.Data.Page != "" {
		l.Button = &button{Text: w.say(words.Button), URL: c.Data.Page, Note: w.p.T("mail.page.signIn"), Fallback: w.p.T("mail.link.fallback")}
	}
	if c.Data.NotMe != "" {
		l.NotMe = &panel{
			Heading: w.p.T("mail.notMe.heading"), Text: w.say(words.NotMe),
			Button: w.p.T("mail.notMe.button"), URL: c.Data.NotMe,
		}
	}
	if l.Subject == "" || strings.ContainsFunc(l.Subject, unicode.IsControl) {
		return letter{}, fmt.Errorf("the subject of a mail of kind %q is not one line", c.Kind)
	}
	return l, nil
}

// writer writes the texts of one mail in one language.
type writer struct {
	p    *message.Printer
	zone *time.Location
	d    Data
}

func (w writer) organisation() string { return isolate(plain(w.d.Organisation), w.p.Dir()) }

// say returns a text of the catalogue; "" for the id "".
func (w writer) say(id string) string {
	if id == "" {
		return ""
	}
	method := ""
	if id := methodWords(w.d.Method); w.p.Has(id) {
		method = w.p.T(id)
	}
	return w.p.T(id, "Organisation", w.organisation(), "Until", w.time(w.d.Until), "LinkUntil", w.time(w.d.LinkUntil),
		"Code", w.d.Code, "Method", method, "Address", isolate(plain(w.d.Address), w.p.Dir()))
}

func (w writer) time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.p.Exact(t, w.zone)
}

// facts returns what the reader can judge the event by.
func (w writer) facts(row Row) []fact { return append(w.about(), w.from(row)...) }

// factList collects facts that are known.
type factList []fact

func (l *factList) add(label, value string) {
	if value != "" {
		*l = append(*l, fact{label, value})
	}
}

// one keeps a name that people chose from reordering its line.
func (w writer) one(s string) string { return isolate(s, w.p.Dir()) }

// about returns what an event is about.
func (w writer) about() (all factList) {
	add, one := all.add, w.one
	add(w.p.T("mail.fact.by"), one(personal(w.d.InvitedBy)))
	if w.d.Attempts > 0 {
		add(w.p.T("mail.fact.attempts"), strconv.Itoa(w.d.Attempts))
	}
	add(w.p.T("mail.fact.person"), one(w.person()))
	add(w.p.T("mail.fact.role"), one(w.role()))
	add(w.p.T("mail.fact.factorName"), one(personal(w.d.FactorName)))
	add(w.p.T("mail.fact.keyName"), one(personal(w.d.KeyName)))
	add(w.p.T("mail.fact.channelName"), one(personal(w.d.ChannelName)))
	add(w.p.T("mail.fact.webhookName"), one(personal(w.d.WebhookName)))
	add(w.p.T("mail.fact.providerName"), one(personal(w.d.ProviderName)))
	if w.d.Remaining != nil {
		add(w.p.T("mail.fact.remaining"), strconv.Itoa(*w.d.Remaining))
	}
	add(w.p.T("mail.fact.device"), one(w.named()))
	return all
}

// from returns when something happened, and then from where.
func (w writer) from(row Row) (all factList) {
	if w.d.At.IsZero() {
		return nil
	}
	add := all.add
	add(w.p.T("mail.fact.when"), w.time(w.d.At))
	if row.OnlyTime(w.d) {
		return all
	}
	place := w.d.Place
	place.City = w.one(plain(place.City))
	add(w.p.T("mail.fact.place"), w.p.Place(place))
	if w.named() == "" {
		add(w.p.T("mail.fact.device"), w.one(plain(w.p.Device(w.d.Device))))
	}
	add(w.p.T("mail.fact.ipAddress"), plain(w.d.IPAddress))
	return all
}

// where returns the device and the place, in one line; "" where a mail of this row says neither.
func (w writer) where(row Row) string {
	said := []string{w.named()}
	if !w.d.At.IsZero() && !row.OnlyTime(w.d) {
		place := w.d.Place
		place.City = w.one(plain(place.City))
		said = []string{cmp.Or(said[0], plain(w.p.Device(w.d.Device))), w.p.Place(place)}
	}
	said[0] = w.one(said[0])
	return strings.Join(slices.DeleteFunc(said, func(s string) bool { return s == "" }), " · ")
}

// person returns whom a mail to somebody else is about. It shows their e-mail address, but
// no name that looks like the address of a site.
func (w writer) person() string {
	if one, err := email.Parse(w.d.Person); err == nil {
		return plain(one)
	}
	return personal(w.d.Person)
}

// role returns what the role that the mail is about is called; "" when it is about none.
func (w writer) role() string {
	if id := "role." + w.d.Role; w.p.Has(id) {
		return w.p.T(id)
	}
	return plain(w.d.RoleName)
}

// named returns what the device that the mail is about is called; "" when it is about none.
func (w writer) named() string {
	if name := personal(w.d.DeviceName); name != "" || w.d.DeviceInfo == nil {
		return name
	}
	return plain(w.p.Device(*w.d.DeviceInfo))
}

// reasons returns why something was noticed; nil when the mail does not say.
func (w writer) reasons() *reasons {
	const most, longest = 8, 240 // a sentence each
	why := w.d.Why
	said := []string{why.Words}
	for _, f := range why.Findings {
		said = append(said, w.p.Finding(f))
	}
	if why.Words == "" && len(why.Findings) == 0 && why.By != "" {
		said = append(said, w.p.T("device.reported."+why.By))
	}
	r := reasons{Heading: w.p.T("mail.reasons.heading")}
	for _, reason := range said {
		if s := oneLine(reason, longest); s != "" && len(r.Lines) < most {
			r.Lines = append(r.Lines, isolate(s, w.p.Dir()))
		}
	}
	if len(r.Lines) == 0 {
		return nil
	}
	return &r
}

// footer says why the mail was sent and how to check that it is genuine.
func (w writer) footer(row Row, to string) []string {
	lines := []string{w.p.T("mail.footer.to", "To", isolate(to, w.p.Dir()), "Organisation", w.organisation())}
	for _, link := range w.d.links() {
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
