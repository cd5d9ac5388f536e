package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

// Report is the result of verifying one tenant's log.
type Report struct {
	TenantID string
	Size     int64     // how many events the head covers; of an export, its checkpoint
	Root     tlog.Hash // recomputed; only meaningful without problems
	Waiting  int64     // events that have no place in the tree yet, and are not proven
	Removed  Removed
	Exported int64    // how many events an export has; 0 of a whole log
	Signed   int64    // how many events the last checkpoint covers; 0 without one
	Problems []string // one sentence each, at most maxProblems
}

// Removed is what was removed from a log and is named in it.
type Removed struct {
	Parts  int64     // personal parts
	Before time.Time // of events before this moment, at most
	Runs   int       // by so many events
	People int       // accounts that were deleted, with the parts of all events about and by their users
}

// maxProblems limits a report: the first problems show where to look.
const maxProblems = 20

// lateAfter is how long an event may wait for its place in the tree.
const lateAfter = time.Minute

// Verify recomputes the tenant's tree from the events and compares every event, its personal part,
// every stored hash, the head and the checkpoints with it. progress, when not nil, is called from time
// to time with the number of verified events. It returns an error when the log could not be read;
// problems found in the log are in the report.
func Verify(ctx context.Context, db *store.Store, tenantID string, known Known, progress func(done, size int64)) (Report, error) {
	head, err := db.AuditHead(ctx, tenantID)
	if err != nil {
		return Report{}, err
	}
	v := verifier{db: db, r: Report{TenantID: tenantID, Size: head.Size}, tree: peakHashes{}, marks: map[int64][]mark{}}
	if err := v.checkpoints(ctx, head, known); err != nil {
		return Report{}, err
	}
	if err := v.deleted(ctx); err != nil {
		return Report{}, err
	}
	for v.size < head.Size && !v.full() {
		const chunk = 1000
		placed, err := db.PlacedEvents(ctx, tenantID, v.size, int(min(chunk, head.Size-v.size)))
		if err != nil {
			return Report{}, err
		}
		if len(placed) == 0 || placed[0].Position >= head.Size {
			v.problem("event %d and those after it are missing: the head counts %d", v.size, head.Size)
			return v.r, nil
		}
		for _, p := range placed {
			if p.Position < head.Size { // the head does not cover others, whatever position they state
				v.event(p)
			}
		}
		if err := v.innerHashes(ctx); err != nil {
			return Report{}, err
		}
		if progress != nil {
			progress(v.size, head.Size)
		}
	}
	for _, check := range []func(context.Context, store.AuditHead) error{v.head, v.outside, v.removed} {
		if err := check(ctx, head); err != nil {
			return Report{}, err
		}
	}
	return v.r, nil
}

type verifier struct {
	db      *store.Store
	r       Report
	tree    peakHashes
	size    int64       // leaves added to the tree so far, also the position of the next one
	from    int64       // place of the first hash in pending
	pending []tlog.Hash // computed, not yet compared with the stored ones; with those of leaves
	parts   lost
	marks   map[int64][]mark // checkpoints by their size
}

func (v *verifier) full() bool { return len(v.r.Problems) >= maxProblems }

func (v *verifier) problem(format string, args ...any) {
	if !v.full() {
		v.r.Problems = append(v.r.Problems, fmt.Sprintf(format, args...))
	}
}

func (v *verifier) event(p store.PlacedEvent) {
	for v.size < p.Position && !v.full() {
		v.problem("event %d is missing: no leaf has its position", v.size)
		v.add(tlog.Hash{})
	}
	if v.size < p.Position {
		return // enough problems; the gap may be of any size
	}
	if p.Event == nil {
		v.problem("event %d is missing", p.Position)
		v.add(hashOf(p.Hash))
		return
	}
	hash := tlog.RecordHash([]byte(p.Event.Body))
	if !bytes.Equal(hash[:], p.Hash) {
		v.problem("event %d was changed: its hash is not the one stored for it", p.Position)
	}
	v.add(hash)
	l, apart, err := parse(*p.Event)
	if err != nil {
		v.problem("event %d: its text cannot be read", p.Position)
		return
	}
	v.parts.compare(exported{p.Position, p.Event.Body, p.Event.Personal}, l, v.problem)
	if row := *p.Event; l.ID != row.ID || l.Kind != row.Kind || l.ActorID != row.ActorID || l.UserID != row.UserID ||
		l.SessionID != row.SessionID || l.TargetID != row.TargetID || !sameAddress(apart.IPAddress, row.IPAddress) ||
		!l.CreatedAt.Equal(row.CreatedAt) || l.TenantID != v.r.TenantID || row.Named != foundBy(l, apart, row) {
		v.problem("event %d: its columns say something else than its text", p.Position)
	}
}

