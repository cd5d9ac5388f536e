package store

import (
	"context"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/list"
)

// Webhook is a program of an organisation that is told of its events. Sealed is that of package webhook.
type Webhook struct {
	TenantID, ID string
	Name         string // no other of the organisation has it
	Sealed       []byte
	Host         string // of the address
	Hint         string // the end of the address
	Kinds        []string
	CreatedAt    time.Time
	CreatedBy    string    // user id; "" for the operator
	RotatedAt    time.Time // when the secret was last replaced; zero for never
	FormerUntil  time.Time // until when the secret before signs too; zero for none
	OffAt        time.Time // when it was switched off, because nothing was taken there; zero for never
	WebhookState
}

// WebhookState is how far a webhook is.
type WebhookState struct {
	Position     int64 // in the log, of the event that is next
	DueAt        time.Time
	Steps        int64
	Deliveries   int64 // how many there were
	TriedAt      time.Time
	TakenAt      time.Time // zero for never
	Took         time.Duration
	Outcome      string // of the last try
	Status       int    // 0 for no answer
	Failed       int    // how many tries were not taken since TakenAt
	FailingSince time.Time
}

const webhookColumns = `tenant_id, id, name, sealed, host, hint, kinds, created_at, created_by, rotated_at, former_until, off_at,
	position, due_at, steps, deliveries, tried_at, taken_at, took, outcome, status, failed, failing_since`

func scanWebhook(scan func(...any) error) (w Webhook, err error) {
	var kinds string
	var created, rotated, former, off, due, tried, taken, took, since int64
	err = scan(&w.TenantID, &w.ID, &w.Name, &w.Sealed, &w.Host, &w.Hint, &kinds, &created, &w.CreatedBy, &rotated, &former, &off,
		&w.Position, &due, &w.Steps, &w.Deliveries, &tried, &taken, &took, &w.Outcome, &w.Status, &w.Failed, &since)
	w.Kinds, w.Took = strings.Fields(kinds), time.Duration(took)*time.Microsecond
	w.CreatedAt, w.RotatedAt, w.FormerUntil, w.OffAt = fromMicros(created), fromMicros(rotated), fromMicros(former), fromMicros(off)
	w.DueAt, w.TriedAt, w.TakenAt, w.FailingSince = fromMicros(due), fromMicros(tried), fromMicros(taken), fromMicros(since)
	return w, err
}

// AddWebhook stores a webhook. ErrConflict when the tenant has one of this name.
func (q Queries) AddWebhook(ctx context.Context, w Webhook) error {
	_, err := q.exec(ctx, "INSERT INTO webhooks ("+webhookColumns+", leased_until, name_key) VALUES ("+placeholders(1, 25)+")",
		w.TenantID, w.ID, w.Name, blob(w.Sealed), w.Host, w.Hint, strings.Join(w.Kinds, " "), micros(w.CreatedAt), w.CreatedBy, micros(w.RotatedAt), micros(w.FormerUntil), micros(w.OffAt),
		w.Position, micros(w.DueAt), w.Steps, w.Deliveries, micros(w.TriedAt), micros(w.TakenAt), w.Took.Microseconds(), w.Outcome, w.Status, w.Failed, micros(w.FailingSince),
		0, email.Key(w.Name))
	return err
}

