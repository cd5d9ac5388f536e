package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
)

const clientColumns = "tenant_id, id, name, hint, hash, former_hash, former_ends_at, created_at, created_by, rotated_at, used_at"

// OAuthClient is a service that asks about tokens, with the hashes of its secret and of the one before it.
type OAuthClient struct {
	sallyport.OAuthClient
	Hash, FormerHash []byte
}

func scanClient(scan func(...any) error) (c OAuthClient, err error) {
	var former, created, rotated, used int64
	err = scan(&c.TenantID, &c.ID, &c.Name, &c.Hint, &c.Hash, &c.FormerHash, &former, &created, &c.CreatedBy, &rotated, &used)
	c.FormerEndsAt, c.CreatedAt, c.RotatedAt, c.UsedAt = fromMicros(former), fromMicros(created), fromMicros(rotated), fromMicros(used)
	return c, err
}

// AddClient stores a client. ErrConflict when the tenant has one of this name.
func (q Queries) AddClient(ctx context.Context, c OAuthClient) error {
	_, err := q.exec(ctx, "INSERT INTO oauth_clients ("+clientColumns+", name_key) VALUES ("+placeholders(1, 12)+")",
		c.TenantID, c.ID, c.Name, c.Hint, c.Hash, blob(c.FormerHash), micros(c.FormerEndsAt), micros(c.CreatedAt), c.CreatedBy, micros(c.RotatedAt), micros(c.UsedAt),
		email.Key(c.Name))
	return err
}

// OAuthClient returns one client of the tenant, or ErrNotFound.
func (q Queries) OAuthClient(ctx context.Context, tenantID, id string) (OAuthClient, error) {
	return get(ctx, q, scanClient, "SELECT "+clientColumns+" FROM oauth_clients WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// OAuthClients returns the clients of the tenant, by name.
func (q Queries) OAuthClients(ctx context.Context, tenantID string) ([]OAuthClient, error) {
	return all(ctx, q, scanClient, "SELECT "+clientColumns+" FROM oauth_clients WHERE tenant_id = $1 ORDER BY name_key", tenantID)
}

// RotateClient replaces the secret of a client. The one before it works until c.FormerEndsAt, where that is set.
func (q Queries) RotateClient(ctx context.Context, c OAuthClient) error {
	return q.execOne(ctx, `UPDATE oauth_clients SET former_hash = hash, former_ends_at = $3, hash = $4, hint = $5, rotated_at = $6
		WHERE tenant_id = $1 AND id = $2`, c.TenantID, c.ID, micros(c.FormerEndsAt), c.Hash, c.Hint, micros(c.RotatedAt))
}

// DropClient deletes a client. ErrNotFound when there is none.
func (q Queries) DropClient(ctx context.Context, tenantID, id string) error {
	return q.execOne(ctx, "DELETE FROM oauth_clients WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// TouchClient records a use of a client.
func (q Queries) TouchClient(ctx context.Context, tenantID, id string, at time.Time) error {
	_, err := q.exec(ctx, "UPDATE oauth_clients SET used_at = $3 WHERE tenant_id = $1 AND id = $2 AND used_at < $3", tenantID, id, micros(at))
	return err
}

// SigningKey is a key that signs tokens from one time to another.
type SigningKey struct {
	TenantID, ID          string
	Private               []byte // sealed
	Public                string // a JWK
	CreatedAt             time.Time
	SignsFrom, SignsUntil time.Time
}

const signingColumns = "tenant_id, id, private_key, public_key, created_at, signs_from, signs_until"

// AddSigningKey stores a key.
func (q Queries) AddSigningKey(ctx context.Context, k SigningKey) error {
	_, err := q.exec(ctx, "INSERT INTO signing_keys ("+signingColumns+") VALUES ("+placeholders(1, 7)+")",
		k.TenantID, k.ID, k.Private, k.Public, micros(k.CreatedAt), micros(k.SignsFrom), micros(k.SignsUntil))
	return err
}

// SigningKeys returns the keys of a tenant, in the order in which they sign.
func (q Queries) SigningKeys(ctx context.Context, tenantID string) ([]SigningKey, error) {
	return all(ctx, q, func(scan func(...any) error) (k SigningKey, err error) {
		var created, from, until int64
		err = scan(&k.TenantID, &k.ID, &k.Private, &k.Public, &created, &from, &until)
		k.CreatedAt, k.SignsFrom, k.SignsUntil = fromMicros(created), fromMicros(from), fromMicros(until)
		return k, err
	}, "SELECT "+signingColumns+" FROM signing_keys WHERE tenant_id = $1 ORDER BY signs_from, id", tenantID)
}

// DropSigningKeys deletes the keys that signed until before a time.
func (q Queries) DropSigningKeys(ctx context.Context, tenantID string, before time.Time) error {
	_, err := q.exec(ctx, "DELETE FROM signing_keys WHERE tenant_id = $1 AND signs_until < $2", tenantID, micros(before))
	return err
}

// ResealSigningKey replaces a sealed key, unless it changed meanwhile.
func (q Queries) ResealSigningKey(ctx context.Context, k SigningKey, old []byte) error {
	_, err := q.exec(ctx, "UPDATE signing_keys SET private_key = $3 WHERE tenant_id = $1 AND id = $2 AND private_key = $4", k.TenantID, k.ID, k.Private, old)
	return err
}
