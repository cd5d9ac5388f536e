package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// OutboxRow is one message to be sent. Payload is sealed by package notify, and empty once
// the message is sent.
type OutboxRow struct {
	TenantID, ID  string
	Channel       string
	Kind          string
	UserID        string // "" for a person without an account; of an alert the channel that it goes to
	Recipient     string // shown to operators; delivery uses the address in the payload
	Payload       []byte
	Bulk          bool // sent after all other due rows
	Held          bool // waits for others of its kind, which it then tells of too
	Attempts      int  // number of leases, with this one
	NextAttemptAt time.Time
	LeaseToken    string
	LastError     string
	CreatedAt     time.Time
}

// OutboxCounts describes the state of delivery.
type OutboxCounts struct {
	Pending  int64     // waiting or being delivered
	Retrying int64     // of Pending, those that failed before
	Dead     int64     // given up
	Oldest   time.Time // when the oldest pending row was added; zero for none
}

const outboxColumns = `tenant_id, id, channel, kind, user_id, recipient, payload, bulk, held, attempts,
	next_attempt_at, lease_token, last_error, created_at`

func scanOutbox(scan func(...any) error) (r OutboxRow, err error) {
	var next, created int64
	err = scan(&r.TenantID, &r.ID, &r.Channel, &r.Kind, &r.UserID, &r.Recipient, &r.Payload, &r.Bulk, &r.Held, &r.Attempts,
		&next, &r.LeaseToken, &r.LastError, &created)
	r.NextAttemptAt, r.CreatedAt = fromMicros(next), fromMicros(created)
	return r, err
}

// AddOutboxRow stores a new row, due at r.NextAttemptAt. Only a transaction has it, so that
// the row is committed together with the change that it reports.
func (tx *Tx) AddOutboxRow(ctx context.Context, r OutboxRow) error {
	_, err := tx.exec(ctx, "INSERT INTO outbox ("+outboxColumns+", state, leased_until, sent_at) VALUES ("+
		placeholders(1, 14)+", 'pending', 0, 0)",
		r.TenantID, r.ID, r.Channel, r.Kind, r.UserID, r.Recipient, r.Payload, r.Bulk, r.Held, 0, micros(r.NextAttemptAt), "", "", micros(r.CreatedAt))
	return err
}

// RecentMessages returns how many messages of a kind to a recipient of a user were added to a channel since a
// time, of at most limit, and the one of them that waits for others; the zero row for none.
func (tx *Tx) RecentMessages(ctx context.Context, of OutboxRow, since time.Time, limit int) (n int, held OutboxRow, err error) {
	rows, err := all(ctx, tx.Queries, scanOutbox, "SELECT "+outboxColumns+` FROM outbox WHERE tenant_id = $1 AND user_id = $2 AND user_id <> '' AND channel = $3 AND kind = $4
		AND created_at > $5 AND recipient = $6 ORDER BY created_at DESC LIMIT `+strconv.Itoa(limit), of.TenantID, of.UserID, of.Channel, of.Kind, micros(since), of.Recipient)
	for _, r := range rows {
		if r.Held && len(r.Payload) > 0 {
			held = r
		}
	}
	return len(rows), held, err
}

// ReplaceHeld gives a message that waits for others another content. ErrNotFound when it is being sent.
func (tx *Tx) ReplaceHeld(ctx context.Context, r OutboxRow, now time.Time) error {
	return tx.execOne(ctx, "UPDATE outbox SET payload = $3 WHERE tenant_id = $1 AND id = $2 AND held = TRUE AND state = 'pending' AND leased_until <= $4 AND attempts = 0",
		r.TenantID, r.ID, r.Payload, micros(now))
}

// Lease says who takes rows, from when and until when. The holder of Token may settle them.
type Lease struct {
	Token      string
	Now, Until time.Time
}

