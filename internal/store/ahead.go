package store

import (
	"context"
	"time"
)

// maxAhead is how far the clocks of nodes may differ. What is further in the future was made while a
// clock was wrong.
const maxAhead = time.Minute

// BoundSessions takes back what a clock that was ahead gave to live sessions: none began, was used or
// proved something in the future, and one that did lasts as long as if that were now.
func (tx *Tx) BoundSessions(ctx context.Context, tenantID string, now time.Time) error {
	// ends_at repeats the rule of sallyport.Session.EndsAt.
	n, err := tx.exec(ctx, `UPDATE sessions SET last_activity_at = $3,
		expires_at = CASE WHEN created_at > $2 THEN $3 + (expires_at - created_at) ELSE expires_at END,
		ends_at = CASE WHEN $3 + idle_us < CASE WHEN created_at > $2 THEN $3 + (expires_at - created_at) ELSE expires_at END THEN $3 + idle_us
			ELSE CASE WHEN created_at > $2 THEN $3 + (expires_at - created_at) ELSE expires_at END END,
		created_at = CASE WHEN created_at > $2 THEN $3 ELSE created_at END,
		authenticated_at = CASE WHEN authenticated_at > $2 THEN $3 ELSE authenticated_at END,
		mfa_verified_at = CASE WHEN mfa_verified_at > $2 THEN $3 ELSE mfa_verified_at END,
		stepped_up_at = CASE WHEN stepped_up_at > $2 THEN $3 ELSE stepped_up_at END
		WHERE tenant_id = $1 AND last_activity_at > $2 AND status IN ('active', 'suspended')`, tenantID, micros(now.Add(maxAhead)), micros(now))
	if n > 0 {
		tx.tellTenant(tenantID)
	}
	return err
}

// BoundBlocks is BoundSessions for blocks of networks.
func (tx *Tx) BoundBlocks(ctx context.Context, tenantID string, now time.Time) error {
	_, err := tx.exec(ctx, `UPDATE network_blocks SET expires_at = $3 + (expires_at - created_at), created_at = $3
		WHERE tenant_id = $1 AND created_at > $2`, tenantID, micros(now.Add(maxAhead)), micros(now))
	return err
}
