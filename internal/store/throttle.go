package store

import (
	"context"
	"time"
)

// Counter is what was spent on one subject. Spends is the JSON of package throttle.
type Counter struct {
	TenantID, Scope, Subject string

	Spends      string
	LockedUntil time.Time
	ExpiresAt   time.Time // from then on it has no effect
}

// LockCounter returns the counter of a subject, a new one if there is none, and locks it
// until this transaction ends: on PostgreSQL the first write locks the row, and SQLite has
// only one writer.
func (tx *Tx) LockCounter(ctx context.Context, tenantID, scope, subject string) (Counter, error) {
	return get(ctx, tx.Queries, func(scan func(...any) error) (Counter, error) {
		c := Counter{TenantID: tenantID, Scope: scope, Subject: subject}
		var until int64
		err := scan(&c.Spends, &until)
		c.LockedUntil = fromMicros(until)
		return c, err
	}, `INSERT INTO throttle (tenant_id, scope, subject, spends, locked_until, expires_at) VALUES ($1, $2, $3, '[]', 0, 0)
		ON CONFLICT (tenant_id, scope, subject) DO UPDATE SET scope = excluded.scope
		RETURNING spends, locked_until`, tenantID, scope, subject)
}

// SaveCounter stores a counter that LockCounter returned.
func (tx *Tx) SaveCounter(ctx context.Context, c Counter) error {
	return tx.execOne(ctx, `UPDATE throttle SET spends = $4, locked_until = $5, expires_at = $6
		WHERE tenant_id = $1 AND scope = $2 AND subject = $3`,
		c.TenantID, c.Scope, c.Subject, c.Spends, micros(c.LockedUntil), micros(c.ExpiresAt))
}

// DeleteCounter deletes the counter of a subject, and reports whether it was locked at now.
func (q Queries) DeleteCounter(ctx context.Context, tenantID, scope, subject string, now time.Time) (wasLocked bool, err error) {
	locked, err := all(ctx, q, func(scan func(...any) error) (b bool, err error) {
		var until int64
		err = scan(&until)
		return fromMicros(until).After(now), err
	}, "DELETE FROM throttle WHERE tenant_id = $1 AND scope = $2 AND subject = $3 RETURNING locked_until", tenantID, scope, subject)
	return len(locked) > 0 && locked[0], err
}
