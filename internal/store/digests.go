package store

import (
	"context"
	"time"
)

// Digest is that somebody wants the weekly digest.
type Digest struct {
	UserID string
	SentAt time.Time // when the time for the last one came, or for the one before they chose it
}

func scanDigest(scan func(...any) error) (d Digest, err error) {
	var sent int64
	err = scan(&d.UserID, &sent)
	d.SentAt = fromMicros(sent)
	return d, err
}

// Digest returns that of a user. ErrNotFound when they want none.
func (q Queries) Digest(ctx context.Context, tenantID, userID string) (Digest, error) {
	return get(ctx, q, scanDigest, "SELECT user_id, sent_at FROM digests WHERE tenant_id = $1 AND user_id = $2", tenantID, userID)
}

// AddDigest stores that somebody wants it. ErrNotFound when they did already.
func (q Queries) AddDigest(ctx context.Context, tenantID string, d Digest) error {
	return q.execOne(ctx, "INSERT INTO digests (tenant_id, user_id, sent_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", tenantID, d.UserID, micros(d.SentAt))
}

// RemoveDigest stores that somebody wants it no longer. ErrNotFound when they did not.
func (q Queries) RemoveDigest(ctx context.Context, tenantID, userID string) error {
	return q.execOne(ctx, "DELETE FROM digests WHERE tenant_id = $1 AND user_id = $2", tenantID, userID)
}

// DueDigests returns up to limit of those that were sent before a time last, after a place in their
// order: the longest ago first. A zero place is before all of them.
func (q Queries) DueDigests(ctx context.Context, tenantID string, before time.Time, after Digest, limit int) ([]Digest, error) {
	return all(ctx, q, scanDigest, `SELECT user_id, sent_at FROM digests WHERE tenant_id = $1 AND sent_at < $2 AND (sent_at, user_id) > ($3, $4)
		ORDER BY sent_at, user_id LIMIT $5`, tenantID, micros(before), micros(after.SentAt), after.UserID, limit)
}

// MarkDigest stores that a digest is sent at a time. ErrNotFound when d is not what is stored of it,
// because another node sent it.
func (q Queries) MarkDigest(ctx context.Context, tenantID string, d Digest, at time.Time) error {
	return q.execOne(ctx, "UPDATE digests SET sent_at = $4 WHERE tenant_id = $1 AND user_id = $2 AND sent_at = $3",
		tenantID, d.UserID, micros(d.SentAt), micros(at))
}
