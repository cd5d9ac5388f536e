package proof

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Record proves one event: its place in the log of a checkpoint.
type Record struct {
	Position   int64
	Hashes     tlog.RecordProof // from the leaf up to the root
	Checkpoint string           // the signed note
}

// recordHeader is the first line of the form.
const recordHeader = "c2sp.org/tlog-proof@v1"

// Text returns a proof in the form of C2SP tlog-proof.
func (r Record) Text() string {
	var b strings.Builder
	b.WriteString(recordHeader + "\nindex " + strconv.FormatInt(r.Position, 10) + "\n")
	for _, h := range r.Hashes {
		b.WriteString(h.String() + "\n")
	}
	return b.String() + "\n" + r.Checkpoint
}

// ParseRecord reads the form that Text writes, and no other.
func ParseRecord(text string) (r Record, err error) {
	wrong := errors.New("the proof is not one of C2SP tlog-proof: its header, its index, its hashes and a checkpoint")
	head, checkpoint, ok := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || lines[0] != recordHeader {
		return r, wrong
	}
	index, _ := strings.CutPrefix(lines[1], "index ")
	if r.Position, err = strconv.ParseInt(index, 10, 64); err != nil || r.Position < 0 || r.Position > MaxSize {
		return r, wrong
	}
	for _, line := range lines[2:] {
		h, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(h) != tlog.HashSize {
			return r, wrong
		}
		r.Hashes = append(r.Hashes, tlog.Hash(h))
	}
	if r.Checkpoint = checkpoint; r.Text() != text {
		return r, wrong
	}
	return r, nil
}

// Check returns the checkpoint of a proof, when that is signed and the text of the event is in its
// log at this place.
func (r Record) Check(leaf string, verifiers ...note.Verifier) (Checkpoint, error) {
	c, err := Open(r.Checkpoint, verifiers...)
	if err != nil {
		return c, err
	}
	if tlog.CheckRecord(r.Hashes, c.Size, c.Root, r.Position, tlog.RecordHash([]byte(leaf))) != nil {
		return c, errors.New("the event is not at this place in the log of the checkpoint")
	}
	return c, nil
}
