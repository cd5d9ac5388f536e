package admin

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/webhook"
)

// webhookView is the page of one webhook.
type webhookView struct {
	Crumb      kit.Anchor
	Name       string
	Facts      []string
	Made       kit.Moment
	Status     kit.Pill
	Test       *kit.Anchor // nil for who may not; the same for the next ones
	Acts       []kit.Anchor
	Remove     *kit.ConfirmView
	Notice     *kit.Notice
	Details    []webhookFact
	Sent       *sentView // one delivery, where it was asked for
	Rows       []deliveryRow
	ResendPath string
	Empty      kit.EmptyView
	Pages      kit.PagesView
}

// webhookFact is something about a webhook.
type webhookFact struct{ Label, Value string }

// deliveryRow is one try.
type deliveryRow struct {
	Number, Kind, Type string
	Status             kit.Pill
	What               string // became of it
	Cause              string // "" for the order of the log
	At                 kit.Moment
	Took               string
	Place              string      // position in the log, "" for a test
	Show               *kit.Anchor // nil for who may not read the log
	Event              string      // to be sent again; "" for who may not, and for a test
}

// sentView is what was sent and answered.
type sentView struct {
	Title         string
	Headers, Body string // "" for the body of an event that is not there any more
	Answer, Said  string
}

// webhookFacts is what the page of a webhook is made of.
type webhookFacts struct {
	webhook.Webhook
	size  int64
	list  kit.List
	found list.Page[webhook.Delivery]
	sent  *webhook.Delivery // nil for none
	asked webhook.Request
}

// deliveriesShown is how many tries one page shows.
const deliveriesShown = 25

// webhookShow shows a webhook with what was sent to it.
func (p *Pages) webhookShow(v *kit.Visit) (err error) {
	ctx, actor := v.R.Context(), p.Actor(v)
	var f webhookFacts
	if f.Webhook, err = p.Webhooks.Get(ctx, actor, v.R.PathValue("id")); err != nil {
		return err
	}
	if f.size, err = p.Webhooks.Size(ctx, actor); err != nil {
		return err
	}
	f.list = kit.Listed(v.R, webhookPath(f.ID), list.WebhookDeliveries, deliveriesShown)
	if f.found, err = p.Webhooks.Deliveries(ctx, actor, f.ID, f.list.Query); err != nil {
		return err
	}
	if number, err := strconv.ParseInt(v.R.URL.Query().Get("sent"), 10, 64); err == nil {
		d, asked, err := p.Webhooks.Delivery(ctx, actor, f.ID, number)
		if err != nil {
			return err
		}
		f.sent, f.asked = &d, asked
	}
	return p.Show(v, http.StatusOK, "webhook_show", f.Name, viewWebhook(v.Speaker, actor, f))
}

func viewWebhook(s kit.Speaker, reader sallyport.Actor, f webhookFacts) *webhookView {
	v := &webhookView{
		Crumb: kit.Anchor{Text: s.T("webhooks.heading"), Path: webhooksPath}, Name: f.Name, Facts: []string{webhookWhere(f.Webhook)}, Made: s.Moment("webhooks.added", f.CreatedAt),
		Status: webhookStatus(s, f.Webhook), Details: webhookDetails(s, f), Notice: webhookNotice(s, f.Webhook),
		Empty: kit.EmptyView{Icon: "history", Title: s.T("webhooks.noneTitle"), Text: s.T("webhooks.noneText")}, Pages: f.list.Pages(f.found.Next),
		ResendPath: webhookPath(f.ID, "resend"),
	}
	if manages(reader) {
		v.Acts = []kit.Anchor{
			{Text: s.T("webhooks.change"), Path: webhookPath(f.ID, "change")}, {Text: s.T("webhooks.rotate"), Path: webhookPath(f.ID, "rotate")},
			{Text: s.T("webhooks.replay"), Path: webhookPath(f.ID, "replay")},
		}
	}
	if has(reader, access.WebhooksManage) {
		v.Test, v.Remove = &kit.Anchor{Text: s.T("webhooks.test"), Path: webhookPath(f.ID, "test")}, askRemoveWebhook(s, f.Webhook)
	}
	for _, d := range f.found.Rows {
		v.Rows = append(v.Rows, viewDelivery(s, reader, f, d))
	}
	if f.sent != nil {
		v.Sent = viewSentEvent(s, f)
	}
	return v
}

