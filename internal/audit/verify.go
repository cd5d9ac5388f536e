package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

// Report is the result of verifying one tenant's log.
type Report struct {
	TenantID string
	Size     int64     // how many events the head covers
	Root     tlog.Hash // recomputed; only meaningful without problems
	Problems []string  // one sentence each, at most maxProblems
}

// maxProblems limits a report: the first problems show where to look.
const maxProblems = 20

// Verify recomputes the tenant's tree from the events and compares every event, every
// stored hash and the head with it. progress, when not nil, is called from time to time
// with the number of verified events. It returns an error when the log could not be read;
// problems found in the log are in the report.
func Verify(ctx context.Context, db *store.Store, tenantID string, progress func(done, size int64)) (Report, error) {
	head, err := db.AuditHead(ctx, tenantID)
	if err != nil {
		return Report{}, err
	}
	v := verifier{r: Report{TenantID: tenantID, Size: head.Size}, tree: peakHashes{}}
	for v.leaves < head.Size && !v.full() {
		const chunk = 1000
		rows, err := db.Events(ctx, tenantID, v.leaves, int(min(chunk, head.Size-v.leaves)))
		if err != nil {
			return Report{}, err
		}
		if i := slices.IndexFunc(rows, func(row store.EventRow) bool { return row.Seq >= head.Size }); i >= 0 {
			rows = rows[:i] // the head does not cover this event, whatever position it states
		}
		if len(rows) == 0 {
			v.problem("event %d and those after it are missing: the head counts %d", v.leaves, head.Size)
			return v.r, nil
		}
		for _, row := range rows {
			v.event(row)
		}
		if err := v.storedHashes(ctx, db); err != nil {
			return Report{}, err
		}
		if progress != nil {
			progress(v.leaves, head.Size)
		}
	}
	return v.r, v.head(ctx, db, head)
}

type verifier struct {
	r        Report
	tree     peakHashes
	leaves   int64       // events added to the tree so far, also the position of the next one
	position int64       // stored position of the first hash in pending
	pending  []tlog.Hash // computed, not yet compared with the stored ones
}

func (v *verifier) full() bool { return len(v.r.Problems) >= maxProblems }

func (v *verifier) problem(format string, args ...any) {
	if !v.full() {
		v.r.Problems = append(v.r.Problems, fmt.Sprintf(format, args...))
	}
}

func (v *verifier) event(row store.EventRow) {
	for v.leaves < row.Seq && !v.full() {
		v.problem("event %d is missing", v.leaves)
		v.add(tlog.Hash{})
	}
	if v.leaves < row.Seq {
		return // enough problems; the gap may be of any size
	}
	v.add(tlog.RecordHash([]byte(row.Body)))
	e, err := decode(row)
	switch {
	case err != nil:
		v.problem("event %d: its text cannot be read", row.Seq)
	case e.Seq != row.Seq || e.ID != row.ID || e.Kind != row.Kind || e.ActorID != row.ActorID || e.UserID != row.UserID ||
		e.SessionID != row.SessionID || e.TargetID != row.TargetID || !sameAddress(e.IPAddress, row.IPAddress) ||
		!e.CreatedAt.Equal(row.CreatedAt) || e.TenantID != v.r.TenantID:
		v.problem("event %d: its columns say something else than its text", row.Seq)
	}
}

// sameAddress compares an address as it was written with the one of a column, in which an
// IPv4-mapped IPv6 address is the IPv4 one and other texts are none.
func sameAddress(text, column string) bool {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return column == ""
	}
	return a.Unmap().WithZone("").String() == column
}

// add puts the next leaf into the tree.
func (v *verifier) add(leaf tlog.Hash) {
	first := v.position + int64(len(v.pending))
	hashes, err := tlog.StoredHashesForRecordHash(v.leaves, leaf, v.tree)
	if err != nil {
		panic(err) // cannot happen: the tree holds every computed hash
	}
	for i, h := range hashes {
		v.tree[first+int64(i)] = h
	}
	v.pending = append(v.pending, hashes...)
	v.leaves++
}

// storedHashes compares the pending hashes with the stored ones.
func (v *verifier) storedHashes(ctx context.Context, db *store.Store) error {
	stored, err := db.AuditHashes(ctx, v.r.TenantID, v.position, len(v.pending))
	if err != nil {
		return err
	}
	lost := 0
	for i, want := range v.pending {
		have := i - lost
		if have < len(stored) && bytes.Equal(stored[have], want[:]) {
			continue
		}
		level, n := tlog.SplitStoredHashIndex(v.position + int64(i))
		what := fmt.Sprintf("event %d", n)
		if level > 0 {
			what = fmt.Sprintf("events %d to %d", n<<level, (n+1)<<level-1)
		}
		switch {
		case have >= len(stored), i+1 < len(v.pending) && bytes.Equal(stored[have], v.pending[i+1][:]):
			lost++ // this hash is not stored; compare the next computed one with the row
			v.problem("the tree hash stored over %s is missing", what)
		case level == 0:
			v.problem("%s was changed: its hash is not the one stored for it", what)
		default:
			v.problem("tree hash over %s does not follow from them", what)
		}
	}
	v.position += int64(len(v.pending))
	v.pending = v.pending[:0]
	keep := peakHashes{}
	for _, p := range peakPositions(v.leaves) {
		keep[p] = v.tree[p]
	}
	v.tree = keep
	return nil
}

func (v *verifier) head(ctx context.Context, db *store.Store, head store.AuditHead) error {
	if v.full() {
		return nil
	}
	if head.Size > 0 {
		root, err := tlog.TreeHash(head.Size, v.tree)
		if err != nil {
			return err
		}
		v.r.Root = root
		if !bytes.Equal(root[:], head.Root) {
			v.problem("the head names root %x, the events give %s", head.Root, root)
		}
		if !bytes.Equal(v.tree.peaks(head.Size), head.Peaks) {
			v.problem("the head's subtree hashes do not follow from the events")
		}
	} else if len(head.Root) > 0 || len(head.Peaks) > 0 {
		v.problem("the head names root %x, and counts no event", head.Root)
	}
	count, err := db.CountEvents(ctx, v.r.TenantID)
	if err != nil {
		return err
	}
	more, err := db.AuditHashes(ctx, v.r.TenantID, v.position, 1)
	if err != nil {
		return err
	}
	// Events appended during this run come after the head that was read. Reading the head
	// last shows that, if it has not moved, both answers above belong to it.
	now, err := db.AuditHead(ctx, v.r.TenantID)
	if err != nil {
		return err
	}
	if count < head.Size || now.Size == head.Size && count > head.Size {
		v.problem("there are %d events, the head counts %d", count, head.Size)
	}
	if now.Size == head.Size && len(more) > 0 {
		v.problem("there are more stored tree hashes than %d events have", max(head.Size, 0))
	}
	return nil
}

// VerifyAll verifies every tenant's log.
func VerifyAll(ctx context.Context, db *store.Store, progress func(t sallyport.Tenant, done, size int64)) ([]Report, error) {
	tenants, err := db.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	var out []Report
	for _, t := range tenants {
		r, err := Verify(ctx, db, t.ID, func(done, size int64) {
			if progress != nil {
				progress(t, done, size)
			}
		})
		if errors.Is(err, sallyport.ErrNotFound) {
			r, err = Report{TenantID: t.ID, Problems: []string{"the head of the log is missing"}}, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}