// foundBy returns the words that a stored event is found by: none without its personal part, with
// which they go.
func foundBy(l leaf, p personal, row store.EventRow) string {
	if l.Personal != "" && row.Personal == "" {
		return ""
	}
	return names(l, p)
}

// hashOf reads a stored hash; what is none becomes one that no text has.
func hashOf(b []byte) (h tlog.Hash) {
	copy(h[:], b)
	return h
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
	hashes, err := v.tree.add(v.size, leaf)
	if err != nil {
		panic(err) // cannot happen: the tree holds every computed hash
	}
	v.pending = append(v.pending, hashes...)
	v.size++
	v.compare()
}

// innerHashes compares the pending hashes with the stored ones.
func (v *verifier) innerHashes(ctx context.Context) error {
	before := v.from + int64(len(v.pending))
	stored, err := v.db.TreeHashes(ctx, v.r.TenantID, v.from, before)
	if err != nil {
		return err
	}
	for i, want := range v.pending {
		place := v.from + int64(i)
		level, n := tlog.SplitStoredHashIndex(place)
		here := len(stored) > 0 && stored[0].Place == place
		switch {
		case !isStored(level):
			if here {
				v.problem("a tree hash is stored over events %d to %d, where none belongs", n<<level, (n+1)<<level-1)
			}
		case !here:
			v.problem("the tree hash stored over events %d to %d is missing", n<<level, (n+1)<<level-1)
		case !bytes.Equal(stored[0].Hash, want[:]):
			v.problem("the tree hash over events %d to %d does not follow from them", n<<level, (n+1)<<level-1)
		}
		if here {
			stored = stored[1:]
		}
	}
	v.from, v.pending = before, v.pending[:0]
	v.tree = v.tree.keep(v.size)
	return nil
}

// head compares the head with the tree.
func (v *verifier) head(_ context.Context, head store.AuditHead) error {
	switch {
	case v.full():
	case head.Size > 0:
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
	case head.Size < 0:
		v.problem("the head counts %d events", head.Size)
	case len(head.Root) > 0 || len(head.Peaks) > 0:
		v.problem("the head names root %x, and counts no event", head.Root)
	}
	return nil
}

// outside looks at what is stored and not covered by the head.
func (v *verifier) outside(ctx context.Context, head store.AuditHead) error {
	waiting, err := v.db.WaitingEvents(ctx, v.r.TenantID)
	if err != nil {
		return err
	}
	v.r.Waiting = waiting.Events
	if waiting.Strays > 0 {
		v.problem("%d queued numbers are of no event that waits", waiting.Strays)
	}
	if v.r.Waiting > 0 && waiting.Oldest > lateAfter {
		v.problem("%d events have no place in the log yet, and the first of them has waited for %v", v.r.Waiting, waiting.Oldest.Round(time.Second))
	}
	unknown, err := v.db.UnknownEvents(ctx, v.r.TenantID, maxProblems)
	if err != nil {
		return err
	}
	for _, id := range unknown {
		v.problem("the event with the id %q has no place in the log, and does not wait for one", id)
	}
	leaves, hashes, err := v.db.BeyondHead(ctx, v.r.TenantID, head.Size, tlog.StoredHashCount(max(head.Size, 0)))
	if err != nil {
		return err
	}
	// The log may have grown meanwhile. If the head, read last, has not moved, the answers above
	// belong to it.
	now, err := v.db.AuditHead(ctx, v.r.TenantID)
	if err != nil || now.Size != head.Size {
		return err
	}
	if leaves {
		v.problem("there are more events in the log than the head counts: %d", head.Size)
	}
	if hashes {
		v.problem("there are more stored tree hashes than %d events have", max(head.Size, 0))
	}
	return nil
}

