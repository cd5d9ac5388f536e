package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// AuditHead is the size and state of a tenant's audit tree.
type AuditHead struct {
	Size  int64
	Root  []byte // empty while Size is 0
	Peaks []byte // hashes of 32 bytes, see package audit

	Checkpoint     string // the last one that was signed; "" for none
	CheckpointSize int64  // how many events it covers
}

func scanHead(scan func(...any) error) (h AuditHead, err error) {
	return h, scan(&h.Size, &h.Root, &h.Peaks, &h.Checkpoint, &h.CheckpointSize)
}

// Leaf is the place of an event in its tenant's tree.
type Leaf struct {
	Position int64 // from 0, without gaps
	Seq      int64 // of the event
	Hash     []byte
}

// StoredHash is an inner hash of a tree.
type StoredHash struct {
	Place int64 // its index as package tlog counts stored hashes
	Hash  []byte
}

// Growth is what a batch of events adds to a log.
type Growth struct {
	Leaves []Leaf
	Hashes []StoredHash
	Head   AuditHead
}

// headTakenFor is how long a node may keep a head while it does nothing, for example because it was
// stopped: then the database ends its transaction, and another node goes on.
const headTakenFor = 5 * time.Second

// TakeAuditHead returns the head of the tenant's log, and locks it until the transaction ends. beyond
// is whether the log goes on after it, which it must not. ErrNotFound when another transaction has
// the head.
func (tx *Tx) TakeAuditHead(ctx context.Context, tenantID string) (h AuditHead, beyond bool, err error) {
	const what = "size, root, peaks, checkpoint, checkpoint_size, EXISTS (SELECT 1 FROM audit_leaves AS l WHERE l.tenant_id = audit_heads.tenant_id AND l.position >= audit_heads.size)"
	if tx.engine == SQLite {
		h, err = get(ctx, tx.Queries, func(scan func(...any) error) (h AuditHead, err error) {
			return h, scan(&h.Size, &h.Root, &h.Peaks, &h.Checkpoint, &h.CheckpointSize, &beyond)
		}, "SELECT "+what+" FROM audit_heads WHERE tenant_id = $1", tenantID)
		return h, beyond, err
	}
	h, err = get(ctx, tx.Queries, func(scan func(...any) error) (h AuditHead, err error) {
		var limit string
		return h, scan(&h.Size, &h.Root, &h.Peaks, &h.Checkpoint, &h.CheckpointSize, &beyond, &limit)
	}, "SELECT "+what+", set_config('idle_in_transaction_session_timeout', $2, TRUE) FROM audit_heads WHERE tenant_id = $1"+tx.skipLocked(),
		tenantID, strconv.FormatInt(headTakenFor.Milliseconds(), 10))
	return h, beyond, err
}

// AuditHead returns the head of the tenant's log.
func (q Queries) AuditHead(ctx context.Context, tenantID string) (AuditHead, error) {
	return get(ctx, q, scanHead, "SELECT size, root, peaks, checkpoint, checkpoint_size FROM audit_heads WHERE tenant_id = $1", tenantID)
}

// QueuedTenants returns the tenants whose events wait for their places in the tree. On SQLite they do
// where something is wrong with the head.
func (q Queries) QueuedTenants(ctx context.Context) ([]string, error) {
	waiting := `SELECT id FROM tenants WHERE COALESCE((SELECT MAX(seq) FROM events WHERE tenant_id = tenants.id), 0)
		> COALESCE((SELECT MAX(seq) FROM audit_leaves WHERE tenant_id = tenants.id), 0) ORDER BY id`
	if q.engine == Postgres {
		waiting = "SELECT DISTINCT tenant_id FROM audit_queue ORDER BY tenant_id"
	}
	return all(ctx, q, func(scan func(...any) error) (id string, err error) { return id, scan(&id) }, waiting)
}

