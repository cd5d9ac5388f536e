// Package audit keeps each tenant's audit log: events, and a Merkle tree over them.
//
//	use ─ change ─┐
//	              ├─ one transaction ─ commit ─ queue ─ Sequencer ─ place in the tree
//	use ─ Append ─┘
//
// An event is written in the transaction of the change that it describes, and queued. It gets its
// place in the tree after the commit, so that changes of a tenant do not wait for each other; on
// SQLite, where there is one writer, just before.
//
// The tree is that of Certificate Transparency (RFC 6962, as golang.org/x/mod sumdb/tlog
// builds it): an event's text is a leaf, inner hashes are stored as they become final, and
// the log's head holds the root. To edit, remove or insert an event in the database one
// must also rewrite the hashes after it and the root; [Verify] recomputes all of them.
//
// What tells who somebody is (address, place, device, names) stands apart from the text, which has
// a commitment to it, so that it can be removed and the tree stays whole.
package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
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
	if actor.KeyID != "" {
		e.Data = map[string]string{ByKey: actor.KeyID}
	}
	return e
}

// Append adds events, all of one tenant, to its log. One without an id gets one.
func Append(ctx context.Context, tx *store.Tx, events ...sallyport.Event) error {
	if len(events) == 0 {
		return nil
	}
	tenantID := events[0].TenantID
	rows := make([]store.EventRow, len(events))
	for i, e := range events {
		var err error
		if rows[i], err = encode(e, tenantID); err != nil {
			return err
		}
	}
	if err := tx.AppendEvents(ctx, tenantID, rows); err != nil {
		return fmt.Errorf("audit log of tenant %s: %w", tenantID, err)
	}
	if tx.OnlyWriter() {
		tx.AtEnd("audit log of "+tenantID, func(ctx context.Context, tx *store.Tx) error {
			n, err := batch, error(nil)
			for n == batch && err == nil {
				n, err = sequence(ctx, tx, tenantID)
			}
			if errors.Is(err, errBroken) {
				return nil // the events wait, which Verify tells; nobody is locked out for a damaged log
			}
			return err
		})
	}
	return nil
}
