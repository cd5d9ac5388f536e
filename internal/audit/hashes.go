package audit

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/internal/proof"
	"github.com/sallyport/sallyport/internal/store"
)

// storedTree reads the hashes of a tenant's tree. It implements tlog.HashReader: hashes of levels that
// are not stored follow from those below.
type storedTree struct {
	ctx      context.Context //nolint:containedctx // the interface has no place for it
	db       store.Queries
	tenantID string
}

// ReadHashes implements tlog.HashReader.
func (t storedTree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var leaves, inner []int64
	for _, index := range indexes {
		for _, below := range storedBelow(index) {
			if level, n := tlog.SplitStoredHashIndex(below); level == 0 {
				leaves = append(leaves, n)
			} else {
				inner = append(inner, below)
			}
		}
	}
	found, err := t.read(leaves, inner)
	if err != nil {
		return nil, err
	}
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		var f proof.Fold
		for n, below := range storedBelow(index) {
			h, ok := found[below]
			if !ok {
				return nil, fmt.Errorf("audit log of tenant %s: %w: it lacks the tree hash at %d", t.tenantID, errBroken, below)
			}
			if err := f.Add(proof.Subtree{From: int64(n), To: int64(n) + 1, Hash: h}); err != nil {
				return nil, err
			}
		}
		if out[i], err = f.Root(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// storedBelow returns the stored hashes that a hash is made of: itself, where its level is stored.
func storedBelow(index int64) []int64 {
	level, n := tlog.SplitStoredHashIndex(index)
	up := level % storedLevels
	out := make([]int64, 1<<up)
	for i := range out {
		out[i] = tlog.StoredHashIndex(level-up, n<<up+int64(i))
	}
	return out
}

// read returns stored hashes by their index.
func (t storedTree) read(leaves, inner []int64) (map[int64]tlog.Hash, error) {
	out := make(map[int64]tlog.Hash, len(leaves)+len(inner))
	if len(leaves) > 0 {
		rows, err := t.db.Leaves(t.ctx, t.tenantID, leaves)
		if err != nil {
			return nil, err
		}
		for _, l := range rows {
			out[tlog.StoredHashIndex(0, l.Position)] = hashOf(l.Hash)
		}
	}
	if len(inner) > 0 {
		rows, err := t.db.InnerHashes(t.ctx, t.tenantID, inner)
		if err != nil {
			return nil, err
		}
		for _, h := range rows {
			out[h.Place] = hashOf(h.Hash)
		}
	}
	return out, nil
}
