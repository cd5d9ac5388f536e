// Package audit keeps each tenant's audit log as a Merkle tree. An event is added in the
// transaction of the change that it describes.
//
//	use ─ change ─┐
//	              ├─ one transaction ─ commit
//	use ─ Append ─┘
//
// The tree is that of Certificate Transparency (RFC 6962, as golang.org/x/mod sumdb/tlog
// builds it): an event's body is a leaf, inner hashes are stored as they become final, and
// the log's head holds the root. To edit, remove or insert an event in the database one
// must also rewrite the hashes after it and the root; [Verify] recomputes all of them.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// New returns an event of this kind by actor at the given time, with the place that the
// actor acts from. The caller adds whom and what it concerns.
func New(actor sallyport.Actor, kind Kind, now time.Time) sallyport.Event {
	e := sallyport.Event{
		TenantID:  actor.TenantID,
		Kind:      string(kind),
		ActorType: actor.Type,
		SessionID: actor.SessionID,
		IPAddress: actor.Client.IPAddress,
		Device:    actor.Client.Info,
		Location:  actor.Client.Location,
		CreatedAt: now,
	}
	if actor.Type == sallyport.ActorUser {
		e.ActorID = actor.UserID
	}
	return e
}

// Append adds events, all of one tenant, to its log. It must be the last statement of a
// transaction, because it locks the tenant's log until the commit.
func Append(ctx context.Context, tx *store.Tx, events ...sallyport.Event) error {
	if len(events) == 0 {
		return nil
	}
	tenantID := events[0].TenantID
	head, err := tx.LockAuditHead(ctx, tenantID)
	if err != nil {
		return fmt.Errorf("audit log of tenant %s: %w", tenantID, err)
	}
	position := tlog.StoredHashCount(head.Size)
	tree := newPeakHashes(head.Size, head.Peaks)
	var rows []store.EventRow
	var hashes [][]byte
	for _, e := range events {
		row, err := encode(e, tenantID, head.Size)
		if err != nil {
			return err
		}
		final, err := tlog.StoredHashesForRecordHash(head.Size, tlog.RecordHash([]byte(row.Body)), tree)
		if err != nil {
			return fmt.Errorf("audit log of tenant %s: %w", tenantID, err)
		}
		first := tlog.StoredHashCount(head.Size)
		for i, h := range final {
			tree[first+int64(i)] = h
			hashes = append(hashes, slices.Clone(h[:]))
		}
		rows = append(rows, row)
		head.Size++
	}
	root, err := tlog.TreeHash(head.Size, tree)
	if err != nil {
		return fmt.Errorf("audit log of tenant %s: %w", tenantID, err)
	}
	head.Root, head.Peaks = root[:], tree.peaks(head.Size)
	return tx.AppendEvents(ctx, tenantID, store.Growth{Events: rows, From: position, Hashes: hashes, Head: head})
}

// body is what is hashed: JSON with the field names of the API.
type body struct {
	Seq       int64                 `json:"seq"`
	ID        string                `json:"id"`
	TenantID  string                `json:"tenantId"`
	Kind      string                `json:"kind"`
	ActorType sallyport.ActorType   `json:"actorType"`
	ActorID   string                `json:"actorId,omitempty"`
	UserID    string                `json:"userId,omitempty"`
	SessionID string                `json:"sessionId,omitempty"`
	TargetID  string                `json:"targetId,omitempty"`
	IPAddress string                `json:"ipAddress,omitempty"`
	Device    *sallyport.DeviceInfo `json:"device,omitempty"`
	Location  *sallyport.Location   `json:"location,omitempty"`
	Data      map[string]string     `json:"data,omitempty"`
	CreatedAt time.Time             `json:"createdAt"`
}

func encode(e sallyport.Event, tenantID string, seq int64) (store.EventRow, error) {
	row, ok := known[Kind(e.Kind)]
	if !ok || e.TenantID != tenantID {
		return store.EventRow{}, fmt.Errorf("audit: event %q of tenant %q cannot be appended to the log of %q", e.Kind, e.TenantID, tenantID)
	}
	for name := range e.Data {
		if !slices.Contains(row.Data, name) {
			return store.EventRow{}, fmt.Errorf("audit: event %q has no detail named %q", e.Kind, name)
		}
	}
	created := e.CreatedAt.UTC().Truncate(time.Microsecond)
	b := body{
		Seq: seq, ID: token.NewID(), TenantID: tenantID, Kind: e.Kind, ActorType: e.ActorType, ActorID: e.ActorID,
		UserID: e.UserID, SessionID: e.SessionID, TargetID: e.TargetID, IPAddress: e.IPAddress,
		Data: e.Data, CreatedAt: created,
	}
	if e.Device != (sallyport.DeviceInfo{}) {
		b.Device = &e.Device
	}
	if e.Location != (sallyport.Location{}) {
		b.Location = &e.Location
	}
	text, err := json.Marshal(b)
	if err != nil {
		return store.EventRow{}, fmt.Errorf("audit: encode event: %w", err)
	}
	return store.EventRow{
		Seq: seq, ID: b.ID, Kind: b.Kind, ActorID: b.ActorID, UserID: b.UserID, SessionID: b.SessionID, TargetID: b.TargetID, IPAddress: b.IPAddress, CreatedAt: created, Body: string(text),
	}, nil
}

func decode(row store.EventRow) (sallyport.Event, error) {
	var b body
	if err := json.Unmarshal([]byte(row.Body), &b); err != nil {
		return sallyport.Event{}, fmt.Errorf("audit: event %d cannot be read: %w", row.Seq, err)
	}
	e := sallyport.Event{
		Seq: b.Seq, ID: b.ID, TenantID: b.TenantID, Kind: b.Kind, ActorType: b.ActorType, ActorID: b.ActorID,
		UserID: b.UserID, SessionID: b.SessionID, TargetID: b.TargetID, IPAddress: b.IPAddress,
		Data: b.Data, CreatedAt: b.CreatedAt,
	}
	if b.Device != nil {
		e.Device = *b.Device
	}
	if b.Location != nil {
		e.Location = *b.Location
	}
	return e, nil
}

// peakHashes holds, by stored position, the hashes that appending to a tree needs: the roots of
// its complete subtrees, one for each 1 in the binary form of its size.
type peakHashes map[int64]tlog.Hash

func newPeakHashes(size int64, peaks []byte) peakHashes {
	t := peakHashes{}
	for i, p := range peakPositions(size) {
		if from := i * tlog.HashSize; from+tlog.HashSize <= len(peaks) {
			t[p] = tlog.Hash(peaks[from : from+tlog.HashSize])
		}
	}
	return t
}

func (t peakHashes) peaks(size int64) []byte {
	var out []byte
	for _, p := range peakPositions(size) {
		h := t[p]
		out = append(out, h[:]...)
	}
	return out
}

// ReadHashes makes peakHashes a tlog.HashReader.
func (t peakHashes) ReadHashes(positions []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(positions))
	for i, p := range positions {
		h, ok := t[p]
		if !ok {
			return nil, fmt.Errorf("audit: the head lacks the tree hash at position %d", p)
		}
		out[i] = h
	}
	return out, nil
}

// peakPositions returns the stored positions of the complete subtrees of a tree with this
// size, largest first.
func peakPositions(size int64) []int64 {
	var out []int64
	var start int64
	for level := 62; level >= 0; level-- {
		if size&(1<<level) != 0 {
			out = append(out, tlog.StoredHashIndex(level, start>>level))
			start += 1 << level
		}
	}
	return out
}
