package webhook

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/store"
)

// Why something was sent.
const (
	FromLog = "log"
	Resent  = "resend"
	ForTest = "test"
)

// Delivery is one try to tell a webhook of an event.
type Delivery struct {
	Number   int64  // of the webhook, from 1
	EventID  string // that of the message where it is a test
	Kind     string
	Position int64  // in the log; -1 for a test
	Cause    string // FromLog, Resent or ForTest
	TriedAt  time.Time
	Answer
}

// Request is what was sent, but for its signatures, which need a secret.
type Request struct {
	Header http.Header
	Body   string // "" when the event is not there any more
}

func showDelivery(d store.WebhookDelivery, said bool) Delivery {
	out := Delivery{
		Number: d.Number, EventID: d.EventID, Kind: d.Kind, Position: d.Position, Cause: d.Cause, TriedAt: d.TriedAt,
		Answer: Answer{Outcome: d.Outcome, Status: d.Status, Took: d.Took},
	}
	if said {
		out.Said = d.Said
	}
	return out
}

// Deliveries returns a page of the tries of a webhook, the newest first. It needs webhooks.view; what was
// answered, which can repeat the event, is for those who may read the log.
func (s *Service) Deliveries(ctx context.Context, actor sallyport.Actor, id string, q list.Query) (out list.Page[Delivery], err error) {
	if _, err := s.Get(ctx, actor, id); err != nil {
		return out, err
	}
	found, err := s.Acts.ListWebhookDeliveries(ctx, actor.TenantID, id, q)
	if err != nil {
		return out, err
	}
	out.Next, out.Searched = found.Next, found.Searched
	for _, d := range found.Rows {
		out.Rows = append(out.Rows, showDelivery(d, Reads(actor) == nil))
	}
	return out, nil
}

// Delivery returns one try with what was sent. It needs webhooks.view and audit.view.
func (s *Service) Delivery(ctx context.Context, actor sallyport.Actor, id string, number int64) (Delivery, Request, error) {
	if err := Reads(actor); err != nil {
		return Delivery{}, Request{}, err
	}
	if err := NeedView.ToLook(actor); err != nil {
		return Delivery{}, Request{}, err
	}
	d, err := s.Acts.WebhookDelivery(ctx, actor.TenantID, id, number)
	if err != nil {
		return Delivery{}, Request{}, err
	}
	m, err := s.sent(ctx, d)
	if err != nil {
		return Delivery{}, Request{}, err
	}
	r := Request{Header: http.Header{}, Body: string(m.body)}
	setHeaders(r.Header, message{id: d.EventID}, d.TriedAt, nil)
	r.Header.Del("Webhook-Signature")
	return showDelivery(d, true), r, nil
}

// sent returns what a try sent, made anew of the event, which the log alone keeps.
func (s *Service) sent(ctx context.Context, d store.WebhookDelivery) (message, error) {
	if d.Cause == ForTest {
		return testMessage(d.TenantID, d.WebhookID, d.EventID, d.TriedAt)
	}
	p, err := audit.PassedAt(ctx, s.Acts.Queries, d.TenantID, d.Position)
	if err != nil || p == nil {
		return message{}, err
	}
	return messageOf(*p)
}

// Test sends a test to a webhook at once, also to one that is switched off, and says what became of it, within
// [Timeout]. It needs webhooks.manage.
func (s *Service) Test(ctx context.Context, actor sallyport.Actor, id string) (Answer, error) {
	if err := s.Acts.May(ctx, actor, act.Tenant, NeedSend); err != nil {
		return Answer{}, err
	}
	w, err := s.Acts.Webhook(ctx, actor.TenantID, id)
	if err != nil {
		return Answer{}, err
	}
	now := s.Acts.Now()
	m, err := testMessage(w.TenantID, w.ID, newID(), now)
	if err != nil {
		return Answer{}, err
	}
	return s.sendNow(ctx, w, m, store.WebhookDelivery{Position: -1, Cause: ForTest, TriedAt: now})
}

// Resend sends an event of the log to a webhook again, at once, whatever the webhook is at and wants to hear
// of, and says what became of it, within [Timeout]. It needs webhooks.manage and audit.view. ErrNotFound for
// an event that is not there, or has no place in the log yet.
func (s *Service) Resend(ctx context.Context, actor sallyport.Actor, id, eventID string) (Answer, error) {
	var w store.Webhook
	var m message
	d := store.WebhookDelivery{Cause: Resent}
	err := s.Acts.Run(ctx, actor, act.Tenant, NeedSend, func(a *act.Act) (err error) {
		if err := Reads(a.Actor); err != nil {
			return err
		}
		if w, err = a.Webhook(ctx, actor.TenantID, id); err != nil {
			return err
		}
		p, err := audit.PassedOf(ctx, a.Queries, actor.TenantID, eventID)
		if err != nil {
			return err
		}
		d.Position, d.TriedAt = p.Position, a.Now
		a.Note(audit.WebhookResent, act.About{Target: w.ID}, "host", w.Host, "event", p.ID, "name", w.Name)
		m, err = messageOf(p)
		return err
	})
	if err != nil {
		return Answer{}, err
	}
	return s.sendNow(ctx, w, m, d)
}

// sendNow sends a message past the order of the log, and records what became of it.
func (s *Service) sendNow(ctx context.Context, w store.Webhook, m message, d store.WebhookDelivery) (Answer, error) {
	to, err := s.open(w)
	if err != nil {
		return Answer{}, err
	}
	a := s.post(ctx, to, m, d.TriedAt)
	row := tried(w, m, a)
	row.Position, row.Cause, row.TriedAt = d.Position, d.Cause, d.TriedAt
	ctx = context.WithoutCancel(ctx)
	err = s.Acts.Keep(ctx, func(tx *store.Tx) error { return tx.AddWebhookDelivery(ctx, row, MaxDeliveries) })
	return a, gone(err)
}
