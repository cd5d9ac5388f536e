package audit

import (
	"context"
	"crypto/ed25519"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/proof"
	"github.com/sallyport/sallyport/internal/store"
)

// mayRead returns nil when an actor may read the log, with all that proves it.
func mayRead(actor sallyport.Actor) error {
	return access.Allowed(actor, access.AuditView, access.Target{TenantID: actor.TenantID})
}

// All returns a page of the organisation's events. It needs audit.view, which shows everything in
// them.
func (l *Log) All(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.Event], error) {
	if err := mayRead(actor); err != nil {
		return list.Page[sallyport.Event]{}, err
	}
	rows, err := l.db.ListEvents(ctx, actor.TenantID, q.Mean("show", kindsOf))
	if err != nil {
		return list.Page[sallyport.Event]{}, err
	}
	return shown(rows, func(e sallyport.Event) sallyport.Event { return e })
}

// Placed is one event with its place in the log.
type Placed struct {
	Event    sallyport.Event
	Leaf     string // what the tree is made of
	Personal string // the part that can be removed; "" for none
	Position int64  // from 0; -1 while it waits for its place
}

// Event returns an event of the organisation. It needs audit.view.
func (l *Log) Event(ctx context.Context, actor sallyport.Actor, id string) (Placed, error) {
	if err := mayRead(actor); err != nil {
		return Placed{}, err
	}
	return placed(ctx, l.db.Queries, actor.TenantID, id)
}

func placed(ctx context.Context, db store.Queries, tenantID, id string) (Placed, error) {
	row, err := db.EventByID(ctx, tenantID, id)
	if err != nil {
		return Placed{}, err
	}
	e, err := decode(row)
	if err != nil {
		return Placed{}, err
	}
	p := Placed{Event: e, Leaf: row.Body, Personal: row.Personal, Position: -1}
	leaves, err := db.LeavesOf(ctx, tenantID, []int64{row.Seq})
	if len(leaves) == 1 {
		p.Position = leaves[0].Position
	}
	return p, err
}

// Proof returns what proves an event. It needs audit.view. ErrNotFound while no checkpoint covers it,
// which takes about a second.
func (l *Log) Proof(ctx context.Context, actor sallyport.Actor, id string) (Placed, proof.Record, error) {
	p, err := l.Event(ctx, actor, id)
	if err != nil {
		return p, proof.Record{}, err
	}
	r, err := RecordOf(ctx, l.db.Queries, actor.TenantID, p.Position)
	return p, r, err
}

// ProofOf returns an event of a tenant with what proves it. It decides nothing about who may see it.
// ErrNotFound as for Proof.
func ProofOf(ctx context.Context, db store.Queries, tenantID, id string) (EventProof, error) {
	p, err := placed(ctx, db, tenantID, id)
	if err != nil {
		return EventProof{}, err
	}
	r, err := RecordOf(ctx, db, tenantID, p.Position)
	return NewEventProof(p, r), err
}

// RecordOf returns what proves that an event is at a position of a log. It decides nothing about who
// may see it. ErrNotFound when no checkpoint covers the position.
func RecordOf(ctx context.Context, db store.Queries, tenantID string, position int64) (r proof.Record, err error) {
	head, err := db.AuditHead(ctx, tenantID)
	if err != nil {
		return r, err
	}
	if position < 0 || position >= head.CheckpointSize || head.CheckpointSize > proof.MaxSize {
		return r, sallyport.ErrNotFound
	}
	r.Position, r.Checkpoint = position, head.Checkpoint
	r.Hashes, err = tlog.ProveRecord(head.CheckpointSize, position, storedTree{ctx, db, tenantID})
	return r, err
}

// Checkpoint returns the last signed checkpoint of the organisation's log, and how many events it
// covers. It needs audit.view. ErrNotFound when there is none yet.
func (l *Log) Checkpoint(ctx context.Context, actor sallyport.Actor) (signed string, size int64, err error) {
	if err := mayRead(actor); err != nil {
		return "", 0, err
	}
	head, err := l.db.AuditHead(ctx, actor.TenantID)
	if err == nil && (head.Checkpoint == "" || head.CheckpointSize > proof.MaxSize) {
		err = sallyport.ErrNotFound
	}
	return head.Checkpoint, head.CheckpointSize, err
}

// Extension returns what proves that the log goes on after its first events, so many as an older
// checkpoint covers. It needs audit.view. CodeInvalid for more events than the last checkpoint covers.
func (l *Log) Extension(ctx context.Context, actor sallyport.Actor, older int64) (proof.Extension, error) {
	signed, size, err := l.Checkpoint(ctx, actor)
	if err != nil {
		return proof.Extension{}, err
	}
	if older < 0 || older > size {
		return proof.Extension{}, sallyport.Invalid(sallyport.FieldError{Field: "from", Code: "out_of_range"})
	}
	e := proof.Extension{Older: older, Checkpoint: signed}
	if older > 0 && older < size {
		e.Hashes, err = tlog.ProveTree(size, older, storedTree{ctx, l.db.Queries, actor.TenantID})
	}
	return e, err
}

// Key is the public half of a key that signs checkpoints of a log.
type Key struct {
	ID       string
	Verifier string // as programs for such notes read it
	AddedAt  time.Time
}

// Keys returns the public keys that have signed checkpoints of the organisation's log, the oldest
// first. It needs audit.view.
func (l *Log) Keys(ctx context.Context, actor sallyport.Actor) ([]Key, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	return KeysOf(ctx, l.db.Queries, actor.TenantID)
}

// KeysOf returns the public keys of a tenant's log. They are no secret.
func KeysOf(ctx context.Context, db store.Queries, tenantID string) ([]Key, error) {
	stored, err := db.LogKeys(ctx)
	if err != nil {
		return nil, err
	}
	var out []Key
	for _, k := range stored {
		if len(k.Public) != ed25519.PublicKeySize {
			continue // nobody signs with it
		}
		text, err := proof.VerifierKey(proof.Origin(tenantID), k.Public)
		if err != nil {
			return nil, err
		}
		out = append(out, Key{k.ID, text, k.AddedAt})
	}
	return out, nil
}