// QueuedEvents returns the number and the text of the first events that have no place in the tree.
func (tx *Tx) QueuedEvents(ctx context.Context, tenantID string, limit int) ([]EventRow, error) {
	waiting := `SELECT e.seq, e.body FROM events AS e
		WHERE e.tenant_id = $1 AND e.seq > COALESCE((SELECT MAX(seq) FROM audit_leaves WHERE tenant_id = $1), 0) ORDER BY e.seq LIMIT $2`
	if tx.engine == Postgres {
		waiting = `SELECT q.seq, e.body FROM audit_queue AS q JOIN events AS e ON e.tenant_id = q.tenant_id AND e.seq = q.seq
		WHERE q.tenant_id = $1 AND NOT EXISTS (SELECT 1 FROM audit_leaves AS l WHERE l.tenant_id = q.tenant_id AND l.seq = q.seq)
		ORDER BY q.seq LIMIT $2`
	}
	return all(ctx, tx.Queries, func(scan func(...any) error) (e EventRow, err error) { return e, scan(&e.Seq, &e.Body) }, waiting, tenantID, limit)
}

// GrowLog stores what a batch of queued events adds to a tenant's log, and takes them from the
// queue.
func (tx *Tx) GrowLog(ctx context.Context, tenantID string, g Growth) error {
	if err := tx.addLeaves(ctx, tenantID, g.Leaves); err != nil {
		return err
	}
	if err := tx.addHashes(ctx, tenantID, g.Hashes); err != nil {
		return err
	}
	if err := tx.unqueue(ctx, tenantID, g.Leaves); err != nil {
		return err
	}
	return tx.execOne(ctx, "UPDATE audit_heads SET size = $2, root = $3, peaks = $4 WHERE tenant_id = $1",
		tenantID, g.Head.Size, g.Head.Root, g.Head.Peaks)
}

// unqueue takes events from the queue, which SQLite does without.
func (tx *Tx) unqueue(ctx context.Context, tenantID string, leaves []Leaf) error {
	if tx.engine == SQLite {
		return nil
	}
	taken := make([]int64, len(leaves))
	for i, l := range leaves {
		taken[i] = l.Seq
	}
	_, err := tx.exec(ctx, "DELETE FROM audit_queue WHERE tenant_id = $1 AND seq = ANY($2)", tenantID, taken)
	return err
}

func (tx *Tx) addLeaves(ctx context.Context, tenantID string, leaves []Leaf) error {
	const into = "INSERT INTO audit_leaves (tenant_id, position, seq, hash) "
	if tx.engine == Postgres {
		positions, seqs, hashes := make([]int64, len(leaves)), make([]int64, len(leaves)), make([][]byte, len(leaves))
		for i, l := range leaves {
			positions[i], seqs[i], hashes[i] = l.Position, l.Seq, l.Hash
		}
		_, err := tx.exec(ctx, into+"SELECT $1, * FROM unnest($2::BIGINT[], $3::BIGINT[], $4::BYTEA[])", tenantID, positions, seqs, hashes)
		return err
	}
	rows := make([][]any, len(leaves))
	for i, l := range leaves {
		rows[i] = []any{tenantID, l.Position, l.Seq, l.Hash}
	}
	return tx.insert(ctx, into+"VALUES ", rows)
}

// addHashes leaves hashes that are there already: whoever put them there changed the database, and
// verification says so.
func (tx *Tx) addHashes(ctx context.Context, tenantID string, inner []StoredHash) error {
	const into = "INSERT INTO audit_hashes (tenant_id, place, hash) "
	if len(inner) == 0 {
		return nil
	}
	if tx.engine == Postgres {
		places, hashes := make([]int64, len(inner)), make([][]byte, len(inner))
		for i, h := range inner {
			places[i], hashes[i] = h.Place, h.Hash
		}
		_, err := tx.exec(ctx, into+"SELECT $1, * FROM unnest($2::BIGINT[], $3::BYTEA[]) ON CONFLICT DO NOTHING", tenantID, places, hashes)
		return err
	}
	for _, h := range inner { // few, since most levels are not stored
		if _, err := tx.exec(ctx, into+"VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", tenantID, h.Place, h.Hash); err != nil {
			return err
		}
	}
	return nil
}

// insert adds rows of equal length.
func (tx *Tx) insert(ctx context.Context, into string, rows [][]any) error {
	return tx.upsert(ctx, into, rows, "")
}

