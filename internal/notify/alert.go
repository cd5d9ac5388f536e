package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
)

// alertTTL is how long a message is of use: a chat need not hear of yesterday.
const alertTTL = 12 * time.Hour

func addressPlace(tenantID, id string) seal.Place {
	return seal.Place{Column: "alert_channels.address", TenantID: tenantID, ID: id}
}

// SealAddress seals the address of a channel, for its row.
func SealAddress(keys *seal.Keys, tenantID, id, address string) ([]byte, error) {
	return keys.Seal(addressPlace(tenantID, id), []byte(address))
}

// OpenAddress returns the address of a channel.
func OpenAddress(keys *seal.Keys, c store.AlertChannel) (string, error) {
	text, err := keys.Open(addressPlace(c.TenantID, c.ID), c.Address)
	return string(text), err
}

// EnqueueAlert adds a message to a channel to the caller's transaction, in which the channels of the
// tenant are locked. It is fast: the text is written at delivery, so no name waits here.
func (o *Outbox) EnqueueAlert(ctx context.Context, tx *store.Tx, c store.AlertChannel, n AlertNews) error {
	r := store.OutboxRow{TenantID: c.TenantID, Channel: ChannelAlert, Kind: n.Kind, UserID: c.ID, Recipient: c.Host}
	topic := alertKinds[n.Kind].row
	if topic.Storm {
		r.Kind = string(n.Topic)
	}
	return o.calmly(ctx, tx, telling{row: Row{Storm: topic.Storm}, to: r, says: func(held *store.OutboxRow) (any, error) {
		if held == nil {
			return n, nil
		}
		var before AlertNews
		err := o.open(*held, &before)
		both := n
		both.Times += before.Times
		both.Mixed = before.Mixed || before.Kind != n.Kind
		return both, err
	}})
}

// alertMessage is what a chat is told, in words that are final. Names in it are what people chose, and
// each format has to make them harmless in its own way.
type alertMessage struct {
	ID           string // the same at every try
	Kind         string
	Topic        AlertTopic
	Urgent       bool
	Title        string
	Facts        []fact
	Link         string
	Open         string // what the link is called
	At           time.Time
	TenantID     string
	Organisation string
	Count        int
}

// Longest texts of a message, in characters.
const (
	maxAlertTitle = 140 // the header of a message in Slack takes 150
	maxAlertFact  = 200
)

// alertWriter writes messages in the language of an organisation.
type alertWriter struct {
	p      *message.Printer
	tenant sallyport.Tenant
	people map[string]sallyport.User // those who are named
}

// write says what happened.
func (w alertWriter) write(id string, n AlertNews) alertMessage {
	k := alertKinds[n.Kind]
	m := w.base(id)
	m.Kind, m.Topic, m.Urgent, m.At, m.Count, m.Link = n.Kind, n.Topic, k.row.Urgent, n.At, max(1, n.Times), n.Link
	m.Title = w.p.T(k.words())
	if n.Mixed {
		m.Title = w.p.T("alerts.topic." + string(n.Topic))
	}
	if n.Times > 1 { // it tells of several accounts, and the link of each
		m.Title, m.Link = w.p.N("alerts.times", n.Times, "Title", m.Title), n.All
		m.Facts = []fact{{w.p.T("alerts.last"), w.p.Exact(n.At, time.UTC)}}
	} else {
		m.Facts = w.about(n)
	}
	m.Title, m.Facts = oneLine(m.Title, maxAlertTitle), append(m.Facts, fact{w.p.T("alerts.organisation"), m.Organisation})
	for i, f := range m.Facts {
		m.Facts[i].Value = oneLine(f.Value, maxAlertFact)
	}
	return m
}

// about says whom one event is about, who did it, and when.
func (w alertWriter) about(n AlertNews) (facts []fact) {
	if n.UserID != "" {
		facts = append(facts, fact{w.p.T("alerts.account"), w.named(n.UserID, "alerts.somebody")})
	}
	return append(facts, fact{w.p.T("alerts.by"), w.by(n)}, fact{w.p.T("mail.fact.when"), w.p.Exact(n.At, time.UTC)})
}

// test says that a channel works.
func (w alertWriter) test(id, page string, now time.Time) alertMessage {
	m := w.base(id)
	m.Kind, m.At, m.Count, m.Link, m.Title = "test", now, 1, page, w.p.T("alerts.testTitle")
	m.Facts = []fact{{w.p.T("mail.fact.when"), w.p.Exact(now, time.UTC)}, {w.p.T("alerts.organisation"), m.Organisation}}
	return m
}

func (w alertWriter) base(id string) alertMessage {
	return alertMessage{ID: id, TenantID: w.tenant.ID, Organisation: plain(w.tenant.Name), Open: w.p.T("alerts.open")}
}

// named returns what somebody is called, or other words where messages name nobody or they are gone.
func (w alertWriter) named(userID, otherwise string) string {
	u, ok := w.people[userID]
	if !ok {
		return w.p.T(otherwise)
	}
	name, address := personal(u.FirstName+" "+u.LastName), plain(u.Email)
	switch {
	case name == "" && address == "":
		return w.p.T(otherwise)
	case name == "" || address == "":
		return name + address
	}
	return name + " (" + address + ")"
}

// by says who did it.
func (w alertWriter) by(n AlertNews) string {
	switch {
	case n.ActorType != sallyport.ActorUser:
		return w.p.T("alerts.by." + string(n.ActorType))
	case n.ActorID == n.UserID:
		return w.p.T("alerts.by.self")
	}
	return w.named(n.ActorID, "alerts.by.admin")
}

// writerFor reads what messages of an organisation are written with.
func (a *Alerter) writerFor(ctx context.Context, c store.AlertChannel, about ...string) (w alertWriter, err error) {
	if w.tenant, err = a.DB.Tenant(ctx, c.TenantID); err != nil {
		return w, err
	}
	w.p, w.people = message.For(w.tenant.Language), map[string]sallyport.User{}
	if !c.Named {
		return w, nil
	}
	for _, id := range about {
		u, err := a.DB.User(ctx, c.TenantID, id)
		if errors.Is(err, sallyport.ErrNotFound) {
			continue
		}
		if err != nil {
			return w, fmt.Errorf("whom an alert is about: %w", err)
		}
		w.people[id] = u
	}
	return w, nil
}
