package audit

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/proof"
)

// Export says which events are exported, and how.
type Export struct {
	Filters url.Values // of list.Events; none for all
	Format  Format
	After   int64 // only events behind this position: the last one of the part before; -1 from the beginning
	Limit   int64 // events of one part, from 1 to MaxExport; 0 for MaxExport
	Since   int64 // events that an older checkpoint covers, with which the export is to be compared; 0 for none
}

// MaxExport is how many events one part of an export has at most.
const MaxExport = 1_000_000

// Exporting is an export that is ready to be written.
type Exporting struct {
	Events int64 // of this part
	Last   int64 // position of its last event; -1 without any
	More   bool  // other parts follow, after Last

	log        *Log
	export     Export
	tenantID   string
	checkpoint string
	size       int64
	chosen     positions
}

// Prepare finds the events of an export: those that the last checkpoint covers. It needs audit.view.
// CodeInvalid for what does not fit; ErrNotFound when nothing was signed yet.
func (l *Log) Prepare(ctx context.Context, actor sallyport.Actor, x Export) (*Exporting, error) {
	signed, size, err := l.Checkpoint(ctx, actor)
	if err != nil {
		return nil, err
	}
	if err := x.check(size); err != nil {
		return nil, err
	}
	if x.Limit == 0 {
		x.Limit = MaxExport
	}
	p := &Exporting{log: l, export: x, tenantID: actor.TenantID, checkpoint: signed, size: size, chosen: newPositions(size)}
	if err := p.choose(ctx, actor); err != nil {
		return nil, err
	}
	p.Events, p.Last, p.More = p.chosen.keep(x.After, x.Limit)
	return p, nil
}

// check returns CodeInvalid for an export that does not fit a log of this size.
func (x Export) check(size int64) error {
	var wrong []sallyport.FieldError
	for _, f := range []struct {
		name string
		ok   bool
	}{
		{"format", formats[x.Format].file != ""},
		{"after", x.After >= -1 && x.After < size},
		{"limit", x.Limit >= 0 && x.Limit <= MaxExport},
		{"since", x.Since >= 0 && x.Since <= size},
	} {
		if !f.ok {
			wrong = append(wrong, sallyport.FieldError{Field: f.name, Code: "out_of_range"})
		}
	}
	if wrong != nil {
		return sallyport.Invalid(wrong...)
	}
	return nil
}

// choose finds the positions of the events that the filters let through.
func (p *Exporting) choose(ctx context.Context, actor sallyport.Actor) error {
	const page = 1000
	values := url.Values{"sort": {"oldest"}}
	for name, given := range p.export.Filters {
		values[name] = given
	}
	q, err := list.Events.Parse(values)
	if err != nil {
		return err // the edges have read them before
	}
	if len(q.Conditions()) == 0 {
		for at := range p.size {
			p.chosen.add(at)
		}
		return nil
	}
	for {
		q.Limit = page
		found, err := p.log.db.ListEvents(ctx, actor.TenantID, q.Mean("show", kindsOf))
		if err != nil {
			return err
		}
		seqs := make([]int64, len(found.Rows))
		for i, e := range found.Rows {
			seqs[i] = e.Seq
		}
		leaves, err := p.log.db.LeavesOf(ctx, actor.TenantID, seqs)
		if err != nil {
			return err
		}
		for _, leaf := range leaves {
			p.chosen.add(leaf.Position)
		}
		if found.Next == "" {
			return nil
		}
		if q, err = q.At(found.Next); err != nil {
			return err
		}
	}
}

// Names of the files of an export.
const (
	proofFile      = "proof.txt"
	checkpointFile = "checkpoint.txt"
)

// Write writes the export: a ZIP file with the events, the hashes of all others, and the checkpoint
// that both lead to. progress is called with the number of written events. What it keeps in memory
// does not depend on the number of events, but for a bit for each event of the log.
func (p *Exporting) Write(ctx context.Context, to io.Writer, progress func(done int64)) error {
	z := zip.NewWriter(to)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for _, part := range []struct {
		name  string
		write func(context.Context, io.Writer) error
	}{
		{formats[p.export.Format].file, func(ctx context.Context, w io.Writer) error { return p.events(ctx, w, progress) }},
		{proofFile, p.proof},
		{checkpointFile, func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, p.checkpoint)
			return err
		}},
	} {
		w, err := z.Create(part.name)
		if err != nil {
			return err
		}
		buffered := bufio.NewWriterSize(w, 64<<10)
		if err := part.write(ctx, buffered); err != nil {
			return err
		}
		if err := buffered.Flush(); err != nil {
			return err
		}
	}
	return z.Close()
}

