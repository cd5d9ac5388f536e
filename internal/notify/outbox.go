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
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Channels of delivery.
const (
	ChannelEmail = "email"
	ChannelSMS   = "sms"
	ChannelPush  = "push"
	ChannelAlert = "alert"
)

// Channels lists all channels.
var Channels = []string{ChannelEmail, ChannelSMS, ChannelPush, ChannelAlert}

// Outbox accepts mails, text messages, push messages and alerts. It is safe for concurrent use.
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

	Times int `json:"times,omitempty"` // how often it happened, where one mail tells of several; the facts are of the last

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
	r := store.OutboxRow{TenantID: m.TenantID, Channel: ChannelEmail, Kind: string(m.Kind), UserID: m.UserID, Recipient: m.To, Bulk: row.Bulk}
	c := content{To: m.To, Kind: m.Kind, Lang: m.Lang, Zone: m.Zone, Data: m.Data}
	if row.Topic == NoTopic || m.UserID == "" {
		return o.add(ctx, tx, r, c)
	}
	return o.calmly(ctx, tx, telling{row: row, to: r, says: o.counted(func(times int) any {
		c.Times = times
		return c
	})})
}

// StormWindow is how long messages of a kind to somebody count as one storm.
const StormWindow = 10 * time.Minute

// telling is a message that may be one of many.
type telling struct {
	row Row
	to  store.OutboxRow
	// says returns its content: alone, or together with the message that waits.
	says func(held *store.OutboxRow) (any, error)
	may  func() (bool, error) // asked before a message is added; nil for yes
}

// counted is the content of what differs by the number of times alone, which is its field "times".
func (o *Outbox) counted(says func(times int) any) func(*store.OutboxRow) (any, error) {
	return func(held *store.OutboxRow) (any, error) {
		if held == nil {
			return says(1), nil
		}
		var before struct {
			Times int `json:"times"`
		}
		err := o.open(*held, &before)
		return says(max(1, before.Times) + 1), err
	}
}

// calmly adds a message, or lets one that waits tell of this too: after [Row.AtOnce] of a kind to a
// recipient those that follow are one message at the end of the window, with the facts of the last.
func (o *Outbox) calmly(ctx context.Context, tx *store.Tx, t telling) error {
	n, held, err := tx.RecentMessages(ctx, t.to, o.now().Add(-StormWindow), t.row.atOnce()+1)
	if err == nil && held.ID != "" {
		var joined bool
		if joined, err = o.join(ctx, tx, held, t); joined {
			return nil
		}
	}
	if err != nil {
		return err
	}
	if t.may != nil {
		if yes, err := t.may(); !yes || err != nil {
			return err
		}
	}
	if n >= t.row.atOnce() {
		t.to.Held, t.to.NextAttemptAt = true, o.now().Add(StormWindow)
	}
	says, err := t.says(nil)
	if err != nil {
		return err
	}
	return o.add(ctx, tx, t.to, says)
}

// join lets a message that waits tell of one time more, and reports false when it is being sent.
func (o *Outbox) join(ctx context.Context, tx *store.Tx, held store.OutboxRow, t telling) (bool, error) {
	says, err := t.says(&held)
	if err != nil {
		return false, err
	}
	text, err := json.Marshal(says)
	if err != nil {
		return false, err
	}
	if held.Payload, err = o.keys.Seal(payloadPlace(held.TenantID, held.ID), text); err != nil {
		return false, err
	}
	err = tx.ReplaceHeld(ctx, held, o.now())
	if errors.Is(err, sallyport.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// add seals the content of a row and stores the row, due now unless it says when.
func (o *Outbox) add(ctx context.Context, tx *store.Tx, r store.OutboxRow, says any) error {
	text, err := json.Marshal(says)
	if err != nil {
		return fmt.Errorf("notify: %s of kind %q: %w", r.Channel, r.Kind, err)
	}
	now := o.now()
	r.ID, r.CreatedAt = token.NewID(), now
	if r.NextAttemptAt.IsZero() {
		r.NextAttemptAt = now
	}
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
