package audit_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/proof"
	"github.com/sallyport/sallyport/internal/store"
)

// A new key signs beside the former one, and the log says so. Whoever knows one of them only goes on
// until it is removed, and what it signed stays good. A key that signed nothing here signs no other
// history.
func TestKeyRotation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.TenantID(t)
		newKey := func() (ed25519.PrivateKey, note.Verifier) {
			public, key, err := ed25519.GenerateKey(nil)
			apptest.Must(t, err)
			v, err := proof.VerifierOf(proof.Origin(tenantID), public)
			apptest.Must(t, err)
			return key, v
		}
		signed := func(db *store.Store) string {
			h, err := db.AuditHead(t.Context(), tenantID)
			apptest.Must(t, err)
			return h.Checkpoint
		}
		appendTo(t, a, some(tenantID, 3)...)
		a.Sequence(t)
		first := signed(a.DB)
		known := keysOf(t, a, tenantID)
		second, ofSecond := newKey()
		both := audit.NewSequencer(a.DB, time.Now, append(a.Keys().LogKeys(), second)...)
		appendTo(t, a, some(tenantID, 1)...)
		apptest.Must(t, both.Run(t.Context())) // it registers the key, and gives that event its place
		apptest.Must(t, both.Run(t.Context()))
		for name, v := range map[string]note.Verifier{"the former key": known[0], "the new key": ofSecond} {
			if _, err := proof.Open(signed(a.DB), v); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		events, err := audit.Since(t.Context(), a.DB.Queries, store.EventsOf{TenantID: tenantID, Kinds: []string{string(audit.LogKeyAdded)}, Limit: 9})
		if err != nil || len(events) != 1 || events[0].Data["key"] != audit.KeyID(second.Public().(ed25519.PublicKey)) || events[0].ActorType != sallyport.ActorSystem {
			t.Errorf("the log says of the new key: %+v, %v", events, err)
		}
		alone := audit.NewSequencer(a.DB, time.Now, second) // the former one was removed from keys.json
		appendTo(t, a, some(tenantID, 1)...)
		apptest.Must(t, alone.Run(t.Context()))
		if _, err := proof.Open(signed(a.DB), known[0]); err == nil {
			t.Error("a key that was removed signs")
		}
		if _, err := proof.Open(first, known...); err != nil {
			t.Errorf("an old checkpoint under its key: %v", err)
		}
		if r := verify(t, a, tenantID); len(r.Problems) > 0 {
			t.Error(r.Problems)
		}
		a.Tampered() // from here on the app's own sequencer knows none of the keys
		stranger, _ := newKey()
		appendTo(t, a, some(tenantID, 1)...)
		if err := audit.NewSequencer(a.DB, time.Now, stranger).Run(t.Context()); err == nil {
			t.Error("a key that is not of this installation goes on after a checkpoint that it cannot read")
		}
	})
}