// events writes the chosen events in the order of their positions.
func (p *Exporting) events(ctx context.Context, to io.Writer, progress func(int64)) error {
	const chunk = 1000
	out := formats[p.export.Format].writer(to)
	var done int64
	at := p.chosen.next(0)
	for at < p.size {
		var these []int64
		for ; at < p.size && len(these) < chunk; at = p.chosen.next(at + 1) {
			these = append(these, at)
		}
		placed, err := p.log.db.PlacedAt(ctx, p.tenantID, these)
		if err != nil {
			return err
		}
		if len(placed) != len(these) {
			return fmt.Errorf("audit log of tenant %s: %w: an event among %d to %d is missing", p.tenantID, errBroken, these[0], these[len(these)-1])
		}
		for _, e := range placed {
			if e.Event == nil {
				return fmt.Errorf("audit log of tenant %s: %w: event %d is missing", p.tenantID, errBroken, e.Position)
			}
			if err := out.write(exported{e.Position, e.Event.Body, e.Event.Personal}); err != nil {
				return err
			}
		}
		done += int64(len(these))
		progress(done)
	}
	return out.end()
}

// block is how many leaves are read at once where some of them are exported: their inner hashes are
// then computed.
const block = 1024

// proof writes the hashes of the largest subtrees in which nothing is exported. None of them goes past
// the end of the older checkpoint, so that its root can be computed too.
func (p *Exporting) proof(ctx context.Context, to io.Writer) error {
	empty := int64(0) // where what has no exported event began
	for empty < p.size {
		first := p.chosen.next(empty) / block * block // the block of the next exported event
		if p.chosen.next(empty) == p.size {
			first = p.size
		}
		if err := p.cover(ctx, to, empty, first); err != nil || first >= p.size {
			return err
		}
		end := min(first+block, p.size)
		if err := p.inBlock(ctx, to, first, end); err != nil {
			return err
		}
		empty = end
	}
	return nil
}

// between returns the subtrees over a range of leaves, divided where the older checkpoint ends.
func (p *Exporting) between(from, to int64) []proof.Subtree {
	if m := p.export.Since; from < m && m < to {
		return append(proof.Cover(from, m), proof.Cover(m, to)...)
	}
	return proof.Cover(from, to)
}

// cover writes the subtrees over leaves none of which is exported.
func (p *Exporting) cover(ctx context.Context, w io.Writer, from, to int64) error {
	subtrees := p.between(from, to)
	places := make([]int64, len(subtrees))
	for i, s := range subtrees {
		places[i] = s.Place()
	}
	if len(places) == 0 {
		return nil
	}
	hashes, err := storedTree{ctx, p.log.db.Queries, p.tenantID}.ReadHashes(places)
	if err != nil {
		return err
	}
	for i, s := range subtrees {
		s.Hash = hashes[i]
		if _, err := io.WriteString(w, s.Text()); err != nil {
			return err
		}
	}
	return nil
}

// inBlock writes the subtrees between the exported leaves of a block.
func (p *Exporting) inBlock(ctx context.Context, w io.Writer, first, end int64) error {
	leaves, err := p.log.db.LeavesBetween(ctx, p.tenantID, first, end)
	if err != nil {
		return err
	}
	if int64(len(leaves)) != end-first {
		return fmt.Errorf("audit log of tenant %s: %w: a leaf among %d to %d is missing", p.tenantID, errBroken, first, end)
	}
	for from := first; from < end; from++ {
		chosen := min(p.chosen.next(from), end)
		for _, s := range p.between(from, chosen) {
			var f proof.Fold
			for at := s.From; at < s.To; at++ {
				if err := f.Add(proof.Subtree{From: at - s.From, To: at - s.From + 1, Hash: hashOf(leaves[at-first].Hash)}); err != nil {
					return err
				}
			}
			if s.Hash, err = f.Root(); err != nil {
				return err
			}
			if _, err := io.WriteString(w, s.Text()); err != nil {
				return err
			}
		}
		from = chosen
	}
	return nil
}
