package audit

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/proof"
)

// VerifyBundle verifies an export with nothing but public keys: every event stands in the log of its
// checkpoint, at the position that it states, and nothing else is in the file. It returns an error for
// what is no export; problems are in the report. progress, when not nil, is called from time to time.
func VerifyBundle(r io.ReaderAt, size int64, known Known, progress func(done, size int64)) (Report, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return Report{}, errors.New("it is not an export of the audit log, which is a ZIP file")
	}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		files[f.Name] = f
	}
	format, ok := formatOf(files)
	if !ok || len(z.File) != 3 || files[proofFile] == nil || files[checkpointFile] == nil {
		return Report{}, fmt.Errorf("an export of the audit log has the events, %s and %s, and nothing else", proofFile, checkpointFile)
	}
	signed, err := whole(files[checkpointFile])
	if err != nil {
		return Report{}, err
	}
	c, wrong := known.open(signed)
	if wrong != nil {
		return Report{Problems: wrong}, nil
	}
	b := bundle{r: Report{TenantID: proof.TenantOf(c.Origin), Size: c.Size, Signed: c.Size}, checkpoint: c, progress: progress}
	b.keep(known)
	if err := b.deletions(files[formats[format].file], format); err != nil {
		return Report{}, err
	}
	if err := b.open(files[formats[format].file], files[proofFile], format); err != nil {
		return Report{}, err
	}
	defer b.close()
	b.verify()
	return b.r, nil
}

// open returns the checkpoint in a note, or what is wrong with it.
func (k Known) open(signed string) (c proof.Checkpoint, wrong []string) {
	c, err := proof.Open(signed, k.Keys...)
	if err != nil {
		wrong = []string{err.Error()}
	}
	return c, wrong
}

// formatOf returns the format of the file of events.
func formatOf(files map[string]*zip.File) (Format, bool) {
	for f, row := range formats {
		if files[row.file] != nil {
			return f, true
		}
	}
	return "", false
}

// whole reads a small file.
func whole(f *zip.File) (string, error) {
	const longest = 1 << 20
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, longest))
	return string(text), err
}

// bundle is an export that is being verified.
type bundle struct {
	r          Report
	checkpoint proof.Checkpoint
	older      []proof.Checkpoint
	progress   func(done, size int64)
	closers    []io.Closer

	events eventReader
	hashes *bufio.Reader
	fold   proof.Fold
	next   *exported      // the event that was read and is not in the tree yet; nil for none
	hash   *proof.Subtree // the same of the hashes
	parts  lost
	sparse bool // the export has not every event
}

// keep opens the checkpoints that were kept elsewhere.
func (b *bundle) keep(known Known) {
	for _, signed := range known.Older {
		c, err := proof.Open(signed, known.Keys...)
		switch {
		case err != nil:
			b.problem("a checkpoint that was kept: %v", err)
		case c.Origin != b.checkpoint.Origin:
			b.problem("the checkpoint that was kept is of another log, %s", c.Origin)
		case c.Size > b.checkpoint.Size:
			b.problem("the checkpoint that was kept covers %d events, and the export is of %d: it is older, or the log was cut", c.Size, b.checkpoint.Size)
		case c.Size > 0:
			b.older = append(b.older, c)
		}
	}
}

// deletions notes whose accounts the events say were deleted, which come after what was removed with
// them. That they are in the log is for verify to find out.
func (b *bundle) deletions(events *zip.File, format Format) error {
	r, err := events.Open()
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", events.Name, err)
	}
	defer r.Close()
	read := formats[format].reader(r)
	for {
		x, err := read.read()
		if err != nil { // the end, or what verify reports
			return nil
		}
		if !strings.Contains(x.body, string(DeletionBegun)) {
			continue
		}
		if e, err := decode(storeRow(x)); err == nil {
			b.parts.of(e)
		}
	}
}

func (b *bundle) open(events, hashes *zip.File, format Format) error {
	for _, f := range []*zip.File{events, hashes} {
		r, err := f.Open()
		if err != nil {
			return fmt.Errorf("%s cannot be read: %w", f.Name, err)
		}
		b.closers = append(b.closers, r)
		if f == events {
			b.events = formats[format].reader(r)
		} else {
			b.hashes = bufio.NewReader(r)
		}
	}
	return nil
}

func (b *bundle) close() {
	for _, c := range b.closers {
		c.Close() //nolint:errcheck // it was read
	}
}

func (b *bundle) full() bool { return len(b.r.Problems) >= maxProblems }

func (b *bundle) problem(format string, args ...any) {
	if !b.full() {
		b.r.Problems = append(b.r.Problems, fmt.Sprintf(format, args...))
	}
}

// verify puts the events and the hashes together to the tree of the checkpoint.
func (b *bundle) verify() {
	if !b.readEvent() || !b.readHash() {
		return
	}
	for b.next != nil || b.hash != nil {
		if !b.step() {
			return
		}
		b.compare()
	}
	root, err := b.fold.Root()
	switch {
	case b.fold.Size() != b.checkpoint.Size:
		b.problem("the export ends with event %d, and its checkpoint covers %d", b.fold.Size()-1, b.checkpoint.Size)
	case err != nil || root != b.checkpoint.Root:
		b.problem("the events and hashes are not those of the checkpoint: it names root %s, they give %s", b.checkpoint.Root, root)
	default:
		b.r.Root = root
	}
	for _, c := range b.older {
		b.problem("the export cannot be compared with a checkpoint of %d events: export it for comparison with that many", c.Size)
	}
	b.removed()
}

