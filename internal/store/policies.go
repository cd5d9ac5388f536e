package store

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
)

// PolicyRow is a tenant's policy as stored. Body is the JSON of package policy; it is "",
// with version 0, when the tenant has the default.
type PolicyRow struct {
	Version   int64
	Body      string
	UpdatedAt time.Time
}

func scanPolicy(scan func(...any) error) (p PolicyRow, err error) {
	var updated int64
	err = scan(&p.Version, &p.Body, &updated)
	p.UpdatedAt = fromMicros(updated)
	return p, err
}

// Policy returns the tenant's policy.
func (q Queries) Policy(ctx context.Context, tenantID string) (PolicyRow, error) {
	p, err := get(ctx, q, scanPolicy, "SELECT version, body, updated_at FROM policies WHERE tenant_id = $1", tenantID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return PolicyRow{}, nil
	}
	return p, err
}

// SavePolicy stores a policy that follows version. ErrConflict when version is no longer
// the current one.
func (q Queries) SavePolicy(ctx context.Context, tenantID string, version int64, body string, now time.Time) error {
	if version == 0 {
		_, err := q.exec(ctx, "INSERT INTO policies (tenant_id, version, body, updated_at) VALUES ($1, 1, $2, $3)", tenantID, body, micros(now))
		return err
	}
	err := q.execOne(ctx, `UPDATE policies SET version = version + 1, body = $3, updated_at = $4
		WHERE tenant_id = $1 AND version = $2`, tenantID, version, body, micros(now))
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.ErrConflict
	}
	return err
}

// ShortenSessions applies new times to the live sessions of a tenant, either those of apps
// or those of browsers. It extends none.
func (q Queries) ShortenSessions(ctx context.Context, tenantID string, native bool, lifetime, idle time.Duration) error {
	if _, err := q.exec(ctx, `UPDATE sessions SET idle_us = $3
		WHERE tenant_id = $1 AND native = $2 AND status IN ('active', 'suspended') AND idle_us > $3`,
		tenantID, native, idle.Microseconds()); err != nil {
		return err
	}
	if _, err := q.exec(ctx, `UPDATE sessions SET expires_at = created_at + $3
		WHERE tenant_id = $1 AND native = $2 AND status IN ('active', 'suspended') AND expires_at > created_at + $3`,
		tenantID, native, lifetime.Microseconds()); err != nil {
		return err
	}
	// ends_at repeats the rule of sallyport.Session.EndsAt.
	_, err := q.exec(ctx, `UPDATE sessions
		SET ends_at = CASE WHEN last_activity_at + idle_us < expires_at THEN last_activity_at + idle_us ELSE expires_at END
		WHERE tenant_id = $1 AND native = $2 AND status IN ('active', 'suspended')`, tenantID, native)
	return err
}
