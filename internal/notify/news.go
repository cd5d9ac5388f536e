package notify

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/store"
)

// News is what a mail tells, for the channels beside it: all render the same kind from the same facts.
type News struct {
	TenantID, UserID string
	Kind             Kind
	Lang             string // as of a mail
	Zone             string
	Data             Data
}

// Entry is what the bell says: the title of the mail of its kind, and its facts.
type Entry struct {
	Title string
	About []Fact // what it is about
	From  []Fact // when it happened, and then from where, as far as the reader may know
	Topic Topic
}

// entry says it in a language, with times in a zone. A kind that this version does not know has no title.
func entry(p *message.Printer, zone *time.Location, kind Kind, d Data) Entry {
	row, ok := known[kind]
	if !ok {
		return Entry{}
	}
	w := writer{p: p, zone: zone, d: d}
	return Entry{Title: w.say(row.Words().Title), About: w.about(), From: w.from(row), Topic: row.Topic}
}

// Browser is one that somebody lets be told by push.
type Browser struct {
	SubscriptionID string
	Page           string // path of what a click opens
	Open           bool   // its owner wants the facts, on a lock screen too
}

// PushNews tells a browser. Its title names nobody, because a lock screen shows it to anybody.
func (o *Outbox) PushNews(ctx context.Context, tx *store.Tx, n News, to Browser) error {
	title, body := n.push(to.Open)
	return o.EnqueuePush(ctx, tx, Push{
		TenantID: n.TenantID, UserID: n.UserID, SubscriptionID: to.SubscriptionID, Kind: n.Kind, Lang: message.For(n.Lang).Lang(),
		Title: title, Body: body, Path: to.Page, Tag: string(n.Kind),
	})
}

// push returns the words of a push message.
func (n News) push(open bool) (title, body string) {
	p := message.For(n.Lang)
	w := writer{p: p, zone: n.zone(), d: n.Data}
	title, body = n.entry().Title, p.T("push.look")
	if where := w.where(known[n.Kind]); open && where != "" {
		body = where
	}
	return title, body
}

func (n News) entry() Entry { return entry(message.For(n.Lang), n.zone(), n.Kind, n.Data) }

func (n News) zone() *time.Location {
	zone, err := time.LoadLocation(n.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// Telephone is where text messages go.
type Telephone struct {
	Number string // E.164, proven by its owner
	Page   string // address of the page where something can be done
	// May is asked before a message is added, and not for what one that waits will tell too.
	May func() (bool, error)
}

// TextNews tells a telephone: what happened, and the address where something can be done about it. It
// holds no fact that tells who somebody is, and no link that does something.
func (o *Outbox) TextNews(ctx context.Context, tx *store.Tx, n News, to Telephone) error {
	if o.noTexts {
		return ErrNoTexts
	}
	row := known[n.Kind]
	t := Text{TenantID: n.TenantID, UserID: n.UserID, To: to.Number, Kind: n.Kind, Lang: n.Lang}
	if err := t.checkNews(row, n.Data.Organisation, to.Page); err != nil {
		return err
	}
	r := store.OutboxRow{TenantID: t.TenantID, Channel: ChannelSMS, Kind: string(t.Kind), UserID: t.UserID, Recipient: masked(t.To), Bulk: true}
	return o.calmly(ctx, tx, telling{row: row, to: r, says: o.counted(func(times int) any {
		return textContent{To: t.To, Kind: t.Kind, Text: t.writeNews(n, to.Page, times), Times: times}
	}), may: to.May})
}

// checkNews refuses a text that its kind does not allow, or that could be misread.
func (t Text) checkNews(row Row, organisation, address string) error {
	topic, known := TopicOf(row.Topic)
	switch {
	case !known || topic.Text == "":
		return t.wrong("is told by other ways only")
	case t.TenantID == "" || oneLine(organisation, longestName) == "":
		return t.wrong("needs the name of the organisation")
	case !e164.MatchString(t.To):
		return t.wrong("needs one number, + and digits")
	case !openable(address):
		return t.wrong("needs the address of a page")
	}
	return nil
}

func (t Text) writeNews(n News, address string, times int) string {
	const here = "\x00" // no name has it
	p := message.For(t.Lang)
	title := n.entry().Title
	if times > 1 {
		title = p.N("text.times", times, "Title", title)
	}
	says := p.T("text.news", "Organisation", here, "Title", title, "Address", address)
	return fit(oneLine(n.Data.Organisation, 4*longestName), func(name string) string { return strings.Replace(says, here, name, 1) })
}

// EntryOf says what a notice of the bell says.
func EntryOf(p *message.Printer, zone *time.Location, n sallyport.Notice) Entry {
	return entry(p, zone, Kind(n.Kind), factsOf(n.Facts))
}

// FactsOf writes the facts of a mail for the bell: without its links, since the bell leads to pages, which
// ask for a session.
func FactsOf(d Data) (string, error) {
	d.Link, d.NotMe, d.Mine, d.Page, d.Code = "", "", "", "", ""
	text, err := json.Marshal(d)
	return string(text), err
}

// factsOf reads them. What cannot be read has none: the title alone tells what happened.
func factsOf(text string) (d Data) {
	if json.Unmarshal([]byte(text), &d) != nil {
		return Data{}
	}
	return d
}
