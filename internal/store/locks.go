package store

import (
	"context"
	"time"
)

// LockedCounters returns the counters of a scope whose subjects begin with a prefix and that
// are locked at now. It locks and spends nothing.
func (q Queries) LockedCounters(ctx context.Context, tenantID, scope, prefix string, now time.Time) ([]Counter, error) {
	return all(ctx, q, func(scan func(...any) error) (Counter, error) {
		c := Counter{TenantID: tenantID, Scope: scope}
		var until int64
		err := scan(&c.Subject, &until)
		c.LockedUntil = fromMicros(until)
		return c, err
	}, `SELECT subject, locked_until FROM throttle
		WHERE tenant_id = $1 AND scope = $2 AND subject >= $3 AND subject < $4 AND locked_until > $5 ORDER BY subject`,
		tenantID, scope, prefix, prefix+"z", micros(now))
}
