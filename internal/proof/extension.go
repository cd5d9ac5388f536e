package proof

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Extension proves that a log goes on after an older checkpoint: nothing in it was changed or cut.
type Extension struct {
	Older      int64          `json:"from"`       // size of the older checkpoint
	Hashes     tlog.TreeProof `json:"hashes"`     // consistency proof of RFC 6962
	Checkpoint string         `json:"checkpoint"` // the newer one, a signed note
}

// ErrForked is the error for two checkpoints of which no log can have both.
var ErrForked = errors.New("the log does not go on after the older checkpoint: something in it was changed or cut")

// Extends checks that a tree goes on after an older checkpoint of the same log.
func Extends(older, newer Checkpoint, hashes tlog.TreeProof) error {
	switch {
	case older.Origin != newer.Origin:
		return fmt.Errorf("the checkpoints are of two logs, %s and %s", older.Origin, newer.Origin)
	case older.Size > newer.Size:
		return ErrForked
	case older.Size == newer.Size && older.Root != newer.Root:
		return ErrForked
	case older.Size == newer.Size || older.Size == 0:
		return nil
	}
	if tlog.CheckTree(hashes, newer.Size, newer.Root, older.Size, older.Root) != nil {
		return ErrForked
	}
	return nil
}

// Check returns the newer checkpoint, when that is signed and goes on after the older one.
func (e Extension) Check(older Checkpoint, verifiers ...note.Verifier) (Checkpoint, error) {
	c, err := Open(e.Checkpoint, verifiers...)
	if err != nil {
		return c, err
	}
	if older.Size != e.Older {
		return c, fmt.Errorf("the proof goes on after %d events, and the older checkpoint has %d", e.Older, older.Size)
	}
	return c, Extends(older, c, e.Hashes)
}
