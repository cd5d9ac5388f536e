// Package notify tells people what happened to their accounts. A use adds a mail
// in the transaction of the change that it tells of; workers deliver it
// afterwards, so that no page waits for a mail server and no mail tells of what
// was rolled back.
//
//	use ── change, audit.Append, Outbox.Enqueue ── one transaction
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

// channelEmail is the channel of all rows that this file adds.
const channelEmail = "email"

// Outbox takes what is to be told. It is safe for concurrent use.
type Outbox struct {
	keys *seal.Keys
	now  func() time.Time
	wake chan struct{}
}

// NewOutbox returns an outbox that seals with keys. now is the server's clock.
func NewOutbox(keys *seal.Keys, now func() time.Time) *Outbox {
	return &Outbox{keys: keys, now: now, wake: make(chan struct{}, 1)}
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
	text, err := json.Marshal(content{To: m.To, Kind: m.Kind, Lang: m.Lang, Zone: m.Zone, Data: m.Data})
	if err != nil {
		return fmt.Errorf("notify: mail of kind %q: %w", m.Kind, err)
	}
	id, now := token.NewID(), o.now()
	payload, err := o.keys.Seal(payloadPlace(m.TenantID, id), text)
	if err != nil {
		return fmt.Errorf("notify: mail of kind %q: %w", m.Kind, err)
	}
	if err := tx.AddOutboxRow(ctx, store.OutboxRow{
		TenantID: m.TenantID, ID: id, Channel: channelEmail, Kind: string(m.Kind), UserID: m.UserID, Recipient: m.To,
		Payload: payload, Bulk: row.Bulk, NextAttemptAt: now, CreatedAt: now,
	}); err != nil {
		return fmt.Errorf("notify: mail of kind %q: %w", m.Kind, err)
	}
	tx.AfterCommit(o.Wake)
	return nil
}

// Wake lets a worker of this process look for rows at once. It never blocks; the
// workers of other nodes look every few seconds.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default: // one is on its way
	}
}

// open reads what a row seals.
func (o *Outbox) open(r store.OutboxRow) (content, error) {
	text, err := o.keys.Open(payloadPlace(r.TenantID, r.ID), r.Payload)
	if err != nil {
		return content{}, err
	}
	var c content
	if err := json.Unmarshal(text, &c); err != nil {
		return content{}, fmt.Errorf("read a mail of kind %q: %w", r.Kind, err)
	}
	return c, nil
}