// deleted reads whose accounts the log says were deleted. What it says it has to prove, like all events.
func (v *verifier) deleted(ctx context.Context) error {
	rows, err := v.db.DeletionEvents(ctx, v.r.TenantID)
	v.r.Removed.People = 0
	for _, row := range rows {
		if e, err := decode(row); err == nil {
			v.r.Removed.note(e)
			v.parts.of(e)
		}
	}
	return err
}

// removed compares what is missing with what the log says was removed.
func (v *verifier) removed(ctx context.Context, _ store.AuditHead) error {
	rows, err := v.db.RetentionEvents(ctx, v.r.TenantID)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if e, err := decode(row); err == nil {
			v.r.Removed.note(e)
		}
	}
	if err := v.deleted(ctx); err != nil { // some may have begun meanwhile
		return err
	}
	v.r.Removed.Parts = v.parts.count
	v.parts.unsaid(&v.r.Removed, v.problem)
	return nil
}

// note notes what an event says was removed.
func (r *Removed) note(e sallyport.Event) {
	if before, ok := removedBefore(e); ok && Kind(e.Kind) == RetentionApplied {
		r.Runs++
		r.Before = latest(r.Before, before)
	}
	if Kind(e.Kind) == DeletionBegun {
		r.People++
	}
}

// removedBefore returns the moment before which a run of retention removed personal parts.
func removedBefore(e sallyport.Event) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, e.Data["personalBefore"])
	return t, err == nil
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// lost counts personal parts that are missing, and keeps the newest that are not of a deleted account:
// if one was removed without a word they are, since retention removes all before a moment.
type lost struct {
	count   int64
	newest  []lostPart      // at most maxProblems, the newest first
	deleted map[string]bool // ids of users whose accounts were deleted
}

// of notes whose account an event says was deleted.
func (l *lost) of(e sallyport.Event) {
	if Kind(e.Kind) != DeletionBegun {
		return
	}
	if l.deleted == nil {
		l.deleted = map[string]bool{}
	}
	l.deleted[e.UserID] = true
}

type lostPart struct {
	position int64
	created  time.Time
	user, by string // ids
}

// compare compares the personal part of an event with the commitment in its text.
func (l *lost) compare(x exported, of leaf, problem func(string, ...any)) {
	switch {
	case of.Personal == "" && x.personal != "":
		problem("event %d: a personal part was added to it", x.position)
	case of.Personal != "" && x.personal == "" && (l.deleted[of.UserID] || l.deleted[of.ActorID]):
		l.count++
	case of.Personal != "" && x.personal == "":
		l.add(lostPart{x.position, of.CreatedAt, of.UserID, of.ActorID})
	case of.Personal != "" && commitment(x.personal) != of.Personal:
		problem("event %d: its personal part was changed", x.position)
	}
}

// unsaid finds the parts that no event says were removed.
func (l *lost) unsaid(said *Removed, problem func(string, ...any)) {
	for _, p := range l.newest {
		if !p.created.Before(said.Before) && !l.deleted[p.user] && !l.deleted[p.by] {
			problem("the personal part of event %d was removed, and no event says so", p.position)
			said.Parts--
		}
	}
}

func (l *lost) add(p lostPart) {
	l.count++
	i := len(l.newest)
	for i > 0 && l.newest[i-1].created.Before(p.created) {
		i--
	}
	l.newest = slices.Insert(l.newest, i, p)
	l.newest = l.newest[:min(len(l.newest), maxProblems)]
}

// VerifyAll verifies every tenant's log.
func VerifyAll(ctx context.Context, db *store.Store, known Known, progress func(t sallyport.Tenant, done, size int64)) ([]Report, error) {
	tenants, err := db.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	var out []Report
	for _, t := range tenants {
		r, err := Verify(ctx, db, t.ID, known, func(done, size int64) {
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
