package store

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/recall"
)

const deviceColumns = `tenant_id, id, user_id, name, info, trust_level, status, last_used_at, last_ip,
	last_location, compromised_at, compromised_reason, compromised_by, created_at, fingerprint, is_primary,
	trust_reason, verified_at, ended_at, ended_reason, quiet`

func scanDevice(scan func(...any) error) (d sallyport.Device, err error) {
	var info, location, fingerprint, quiet string
	var used, compromised, created, verified, ended int64
	err = scan(&d.TenantID, &d.ID, &d.UserID, &d.Name, &info, &d.TrustLevel, &d.Status, &used, &d.LastIP,
		&location, &compromised, &d.CompromisedReason, &d.CompromisedBy, &created, &fingerprint, &d.Primary,
		&d.TrustReason, &verified, &ended, &d.EndedReason, &quiet)
	if err != nil {
		return d, err
	}
	d.LastUsedAt, d.CompromisedAt, d.CreatedAt = fromMicros(used), fromMicros(compromised), fromMicros(created)
	d.VerifiedAt, d.EndedAt = fromMicros(verified), fromMicros(ended)
	err = unjson(info, &d.Info, location, &d.LastLocation, fingerprint, &d.Fingerprint, quiet, &d.Quiet)
	if len(d.Quiet) == 0 {
		d.Quiet = nil
	}
	return d, err
}

// AddDevice stores a new device whose credential has this hash.
func (q Queries) AddDevice(ctx context.Context, d sallyport.Device, tokenHash []byte) error {
	_, err := q.exec(ctx, `INSERT INTO devices (`+deviceColumns+`, token_hash, ip_bytes) VALUES (`+placeholders(1, 23)+`)`,
		d.TenantID, d.ID, d.UserID, d.Name, toJSON(d.Info), d.TrustLevel, d.Status, micros(d.LastUsedAt), d.LastIP,
		toJSON(d.LastLocation), micros(d.CompromisedAt), d.CompromisedReason, d.CompromisedBy, micros(d.CreatedAt), toJSON(d.Fingerprint), d.Primary,
		d.TrustReason, micros(d.VerifiedAt), micros(d.EndedAt), d.EndedReason, toJSON(append([]sallyport.Signal{}, d.Quiet...)), tokenHash, ipBytes(d.LastIP))
	return err
}

// DeviceByToken returns the user's device whose credential has this hash, or ErrNotFound.
// It does not find another user's device.
func (q Queries) DeviceByToken(ctx context.Context, tenantID, userID string, tokenHash []byte) (sallyport.Device, error) {
	return get(ctx, q, scanDevice, `SELECT `+deviceColumns+` FROM devices
		WHERE tenant_id = $1 AND token_hash = $2 AND user_id = $3`, tenantID, tokenHash, userID)
}

// DeviceOfAnybody returns the device whose credential has this hash, whoever owns it, or
// ErrNotFound.
func (q Queries) DeviceOfAnybody(ctx context.Context, tenantID string, tokenHash []byte) (sallyport.Device, error) {
	return get(ctx, q, scanDevice, `SELECT `+deviceColumns+` FROM devices WHERE tenant_id = $1 AND token_hash = $2`, tenantID, tokenHash)
}

// DeviceByFormerToken returns the user's device whose former credential has this hash, and
// when it was replaced, or ErrNotFound.
func (q Queries) DeviceByFormerToken(ctx context.Context, tenantID, userID string, tokenHash []byte) (d sallyport.Device, replaced time.Time, err error) {
	id, err := get(ctx, q, func(scan func(...any) error) (id string, err error) {
		var at int64
		err = scan(&id, &at)
		replaced = fromMicros(at)
		return id, err
	}, "SELECT device_id, replaced_at FROM device_credentials WHERE tenant_id = $1 AND token_hash = $2", tenantID, tokenHash)
	if err != nil {
		return d, replaced, err
	}
	d, err = q.Device(ctx, tenantID, id)
	if err == nil && d.UserID != userID {
		err = sallyport.ErrNotFound
	}
	return d, replaced, err
}

