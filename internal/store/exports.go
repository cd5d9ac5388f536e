package store

import (
	"context"
	"time"
)

// AuditExport is what somebody exports of the audit log, and how far that is.
type AuditExport struct {
	TenantID, ID string
	UserID       string // who asked
	Wanted       string // JSON
	Events       int64
	Last         int64 // position of the last event; -1 for none
	More         bool  // other events follow
	Done         int64 // events that were sent
	CreatedAt    time.Time
	TouchedAt    time.Time // when some were last sent; zero before
	ExpiresAt    time.Time // when it is forgotten
}

const exportColumns = "tenant_id, id, user_id, wanted, events, last, more, done, created_at, touched_at, expires_at"

func scanExport(scan func(...any) error) (x AuditExport, err error) {
	var created, touched, expires int64
	err = scan(&x.TenantID, &x.ID, &x.UserID, &x.Wanted, &x.Events, &x.Last, &x.More, &x.Done, &created, &touched, &expires)
	x.CreatedAt, x.TouchedAt, x.ExpiresAt = fromMicros(created), fromMicros(touched), fromMicros(expires)
	return x, err
}

// AddExport stores a new export.
func (tx *Tx) AddExport(ctx context.Context, x AuditExport) error {
	_, err := tx.exec(ctx, "INSERT INTO audit_exports ("+exportColumns+") VALUES ("+placeholders(1, 11)+")",
		x.TenantID, x.ID, x.UserID, x.Wanted, x.Events, x.Last, x.More, x.Done, micros(x.CreatedAt), micros(x.TouchedAt), micros(x.ExpiresAt))
	return err
}

// Export returns an export. ErrNotFound when the tenant has none with this id.
func (q Queries) Export(ctx context.Context, tenantID, id string) (AuditExport, error) {
	return get(ctx, q, scanExport, "SELECT "+exportColumns+" FROM audit_exports WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// Exports returns the last exports of a user, the newest first.
func (q Queries) Exports(ctx context.Context, tenantID, userID string, limit int) ([]AuditExport, error) {
	return all(ctx, q, scanExport, "SELECT "+exportColumns+" FROM audit_exports WHERE tenant_id = $1 AND user_id = $2 ORDER BY id DESC LIMIT $3", tenantID, userID, limit)
}

// MoveExport stores how far an export is.
func (tx *Tx) MoveExport(ctx context.Context, x AuditExport) error {
	return tx.execOne(ctx, "UPDATE audit_exports SET done = $3, touched_at = $4 WHERE tenant_id = $1 AND id = $2", x.TenantID, x.ID, x.Done, micros(x.TouchedAt))
}
