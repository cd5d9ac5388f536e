package store

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
)

// Review is when the admins of a tenant last went through the checklist.
type Review struct {
	ReviewedAt time.Time // zero before the first
	ReviewedBy string    // user id; "" for the operator
	RemindedAt time.Time // zero for never
}

// Review returns that of a tenant; a zero one before the first.
func (q Queries) Review(ctx context.Context, tenantID string) (Review, error) {
	r, err := get(ctx, q, func(scan func(...any) error) (r Review, err error) {
		var at, reminded int64
		err = scan(&at, &r.ReviewedBy, &reminded)
		r.ReviewedAt, r.RemindedAt = fromMicros(at), fromMicros(reminded)
		return r, err
	}, "SELECT reviewed_at, reviewed_by, reminded_at FROM reviews WHERE tenant_id = $1", tenantID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return Review{}, nil
	}
	return r, err
}

// MarkReviewed stores that somebody went through it; by is "" for the operator.
func (q Queries) MarkReviewed(ctx context.Context, tenantID, by string, at time.Time) error {
	_, err := q.exec(ctx, `INSERT INTO reviews (tenant_id, reviewed_at, reviewed_by, reminded_at) VALUES ($1, $2, $3, 0)
		ON CONFLICT (tenant_id) DO UPDATE SET reviewed_at = excluded.reviewed_at, reviewed_by = excluded.reviewed_by`, tenantID, micros(at), by)
	return err
}

// MarkReminded stores that the admins of a tenant are reminded, when r is what is stored of it.
// ErrNotFound when it is not, because another node reminded them or somebody went through it.
func (q Queries) MarkReminded(ctx context.Context, tenantID string, r Review, now time.Time) error {
	return q.execOne(ctx, `INSERT INTO reviews (tenant_id, reviewed_at, reviewed_by, reminded_at) VALUES ($1, 0, '', $2)
		ON CONFLICT (tenant_id) DO UPDATE SET reminded_at = excluded.reminded_at WHERE reviews.reminded_at = $3 AND reviews.reviewed_at = $4`,
		tenantID, micros(now), micros(r.RemindedAt), micros(r.ReviewedAt))
}

// Admins are counts of who has rights over others.
type Admins struct {
	Owners         int64 // active ones
	WithoutFactors int64 // active people with rights over others but no second factor; of a role that the organisation made, among the first thousand
}

// CountAdmins counts those of a tenant.
func (q Queries) CountAdmins(ctx context.Context, tenantID string) (Admins, error) {
	const lacking = "COUNT(CASE WHEN status = 'active' AND second_factor = 'none' THEN 1 END)"
	// Each role by itself, so that the index of roles leads to the few who have it.
	of := func(role string) string {
		return "(SELECT " + lacking + " FROM (SELECT status, second_factor FROM users WHERE users.tenant_id = $1 AND users.role = " + role + " ORDER BY users.id LIMIT 1000) AS people)"
	}
	return get(ctx, q, func(scan func(...any) error) (a Admins, err error) { return a, scan(&a.Owners, &a.WithoutFactors) },
		`SELECT (SELECT COUNT(*) FROM users WHERE tenant_id = $1 AND role = 'owner' AND NOT (status <> 'active')),
		`+of("'owner'")+" + "+of("'admin'")+" + COALESCE((SELECT SUM("+of("r.id")+") FROM roles AS r WHERE r.tenant_id = $1 AND r.permissions <> ''), 0)", tenantID)
}
