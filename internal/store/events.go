package store

import (
	"context"
	"slices"
	"strings"
	"time"
)

// EventRow is one event as stored. Body is what the leaf hash covers.
type EventRow struct {
	Seq       int64
	ID        string
	Kind      string
	ActorID   string
	UserID    string
	SessionID string
	TargetID  string
	IPAddress string
	CreatedAt time.Time
	Body      string
}

// AuditHead is the size and state of a tenant's audit tree.
type AuditHead struct {
	Size  int64
	Root  []byte // empty while Size is 0
	Peaks []byte // hashes of 32 bytes, see package audit
}

const eventColumns = "seq, id, kind, actor_id, user_id, created_at, body, session_id, target_id, ip_bytes"

func scanEvent(scan func(...any) error) (e EventRow, err error) {
	var created int64
	var ip []byte
	err = scan(&e.Seq, &e.ID, &e.Kind, &e.ActorID, &e.UserID, &created, &e.Body, &e.SessionID, &e.TargetID, &ip)
	e.CreatedAt, e.IPAddress = fromMicros(created), ipText(ip)
	return e, err
}

func scanHead(scan func(...any) error) (h AuditHead, err error) {
	return h, scan(&h.Size, &h.Root, &h.Peaks)
}

// LockAuditHead returns the head of the tenant's log, and locks it: no other transaction can
// append until this one ends.
func (tx *Tx) LockAuditHead(ctx context.Context, tenantID string) (AuditHead, error) {
	return get(ctx, tx.Queries, scanHead,
		"SELECT size, root, peaks FROM audit_heads WHERE tenant_id = $1"+tx.forUpdate(), tenantID)
}

// AuditHead returns the head of the tenant's log.
func (q Queries) AuditHead(ctx context.Context, tenantID string) (AuditHead, error) {
	return get(ctx, q, scanHead, "SELECT size, root, peaks FROM audit_heads WHERE tenant_id = $1", tenantID)
}

// Growth is what is appended to a log: events, the hashes they add to its tree from a
// position on, and the new head.
type Growth struct {
	Events []EventRow
	From   int64
	Hashes [][]byte
	Head   AuditHead
}

// AppendEvents stores the growth of a tenant's log.
func (tx *Tx) AppendEvents(ctx context.Context, tenantID string, g Growth) error {
	events := make([][]any, len(g.Events))
	for i, e := range g.Events {
		events[i] = []any{tenantID, e.Seq, e.ID, e.Kind, e.ActorID, e.UserID, micros(e.CreatedAt), e.Body, e.SessionID, e.TargetID, ipBytes(e.IPAddress)}
	}
	if err := tx.insert(ctx, "INSERT INTO events (tenant_id, "+eventColumns+") VALUES ", events); err != nil {
		return err
	}
	hashes := make([][]any, len(g.Hashes))
	for i, h := range g.Hashes {
		hashes[i] = []any{tenantID, g.From + int64(i), h}
	}
	if err := tx.insert(ctx, "INSERT INTO audit_hashes (tenant_id, position, hash) VALUES ", hashes); err != nil {
		return err
	}
	return tx.execOne(ctx, "UPDATE audit_heads SET size = $2, root = $3, peaks = $4 WHERE tenant_id = $1",
		tenantID, g.Head.Size, g.Head.Root, g.Head.Peaks)
}

// insert adds rows of equal length. It uses several statements, because both engines limit
// the number of parameters.
func (tx *Tx) insert(ctx context.Context, into string, rows [][]any) error {
	for chunk := range slices.Chunk(rows, 100) {
		var values []string
		var args []any
		for _, row := range chunk {
			values = append(values, "("+placeholders(len(args)+1, len(row))+")")
			args = append(args, row...)
		}
		if _, err := tx.exec(ctx, into+strings.Join(values, ", "), args...); err != nil {
			return err
		}
	}
	return nil
}

// Events returns up to limit events from a position on, in order, for verification and
// export.
func (q Queries) Events(ctx context.Context, tenantID string, from int64, limit int) ([]EventRow, error) {
	return all(ctx, q, scanEvent, "SELECT "+eventColumns+" FROM events WHERE tenant_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3",
		tenantID, from, limit)
}

// EventsOf selects events of a tenant.
type EventsOf struct {
	TenantID string
	UserID   string    // whom they concern
	ByThem   bool      // or, instead: what they did to others and to the organisation
	Since    time.Time // when they happened, or later
	From     int64     // least position
	Kinds    []string  // none for all kinds
	Limit    int
}

// EventsSince returns the first events of those that which selects, in order.
func (q Queries) EventsSince(ctx context.Context, which EventsOf) ([]EventRow, error) {
	where := "user_id = $2"
	if which.ByThem {
		where = "actor_id = $2 AND user_id <> $2"
	}
	args := []any{which.TenantID, which.UserID, micros(which.Since), which.Limit, which.From}
	if len(which.Kinds) > 0 {
		where += " AND kind IN (" + placeholders(6, len(which.Kinds)) + ")"
	}
	for _, k := range which.Kinds {
		args = append(args, k)
	}
	return all(ctx, q, scanEvent, "SELECT "+eventColumns+" FROM events WHERE tenant_id = $1 AND created_at >= $3 AND seq >= $5 AND "+where+" ORDER BY seq LIMIT $4", args...)
}

// CountEvents returns how many events are stored for the tenant. The head may state another
// number.
func (q Queries) CountEvents(ctx context.Context, tenantID string) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM events WHERE tenant_id = $1", tenantID)
}

// AuditHashes returns up to limit stored tree hashes from a position on, in order.
func (q Queries) AuditHashes(ctx context.Context, tenantID string, from int64, limit int) ([][]byte, error) {
	return all(ctx, q, func(scan func(...any) error) (h []byte, err error) { return h, scan(&h) },
		"SELECT hash FROM audit_hashes WHERE tenant_id = $1 AND position >= $2 ORDER BY position LIMIT $3", tenantID, from, limit)
}
