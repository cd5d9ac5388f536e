package store

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

const blockColumns = "tenant_id, id, network, reason, created_by, created_at, expires_at"

func scanBlock(scan func(...any) error) (b sallyport.NetworkBlock, err error) {
	var network string
	var created, expires int64
	if err = scan(&b.TenantID, &b.ID, &network, &b.Reason, &b.CreatedBy, &created, &expires); err != nil {
		return b, err
	}
	b.CreatedAt, b.ExpiresAt = fromMicros(created), fromMicros(expires)
	b.Network, err = netip.ParsePrefix(network)
	return b, err
}

// AddBlock stores a block of a network. ErrConflict when this network is blocked already.
func (q Queries) AddBlock(ctx context.Context, b sallyport.NetworkBlock) error {
	first, last := ends(b.Network)
	if _, err := q.exec(ctx, "DELETE FROM network_blocks WHERE tenant_id = $1 AND first_ip = $2 AND last_ip = $3 AND expires_at <= $4",
		b.TenantID, first[:], last[:], micros(b.CreatedAt)); err != nil {
		return err
	}
	_, err := q.exec(ctx, "INSERT INTO network_blocks ("+blockColumns+", first_ip, last_ip) VALUES ("+placeholders(1, 9)+")",
		b.TenantID, b.ID, b.Network.String(), b.Reason, b.CreatedBy, micros(b.CreatedAt), micros(b.ExpiresAt), first[:], last[:])
	return err
}

// Block returns one block of the tenant that is not over, or ErrNotFound.
func (q Queries) Block(ctx context.Context, tenantID, id string, now time.Time) (sallyport.NetworkBlock, error) {
	return get(ctx, q, scanBlock, "SELECT "+blockColumns+" FROM network_blocks WHERE tenant_id = $1 AND id = $2 AND expires_at > $3", tenantID, id, micros(now))
}

// BlockOf returns the block that covers a whole network, an address among them: the one that
// lasts longest, or ErrNotFound. Of an address that is not known there is none.
func (q Queries) BlockOf(ctx context.Context, tenantID string, network netip.Prefix, now time.Time) (sallyport.NetworkBlock, error) {
	if !network.IsValid() {
		return sallyport.NetworkBlock{}, sallyport.ErrNotFound
	}
	first, last := ends(network)
	return get(ctx, q, scanBlock, "SELECT "+blockColumns+` FROM network_blocks
		WHERE tenant_id = $1 AND first_ip <= $2 AND last_ip >= $3 AND expires_at > $4 ORDER BY expires_at DESC LIMIT 1`,
		tenantID, first[:], last[:], micros(now))
}

// Admit is asked before anything that somebody without a session begins or goes on with: a
// sign-in, a request for a new password, the use of a mailed link. CodeNetworkBlocked when an
// admin of the tenant blocked the network that the address is in. The answer is the same for
// every account, and for known devices: the admin's word is about the network.
func (q Queries) Admit(ctx context.Context, tenantID, ip string, now time.Time) error {
	a, err := netip.ParseAddr(ip)
	if err != nil { // such as of the command line
		return nil //nolint:nilerr // nobody blocks it
	}
	a = a.Unmap().WithZone("")
	_, err = q.BlockOf(ctx, tenantID, netip.PrefixFrom(a, a.BitLen()), now)
	switch {
	case errors.Is(err, sallyport.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return sallyport.Refuse(sallyport.CodeNetworkBlocked, "")
}

// CountBlocks returns how many blocks a tenant has that are not over.
func (q Queries) CountBlocks(ctx context.Context, tenantID string, now time.Time) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM network_blocks WHERE tenant_id = $1 AND expires_at > $2", tenantID, micros(now))
}

// DropBlock deletes a block. ErrNotFound when there is none.
func (q Queries) DropBlock(ctx context.Context, tenantID, id string) error {
	return q.execOne(ctx, "DELETE FROM network_blocks WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// ListBlocks returns a page of the tenant's blocks that are not over.
func (q Queries) ListBlocks(ctx context.Context, tenantID string, now time.Time, query list.Query) (list.Page[sallyport.NetworkBlock], error) {
	return page(ctx, q, blocks, query, tenantID, micros(now))
}

// lookedAt is how many sessions of a network are looked at to count the live ones.
const lookedAt = 10_000

// CountSessionsFrom returns how many live sessions of the tenant were last used from a network,
// and whether there may be more than were looked at.
func (q Queries) CountSessionsFrom(ctx context.Context, tenantID string, network netip.Prefix, now time.Time) (live int, more bool, err error) {
	first, last := ends(network)
	type counted struct{ all, live int }
	n, err := get(ctx, q, func(scan func(...any) error) (n counted, err error) { return n, scan(&n.all, &n.live) },
		`SELECT COUNT(*), COALESCE(SUM(CASE WHEN status IN ('active', 'suspended') AND expires_at > $4 THEN 1 ELSE 0 END), 0)
		FROM (SELECT status, expires_at FROM sessions WHERE tenant_id = $1 AND ip_bytes >= $2 AND ip_bytes <= $3 ORDER BY ip_bytes DESC LIMIT $5) AS looked`,
		tenantID, first[:], last[:], micros(now), lookedAt)
	return n.live, n.all >= lookedAt, err
}

// OwnAddressIn returns an address in a network from which a live session of the user was last
// used, or ErrNotFound.
func (q Queries) OwnAddressIn(ctx context.Context, tenantID, userID string, network netip.Prefix, now time.Time) (string, error) {
	first, last := ends(network)
	return get(ctx, q, func(scan func(...any) error) (s string, err error) { return s, scan(&s) },
		`SELECT ip_address FROM sessions WHERE tenant_id = $1 AND user_id = $2 AND status IN ('active', 'suspended')
		AND NOT (ip_bytes < $3 OR ip_bytes > $4) AND expires_at > $5 LIMIT 1`, tenantID, userID, first[:], last[:], micros(now))
}
