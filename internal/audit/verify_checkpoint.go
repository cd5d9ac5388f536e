package audit

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/internal/proof"
	"github.com/sallyport/sallyport/internal/store"
)

// Known is what whoever verifies a log knows besides its database. The zero value is nothing.
type Known struct {
	Keys  []note.Verifier // public keys of logs; for a log without one, those that the database names
	Older []string        // signed checkpoints that were kept elsewhere
}

// mark is a checkpoint that the tree has to come by.
type mark struct {
	name string
	root tlog.Hash
}

// checkpoints notes which roots the tree has to come by: that of the stored checkpoint and those of
// checkpoints that were kept elsewhere.
func (v *verifier) checkpoints(ctx context.Context, head store.AuditHead, known Known) error {
	origin := proof.Origin(v.r.TenantID)
	keys := slices.DeleteFunc(slices.Clone(known.Keys), func(k note.Verifier) bool { return k.Name() != origin })
	if len(keys) == 0 {
		var err error
		if keys, err = Verifiers(ctx, v.db.Queries, v.r.TenantID); err != nil {
			return err
		}
	}
	if head.Checkpoint != "" || head.CheckpointSize != 0 {
		c, err := proof.Open(head.Checkpoint, keys...)
		switch {
		case err != nil:
			v.problem("the last checkpoint: %v", err)
		case c.Size != head.CheckpointSize:
			v.problem("the last checkpoint covers %d events, and the head says %d", c.Size, head.CheckpointSize)
		default:
			v.r.Signed = c.Size
			v.mark(c, head, "the last checkpoint")
		}
	}
	for _, signed := range known.Older {
		if !strings.HasPrefix(signed, origin+"\n") && strings.HasPrefix(signed, proof.Origin("")) {
			continue // of another organisation's log
		}
		c, err := proof.Open(signed, keys...)
		if err != nil {
			v.problem("a checkpoint that was kept: %v", err)
			continue
		}
		v.mark(c, head, "the checkpoint that was kept")
	}
	return nil
}

// mark notes a checkpoint of this log.
func (v *verifier) mark(c proof.Checkpoint, head store.AuditHead, name string) {
	if c.Size > head.Size {
		v.problem("the log was cut: %s covers %d events, and the head %d", name, c.Size, head.Size)
		return
	}
	v.marks[c.Size] = append(v.marks[c.Size], mark{name, c.Root})
}

// compare compares the tree with the checkpoints of its present size.
func (v *verifier) compare() {
	for _, m := range v.marks[v.size] {
		root, err := tlog.TreeHash(v.size, v.tree)
		if err != nil {
			panic(err) // cannot happen: the tree holds every computed hash
		}
		if root != m.root {
			v.problem("the first %d events are not those of %s: it names root %s, they give %s", v.size, m.name, m.root, root)
		}
	}
}