// Device returns one device of the tenant, or ErrNotFound.
func (q Queries) Device(ctx context.Context, tenantID, id string) (sallyport.Device, error) {
	return get(ctx, q, scanDevice, "SELECT "+deviceColumns+" FROM devices WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// TrustedDevices returns up to limit active, trusted devices of a user, the last used first.
func (q Queries) TrustedDevices(ctx context.Context, tenantID, userID string, limit int) ([]sallyport.Device, error) {
	return all(ctx, q, scanDevice, `SELECT `+deviceColumns+` FROM devices
		WHERE tenant_id = $1 AND user_id = $2 AND NOT (trust_level <= 0) AND NOT (status <> 'active') AND compromised_at = 0
		ORDER BY last_used_at DESC, id DESC LIMIT $3`, tenantID, userID, limit)
}

// UseDevice records when and where a device was last used, its description, and its
// fingerprint if the client sent one.
func (q Queries) UseDevice(ctx context.Context, d sallyport.Device) error {
	if err := q.execOne(ctx, `UPDATE devices SET last_used_at = $3, last_ip = $4, last_location = $5, info = $6, ip_bytes = $7, announced_at = 0
		WHERE tenant_id = $1 AND id = $2`,
		d.TenantID, d.ID, micros(d.LastUsedAt), d.LastIP, toJSON(d.LastLocation), toJSON(d.Info), ipBytes(d.LastIP)); err != nil || !d.Fingerprint.Given() {
		return err
	}
	return q.execOne(ctx, "UPDATE devices SET fingerprint = $3 WHERE tenant_id = $1 AND id = $2", d.TenantID, d.ID, toJSON(d.Fingerprint))
}

// RotateDevice replaces a device's credential and remembers the former one. ErrNotFound
// when old is no longer the current one.
func (q Queries) RotateDevice(ctx context.Context, d sallyport.Device, old, tokenHash []byte, now time.Time) error {
	if err := q.execOne(ctx, "UPDATE devices SET token_hash = $4, rotated_at = $5 WHERE tenant_id = $1 AND id = $2 AND token_hash = $3",
		d.TenantID, d.ID, old, tokenHash, micros(now)); err != nil {
		return err
	}
	_, err := q.exec(ctx, "INSERT INTO device_credentials (tenant_id, token_hash, device_id, replaced_at) VALUES ($1, $2, $3, $4)",
		d.TenantID, old, d.ID, micros(now))
	return err
}

// TrustDevice stores an active device's trust, with reason and time. ErrNotFound when the
// device is blocked.
func (q Queries) TrustDevice(ctx context.Context, d sallyport.Device) error {
	q.tell(recall.OfDevice, d.TenantID, d.ID)
	return q.execOne(ctx, `UPDATE devices SET trust_level = $3, trust_reason = $4, verified_at = $5
		WHERE tenant_id = $1 AND id = $2 AND status = 'active' AND compromised_at = 0`, d.TenantID, d.ID, d.TrustLevel, d.TrustReason, micros(d.VerifiedAt))
}

// CountTrusted returns how many active devices of a user are trusted.
func (q Queries) CountTrusted(ctx context.Context, tenantID, userID string) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM devices WHERE tenant_id = $1 AND user_id = $2 AND NOT (trust_level <= 0) AND NOT (status <> 'active') AND compromised_at = 0", tenantID, userID)
}

// SetDeviceStatus sets a device's status (suspended, revoked, or active again), with time
// and reason. ErrNotFound when its present status is neither from nor or.
func (q Queries) SetDeviceStatus(ctx context.Context, d sallyport.Device, from sallyport.DeviceStatus, or ...sallyport.DeviceStatus) error {
	args := []any{d.TenantID, d.ID, d.Status, micros(d.EndedAt), d.EndedReason, from}
	for _, status := range or {
		args = append(args, status)
	}
	q.tell(recall.OfDevice, d.TenantID, d.ID)
	return q.execOne(ctx, `UPDATE devices SET status = $3, ended_at = $4, ended_reason = $5, is_primary = FALSE
		WHERE tenant_id = $1 AND id = $2 AND status IN (`+placeholders(6, len(or)+1)+")", args...)
}

// FlagDevice marks a device as compromised, with time, reason and by whom. ErrNotFound when
// it is marked already.
func (q Queries) FlagDevice(ctx context.Context, d sallyport.Device) error {
	q.tell(recall.OfDevice, d.TenantID, d.ID)
	return q.execOne(ctx, `UPDATE devices SET compromised_at = $3, compromised_reason = $4, compromised_by = $5, trust_level = 0, trust_reason = '', is_primary = FALSE
		WHERE tenant_id = $1 AND id = $2 AND compromised_at = 0`, d.TenantID, d.ID, micros(d.CompromisedAt), d.CompromisedReason, d.CompromisedBy)
}

// ClearDevice removes the mark of compromise and stores the device's trust. ErrNotFound when
// it has no mark.
func (q Queries) ClearDevice(ctx context.Context, d sallyport.Device) error {
	q.tell(recall.OfDevice, d.TenantID, d.ID)
	return q.execOne(ctx, `UPDATE devices SET compromised_at = 0, compromised_reason = '', compromised_by = '', trust_level = $3, trust_reason = $4, verified_at = $5
		WHERE tenant_id = $1 AND id = $2 AND compromised_at > 0`, d.TenantID, d.ID, d.TrustLevel, d.TrustReason, micros(d.VerifiedAt))
}

// OfferPasskey records that a passkey was offered on a device. ErrNotFound when it was before.
func (q Queries) OfferPasskey(ctx context.Context, tenantID, deviceID string, now time.Time) error {
	return q.execOne(ctx, "UPDATE devices SET passkey_offered_at = $3 WHERE tenant_id = $1 AND id = $2 AND passkey_offered_at = 0",
		tenantID, deviceID, micros(now))
}

// RenameDevice renames a device.
func (q Queries) RenameDevice(ctx context.Context, tenantID, id, name string) error {
	return q.execOne(ctx, "UPDATE devices SET name = $3 WHERE tenant_id = $1 AND id = $2 AND status <> 'revoked'", tenantID, id, name)
}

// SetPrimaryDevice makes one of a user's active devices the only primary one.
func (q Queries) SetPrimaryDevice(ctx context.Context, tenantID, userID, id string) error {
	if _, err := q.exec(ctx, "UPDATE devices SET is_primary = FALSE WHERE tenant_id = $1 AND user_id = $2 AND is_primary", tenantID, userID); err != nil {
		return err
	}
	return q.execOne(ctx, "UPDATE devices SET is_primary = TRUE WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND status = 'active' AND compromised_at = 0", tenantID, userID, id)
}

// QuietDevice stores the signals that a device's owner has explained.
func (q Queries) QuietDevice(ctx context.Context, tenantID, id string, quiet []sallyport.Signal) error {
	return q.execOne(ctx, "UPDATE devices SET quiet = $3 WHERE tenant_id = $1 AND id = $2", tenantID, id, toJSON(append([]sallyport.Signal{}, quiet...)))
}

// OtherUsersOf returns how many other users have a device with one of these credentials
// that was used since a time: other people who use the same browser.
func (q Queries) OtherUsersOf(ctx context.Context, tenantID, userID string, tokenHashes [][]byte, since time.Time) (n int, err error) {
	for _, h := range tokenHashes {
		one, err := count(ctx, q, "SELECT COUNT(*) FROM devices WHERE tenant_id = $1 AND token_hash = $2 AND user_id <> $3 AND last_used_at > $4",
			tenantID, h, userID, micros(since))
		if err != nil {
			return 0, err
		}
		n += int(one)
	}
	return n, nil
}

// Whose are those in a group of a tenant, or everybody in it.
type Whose struct {
	TenantID string
	GroupID  string // "" for everybody
}

// due begins a query for devices of a tenant: of everybody, or of those in a group, whose devices
// are then looked at one member after the other.
func due(groupID string, args ...any) (string, []any) {
	from := "devices WHERE tenant_id = $1"
	if groupID != "" {
		args = append(args, groupID)
		from = "(SELECT user_id AS member FROM group_members WHERE tenant_id = $1 AND group_id = " + placeholders(len(args), 1) +
			") m CROSS JOIN devices WHERE tenant_id = $1 AND user_id = member"
	}
	return "SELECT " + deviceColumns + " FROM " + from, args
}

// first ends a query of due: the first up to limit of a column, or in a group any of them.
func first(groupID, column string, limit int) string {
	order := " ORDER BY " + column
	if groupID != "" {
		order = ""
	}
	return order + " LIMIT " + strconv.Itoa(limit)
}

// IdleDevices returns up to limit trusted devices of a tenant, or of those in a group, that were not
// used since a time and whose owner has not been told.
func (q Queries) IdleDevices(ctx context.Context, whose Whose, before time.Time, limit int) ([]sallyport.Device, error) {
	query, args := due(whose.GroupID, whose.TenantID, micros(before))
	return all(ctx, q, scanDevice, query+" AND last_used_at <= $2 AND status = 'active' AND trust_level > 0 AND announced_at = 0"+
		first(whose.GroupID, "last_used_at", limit), args...)
}

// AnnouncedDevices returns up to limit trusted devices of a tenant, or of those in a group, that were
// not used since one time and whose owner was told before another time.
func (q Queries) AnnouncedDevices(ctx context.Context, whose Whose, before, told time.Time, limit int) ([]sallyport.Device, error) {
	query, args := due(whose.GroupID, whose.TenantID, micros(before), micros(told))
	return all(ctx, q, scanDevice, query+" AND last_used_at <= $2 AND status = 'active' AND trust_level > 0 AND announced_at > 0 AND announced_at <= $3"+
		first(whose.GroupID, "last_used_at", limit), args...)
}

// AnnounceDevice records that the owner was told of the coming removal of an idle device.
func (q Queries) AnnounceDevice(ctx context.Context, tenantID, id string, now time.Time) error {
	return q.execOne(ctx, "UPDATE devices SET announced_at = $3 WHERE tenant_id = $1 AND id = $2 AND announced_at = 0", tenantID, id, micros(now))
}

// StaleDevices returns up to limit devices of a tenant, or of those in a group, above TrustLow that
// were last verified before a time.
func (q Queries) StaleDevices(ctx context.Context, whose Whose, before time.Time, limit int) ([]sallyport.Device, error) {
	query, args := due(whose.GroupID, whose.TenantID, micros(before))
	stale := "verified_at <= $2 AND trust_level > 1 AND status = 'active'"
	if whose.GroupID != "" { // written so that SQLite does not look through everybody's by an index of these columns
		stale = "+verified_at <= $2 AND +trust_level > 1 AND NOT (status <> 'active')"
	}
	return all(ctx, q, scanDevice, query+" AND "+stale+first(whose.GroupID, "verified_at", limit), args...)
}

// DeviceIDs returns the ids of a user's devices that are not revoked, in order.
func (q Queries) DeviceIDs(ctx context.Context, tenantID, userID string) ([]string, error) {
	return all(ctx, q, scanID,
		"SELECT id FROM devices WHERE tenant_id = $1 AND user_id = $2 AND status <> 'revoked' ORDER BY id", tenantID, userID)
}

// DevicesSince returns the ids of a user's devices that were not known before or at a time, in
// order.
func (q Queries) DevicesSince(ctx context.Context, tenantID, userID string, since time.Time) ([]string, error) {
	return all(ctx, q, scanID,
		"SELECT id FROM devices WHERE tenant_id = $1 AND user_id = $2 AND created_at > $3 ORDER BY id", tenantID, userID, micros(since))
}

// EndTrust ends a device's trust and replaces its credentials by a hash that no client has.
// A suspended device keeps its credentials, so that it stays recognised and refused. A device
// marked as compromised is not changed: ErrNotFound.
func (q Queries) EndTrust(ctx context.Context, tenantID, userID, id string, tokenHash []byte) error {
	q.tell(recall.OfDevice, tenantID, id)
	if err := q.execOne(ctx, `UPDATE devices SET trust_level = 0, trust_reason = '', is_primary = FALSE
		WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND compromised_at = 0`, tenantID, userID, id); err != nil {
		return err
	}
	n, err := q.exec(ctx, "UPDATE devices SET token_hash = $3 WHERE tenant_id = $1 AND id = $2 AND status = 'active'", tenantID, id, tokenHash)
	if err != nil || n == 0 {
		return err
	}
	_, err = q.exec(ctx, "DELETE FROM device_credentials WHERE tenant_id = $1 AND device_id = $2", tenantID, id)
	return err
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