// LeaseOutbox takes up to limit due rows of a channel, bulk rows last. Other workers and
// nodes cannot take them until the lease ends.
func (tx *Tx) LeaseOutbox(ctx context.Context, channel string, l Lease, limit int) ([]OutboxRow, error) {
	// MATERIALIZED makes PostgreSQL choose the rows once, and not once for each row
	// that it joins.
	rows, err := all(ctx, tx.Queries, scanOutbox, `WITH due AS MATERIALIZED (
			SELECT tenant_id, id FROM outbox
			WHERE state = 'pending' AND channel = $1 AND next_attempt_at <= $2 AND leased_until <= $2
			ORDER BY bulk, next_attempt_at, id LIMIT $3`+tx.skipLocked()+`)
		UPDATE outbox SET leased_until = $4, lease_token = $5, attempts = attempts + 1, held = FALSE
		WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM due)
		RETURNING `+outboxColumns, channel, micros(l.Now), limit, micros(l.Until), l.Token)
	slices.SortFunc(rows, func(a, b OutboxRow) int {
		if a.Bulk != b.Bulk {
			if b.Bulk {
				return -1
			}
			return 1
		}
		if c := a.NextAttemptAt.Compare(b.NextAttemptAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return rows, err
}

// skipLocked ends a SELECT of rows to work on: PostgreSQL then skips rows that another
// transaction is taking. SQLite has only one writer.
func (tx *Tx) skipLocked() string {
	if tx.engine == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// The ways to end a lease. Each returns ErrNotFound when the lease has expired and another
// worker took the row.
const heldLease = " WHERE tenant_id = $1 AND id = $2 AND lease_token = $3 AND state = 'pending'"

// MarkOutboxSent settles a row as delivered and erases its payload.
func (q Queries) MarkOutboxSent(ctx context.Context, r OutboxRow, now time.Time) error {
	return q.execOne(ctx, "UPDATE outbox SET state = 'sent', sent_at = $4, payload = $5, leased_until = 0, lease_token = '', last_error = ''"+
		heldLease, r.TenantID, r.ID, r.LeaseToken, micros(now), []byte{})
}

// MarkOutboxFailed postpones a row until next. why holds no secret.
func (q Queries) MarkOutboxFailed(ctx context.Context, r OutboxRow, next time.Time, why string) error {
	return q.execOne(ctx, "UPDATE outbox SET next_attempt_at = $4, last_error = $5, leased_until = 0, lease_token = ''"+
		heldLease, r.TenantID, r.ID, r.LeaseToken, micros(next), why)
}

// MarkOutboxDead gives a row up. Its sealed payload stays, because an operator may ask for
// another try. why holds no secret.
func (q Queries) MarkOutboxDead(ctx context.Context, r OutboxRow, why string) error {
	return q.execOne(ctx, "UPDATE outbox SET state = 'dead', last_error = $4, leased_until = 0, lease_token = ''"+
		heldLease, r.TenantID, r.ID, r.LeaseToken, why)
}

// DropOutbox deletes a row that nobody needs any more.
func (q Queries) DropOutbox(ctx context.Context, r OutboxRow) error {
	return q.execOne(ctx, "DELETE FROM outbox"+heldLease, r.TenantID, r.ID, r.LeaseToken)
}

// OutboxCounts counts the rows of a channel that are not delivered. The age of those that wait for others of
// their kind says nothing, so it does not count.
func (q Queries) OutboxCounts(ctx context.Context, channel string) (OutboxCounts, error) {
	c, err := get(ctx, q, func(scan func(...any) error) (c OutboxCounts, err error) {
		var oldest int64
		err = scan(&c.Pending, &c.Retrying, &oldest)
		c.Oldest = fromMicros(oldest)
		return c, err
	}, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN last_error <> '' THEN 1 ELSE 0 END), 0), COALESCE(MIN(CASE WHEN held = FALSE THEN created_at END), 0)
		FROM outbox WHERE state = 'pending' AND channel = $1`, channel)
	if err != nil {
		return c, err
	}
	c.Dead, err = get(ctx, q, func(scan func(...any) error) (n int64, err error) { return n, scan(&n) },
		"SELECT COUNT(*) FROM outbox WHERE state = 'dead' AND channel = $1", channel)
	return c, err
}

// DeadOutbox returns up to limit rows that were given up, newest first, without their
// content.
func (q Queries) DeadOutbox(ctx context.Context, limit int) ([]OutboxRow, error) {
	return all(ctx, q, scanOutbox, "SELECT "+outboxColumns+" FROM outbox WHERE state = 'dead' ORDER BY created_at DESC, id DESC LIMIT $1", limit)
}

// RetryDeadOutbox makes all given-up rows of a channel due now, with all tries, and returns
// how many.
func (q Queries) RetryDeadOutbox(ctx context.Context, channel string, now time.Time) (int64, error) {
	return q.exec(ctx, "UPDATE outbox SET state = 'pending', attempts = 0, next_attempt_at = $2 WHERE state = 'dead' AND channel = $1",
		channel, micros(now))
}

// CountDeadOf counts the given-up rows of a tenant in a channel, up to a limit.
func (q Queries) CountDeadOf(ctx context.Context, tenantID, channel string, limit int) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE state = 'dead' AND tenant_id = $1 AND channel = $2 LIMIT $3) AS found", tenantID, channel, limit)
}

// RetryDeadOf is RetryDeadOutbox for those of a tenant.
func (q Queries) RetryDeadOf(ctx context.Context, tenantID, channel string, now time.Time) (int64, error) {
	return q.exec(ctx, "UPDATE outbox SET state = 'pending', attempts = 0, next_attempt_at = $3 WHERE state = 'dead' AND tenant_id = $1 AND channel = $2",
		tenantID, channel, micros(now))
}

// DeleteOutbox deletes up to limit rows that were sent before one time, and up to limit
// given-up rows that were added before another. It returns how many.
func (q Queries) DeleteOutbox(ctx context.Context, sentBefore, deadBefore time.Time, limit int) (int64, error) {
	// The limit is part of the text, so that PostgreSQL plans for few rows.
	most := " LIMIT " + strconv.Itoa(limit) + ")"
	n, err := q.exec(ctx, `DELETE FROM outbox WHERE state = 'sent' AND (tenant_id, id) IN (
		SELECT tenant_id, id FROM outbox WHERE state = 'sent' AND sent_at < $1 ORDER BY sent_at`+most, micros(sentBefore))
	if err != nil {
		return 0, err
	}
	m, err := q.exec(ctx, `DELETE FROM outbox WHERE state = 'dead' AND (tenant_id, id) IN (
		SELECT tenant_id, id FROM outbox WHERE state = 'dead' AND created_at < $1 ORDER BY created_at`+most, micros(deadBefore))
	return n + m, err
}

// DeletePendingOutbox forgets all rows that wait.
func (q Queries) DeletePendingOutbox(ctx context.Context) error {
	_, err := q.exec(ctx, "DELETE FROM outbox WHERE state = 'pending'")
	return err
}
