package audit

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/proof"
	"github.com/sallyport/sallyport/internal/store"
)

// endorse signs a checkpoint of a tenant's log, if it has grown since the last one. It refuses to sign
// what does not go on after that one and after the last one that this node signed: whoever can only
// change the database gets no signature under another history.
func (s *Sequencer) endorse(ctx context.Context, tx *store.Tx, tenantID string) (now proof.Checkpoint, refused, err error) {
	head, _, err := tx.TakeAuditHead(ctx, tenantID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return now, nil, nil // another node is at it
	}
	if err != nil || head.Size <= 0 || head.Size == head.CheckpointSize {
		return now, nil, err
	}
	next := proof.Checkpoint{Origin: proof.Origin(tenantID), Size: head.Size, Root: hashOf(head.Root)}
	if err := s.goesOn(ctx, tx, tenantID, head, next); err != nil {
		return now, fmt.Errorf("no checkpoint of the audit log of tenant %s is signed: %w", tenantID, err), nil
	}
	signers, err := signersOf(next.Origin, s.keys)
	if err != nil {
		return now, nil, err
	}
	text, err := proof.Sign(next, signers...)
	if err != nil {
		return now, nil, err
	}
	return next, nil, tx.SetCheckpoint(ctx, tenantID, text, next.Size)
}

// goesOn checks that a log goes on after its stored checkpoint and the last one of this node.
func (s *Sequencer) goesOn(ctx context.Context, tx *store.Tx, tenantID string, head store.AuditHead, next proof.Checkpoint) error {
	before, err := s.before(tenantID, head)
	if err != nil {
		return err
	}
	if next.Size > proof.MaxSize {
		return errBroken
	}
	tree := storedTree{ctx, tx.Queries, tenantID}
	if root, err := tlog.TreeHash(next.Size, tree); err != nil || root != next.Root {
		return errors.Join(err, errBroken)
	}
	for _, older := range before {
		if err := extends(older, next, tree); err != nil {
			return err
		}
	}
	return nil
}

// before returns the checkpoints that a new one has to go on after.
func (s *Sequencer) before(tenantID string, head store.AuditHead) (out []proof.Checkpoint, err error) {
	if last, ok := s.last(tenantID); ok {
		out = append(out, last)
	}
	if head.Checkpoint == "" {
		return out, nil
	}
	verifiers, err := verifiersOf(proof.Origin(tenantID), publicKeys(s.keys))
	if err != nil {
		return nil, err
	}
	stored, err := proof.Open(head.Checkpoint, verifiers...)
	if err != nil {
		return nil, fmt.Errorf("the last checkpoint of the audit log of tenant %s: %w", tenantID, err)
	}
	return append(out, stored), nil
}

// extends checks that the log of a tree goes on after an older checkpoint.
func extends(older, now proof.Checkpoint, tree tlog.HashReader) error {
	var hashes tlog.TreeProof
	if 0 < older.Size && older.Size < now.Size {
		var err error
		if hashes, err = tlog.ProveTree(now.Size, older.Size, tree); err != nil {
			return err
		}
	}
	return proof.Extends(older, now, hashes)
}

// last returns the last checkpoint of a tenant's log that this node signed.
func (s *Sequencer) last(tenantID string) (proof.Checkpoint, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.signed[tenantID]
	return c, ok
}

func (s *Sequencer) remember(tenantID string, c proof.Checkpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signed[tenantID] = c
}

// register stores the public halves of this node's keys. When one comes later than the first, each
// organisation's log says so: nobody adds a key in silence.
func (s *Sequencer) register(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		known, err := tx.LogKeys(ctx)
		if err != nil {
			return err
		}
		var tenants []sallyport.Tenant
		if len(known) > 0 {
			if tenants, err = tx.Tenants(ctx); err != nil {
				return err
			}
		}
		for _, public := range publicKeys(s.keys) {
			key := store.LogKey{ID: KeyID(public), Public: public, AddedAt: s.now()}
			added, err := tx.AddLogKey(ctx, key)
			if err != nil {
				return err
			}
			if !added {
				continue
			}
			for _, t := range tenants {
				e := New(sallyport.System(t.ID), LogKeyAdded, key.AddedAt)
				e.Data = map[string]string{"key": key.ID}
				if err := Append(ctx, tx, e); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// KeyID returns the name of a key that signs checkpoints: the beginning of its SHA-256, in hex.
func KeyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

func publicKeys(keys []crypto.Signer) (out []ed25519.PublicKey) {
	for _, k := range keys {
		if public, ok := k.Public().(ed25519.PublicKey); ok {
			out = append(out, public)
		}
	}
	return out
}

func signersOf(origin string, keys []crypto.Signer) (out []note.Signer, err error) {
	for _, k := range keys {
		s, err := proof.SignerOf(origin, k)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func verifiersOf(origin string, keys []ed25519.PublicKey) (out []note.Verifier, err error) {
	for _, k := range keys {
		v, err := proof.VerifierOf(origin, k)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// Verifiers returns the verifiers of a tenant's log: one for each key that has ever signed here.
func Verifiers(ctx context.Context, db store.Queries, tenantID string) ([]note.Verifier, error) {
	stored, err := db.LogKeys(ctx)
	if err != nil {
		return nil, err
	}
	var keys []ed25519.PublicKey
	for _, k := range stored {
		if len(k.Public) == ed25519.PublicKeySize {
			keys = append(keys, k.Public)
		}
	}
	return verifiersOf(proof.Origin(tenantID), keys)
}
