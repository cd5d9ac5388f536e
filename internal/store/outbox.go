package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// OutboxRow is one thing that has to leave the house. Payload is sealed by
// package notify, and empty once sent.
type OutboxRow struct {
	TenantID, ID  string
	Channel       string
	Kind          string
	UserID        string // "" for somebody without an account
	Recipient     string // for operators; what is delivered to is in the payload
	Payload       []byte
	Bulk          bool // goes after everything else that is due
	Attempts      int  // leases so far, this one included
	NextAttemptAt time.Time
	LeaseToken    string
	LastError     string
	CreatedAt     time.Time
}

// OutboxCounts says how delivery is going.
type OutboxCounts struct {
	Pending  int64     // waiting or being delivered
	Retrying int64     // those of them that failed before
	Dead     int64     // given up
	Oldest   time.Time // when the oldest pending row was added; zero without one
}

const outboxColumns = `tenant_id, id, channel, kind, user_id, recipient, payload, bulk, attempts,
	next_attempt_at, lease_token, last_error, created_at`

func scanOutbox(scan func(...any) error) (r OutboxRow, err error) {
	var next, created int64
	err = scan(&r.TenantID, &r.ID, &r.Channel, &r.Kind, &r.UserID, &r.Recipient, &r.Payload, &r.Bulk, &r.Attempts,
		&next, &r.LeaseToken, &r.LastError, &created)
	r.NextAttemptAt, r.CreatedAt = fromMicros(next), fromMicros(created)
	return r, err
}

// AddOutboxRow stores a new row, due at r.NextAttemptAt. It is there for
// transactions alone: a row goes with the change it tells of, or not at all.
func (tx *Tx) AddOutboxRow(ctx context.Context, r OutboxRow) error {
	_, err := tx.exec(ctx, "INSERT INTO outbox ("+outboxColumns+", state, leased_until, sent_at) VALUES ("+
		placeholders(1, 13)+", 'pending', 0, 0)",
		r.TenantID, r.ID, r.Channel, r.Kind, r.UserID, r.Recipient, r.Payload, r.Bulk, 0, micros(r.NextAttemptAt), "", "", micros(r.CreatedAt))
	return err
}

// Lease is who takes rows from now until when. Whoever holds Token may settle them.
type Lease struct {
	Token      string
	Now, Until time.Time
}

// LeaseOutbox takes up to limit rows of a channel that are due, those in bulk last, and
// keeps every other worker of every node from them until the lease ends.
func (tx *Tx) LeaseOutbox(ctx context.Context, channel string, l Lease, limit int) ([]OutboxRow, error) {
	// MATERIALIZED, so that PostgreSQL chooses the rows once and not once for
	// each row that it joins.
	rows, err := all(ctx, tx.Queries, scanOutbox, `WITH due AS MATERIALIZED (
			SELECT tenant_id, id FROM outbox
			WHERE state = 'pending' AND channel = $1 AND next_attempt_at <= $2 AND leased_until <= $2
			ORDER BY bulk, next_attempt_at, id LIMIT $3`+tx.skipLocked()+`)
		UPDATE outbox SET leased_until = $4, lease_token = $5, attempts = attempts + 1
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

// skipLocked ends a SELECT that takes rows to work on: on PostgreSQL it passes
// over those that another transaction is taking. SQLite has one writer.
func (tx *Tx) skipLocked() string {
	if tx.engine == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// The ways a lease ends. Each is ErrNotFound when the lease is not held any
// more, because it ran out and another worker took the row.
const heldLease = " WHERE tenant_id = $1 AND id = $2 AND lease_token = $3 AND state = 'pending'"

// MarkOutboxSent settles a row as delivered and erases its payload.
func (q Queries) MarkOutboxSent(ctx context.Context, r OutboxRow, now time.Time) error {
	return q.execOne(ctx, "UPDATE outbox SET state = 'sent', sent_at = $4, payload = $5, leased_until = 0, lease_token = '', last_error = ''"+
		heldLease, r.TenantID, r.ID, r.LeaseToken, micros(now), []byte{})
}

// MarkOutboxFailed puts a row off until next. why holds no secret.
func (q Queries) MarkOutboxFailed(ctx context.Context, r OutboxRow, next time.Time, why string) error {
	return q.execOne(ctx, "UPDATE outbox SET next_attempt_at = $4, last_error = $5, leased_until = 0, lease_token = ''"+
		heldLease, r.TenantID, r.ID, r.LeaseToken, micros(next), why)
}

// MarkOutboxDead gives a row up. Its payload stays, sealed, for another try that
// an operator may ask for. why holds no secret.
func (q Queries) MarkOutboxDead(ctx context.Context, r OutboxRow, why string) error {
	return q.execOne(ctx, "UPDATE outbox SET state = 'dead', last_error = $4, leased_until = 0, lease_token = ''"+
		heldLease, r.TenantID, r.ID, r.LeaseToken, why)
}

// OutboxCounts counts the rows of a channel that are not delivered.
func (q Queries) OutboxCounts(ctx context.Context, channel string) (OutboxCounts, error) {
	c, err := get(ctx, q, func(scan func(...any) error) (c OutboxCounts, err error) {
		var oldest int64
		err = scan(&c.Pending, &c.Retrying, &oldest)
		c.Oldest = fromMicros(oldest)
		return c, err
	}, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN last_error <> '' THEN 1 ELSE 0 END), 0), COALESCE(MIN(created_at), 0)
		FROM outbox WHERE state = 'pending' AND channel = $1`, channel)
	if err != nil {
		return c, err
	}
	c.Dead, err = get(ctx, q, func(scan func(...any) error) (n int64, err error) { return n, scan(&n) },
		"SELECT COUNT(*) FROM outbox WHERE state = 'dead' AND channel = $1", channel)
	return c, err
}

// DeadOutbox returns up to limit rows that were given up, the newest first. What
// they say stays sealed.
func (q Queries) DeadOutbox(ctx context.Context, limit int) ([]OutboxRow, error) {
	return all(ctx, q, scanOutbox, "SELECT "+outboxColumns+" FROM outbox WHERE state = 'dead' ORDER BY created_at DESC, id DESC LIMIT $1", limit)
}

// RetryDeadOutbox makes every row of a channel that was given up due now, with
// all its tries, and returns how many there were.
func (q Queries) RetryDeadOutbox(ctx context.Context, channel string, now time.Time) (int64, error) {
	return q.exec(ctx, "UPDATE outbox SET state = 'pending', attempts = 0, next_attempt_at = $2 WHERE state = 'dead' AND channel = $1",
		channel, micros(now))
}

// DeleteOutbox forgets up to limit rows that were sent before one time and as
// many that were added before another and given up. It returns how many.
func (q Queries) DeleteOutbox(ctx context.Context, sentBefore, deadBefore time.Time, limit int) (int64, error) {
	// The limit stands in the text, so that PostgreSQL knows that it is small.
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
