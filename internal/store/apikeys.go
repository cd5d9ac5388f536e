package store

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/recall"
)

const keyColumns = `tenant_id, id, user_id, name, hint, permissions, networks, created_at, created_by, session_id, expires_at,
	rotated_at, former_ends_at, status, ended_at, ended_by, end_reason, used_at, used_ip, used_location`

// keyRow receives keyColumns.
type keyRow struct {
	k                                              sallyport.APIKey
	networks, place, status                        string
	created, expires, rotated, former, ended, used int64
}

func (r *keyRow) fields() []any {
	k := &r.k
	return []any{
		&k.TenantID, &k.ID, &k.UserID, &k.Name, &k.Hint, &k.Permissions, &r.networks, &r.created, &k.CreatedBy, &k.SessionID, &r.expires,
		&r.rotated, &r.former, &r.status, &r.ended, &k.EndedBy, &k.EndReason, &r.used, &k.UsedIP, &r.place,
	}
}

func (r *keyRow) key() (sallyport.APIKey, error) {
	k := r.k
	k.CreatedAt, k.ExpiresAt, k.RotatedAt = fromMicros(r.created), fromMicros(r.expires), fromMicros(r.rotated)
	k.FormerEndsAt, k.EndedAt, k.UsedAt = fromMicros(r.former), fromMicros(r.ended), fromMicros(r.used)
	for _, n := range strings.Fields(r.networks) {
		p, err := netip.ParsePrefix(n)
		if err != nil {
			return k, err
		}
		k.Networks = append(k.Networks, p)
	}
	return k, unjson(r.place, &k.UsedLocation)
}

func scanKey(scan func(...any) error) (sallyport.APIKey, error) {
	var r keyRow
	if err := scan(r.fields()...); err != nil {
		return sallyport.APIKey{}, err
	}
	return r.key()
}

// AddKey stores a key whose text has this hash. ErrConflict when its user has a live one of this name.
func (q Queries) AddKey(ctx context.Context, k sallyport.APIKey, hash []byte) error {
	_, err := q.exec(ctx, "INSERT INTO api_keys ("+keyColumns+", name_key, hash) VALUES ("+placeholders(1, 22)+")",
		k.TenantID, k.ID, k.UserID, k.Name, k.Hint, k.Permissions, prefixes(k.Networks), micros(k.CreatedAt), k.CreatedBy, k.SessionID, micros(k.ExpiresAt),
		micros(k.RotatedAt), micros(k.FormerEndsAt), keyStatus(k), micros(k.EndedAt), k.EndedBy, k.EndReason, micros(k.UsedAt), k.UsedIP, toJSON(k.UsedLocation),
		email.Key(k.Name), hash)
	return err
}

// keyStatus is the stored status: a key that expires is active, since time alone ends it.
func keyStatus(k sallyport.APIKey) sallyport.APIKeyStatus {
	if k.EndedAt.IsZero() {
		return sallyport.KeyActive
	}
	return sallyport.KeyRevoked
}

func prefixes(all []netip.Prefix) string {
	text := make([]string, len(all))
	for i, p := range all {
		text[i] = p.String()
	}
	return strings.Join(text, " ")
}

// APIKey returns one key of the tenant, or ErrNotFound.
func (q Queries) APIKey(ctx context.Context, tenantID, id string) (sallyport.APIKey, error) {
	return get(ctx, q, scanKey, "SELECT "+keyColumns+" FROM api_keys WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// APIKeys returns a page of the keys of a tenant.
func (q Queries) APIKeys(ctx context.Context, tenantID string, asked list.Query) (list.Page[sallyport.APIKey], error) {
	return page(ctx, q, apiKeys, asked, tenantID)
}

// KeysOf returns the keys of a user that were not revoked, the newest first.
func (q Queries) KeysOf(ctx context.Context, tenantID, userID string) ([]sallyport.APIKey, error) {
	return all(ctx, q, scanKey, "SELECT "+keyColumns+" FROM api_keys WHERE tenant_id = $1 AND user_id = $2 AND status = 'active' ORDER BY created_at DESC, id DESC",
		tenantID, userID)
}

// EveryKeyOf returns keys of a user that follow another one, the oldest first, also those that were revoked.
func (q Queries) EveryKeyOf(ctx context.Context, tenantID, userID string, after After, limit int) ([]sallyport.APIKey, error) {
	return all(ctx, q, scanKey, "SELECT "+keyColumns+" FROM api_keys WHERE tenant_id = $1 AND user_id = $2 AND (created_at, id) > ($3, $4) ORDER BY created_at, id LIMIT "+
		strconv.Itoa(limit), tenantID, userID, micros(after.At), after.ID)
}

// RotateKey replaces the text of a live key. The one before it works until k.FormerEndsAt, where that is set.
// ErrNotFound when the key was revoked.
func (q Queries) RotateKey(ctx context.Context, k sallyport.APIKey, hash []byte) error {
	q.tell(recall.OfKey, k.TenantID, k.ID)
	return q.execOne(ctx, `UPDATE api_keys SET former_hash = hash, former_ends_at = $3, hash = $4, hint = $5, rotated_at = $6
		WHERE tenant_id = $1 AND id = $2 AND status = 'active'`, k.TenantID, k.ID, micros(k.FormerEndsAt), hash, k.Hint, micros(k.RotatedAt))
}

// EndKey revokes a key. ErrNotFound when it was revoked before.
func (q Queries) EndKey(ctx context.Context, tenantID, id string, e End) error {
	q.tell(recall.OfKey, tenantID, id)
	return q.execOne(ctx, "UPDATE api_keys SET status = 'revoked', ended_at = $3, ended_by = $4, end_reason = $5 WHERE tenant_id = $1 AND id = $2 AND status = 'active'",
		tenantID, id, micros(e.At), e.By, e.Reason)
}

// KeyUse is the last use of a key.
type KeyUse struct {
	TenantID, KeyID string
	At              time.Time
	IP              string
	Location        sallyport.Location
}

// TouchKeys records uses of keys. Older times than the recorded one change nothing.
func (q Queries) TouchKeys(ctx context.Context, batch []KeyUse) error {
	for _, u := range batch {
		if _, err := q.exec(ctx, "UPDATE api_keys SET used_at = $3, used_ip = $4, used_location = $5 WHERE tenant_id = $1 AND id = $2 AND used_at < $3",
			u.TenantID, u.KeyID, micros(u.At), u.IP, toJSON(u.Location)); err != nil {
			return err
		}
	}
	return nil
}
