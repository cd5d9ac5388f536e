package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport/internal/email"
)

// Flow is a sign-in or step-up in progress. Facts is the JSON of package signin.
type Flow struct {
	TenantID, ID string
	State        string
	UserID       string // "" as long as nothing is proven
	Email        string // as typed; "" when a passkey is to say who it is
	Client       string // "web" or "native"
	Facts        string
	Version      int64
	SessionID    string // the session of a step-up; "" for a sign-in
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

const flowColumns = "tenant_id, id, state, user_id, email, client, facts, version, session_id, created_at, expires_at"

func scanFlow(scan func(...any) error) (f Flow, err error) {
	var created, expires int64
	err = scan(&f.TenantID, &f.ID, &f.State, &f.UserID, &f.Email, &f.Client, &f.Facts, &f.Version, &f.SessionID, &created, &expires)
	f.CreatedAt, f.ExpiresAt = fromMicros(created), fromMicros(expires)
	return f, err
}

// AddFlow stores a new flow whose token has this hash.
func (q Queries) AddFlow(ctx context.Context, f Flow, tokenHash []byte) error {
	_, err := q.exec(ctx, "INSERT INTO flows ("+flowColumns+", token_hash, email_key) VALUES ("+placeholders(1, 13)+")",
		f.TenantID, f.ID, f.State, f.UserID, f.Email, f.Client, f.Facts, f.Version, f.SessionID, micros(f.CreatedAt), micros(f.ExpiresAt), tokenHash,
		email.Key(f.Email))
	return err
}

// FlowByToken returns the flow whose current token has this hash, or ErrNotFound.
func (q Queries) FlowByToken(ctx context.Context, tenantID string, tokenHash []byte) (Flow, error) {
	return get(ctx, q, scanFlow, "SELECT "+flowColumns+" FROM flows WHERE tenant_id = $1 AND token_hash = $2", tenantID, tokenHash)
}

// MoveFlow saves f under a new token. ErrNotFound when another request moved it since it was
// read: each step is taken once.
func (q Queries) MoveFlow(ctx context.Context, f Flow, tokenHash []byte) error {
	return q.execOne(ctx, `UPDATE flows SET state = $4, facts = $5, version = version + 1, token_hash = $6, user_id = $7, email = $8, expires_at = $9
		WHERE tenant_id = $1 AND id = $2 AND version = $3`,
		f.TenantID, f.ID, f.Version, f.State, f.Facts, tokenHash, f.UserID, f.Email, micros(f.ExpiresAt))
}

// FlowStands returns nil when nobody has moved f since it was read, and otherwise
// ErrNotFound.
func (q Queries) FlowStands(ctx context.Context, f Flow) error {
	_, err := get(ctx, q, func(scan func(...any) error) (n int64, err error) { return n, scan(&n) },
		"SELECT 1 FROM flows WHERE tenant_id = $1 AND id = $2 AND version = $3", f.TenantID, f.ID, f.Version)
	return err
}

// StopFlow leaves a flow in a state from which no step leads on, whoever moves it at the same time. ErrNotFound when
// it is over.
func (q Queries) StopFlow(ctx context.Context, tenantID, id, state string) error {
	return q.execOne(ctx, "UPDATE flows SET state = $3, version = version + 1 WHERE tenant_id = $1 AND id = $2", tenantID, id, state)
}

// EndFlow deletes f. ErrNotFound when another request moved or ended it since it was read.
func (q Queries) EndFlow(ctx context.Context, f Flow) error {
	return q.execOne(ctx, "DELETE FROM flows WHERE tenant_id = $1 AND id = $2 AND version = $3", f.TenantID, f.ID, f.Version)
}

// EndFlowsOfUser removes every flow of one user, and those begun with their address in which
// nothing is proven yet, but the one with id except.
func (q Queries) EndFlowsOfUser(ctx context.Context, tenantID, userID, except string) error {
	if _, err := q.exec(ctx, "DELETE FROM flows WHERE tenant_id = $1 AND user_id = $2 AND id <> $3", tenantID, userID, except); err != nil {
		return err
	}
	_, err := q.exec(ctx, `DELETE FROM flows WHERE tenant_id = $1
		AND email_key = (SELECT email_key FROM users WHERE tenant_id = $1 AND id = $2) AND id <> $3`, tenantID, userID, except)
	return err
}
