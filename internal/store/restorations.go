package store

import (
	"context"
	"time"
)

// Position says how far a database has come. It only grows, unless the database is set back to a backup.
type Position struct {
	Generation int64 // of the last time that it was set back; 0 for never
	Events     int64 // in the logs of all organisations
	Pending    bool  // it was set back, and what follows from that is not done
}

// Position returns how far the database has come.
func (q Queries) Position(ctx context.Context) (Position, error) {
	return get(ctx, q, func(scan func(...any) error) (p Position, err error) {
		return p, scan(&p.Generation, &p.Events, &p.Pending)
	}, `SELECT COALESCE((SELECT MAX(generation) FROM restorations), 0), COALESCE(CAST(SUM(size) AS BIGINT), 0),
		EXISTS (SELECT 1 FROM restorations WHERE done_at = 0) FROM audit_heads`)
}

// Restoration is the work that follows when a database was set back.
type Restoration struct {
	Generation int64
	Passwords  string // what becomes of them: "renew" or "withdraw"; "" before that is known
	TenantID   string // organisations before this one are done
	UserID     string // of this organisation those up to this one are done
	Counts     string // what was done there so far
}

// Restoration returns the work that is not done, or ErrNotFound.
func (q Queries) Restoration(ctx context.Context) (Restoration, error) {
	return get(ctx, q, func(scan func(...any) error) (r Restoration, err error) {
		return r, scan(&r.Generation, &r.Passwords, &r.TenantID, &r.UserID, &r.Counts)
	}, "SELECT generation, passwords, tenant_id, place, counts FROM restorations WHERE done_at = 0 ORDER BY generation DESC LIMIT 1")
}

// BeginRestoration marks the database as set back. No node serves it before EndRestoration.
func (q Queries) BeginRestoration(ctx context.Context, r Restoration) error {
	_, err := q.exec(ctx, "INSERT INTO restorations (generation, done_at, passwords, tenant_id, place, counts) VALUES ($1, 0, $2, $3, $4, $5)",
		r.Generation, r.Passwords, r.TenantID, r.UserID, r.Counts)
	return err
}

// KeepRestoration stores how far the work is.
func (q Queries) KeepRestoration(ctx context.Context, r Restoration) error {
	return q.execOne(ctx, "UPDATE restorations SET passwords = $2, tenant_id = $3, place = $4, counts = $5 WHERE generation = $1 AND done_at = 0",
		r.Generation, r.Passwords, r.TenantID, r.UserID, r.Counts)
}

// EndRestoration says that the work is done, also what an earlier run of it left.
func (q Queries) EndRestoration(ctx context.Context, generation int64, now time.Time) error {
	return q.execOne(ctx, "UPDATE restorations SET done_at = $2, tenant_id = '', place = '' WHERE generation <= $1 AND done_at = 0", generation, micros(now))
}

// PassTimeSteps makes an authenticator app of a user prove nothing by a code of this time step or an earlier one.
func (q Queries) PassTimeSteps(ctx context.Context, tenantID, userID string, step int64) error {
	_, err := q.exec(ctx, "UPDATE factors SET last_step = $3 WHERE tenant_id = $1 AND user_id = $2 AND method = 'totp' AND last_step < $3", tenantID, userID, step)
	return err
}

// UsersAfter returns the ids of users that follow another one, in order.
func (q Queries) UsersAfter(ctx context.Context, tenantID, after string, limit int) ([]string, error) {
	return all(ctx, q, scanID, "SELECT id FROM users WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3", tenantID, after, limit)
}
