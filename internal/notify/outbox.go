// Package notify tells people by mail and push what happened to their accounts, and sends the codes
// they ask for, by mail or text message. A use adds a row in the transaction of the change;
// workers deliver it after the commit. So no page waits for a mail server, and no mail
// reports a change that was rolled back.
//
//	act ── change, Outbox.Enqueue, events ── one transaction
//	                                                    │ commit, Wake
//	Worker: lease a row ► open and render ► Sender ► settle
//	        (transaction)  (nothing held)            (transaction)
//
// A row is delivered at least once, and normally exactly once: two workers never hold the
// same row. A second copy is sent only when a worker stops between sending and settling.
// Both copies have the same Message-ID, so that mail systems show one.
//
// The content of a mail is sealed while it waits, because its links give access to
// accounts, and erased once it is sent. The recipient is sealed too, so that nobody can
// redirect a reset link by changing the database.
package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Channels of delivery.
const (
	ChannelEmail = "email"
	ChannelSMS   = "sms"
	ChannelPush  = "push"
)

// Channels lists all channels.
var Channels = []string{ChannelEmail, ChannelSMS, ChannelPush}

// Outbox accepts mails, text messages and push messages. It is safe for concurrent use.
type Outbox struct {
	keys    *seal.Keys
	now     func() time.Time
	wake    map[string]chan struct{} // one for each channel, so that no worker takes another's signal
	noTexts bool
	pushKey string // that browsers subscribe with; "" for no push
}

// NewOutbox returns an outbox that seals with keys. now returns the server's time.
func NewOutbox(keys *seal.Keys, now func() time.Time) *Outbox {
	o := &Outbox{keys: keys, now: now, wake: map[string]chan struct{}{}}
	for _, c := range Channels {
		o.wake[c] = make(chan struct{}, 1)
	}
	return o
}

// content is the sealed payload of a mail's row.
type content struct {
	To   string `json:"to"`
	Kind Kind   `json:"kind"`
	Lang string `json:"lang,omitempty"`
	Zone string `json:"zone,omitempty"`
	Data Data   `json:"data"`

	brand brand // of the organisation, as it is when the mail is sent
}

func payloadPlace(tenantID, id string) seal.Place {
	return seal.Place{Column: "outbox.payload", TenantID: tenantID, ID: id}
}

// Enqueue adds a mail to the caller's transaction. It is fast, because the text is written
// at delivery. On an error the mail cannot be sent, and the caller should roll back.
func (o *Outbox) Enqueue(ctx context.Context, tx *store.Tx, m Mail) error {
	m, row, err := m.check()
	if err != nil {
		return err
	}
	return o.add(ctx, tx, store.OutboxRow{
		TenantID: m.TenantID, Channel: ChannelEmail, Kind: string(m.Kind), UserID: m.UserID, Recipient: m.To, Bulk: row.Bulk,
	}, content{To: m.To, Kind: m.Kind, Lang: m.Lang, Zone: m.Zone, Data: m.Data})
}

// add seals the content of a row and stores the row, due now.
func (o *Outbox) add(ctx context.Context, tx *store.Tx, r store.OutboxRow, says any) error {
	text, err := json.Marshal(says)
	if err != nil {
		return fmt.Errorf("notify: %s of kind %q: %w", r.Channel, r.Kind, err)
	}
	now := o.now()
	r.ID, r.NextAttemptAt, r.CreatedAt = token.NewID(), now, now
	if r.Payload, err = o.keys.Seal(payloadPlace(r.TenantID, r.ID), text); err != nil {
		return fmt.Errorf("notify: %s of kind %q: %w", r.Channel, r.Kind, err)
	}
	if err := tx.AddOutboxRow(ctx, r); err != nil {
		return fmt.Errorf("notify: %s of kind %q: %w", r.Channel, r.Kind, err)
	}
	tx.AfterCommit(func() { o.Wake(r.Channel) })
	return nil
}

// Wake makes a worker of this process look for rows of a channel at once. It never blocks;
// workers of other nodes look every few seconds.
func (o *Outbox) Wake(channel string) {
	select {
	case o.wake[channel] <- struct{}{}:
	default: // a signal is waiting already
	}
}

// open decrypts the payload of a row into says.
func (o *Outbox) open(r store.OutboxRow, says any) error {
	text, err := o.keys.Open(payloadPlace(r.TenantID, r.ID), r.Payload)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, says); err != nil {
		return fmt.Errorf("read a row of kind %q: %w", r.Kind, err)
	}
	return nil
}