// step adds the next event or subtree, and reports whether it can go on.
func (b *bundle) step() bool {
	at := b.fold.Size()
	if b.next != nil && b.next.position == at {
		b.event(*b.next)
		return b.readEvent()
	}
	if b.hash == nil || b.hash.From != at || b.fold.Add(*b.hash) != nil {
		b.problem("event %d is missing, or something stands there that is not in its place", at)
		return false
	}
	b.sparse = true
	return b.readHash()
}

// event adds an event to the tree, and compares its personal part with the commitment in its text.
func (b *bundle) event(x exported) {
	if err := b.fold.AddLeaf([]byte(x.body)); err != nil {
		panic(err) // cannot happen: the leaf follows
	}
	b.r.Exported++
	if b.progress != nil && b.r.Exported%1000 == 0 {
		b.progress(x.position, b.checkpoint.Size)
	}
	row := storeRow(x)
	l, _, err := parse(row)
	if err != nil || l.TenantID != b.r.TenantID {
		b.problem("event %d: its text cannot be read, or is of another organisation", x.position)
		return
	}
	b.parts.compare(x, l, b.problem)
	if e, err := decode(row); err == nil {
		b.r.Removed.note(e)
	}
}

// compare compares the tree with the kept checkpoints of its present size.
func (b *bundle) compare() {
	b.older = slices.DeleteFunc(b.older, func(c proof.Checkpoint) bool {
		if c.Size != b.fold.Size() {
			return false
		}
		if root, err := b.fold.Root(); err != nil || root != c.Root {
			b.problem("the first %d events are not those of the checkpoint that was kept: it names root %s, they give %s", c.Size, c.Root, root)
		}
		return true
	})
}

// removed compares what is missing of events with what the log says was removed. Whether the log says
// so is only known where all of it is there.
func (b *bundle) removed() {
	b.r.Removed.Parts = b.parts.count
	if !b.sparse {
		b.parts.unsaid(&b.r.Removed, b.problem)
	}
}

// readEvent reads the next event, and reports whether that could be done.
func (b *bundle) readEvent() bool {
	x, err := b.events.read()
	switch {
	case errors.Is(err, io.EOF):
		b.next = nil
	case err != nil:
		b.problem("the event after %d of them cannot be read: %v", b.r.Exported, err)
		return false
	default:
		b.next = &x
	}
	return true
}

// readHash reads the next hash, and reports whether that could be done.
func (b *bundle) readHash() bool {
	line, err := b.hashes.ReadString('\n')
	if errors.Is(err, io.EOF) && line == "" {
		b.hash = nil
		return true
	}
	if err == nil {
		var s proof.Subtree
		if s, err = proof.ParseSubtree(line); err == nil {
			b.hash = &s
			return true
		}
	}
	b.problem("%s: %v", proofFile, err)
	return false
}

// VerifyProof verifies the proof of one event, as [EventProof] has it, with nothing but public keys.
func VerifyProof(text []byte, known Known) (Report, sallyport.Event, error) {
	p, err := parseEventProof(text)
	if err != nil {
		return Report{}, sallyport.Event{}, err
	}
	var r Report
	x := exported{body: p.Leaf, personal: p.Personal}
	row := storeRow(x)
	l, _, err := parse(row)
	if err != nil {
		return r, sallyport.Event{}, err
	}
	record, err := proof.ParseRecord(p.Proof)
	if err != nil {
		return r, sallyport.Event{}, err
	}
	c, err := record.Check(p.Leaf, known.Keys...)
	if err == nil && proof.TenantOf(c.Origin) != l.TenantID {
		err = errors.New("the event is of another organisation than the log")
	}
	if err != nil {
		r.Problems = append(r.Problems, err.Error())
		return r, sallyport.Event{}, nil
	}
	r.TenantID, r.Size, r.Signed, r.Root, r.Exported = l.TenantID, c.Size, c.Size, c.Root, 1
	x.position = record.Position
	var parts lost
	parts.compare(x, l, func(format string, args ...any) { r.Problems = append(r.Problems, fmt.Sprintf(format, args...)) })
	r.Removed.Parts = parts.count
	e, err := decode(row)
	e.Seq = record.Position
	return r, e, err
}

// VerifyCheckpoint verifies that a checkpoint is signed, and that it can be of the same log as those
// that were kept: which needs a proof unless it covers as many events.
func VerifyCheckpoint(signed string, known Known) (Report, error) {
	c, wrong := known.open(signed)
	if wrong != nil {
		return Report{Problems: wrong}, nil
	}
	return extended(c, proof.Extension{Older: c.Size, Checkpoint: signed}, known), nil
}

// VerifyExtension verifies that a log goes on after each checkpoint that was kept, as the JSON of
// [proof.Extension] proves.
func VerifyExtension(text []byte, known Known) (Report, error) {
	var x proof.Extension
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&x); err != nil {
		return Report{}, errors.New("it is not a proof that the log goes on: from, hashes and checkpoint, as JSON")
	}
	if len(known.Older) == 0 {
		return Report{}, errors.New("a proof that the log goes on needs the older checkpoint: give it with --older")
	}
	c, wrong := known.open(x.Checkpoint)
	if wrong != nil {
		return Report{Problems: wrong}, nil
	}
	return extended(c, x, known), nil
}

// extended compares a checkpoint with those that were kept.
func extended(c proof.Checkpoint, x proof.Extension, known Known) Report {
	r := Report{TenantID: proof.TenantOf(c.Origin), Size: c.Size, Signed: c.Size, Root: c.Root}
	for _, signed := range known.Older {
		older, err := proof.Open(signed, known.Keys...)
		if err == nil {
			_, err = x.Check(older, known.Keys...)
		}
		if err != nil {
			r.Problems = append(r.Problems, err.Error())
		}
	}
	return r
}
