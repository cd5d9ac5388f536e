package notify

import (
	"context"
	"net/mail"
	"time"

	"github.com/sallyport/sallyport/internal/store"
)

// channel is one way to deliver rows. A worker only needs to know how to read its rows.
type channel interface {
	name() string
	// prepare returns the function that sends a row. Neither it nor that function is called
	// in a transaction or with a lock held.
	prepare(ctx context.Context, o *Outbox, r store.OutboxRow, now time.Time) (func(context.Context) error, error)
}

// mails is the channel of mails.
type mails struct {
	db     *store.Store
	sender Sender
	from   mail.Address
}

func (mails) name() string { return ChannelEmail }

func (c mails) prepare(ctx context.Context, o *Outbox, r store.OutboxRow, now time.Time) (func(context.Context) error, error) {
	var says content
	if err := o.open(r, &says); err != nil {
		return nil, err
	}
	if err := ended(says.Data.CodeUntil, now); err != nil {
		return nil, err
	}
	var err error
	if says.brand, err = brandOf(ctx, c.db, r.TenantID); err != nil {
		return nil, err
	}
	m, err := compose(r, says, c.from, now)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return c.sender.Send(ctx, m) }, nil
}

// texts is the channel of text messages.
type texts struct{ sender TextSender }

func (texts) name() string { return ChannelSMS }

func (c texts) prepare(_ context.Context, o *Outbox, r store.OutboxRow, now time.Time) (func(context.Context) error, error) {
	var says textContent
	if err := o.open(r, &says); err != nil {
		return nil, err
	}
	if err := ended(says.CodeUntil, now); err != nil {
		return nil, err
	}
	t := SentText{ID: r.ID, TenantID: r.TenantID, Kind: says.Kind, To: says.To, Text: says.Text, Code: says.Code, Created: r.CreatedAt}
	return func(ctx context.Context) error { return c.sender.Send(ctx, t) }, nil
}

// ended refuses a code that has expired: the person has asked again or given up, and a late
// code only confuses. A zero time never ends.
func ended(until, now time.Time) error {
	if until.IsZero() || now.Before(until) {
		return nil
	}
	return &Failure{Permanent: true, Why: "the code had ended before it could be sent"}
}
