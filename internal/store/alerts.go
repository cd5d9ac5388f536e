package store

import (
	"context"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/email"
)

// AlertChannel is a chat or a tool that is told what happens in an organisation. Address is sealed by
// package notify.
type AlertChannel struct {
	TenantID, ID string
	Name         string // no other of the organisation has it
	Format       string
	Address      []byte
	Host         string // of the address
	Hint         string // the end of the address
	Topics       []string
	Named        bool // messages name people
	CreatedAt    time.Time
	CreatedBy    string    // user id; "" for the operator
	OffAt        time.Time // when it was switched off, because nothing was taken there; zero for never
	AlertState
}

// AlertState is what became of the messages to a channel.
type AlertState struct {
	TakenAt      time.Time // when one was last taken; zero for never
	TriedAt      time.Time // when one was last sent; zero for never
	Outcome      string    // of that one
	Status       int       // the answer, as a status of HTTP; 0 for none
	Said         string    // the beginning of the answer, where it was no
	Failed       int       // how many were not taken since TakenAt
	FailingSince time.Time // when the first of them was sent; zero for none
}

const alertColumns = `tenant_id, id, name, format, address, host, hint, topics, named, created_at, created_by, off_at,
	taken_at, tried_at, outcome, status, said, failed, failing_since`

func scanAlertChannel(scan func(...any) error) (c AlertChannel, err error) {
	var topics string
	var created, off, taken, tried, since int64
	err = scan(&c.TenantID, &c.ID, &c.Name, &c.Format, &c.Address, &c.Host, &c.Hint, &topics, &c.Named, &created, &c.CreatedBy, &off,
		&taken, &tried, &c.Outcome, &c.Status, &c.Said, &c.Failed, &since)
	c.Topics = strings.Fields(topics)
	c.CreatedAt, c.OffAt, c.TakenAt, c.TriedAt, c.FailingSince = fromMicros(created), fromMicros(off), fromMicros(taken), fromMicros(tried), fromMicros(since)
	return c, err
}

// AddAlertChannel stores a channel. ErrConflict when the tenant has one of this name.
func (q Queries) AddAlertChannel(ctx context.Context, c AlertChannel) error {
	_, err := q.exec(ctx, "INSERT INTO alert_channels ("+alertColumns+", name_key) VALUES ("+placeholders(1, 20)+")",
		c.TenantID, c.ID, c.Name, c.Format, blob(c.Address), c.Host, c.Hint, strings.Join(c.Topics, " "), c.Named, micros(c.CreatedAt), c.CreatedBy, micros(c.OffAt),
		micros(c.TakenAt), micros(c.TriedAt), c.Outcome, c.Status, c.Said, c.Failed, micros(c.FailingSince), email.Key(c.Name))
	return err
}

// AlertChannel returns one channel of the tenant, or ErrNotFound.
func (q Queries) AlertChannel(ctx context.Context, tenantID, id string) (AlertChannel, error) {
	return get(ctx, q, scanAlertChannel, "SELECT "+alertColumns+" FROM alert_channels WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// AlertChannels returns the channels of the tenant, by name.
func (q Queries) AlertChannels(ctx context.Context, tenantID string) ([]AlertChannel, error) {
	return all(ctx, q, scanAlertChannel, "SELECT "+alertColumns+" FROM alert_channels WHERE tenant_id = $1 ORDER BY name_key", tenantID)
}

// LockAlertChannels returns the channels of the tenant by id, and keeps them as they are until this
// transaction ends: whoever else writes messages to them waits, and so counts these.
func (tx *Tx) LockAlertChannels(ctx context.Context, tenantID string) ([]AlertChannel, error) {
	lock := ""
	if tx.engine == Postgres {
		lock = " FOR UPDATE"
	}
	return all(ctx, tx.Queries, scanAlertChannel, "SELECT "+alertColumns+" FROM alert_channels WHERE tenant_id = $1 ORDER BY id"+lock, tenantID)
}

// ChangeAlertChannel replaces what an admin decides about a channel, switches it on and forgets what became
// of messages until now. ErrNotFound when there is none; ErrConflict when another one has the name.
func (q Queries) ChangeAlertChannel(ctx context.Context, c AlertChannel) error {
	return q.execOne(ctx, `UPDATE alert_channels SET name = $3, name_key = $4, format = $5, address = $6, host = $7, hint = $8, topics = $9, named = $10, off_at = 0,
		taken_at = 0, tried_at = 0, outcome = '', status = 0, said = '', failed = 0, failing_since = 0 WHERE tenant_id = $1 AND id = $2`,
		c.TenantID, c.ID, c.Name, email.Key(c.Name), c.Format, c.Address, c.Host, c.Hint, strings.Join(c.Topics, " "), c.Named)
}

// SwitchAlertChannelOff switches a channel off. ErrNotFound when it is off or gone.
func (q Queries) SwitchAlertChannelOff(ctx context.Context, tenantID, id string, at time.Time) error {
	return q.execOne(ctx, "UPDATE alert_channels SET off_at = $3 WHERE tenant_id = $1 AND id = $2 AND off_at = 0", tenantID, id, micros(at))
}

// DropAlertChannel deletes a channel. ErrNotFound when there is none.
func (q Queries) DropAlertChannel(ctx context.Context, tenantID, id string) error {
	return q.execOne(ctx, "DELETE FROM alert_channels WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// AlertAnswer is what became of a message to a channel.
type AlertAnswer struct {
	TenantID, ID string // of the channel
	Taken        bool
	Outcome      string
	Status       int
	Said         string
	At           time.Time
}

// MarkAlertChannel records what became of a message. No error for a channel that is gone.
func (q Queries) MarkAlertChannel(ctx context.Context, a AlertAnswer) error {
	set := "failed = failed + 1, failing_since = CASE WHEN failing_since = 0 THEN $3 ELSE failing_since END"
	if a.Taken {
		set = "failed = 0, failing_since = 0, taken_at = $3"
	}
	_, err := q.exec(ctx, "UPDATE alert_channels SET tried_at = $3, outcome = $4, status = $5, said = $6, "+set+" WHERE tenant_id = $1 AND id = $2",
		a.TenantID, a.ID, micros(a.At), a.Outcome, a.Status, a.Said)
	return err
}

// ResealAlertChannel replaces a sealed address, unless it changed meanwhile.
func (q Queries) ResealAlertChannel(ctx context.Context, c AlertChannel, old []byte) error {
	_, err := q.exec(ctx, "UPDATE alert_channels SET address = $3 WHERE tenant_id = $1 AND id = $2 AND address = $4", c.TenantID, c.ID, c.Address, old)
	return err
}

// FailingAlertChannels counts, over all organisations, the channels that are on and do not take messages.
func (q Queries) FailingAlertChannels(ctx context.Context) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM alert_channels WHERE failing_since > 0 AND off_at = 0")
}
