package store

import (
	"context"
	"slices"
	"time"
)

// Counter is what was spent on one subject. Spends is the JSON of package throttle.
type Counter struct {
	TenantID, Scope, Subject string

	Spends      string
	LockedUntil time.Time
	RefusedAt   time.Time // when a refused try was recorded last
	ExpiresAt   time.Time // from then on it has no effect
}

// LockCounter returns the counter of a subject, a new one if there is none, and locks it
// until this transaction ends: on PostgreSQL the first write locks the row, and SQLite has
// only one writer.
func (tx *Tx) LockCounter(ctx context.Context, tenantID, scope, subject string) (Counter, error) {
	return get(ctx, tx.Queries, func(scan func(...any) error) (Counter, error) {
		c := Counter{TenantID: tenantID, Scope: scope, Subject: subject}
		var until, refused int64
		err := scan(&c.Spends, &until, &refused)
		c.LockedUntil, c.RefusedAt = fromMicros(until), fromMicros(refused)
		return c, err
	}, `INSERT INTO throttle (tenant_id, scope, subject, spends, locked_until, expires_at) VALUES ($1, $2, $3, '[]', 0, 0)
		ON CONFLICT (tenant_id, scope, subject) DO UPDATE SET scope = excluded.scope
		RETURNING spends, locked_until, refused_at`, tenantID, scope, subject)
}

// SaveCounter stores a counter that LockCounter returned.
func (tx *Tx) SaveCounter(ctx context.Context, c Counter) error {
	return tx.execOne(ctx, `UPDATE throttle SET spends = $4, locked_until = $5, expires_at = $6, refused_at = $7
		WHERE tenant_id = $1 AND scope = $2 AND subject = $3`,
		c.TenantID, c.Scope, c.Subject, c.Spends, micros(c.LockedUntil), micros(c.ExpiresAt), micros(c.RefusedAt))
}

// DeleteCounter deletes the counter of a subject, and reports whether it was locked at now.
func (q Queries) DeleteCounter(ctx context.Context, tenantID, scope, subject string, now time.Time) (wasLocked bool, err error) {
	return q.deleteCounters(ctx, now, "DELETE FROM throttle WHERE tenant_id = $1 AND scope = $2 AND subject = $3 RETURNING locked_until",
		tenantID, scope, subject)
}

// DeleteCounters is DeleteCounter for all subjects that begin with a prefix. Subjects are
// lower-case hexadecimal digits, so "z" sorts after what follows in every collation.
func (q Queries) DeleteCounters(ctx context.Context, tenantID, scope, prefix string, now time.Time) (wasLocked bool, err error) {
	return q.deleteCounters(ctx, now, "DELETE FROM throttle WHERE tenant_id = $1 AND scope = $2 AND subject >= $3 AND subject < $4 RETURNING locked_until",
		tenantID, scope, prefix, prefix+"z")
}

func (q Queries) deleteCounters(ctx context.Context, now time.Time, query string, args ...any) (bool, error) {
	locked, err := all(ctx, q, func(scan func(...any) error) (b bool, err error) {
		var until int64
		err = scan(&until)
		return fromMicros(until).After(now), err
	}, query, args...)
	return slices.Contains(locked, true), err
}