// Webhook returns one webhook of the tenant, or ErrNotFound.
func (q Queries) Webhook(ctx context.Context, tenantID, id string) (Webhook, error) {
	return get(ctx, q, scanWebhook, "SELECT "+webhookColumns+" FROM webhooks WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// Webhooks returns the webhooks of the tenant, by name.
func (q Queries) Webhooks(ctx context.Context, tenantID string) ([]Webhook, error) {
	return all(ctx, q, scanWebhook, "SELECT "+webhookColumns+" FROM webhooks WHERE tenant_id = $1 ORDER BY name_key", tenantID)
}

// LockWebhooks returns the webhooks of the tenant by id, and keeps them as they are until this transaction
// ends.
func (tx *Tx) LockWebhooks(ctx context.Context, tenantID string) ([]Webhook, error) {
	lock := ""
	if tx.engine == Postgres {
		lock = " FOR UPDATE"
	}
	return all(ctx, tx.Queries, scanWebhook, "SELECT "+webhookColumns+" FROM webhooks WHERE tenant_id = $1 ORDER BY id"+lock, tenantID)
}

// ChangeWebhook replaces what an admin decides about a webhook, and its state; whoever is sending ends with
// what is under way. ErrNotFound when there is none; ErrConflict when another one has the name.
func (q Queries) ChangeWebhook(ctx context.Context, w Webhook) error {
	return q.execOne(ctx, `UPDATE webhooks SET name = $3, name_key = $4, sealed = $5, host = $6, hint = $7, kinds = $8, rotated_at = $9, former_until = $10, off_at = $11,
		position = $12, due_at = $13, outcome = $14, status = $15, failed = $16, failing_since = $17, steps = steps + 1, leased_until = 0 WHERE tenant_id = $1 AND id = $2`,
		w.TenantID, w.ID, w.Name, email.Key(w.Name), blob(w.Sealed), w.Host, w.Hint, strings.Join(w.Kinds, " "), micros(w.RotatedAt), micros(w.FormerUntil), micros(w.OffAt),
		w.Position, micros(w.DueAt), w.Outcome, w.Status, w.Failed, micros(w.FailingSince))
}

// SwitchWebhookOff switches a webhook off that is as it was read. ErrNotFound when it is not.
func (q Queries) SwitchWebhookOff(ctx context.Context, w Webhook, at time.Time) error {
	return q.execOne(ctx, "UPDATE webhooks SET off_at = $4, steps = steps + 1, leased_until = 0 WHERE tenant_id = $1 AND id = $2 AND steps = $3 AND off_at = 0", w.TenantID, w.ID, w.Steps, micros(at))
}

// DropWebhook deletes a webhook with its deliveries. ErrNotFound when there is none.
func (q Queries) DropWebhook(ctx context.Context, tenantID, id string) error {
	if _, err := q.exec(ctx, "DELETE FROM webhook_deliveries WHERE tenant_id = $1 AND webhook_id = $2", tenantID, id); err != nil {
		return err
	}
	return q.execOne(ctx, "DELETE FROM webhooks WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// ResealWebhook replaces what is sealed, unless it changed meanwhile.
func (q Queries) ResealWebhook(ctx context.Context, w Webhook, old []byte) error {
	_, err := q.exec(ctx, "UPDATE webhooks SET sealed = $3 WHERE tenant_id = $1 AND id = $2 AND sealed = $4", w.TenantID, w.ID, blob(w.Sealed), blob(old))
	return err
}

// FailingWebhooks counts, over all organisations, the webhooks that are on and do not take events.
func (q Queries) FailingWebhooks(ctx context.Context) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM webhooks WHERE failing_since > 0 AND off_at = 0")
}

// DueWebhooks returns up to limit webhooks, of any tenant, that no node is sending to and before which there
// are events, those first that waited longest since their last try.
func (q Queries) DueWebhooks(ctx context.Context, now time.Time, limit int) ([]Webhook, error) {
	return all(ctx, q, scanWebhook, "SELECT "+webhookColumns+` FROM webhooks WHERE off_at = 0 AND due_at <= $1 AND leased_until <= $1
		AND position < (SELECT size FROM audit_heads WHERE audit_heads.tenant_id = webhooks.tenant_id) ORDER BY tried_at, id LIMIT $2`, micros(now), limit)
}

// LeaseWebhook lets one node alone send to a webhook until a time, if it is as it was read and no other node
// does, and returns it. ErrNotFound when not.
func (q Queries) LeaseWebhook(ctx context.Context, w Webhook, now, until time.Time) (Webhook, error) {
	return get(ctx, q, scanWebhook, `UPDATE webhooks SET leased_until = $5, steps = steps + 1 WHERE tenant_id = $1 AND id = $2 AND steps = $3 AND leased_until <= $4 AND off_at = 0
		RETURNING `+webhookColumns, w.TenantID, w.ID, w.Steps, micros(now), micros(until))
}

// MoveWebhook stores how far a webhook is, and keeps it until a time. ErrNotFound when somebody else changed
// it, or another node has it.
func (q Queries) MoveWebhook(ctx context.Context, w Webhook, until time.Time) error {
	return q.execOne(ctx, `UPDATE webhooks SET position = $4, due_at = $5, tried_at = $6, taken_at = $7, took = $8, outcome = $9, status = $10, failed = $11, failing_since = $12,
		leased_until = $13, steps = steps + 1 WHERE tenant_id = $1 AND id = $2 AND steps = $3`,
		w.TenantID, w.ID, w.Steps, w.Position, micros(w.DueAt), micros(w.TriedAt), micros(w.TakenAt), w.Took.Microseconds(), w.Outcome, w.Status, w.Failed, micros(w.FailingSince), micros(until))
}

// WebhookDelivery is one try to tell a webhook of an event.
type WebhookDelivery struct {
	TenantID, WebhookID string
	Number              int64 // from 1
	EventID             string
	Kind                string
	Position            int64  // in the log; -1 for a test
	Cause               string // see package webhook
	TriedAt             time.Time
	Took                time.Duration
	Outcome             string
	Status              int // 0 for no answer
	Said                string
}

const deliveredColumns = "tenant_id, webhook_id, number, event_id, kind, position, cause, tried_at, took, outcome, answered, said"

func scanWebhookDelivery(scan func(...any) error) (d WebhookDelivery, err error) {
	var tried, took int64
	err = scan(&d.TenantID, &d.WebhookID, &d.Number, &d.EventID, &d.Kind, &d.Position, &d.Cause, &tried, &took, &d.Outcome, &d.Status, &d.Said)
	d.TriedAt, d.Took = fromMicros(tried), time.Duration(took)*time.Microsecond
	return d, err
}

// AddWebhookDelivery stores a try under the next number of its webhook, and deletes what is keep numbers older.
// ErrNotFound when the webhook is gone.
func (tx *Tx) AddWebhookDelivery(ctx context.Context, d WebhookDelivery, keep int64) error {
	found, err := tx.exec(ctx, "UPDATE webhooks SET deliveries = deliveries + 1 WHERE tenant_id = $1 AND id = $2", d.TenantID, d.WebhookID)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "INSERT INTO webhook_deliveries ("+deliveredColumns+`) SELECT tenant_id, id, deliveries, $3, $4, $5, $6, $7, $8, $9, $10, $11
		FROM webhooks WHERE tenant_id = $1 AND id = $2`,
		d.TenantID, d.WebhookID, d.EventID, d.Kind, d.Position, d.Cause, micros(d.TriedAt), d.Took.Microseconds(), d.Outcome, d.Status, d.Said)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `DELETE FROM webhook_deliveries WHERE tenant_id = $1 AND webhook_id = $2
		AND number <= (SELECT deliveries FROM webhooks WHERE tenant_id = $1 AND id = $2) - $3`, d.TenantID, d.WebhookID, keep)
	if err == nil && found == 0 {
		err = sallyport.ErrNotFound
	}
	return err
}

// WebhookDelivery returns one try, or ErrNotFound.
func (q Queries) WebhookDelivery(ctx context.Context, tenantID, webhookID string, number int64) (WebhookDelivery, error) {
	return get(ctx, q, scanWebhookDelivery, "SELECT "+deliveredColumns+" FROM webhook_deliveries WHERE tenant_id = $1 AND webhook_id = $2 AND number = $3", tenantID, webhookID, number)
}

// ListWebhookDeliveries returns a page of the tries of a webhook.
func (q Queries) ListWebhookDeliveries(ctx context.Context, tenantID, webhookID string, query list.Query) (list.Page[WebhookDelivery], error) {
	return page(ctx, q, webhookDeliveries, query, tenantID, webhookID)
}

// ForgetWebhookDeliveries deletes up to limit tries from before a time.
func (tx *Tx) ForgetWebhookDeliveries(ctx context.Context, before time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"webhook_deliveries", "tenant_id, webhook_id, number", "tried_at < $1"}, limit, micros(before))
}
