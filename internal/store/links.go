package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/sallyport/sallyport"
)

// Link is a mailed link that waits to be used.
type Link struct {
	TenantID, ID string
	Kind         string
	UserID       string
	SessionID    string // what the mail told of; "" when it cannot be told
	DeviceID     string
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

const linkColumns = "tenant_id, id, kind, user_id, session_id, device_id, created_at, expires_at"

func scanLink(scan func(...any) error) (l Link, err error) {
	var created, expires int64
	err = scan(&l.TenantID, &l.ID, &l.Kind, &l.UserID, &l.SessionID, &l.DeviceID, &created, &expires)
	l.CreatedAt, l.ExpiresAt = fromMicros(created), fromMicros(expires)
	return l, err
}

// AddLink stores a link whose token has this hash.
func (q Queries) AddLink(ctx context.Context, l Link, tokenHash []byte) error {
	_, err := q.exec(ctx, "INSERT INTO links ("+linkColumns+", token_hash) VALUES ("+placeholders(1, 9)+")",
		l.TenantID, l.ID, l.Kind, l.UserID, l.SessionID, l.DeviceID, micros(l.CreatedAt), micros(l.ExpiresAt), tokenHash)
	return err
}

// LinkByToken returns the link whose token has this hash, or ErrNotFound.
func (q Queries) LinkByToken(ctx context.Context, tenantID string, tokenHash []byte) (Link, error) {
	return get(ctx, q, scanLink, "SELECT "+linkColumns+" FROM links WHERE tenant_id = $1 AND token_hash = $2", tenantID, tokenHash)
}

// TakeLink removes a link. It is ErrNotFound when somebody else took it.
func (q Queries) TakeLink(ctx context.Context, tenantID, id string) error {
	return q.execOne(ctx, "DELETE FROM links WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// DropLinks removes the user's links of one kind.
func (q Queries) DropLinks(ctx context.Context, tenantID, userID, kind string) error {
	_, err := q.exec(ctx, "DELETE FROM links WHERE tenant_id = $1 AND user_id = $2 AND kind = $3", tenantID, userID, kind)
	return err
}

// RecoveryRequest is somebody asking for a new password for an address.
type RecoveryRequest struct {
	TenantID, ID string
	Email        string
	Lang         string
	Client       sallyport.Client
	CreatedAt    time.Time
}

// AddRecoveryRequest stores a request.
func (q Queries) AddRecoveryRequest(ctx context.Context, r RecoveryRequest) error {
	_, err := q.exec(ctx, "INSERT INTO recovery_requests (tenant_id, id, email, lang, client, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
		r.TenantID, r.ID, r.Email, r.Lang, toJSON(r.Client), micros(r.CreatedAt))
	return err
}

// RecoveryRequests returns up to limit requests of all tenants, the oldest first.
func (q Queries) RecoveryRequests(ctx context.Context, limit int) ([]RecoveryRequest, error) {
	return list(ctx, q, func(scan func(...any) error) (r RecoveryRequest, err error) {
		var client string
		var created int64
		if err = scan(&r.TenantID, &r.ID, &r.Email, &r.Lang, &client, &created); err != nil {
			return r, err
		}
		r.CreatedAt = fromMicros(created)
		return r, json.Unmarshal([]byte(client), &r.Client)
	}, "SELECT tenant_id, id, email, lang, client, created_at FROM recovery_requests ORDER BY created_at, id LIMIT $1", limit)
}

// TakeRecoveryRequest removes a request. It is ErrNotFound when another node
// took it.
func (q Queries) TakeRecoveryRequest(ctx context.Context, tenantID, id string) error {
	return q.execOne(ctx, "DELETE FROM recovery_requests WHERE tenant_id = $1 AND id = $2", tenantID, id)
}
