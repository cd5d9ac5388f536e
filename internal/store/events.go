package store

import (
	"context"
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
	CreatedAt time.Time
	Body      string
}

// AuditHead is the size and state of a tenant's audit tree.
type AuditHead struct {
	Size  int64
	Root  []byte // empty while Size is 0
	Peaks []byte // hashes of 32 bytes, see package audit
}

const eventColumns = "seq, id, kind, actor_id, user_id, created_at, body"

func scanEvent(scan func(...any) error) (e EventRow, err error) {
	var created int64
	err = scan(&e.Seq, &e.ID, &e.Kind, &e.ActorID, &e.UserID, &created, &e.Body)
	e.CreatedAt = fromMicros(created)
	return e, err
}

func scanHead(scan func(...any) error) (h AuditHead, err error) {
	return h, scan(&h.Size, &h.Root, &h.Peaks)
}

// LockAuditHead returns the head of the tenant's log and keeps every other
// transaction from appending to it until this one ends.
func (tx *Tx) LockAuditHead(ctx context.Context, tenantID string) (AuditHead, error) {
	return get(ctx, tx.Queries, scanHead,
		"SELECT size, root, peaks FROM audit_heads WHERE tenant_id = $1"+tx.forUpdate(), tenantID)
}

// AuditHead returns the head of the tenant's log.
func (q Queries) AuditHead(ctx context.Context, tenantID string) (AuditHead, error) {
	return get(ctx, q, scanHead, "SELECT size, root, peaks FROM audit_heads WHERE tenant_id = $1", tenantID)
}

// AppendEvents stores events, the tree hashes that come with them from position
// on, and the new head.
func (tx *Tx) AppendEvents(ctx context.Context, tenantID string, events []EventRow, position int64, hashes [][]byte, head AuditHead) error {
	const chunk = 100 // rows in one statement: both engines bound its parameters
	for rest := events; len(rest) > 0; rest = rest[min(chunk, len(rest)):] {
		var values []string
		var args []any
		for _, e := range rest[:min(chunk, len(rest))] {
			values = append(values, "("+placeholders(len(args)+1, 8)+")")
			args = append(args, tenantID, e.Seq, e.ID, e.Kind, e.ActorID, e.UserID, micros(e.CreatedAt), e.Body)
		}
		if _, err := tx.exec(ctx, "INSERT INTO events (tenant_id, "+eventColumns+") VALUES "+strings.Join(values, ", "), args...); err != nil {
			return err
		}
	}
	for len(hashes) > 0 {
		n := min(chunk, len(hashes))
		var values []string
		var args []any
		for _, h := range hashes[:n] {
			values = append(values, "("+placeholders(len(args)+1, 3)+")")
			args = append(args, tenantID, position, h)
			position++
		}
		if _, err := tx.exec(ctx, "INSERT INTO audit_hashes (tenant_id, position, hash) VALUES "+strings.Join(values, ", "), args...); err != nil {
			return err
		}
		hashes = hashes[n:]
	}
	return tx.execOne(ctx, "UPDATE audit_heads SET size = $2, root = $3, peaks = $4 WHERE tenant_id = $1",
		tenantID, head.Size, head.Root, head.Peaks)
}

// Events returns up to limit events from position from on, in order: what
// verification and export read.
func (q Queries) Events(ctx context.Context, tenantID string, from int64, limit int) ([]EventRow, error) {
	return all(ctx, q, scanEvent, "SELECT "+eventColumns+" FROM events WHERE tenant_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3",
		tenantID, from, limit)
}

// EventsOfUser returns up to limit events that concern one user, of the given
// kinds or of all, below position before, newest first.
func (q Queries) EventsOfUser(ctx context.Context, tenantID, userID string, kinds []string, before int64, limit int) ([]EventRow, error) {
	args := []any{tenantID, userID, before, limit}
	where := ""
	if len(kinds) > 0 {
		where = " AND kind IN (" + placeholders(len(args)+1, len(kinds)) + ")"
		for _, k := range kinds {
			args = append(args, k)
		}
	}
	return all(ctx, q, scanEvent, "SELECT "+eventColumns+` FROM events
		WHERE tenant_id = $1 AND user_id = $2 AND seq < $3`+where+" ORDER BY seq DESC LIMIT $4", args...)
}

// CountEvents returns how many events are stored for the tenant, whatever the
// head says.
func (q Queries) CountEvents(ctx context.Context, tenantID string) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM events WHERE tenant_id = $1", tenantID)
}

// AuditHashes returns up to limit stored tree hashes from a position on, in order.
func (q Queries) AuditHashes(ctx context.Context, tenantID string, from int64, limit int) ([][]byte, error) {
	return all(ctx, q, func(scan func(...any) error) (h []byte, err error) { return h, scan(&h) },
		"SELECT hash FROM audit_hashes WHERE tenant_id = $1 AND position >= $2 ORDER BY position LIMIT $3", tenantID, from, limit)
}
