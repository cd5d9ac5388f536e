package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/sallyport/sallyport"
)

// Link is an unused mailed link.
type Link struct {
	TenantID, ID string
	Kind         string
	UserID       string
	SessionID    string // the session that the mail is about; "" when unknown
	DeviceID     string
	FactorID     string
	AttemptID    string
	Email        string // the former address that it gives back; "" for other links
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

const linkColumns = "tenant_id, id, kind, user_id, session_id, device_id, factor_id, attempt_id, email, created_at, expires_at"

func scanLink(scan func(...any) error) (l Link, err error) {
	var created, expires int64
	err = scan(&l.TenantID, &l.ID, &l.Kind, &l.UserID, &l.SessionID, &l.DeviceID, &l.FactorID, &l.AttemptID, &l.Email, &created, &expires)
	l.CreatedAt, l.ExpiresAt = fromMicros(created), fromMicros(expires)
	return l, err
}

// AddLink stores a link whose token has this hash.
func (q Queries) AddLink(ctx context.Context, l Link, tokenHash []byte) error {
	_, err := q.exec(ctx, "INSERT INTO links ("+linkColumns+", token_hash) VALUES ("+placeholders(1, 12)+")",
		l.TenantID, l.ID, l.Kind, l.UserID, l.SessionID, l.DeviceID, l.FactorID, l.AttemptID, l.Email, micros(l.CreatedAt), micros(l.ExpiresAt), tokenHash)
	return err
}

// LinkByToken returns the link whose token has this hash, or ErrNotFound.
func (q Queries) LinkByToken(ctx context.Context, tenantID string, tokenHash []byte) (Link, error) {
	return get(ctx, q, scanLink, "SELECT "+linkColumns+" FROM links WHERE tenant_id = $1 AND token_hash = $2", tenantID, tokenHash)
}

// TakeLink deletes a link. ErrNotFound when another request took it.
func (q Queries) TakeLink(ctx context.Context, tenantID, id string) error {
	return q.execOne(ctx, "DELETE FROM links WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// DropLinks removes the user's links of some kinds, but those with an id in except.
func (q Queries) DropLinks(ctx context.Context, tenantID, userID string, kinds, except []string) error {
	if len(kinds) == 0 {
		return nil
	}
	text, args := "DELETE FROM links WHERE tenant_id = $1 AND user_id = $2 AND kind IN ("+placeholders(3, len(kinds))+")", []any{tenantID, userID}
	for _, k := range kinds {
		args = append(args, k)
	}
	if len(except) > 0 {
		text += " AND id NOT IN (" + placeholders(len(args)+1, len(except)) + ")"
	}
	for _, id := range except {
		args = append(args, id)
	}
	_, err := q.exec(ctx, text, args...)
	return err
}

// MailRequest is a mail for whoever has an address, if somebody has.
type MailRequest struct {
	TenantID, ID string
	Kind         string
	Email        string
	Client       sallyport.Client
	LockedUntil  time.Time // end of the lock
	CreatedAt    time.Time
}

const mailRequestColumns = "tenant_id, id, kind, email, client, locked_until, created_at"

// AddMailRequest stores a request.
func (q Queries) AddMailRequest(ctx context.Context, r MailRequest) error {
	_, err := q.exec(ctx, "INSERT INTO mail_requests ("+mailRequestColumns+") VALUES ("+placeholders(1, 7)+")",
		r.TenantID, r.ID, r.Kind, r.Email, toJSON(r.Client), micros(r.LockedUntil), micros(r.CreatedAt))
	return err
}

// MailRequests returns up to limit requests of all tenants, the oldest first.
func (q Queries) MailRequests(ctx context.Context, limit int) ([]MailRequest, error) {
	return all(ctx, q, func(scan func(...any) error) (r MailRequest, err error) {
		var client string
		var until, created int64
		if err = scan(&r.TenantID, &r.ID, &r.Kind, &r.Email, &client, &until, &created); err != nil {
			return r, err
		}
		r.LockedUntil, r.CreatedAt = fromMicros(until), fromMicros(created)
		return r, json.Unmarshal([]byte(client), &r.Client)
	}, "SELECT "+mailRequestColumns+" FROM mail_requests ORDER BY created_at, id LIMIT $1", limit)
}

// TakeMailRequest deletes a request. ErrNotFound when another node took it.
func (q Queries) TakeMailRequest(ctx context.Context, tenantID, id string) error {
	return q.execOne(ctx, "DELETE FROM mail_requests WHERE tenant_id = $1 AND id = $2", tenantID, id)
}
