package store

import (
	"context"
	"time"
)

// InnerHashes returns stored inner hashes of a tenant's tree by their places. Places without one are
// left out.
func (q Queries) InnerHashes(ctx context.Context, tenantID string, places []int64) ([]StoredHash, error) {
	these, arg := q.numbered("place", "$2", places)
	return all(ctx, q, func(scan func(...any) error) (h StoredHash, err error) { return h, scan(&h.Place, &h.Hash) },
		"SELECT place, hash FROM audit_hashes WHERE tenant_id = $1 AND "+these, tenantID, arg)
}

func scanLeaf(scan func(...any) error) (l Leaf, err error) {
	return l, scan(&l.Position, &l.Seq, &l.Hash)
}

// Leaves returns leaves of a tenant's tree by their positions. Positions without one are left out.
func (q Queries) Leaves(ctx context.Context, tenantID string, positions []int64) ([]Leaf, error) {
	these, arg := q.numbered("position", "$2", positions)
	return all(ctx, q, scanLeaf, "SELECT position, seq, hash FROM audit_leaves WHERE tenant_id = $1 AND "+these, tenantID, arg)
}

// LeavesBetween returns the leaves of a tenant's tree from a position on and before another, in
// order.
func (q Queries) LeavesBetween(ctx context.Context, tenantID string, from, before int64) ([]Leaf, error) {
	return all(ctx, q, scanLeaf, "SELECT position, seq, hash FROM audit_leaves WHERE tenant_id = $1 AND position >= $2 AND position < $3 ORDER BY position",
		tenantID, from, before)
}

// LeavesOf returns the leaves of events by their numbers. Events that have no place yet are left out.
func (q Queries) LeavesOf(ctx context.Context, tenantID string, seqs []int64) ([]Leaf, error) {
	these, arg := q.numbered("seq", "$2", seqs)
	return all(ctx, q, scanLeaf, "SELECT position, seq, hash FROM audit_leaves WHERE tenant_id = $1 AND "+these, tenantID, arg)
}

// EventByID returns an event. ErrNotFound when the tenant has none with this id.
func (q Queries) EventByID(ctx context.Context, tenantID, id string) (EventRow, error) {
	return get(ctx, q, scanEvent, "SELECT "+eventColumns+" FROM events WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// Unsigned returns the tenants whose logs have grown since their last checkpoint, or seem to have
// shrunk.
func (q Queries) Unsigned(ctx context.Context) ([]string, error) {
	return all(ctx, q, func(scan func(...any) error) (id string, err error) { return id, scan(&id) },
		"SELECT tenant_id FROM audit_heads WHERE checkpoint_size <> size ORDER BY tenant_id")
}

// SetCheckpoint stores the last signed checkpoint of a tenant's log.
func (tx *Tx) SetCheckpoint(ctx context.Context, tenantID, signed string, size int64) error {
	return tx.execOne(ctx, "UPDATE audit_heads SET checkpoint = $2, checkpoint_size = $3 WHERE tenant_id = $1", tenantID, signed, size)
}

// LogKey is the public half of a key that signs checkpoints.
type LogKey struct {
	ID      string
	Public  []byte // Ed25519
	AddedAt time.Time
}

// LogKeys returns the keys that have ever signed checkpoints of this installation, the oldest first.
func (q Queries) LogKeys(ctx context.Context) ([]LogKey, error) {
	return all(ctx, q, func(scan func(...any) error) (k LogKey, err error) {
		var added int64
		err = scan(&k.ID, &k.Public, &added)
		k.AddedAt = fromMicros(added)
		return k, err
	}, "SELECT id, public, added_at FROM audit_keys ORDER BY added_at, id")
}

// AddLogKey stores a key, and reports whether it was new.
func (tx *Tx) AddLogKey(ctx context.Context, k LogKey) (bool, error) {
	n, err := tx.exec(ctx, "INSERT INTO audit_keys (id, public, added_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", k.ID, k.Public, micros(k.AddedAt))
	return n > 0, err
}

// Delivery is the last checkpoint of a tenant's log that was taken elsewhere by a way.
type Delivery struct {
	TenantID string
	Way      string
	Size     int64
	SentAt   time.Time
}

// ClaimDelivery returns the last delivery by a way, and marks the next one as begun at now. ErrNotFound
// when one was begun after since, by any node.
func (tx *Tx) ClaimDelivery(ctx context.Context, tenantID, way string, since, now time.Time) (Delivery, error) {
	d := Delivery{TenantID: tenantID, Way: way, SentAt: now}
	return get(ctx, tx.Queries, func(scan func(...any) error) (Delivery, error) { return d, scan(&d.Size) },
		`INSERT INTO audit_deliveries (tenant_id, way, size, sent_at) VALUES ($1, $2, 0, $4)
		ON CONFLICT (tenant_id, way) DO UPDATE SET sent_at = excluded.sent_at WHERE audit_deliveries.sent_at <= $3
		RETURNING size`, tenantID, way, micros(since), micros(now))
}

// KeepDelivery stores that a checkpoint was taken elsewhere.
func (q Queries) KeepDelivery(ctx context.Context, d Delivery) error {
	return q.execOne(ctx, "UPDATE audit_deliveries SET size = $3 WHERE tenant_id = $1 AND way = $2", d.TenantID, d.Way, d.Size)
}

// Deliveries returns the last delivery of a tenant's log by each way.
func (q Queries) Deliveries(ctx context.Context, tenantID string) ([]Delivery, error) {
	return all(ctx, q, func(scan func(...any) error) (d Delivery, err error) {
		var sent int64
		err = scan(&d.TenantID, &d.Way, &d.Size, &sent)
		d.SentAt = fromMicros(sent)
		return d, err
	}, "SELECT tenant_id, way, size, sent_at FROM audit_deliveries WHERE tenant_id = $1 AND size > 0 ORDER BY way", tenantID)
}