// webhookNotice says what is wrong with a webhook; nil for nothing.
func webhookNotice(s kit.Speaker, w webhook.Webhook) *kit.Notice {
	switch {
	case !w.OffAt.IsZero():
		return &kit.Notice{Tone: "danger", Icon: "ban", Title: s.T("webhooks.offTitle"), Text: s.T("webhooks.offText")}
	case w.Failed > 0:
		return &kit.Notice{Tone: "warning", Icon: "alert-triangle", Title: webhookOutcome(s, w.Host, w.Last), Text: s.T("webhooks.again", "Time", s.Exact(w.DueAt, s.Zone))}
	}
	return nil
}

func webhookDetails(s kit.Speaker, f webhookFacts) []webhookFact {
	facts := []webhookFact{
		{Label: s.T("webhooks.hears"), Value: webhookKinds(s, f.Kinds)},
		{Label: s.T("webhooks.next"), Value: s.T("webhooks.nextOf", "Position", strconv.FormatInt(f.Position, 10), "Size", strconv.FormatInt(f.size, 10))},
	}
	if !f.TakenAt.IsZero() {
		facts = append(facts, webhookFact{Label: s.T("webhooks.lastTaken"), Value: s.Exact(f.TakenAt, s.Zone)})
	}
	if !f.FormerUntil.IsZero() {
		facts = append(facts, webhookFact{Label: s.T("webhooks.secret"), Value: s.T("webhooks.former", "Time", s.Exact(f.FormerUntil, s.Zone))})
	}
	return facts
}

func viewDelivery(s kit.Speaker, reader sallyport.Actor, f webhookFacts, d webhook.Delivery) deliveryRow {
	number := strconv.FormatInt(d.Number, 10)
	row := deliveryRow{
		Number: number, Type: d.Kind, Kind: s.T("webhooks.testKind"), At: s.Moment("time.plain", d.TriedAt), Took: s.T("webhooks.took", "Ms", s.Number(int(d.Took/time.Millisecond))),
		Status: kit.Pill{Tone: "good", Icon: "circle-check", Text: s.T("webhooks.takenPill")},
	}
	if !d.Taken() {
		row.Status, row.What = kit.Pill{Tone: "warn", Icon: "alert-triangle", Text: s.T("webhooks.notTaken")}, webhookOutcome(s, f.Host, d.Answer)
	}
	if d.Status != 0 {
		row.Status.Text = s.T("webhooks.withStatus", "Text", row.Status.Text, "Status", strconv.Itoa(d.Status))
	}
	if d.Cause != webhook.ForTest {
		row.Kind, row.Place = s.KindNames([]string{d.Kind})[0], s.T("webhooks.at", "Position", strconv.FormatInt(d.Position, 10))
	}
	if d.Cause == webhook.Resent {
		row.Cause = s.T("webhooks.resent")
	}
	if webhook.Reads(reader) != nil {
		return row
	}
	row.Show = &kit.Anchor{Text: s.T("webhooks.show"), Path: kit.WithQuery(webhookPath(f.ID), url.Values{"sent": {number}}) + "#sent"}
	if d.Cause != webhook.ForTest && has(reader, access.WebhooksManage) {
		row.Event = d.EventID
	}
	return row
}

func viewSentEvent(s kit.Speaker, f webhookFacts) *sentView {
	d := f.sent
	v := &sentView{Title: s.T("webhooks.sentTitle", "Number", strconv.FormatInt(d.Number, 10)), Said: d.Said, Answer: webhookOutcome(s, f.Host, d.Answer)}
	var names []string
	for name := range f.asked.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		v.Headers += strings.ToLower(name) + ": " + f.asked.Header.Get(name) + "\n"
	}
	var indented bytes.Buffer
	if json.Indent(&indented, []byte(f.asked.Body), "", "  ") == nil {
		v.Body = indented.String()
	}
	return v
}

// webhookTest sends a test at once, and shows what became of it.
func (p *Pages) webhookTest(v *kit.Visit) error {
	id := v.R.PathValue("id")
	answer, err := p.Webhooks.Test(v.R.Context(), p.Actor(v), id)
	return p.webhookAnswered(v, id, answer, err)
}

// webhookResend sends an event again at once, and shows what became of it.
func (p *Pages) webhookResend(v *kit.Visit) error {
	id := v.R.PathValue("id")
	answer, err := p.Webhooks.Resend(v.R.Context(), p.Actor(v), id, v.Value("event"))
	return p.webhookAnswered(v, id, answer, err)
}

func (p *Pages) webhookAnswered(v *kit.Visit, id string, a webhook.Answer, err error) error {
	if err != nil {
		return err
	}
	said := "flash.admin.webhookNotTaken"
	if a.Taken() {
		said = "flash.admin.webhookTaken"
	}
	return done(v, webhookPath(id), said, 0)
}
