// Package notify tells people what happened to their accounts, by mail, and sends
// the codes they ask for, by mail or text message. A use adds a row
// in the transaction of the change that it tells of; workers deliver it
// afterwards, so that no page waits for a mail server and no mail tells of what
// was rolled back.
//
//	act ── change, Outbox.Enqueue, events ── one transaction
//	                                                    │ commit, Wake
//	Worker: lease a row ► open and render ► Sender ► settle
//	        (transaction)  (nothing held)            (transaction)
//
// A row is delivered at least once, and once in the ordinary case: two workers
// never hold the same row, and a worker that dies between sending and settling
// is the only way to a second copy. Both copies then have the same Message-ID,
// by which mail systems show one.
//
// What a mail says is sealed while it waits, since its links open accounts, and
// erased once it is sent. The recipient is sealed too: changing the database
// does not send a reset link elsewhere.
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

// Ways in which rows leave.
const (
	ChannelEmail = "email"
	ChannelSMS   = "sms"
)

// Channels are all of them.
var Channels = []string{ChannelEmail, ChannelSMS}

// Outbox takes what is to be told. It is safe for concurrent use.
type Outbox struct {
	keys    *seal.Keys
	now     func() time.Time
	wake    map[string]chan struct{} // by channel, so that no worker takes another's
	noTexts bool
}

// NewOutbox returns an outbox that seals with keys. now is the server's clock.
func NewOutbox(keys *seal.Keys, now func() time.Time) *Outbox {
	o := &Outbox{keys: keys, now: now, wake: map[string]chan struct{}{}}
	for _, c := range Channels {
		o.wake[c] = make(chan struct{}, 1)
	}
	return o
}

// content is what the payload of a row seals.
type content struct {
	To   string `json:"to"`
	Kind Kind   `json:"kind"`
	Lang string `json:"lang,omitempty"`
	Zone string `json:"zone,omitempty"`
	Data Data   `json:"data"`
}

func payloadPlace(tenantID, id string) seal.Place {
	return seal.Place{Column: "outbox.payload", TenantID: tenantID, ID: id}
}

// Enqueue adds a mail to the caller's transaction. It is cheap: the mail is
// written when it is delivered. An error means that the mail cannot be sent as
// it is, and the change should not go ahead untold.
func (o *Outbox) Enqueue(ctx context.Context, tx *store.Tx, m Mail) error {
	m, row, err := m.check()
	if err != nil {
		return err
	}
	return o.add(ctx, tx, store.OutboxRow{
		TenantID: m.TenantID, Channel: ChannelEmail, Kind: string(m.Kind), UserID: m.UserID, Recipient: m.To, Bulk: row.Bulk,
	}, content{To: m.To, Kind: m.Kind, Lang: m.Lang, Zone: m.Zone, Data: m.Data})
}

// add seals what a row says and stores it, due now.
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

// Wake lets a worker of this process look for rows of a channel at once. It
// never blocks; the workers of other nodes look every few seconds.
func (o *Outbox) Wake(channel string) {
	select {
	case o.wake[channel] <- struct{}{}:
	default: // one is on its way
	}
}

// open reads what a row seals into says.
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