// upsert is insert with a clause that says what becomes of rows that are there already. It uses
// several statements, because both engines limit the number of parameters.
func (tx *Tx) upsert(ctx context.Context, into string, rows [][]any, conflict string) error {
	for chunk := range slices.Chunk(rows, 100) {
		var values []string
		var args []any
		for _, row := range chunk {
			values = append(values, "("+placeholders(len(args)+1, len(row))+")")
			args = append(args, row...)
		}
		if _, err := tx.exec(ctx, into+strings.Join(values, ", ")+conflict, args...); err != nil {
			return err
		}
	}
	return nil
}

// numbered returns the condition that a column has one of these numbers, and the argument that it
// takes.
func (q Queries) numbered(column, placeholder string, numbers []int64) (condition string, arg any) {
	if q.engine == Postgres {
		return column + " = ANY(" + placeholder + ")", numbers
	}
	return column + " IN (SELECT value FROM json_each(" + placeholder + "))", toJSON(numbers)
}

// named is numbered for texts, such as ids.
func (q Queries) named(column, placeholder string, texts []string) (condition string, arg any) {
	if q.engine == Postgres {
		return column + " = ANY(" + placeholder + ")", texts
	}
	return column + " IN (SELECT value FROM json_each(" + placeholder + "))", toJSON(texts)
}

// PlacedEvent is a leaf with its event. The event is nil when there is none with its number.
type PlacedEvent struct {
	Leaf
	Event *EventRow
}

// PlacedEvents returns up to limit leaves of a tenant's tree from a position on, in order, with
// their events.
func (q Queries) PlacedEvents(ctx context.Context, tenantID string, from int64, limit int) ([]PlacedEvent, error) {
	leaves, err := all(ctx, q, func(scan func(...any) error) (p PlacedEvent, err error) {
		return p, scan(&p.Position, &p.Seq, &p.Hash)
	}, "SELECT position, seq, hash FROM audit_leaves WHERE tenant_id = $1 AND position >= $2 ORDER BY position LIMIT $3", tenantID, from, limit)
	if err != nil {
		return nil, err
	}
	return q.withEvents(ctx, tenantID, leaves)
}

// PlacedAt returns the leaves of a tenant's tree at some positions, in order, with their events.
func (q Queries) PlacedAt(ctx context.Context, tenantID string, positions []int64) ([]PlacedEvent, error) {
	found, err := q.Leaves(ctx, tenantID, positions)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b Leaf) int { return cmp.Compare(a.Position, b.Position) })
	leaves := make([]PlacedEvent, len(found))
	for i, l := range found {
		leaves[i].Leaf = l
	}
	return q.withEvents(ctx, tenantID, leaves)
}

// withEvents adds their events to leaves.
func (q Queries) withEvents(ctx context.Context, tenantID string, leaves []PlacedEvent) ([]PlacedEvent, error) {
	if len(leaves) == 0 {
		return nil, nil
	}
	numbers := make([]int64, len(leaves))
	for i, l := range leaves {
		numbers[i] = l.Seq
	}
	these, arg := q.numbered("seq", "$2", numbers)
	events, err := all(ctx, q, scanEvent, "SELECT "+eventColumns+" FROM events WHERE tenant_id = $1 AND "+these, tenantID, arg)
	if err != nil {
		return nil, err
	}
	bySeq := make(map[int64]*EventRow, len(events))
	for i := range events {
		bySeq[events[i].Seq] = &events[i]
	}
	for i := range leaves {
		leaves[i].Event = bySeq[leaves[i].Seq]
	}
	return leaves, nil
}

// TreeHashes returns the stored inner hashes of a tenant's tree from a place on and before another,
// in order.
func (q Queries) TreeHashes(ctx context.Context, tenantID string, from, before int64) ([]StoredHash, error) {
	return all(ctx, q, func(scan func(...any) error) (h StoredHash, err error) { return h, scan(&h.Place, &h.Hash) },
		"SELECT place, hash FROM audit_hashes WHERE tenant_id = $1 AND place >= $2 AND place < $3 ORDER BY place", tenantID, from, before)
}

