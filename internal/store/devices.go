package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
)

const deviceColumns = `tenant_id, id, user_id, name, info, trust_level, status, last_used_at, last_ip,
	last_location, compromised_at, compromised_reason, created_at`

func scanDevice(scan func(...any) error) (d sallyport.Device, err error) {
	var info, location string
	var used, compromised, created int64
	err = scan(&d.TenantID, &d.ID, &d.UserID, &d.Name, &info, &d.TrustLevel, &d.Status, &used, &d.LastIP,
		&location, &compromised, &d.CompromisedReason, &created)
	if err != nil {
		return d, err
	}
	d.LastUsedAt, d.CompromisedAt, d.CreatedAt = fromMicros(used), fromMicros(compromised), fromMicros(created)
	return d, unjson(info, &d.Info, location, &d.LastLocation)
}

// AddDevice stores a new device whose credential has this hash.
func (q Queries) AddDevice(ctx context.Context, d sallyport.Device, tokenHash []byte) error {
	_, err := q.exec(ctx, `INSERT INTO devices (`+deviceColumns+`, token_hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		d.TenantID, d.ID, d.UserID, d.Name, toJSON(d.Info), d.TrustLevel, d.Status, micros(d.LastUsedAt), d.LastIP,
		toJSON(d.LastLocation), micros(d.CompromisedAt), d.CompromisedReason, micros(d.CreatedAt), tokenHash)
	return err
}

// DeviceByToken returns the user's device that holds the credential with this
// hash, or ErrNotFound. Another user's device is not found.
func (q Queries) DeviceByToken(ctx context.Context, tenantID, userID string, tokenHash []byte) (sallyport.Device, error) {
	return get(ctx, q, scanDevice, `SELECT `+deviceColumns+` FROM devices
		WHERE tenant_id = $1 AND token_hash = $2 AND user_id = $3`, tenantID, tokenHash, userID)
}

// UseDevice records where a device was last used.
func (q Queries) UseDevice(ctx context.Context, tenantID, id string, c sallyport.Client, now time.Time) error {
	return q.execOne(ctx, `UPDATE devices SET last_used_at = $3, last_ip = $4, last_location = $5, info = $6
		WHERE tenant_id = $1 AND id = $2`,
		tenantID, id, micros(now), c.IPAddress, toJSON(c.Location), toJSON(c.Info))
}

// DeviceIDs returns the ids of a user's devices that are not revoked, in order.
func (q Queries) DeviceIDs(ctx context.Context, tenantID, userID string) ([]string, error) {
	return list(ctx, q, func(scan func(...any) error) (id string, err error) { return id, scan(&id) },
		"SELECT id FROM devices WHERE tenant_id = $1 AND user_id = $2 AND status <> 'revoked' ORDER BY id", tenantID, userID)
}

// EndTrust takes a device's trust, and its credential by putting the hash of one
// that nobody has in its place.
func (q Queries) EndTrust(ctx context.Context, tenantID, userID, id string, tokenHash []byte) error {
	return q.execOne(ctx, "UPDATE devices SET trust_level = 0, token_hash = $4 WHERE tenant_id = $1 AND user_id = $2 AND id = $3",
		tenantID, userID, id, tokenHash)
}

// toJSON encodes one of the root package's plain structs, which cannot fail.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// unjson decodes pairs of text and destination.
func unjson(pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := json.Unmarshal([]byte(pairs[i].(string)), pairs[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// SessionTrust returns how much the device of a session is trusted: not at all
// without one, or when it is blocked.
func (q Queries) SessionTrust(ctx context.Context, tenantID, deviceID string) (sallyport.TrustLevel, error) {
	if deviceID == "" {
		return sallyport.TrustNone, nil
	}
	level, err := get(ctx, q, func(scan func(...any) error) (l sallyport.TrustLevel, err error) { return l, scan(&l) },
		"SELECT trust_level FROM devices WHERE tenant_id = $1 AND id = $2 AND status = 'active' AND compromised_at = 0", tenantID, deviceID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.TrustNone, nil
	}
	return level, err
}