// BeyondHead reports whether a tenant has leaves or inner hashes that its head does not cover: leaves
// from the head's size on, and hashes from a place on.
func (q Queries) BeyondHead(ctx context.Context, tenantID string, size, place int64) (leaves, hashes bool, err error) {
	_, err = get(ctx, q, func(scan func(...any) error) (any, error) { return nil, scan(&leaves, &hashes) },
		`SELECT EXISTS (SELECT 1 FROM audit_leaves WHERE tenant_id = $1 AND position >= $2), EXISTS (SELECT 1 FROM audit_hashes WHERE tenant_id = $1 AND place >= $3)`,
		tenantID, size, place)
	return leaves, hashes, err
}

// Waiting is what a tenant's log has not placed in its tree.
type Waiting struct {
	Events int64         // how many wait
	Oldest time.Duration // how long the first of them has
	Strays int64         // queued numbers without an event, or of events that have their place
}

// WaitingEvents returns what waits for its place in a tenant's tree, "" for all tenants. On SQLite
// nothing does, unless something is wrong with the head.
func (q Queries) WaitingEvents(ctx context.Context, tenantID string) (Waiting, error) {
	waiting := `SELECT COUNT(e.seq), COALESCE(` + q.clock() + ` - MIN(e.created_at), 0), (SELECT COUNT(*) FROM audit_queue AS q WHERE q.tenant_id = $1 OR $1 = '')
		FROM tenants AS t JOIN events AS e ON e.tenant_id = t.id AND e.seq > COALESCE((SELECT MAX(seq) FROM audit_leaves WHERE tenant_id = t.id), 0)
		WHERE t.id = $1 OR $1 = ''`
	if q.engine == Postgres {
		waiting = `SELECT COUNT(*) - COUNT(stray), COALESCE(` + q.clock() + ` - MIN(queued_at), 0), COUNT(stray) FROM (SELECT q.queued_at,
			CASE WHEN EXISTS (SELECT 1 FROM events AS e WHERE e.tenant_id = q.tenant_id AND e.seq = q.seq)
			AND NOT EXISTS (SELECT 1 FROM audit_leaves AS l WHERE l.tenant_id = q.tenant_id AND l.seq = q.seq) THEN NULL ELSE 1 END AS stray
			FROM audit_queue AS q WHERE q.tenant_id = $1 OR $1 = '') AS queued`
	}
	return get(ctx, q, func(scan func(...any) error) (w Waiting, err error) {
		var since int64
		err = scan(&w.Events, &since, &w.Strays)
		w.Oldest = max(0, time.Duration(since)*time.Microsecond)
		return w, err
	}, waiting, tenantID)
}

// UnknownEvents returns the ids of the first events of a tenant that have no place in its tree and do
// not wait for one.
func (q Queries) UnknownEvents(ctx context.Context, tenantID string, limit int) ([]string, error) {
	return all(ctx, q, func(scan func(...any) error) (id string, err error) { return id, scan(&id) },
		`SELECT e.id FROM events AS e WHERE e.tenant_id = $1
		AND NOT EXISTS (SELECT 1 FROM audit_leaves AS l WHERE l.tenant_id = e.tenant_id AND l.seq = e.seq)
		AND NOT EXISTS (SELECT 1 FROM audit_queue AS q WHERE q.tenant_id = e.tenant_id AND q.seq = e.seq) ORDER BY e.seq LIMIT $2`, tenantID, limit)
}

// RetentionEvents returns the events by which retention says what it removed, in order.
func (q Queries) RetentionEvents(ctx context.Context, tenantID string) ([]EventRow, error) {
	return all(ctx, q, scanEvent, "SELECT "+eventColumns+" FROM events WHERE tenant_id = $1 AND kind = 'retention.applied' ORDER BY seq", tenantID)
}

// DeletionEvents returns the events that say that the deletion of an account began.
func (q Queries) DeletionEvents(ctx context.Context, tenantID string) ([]EventRow, error) {
	return all(ctx, q, scanEvent, "SELECT "+eventColumns+" FROM events WHERE tenant_id = $1 AND kind = 'account.deletion_begun' ORDER BY created_at, seq", tenantID)
}
