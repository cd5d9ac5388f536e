// Package proof is what proves a log to those who do not trust its database: signed checkpoints, and
// hashes that lead from an event to one of them, or from an older one to a newer one.
//
//	events ─ Fold ─┐
//	               ├─ root ─ Checkpoint ─ Sign ─ a note that anybody keeps
//	hashes of the others ─┘
//
// A checkpoint is that of C2SP tlog-checkpoint, a note of golang.org/x/mod sumdb/note with Ed25519
// signatures; the tree is that of RFC 6962. docs/audit-format.md describes all of it for those who
// verify with a program of their own.
package proof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint says what a log was once: so many events, and the root of their tree.
type Checkpoint struct {
	Origin string // of the log, see [Origin]
	Size   int64
	Root   tlog.Hash
}

// MaxSize is how many events a log has at most. Package tlog does not end for numbers close to the
// largest one there is.
const MaxSize = 1 << 48

// body is what is signed.
func (c Checkpoint) body() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + c.Root.String() + "\n"
}

// parse reads the text that is signed. It accepts only the text that body writes, and so no further
// lines: we sign none.
func parse(text string) (Checkpoint, error) {
	wrong := errors.New("the checkpoint is not a name, a size and a root, each on its line")
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, wrong
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > MaxSize {
		return Checkpoint{}, wrong
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, wrong
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: tlog.Hash(root)}
	if c.body() != text {
		return Checkpoint{}, wrong
	}
	return c, nil
}

// Sign returns a checkpoint as a note with the signatures of all signers.
func Sign(c Checkpoint, signers ...note.Signer) (string, error) {
	signed, err := note.Sign(&note.Note{Text: c.body()}, signers...)
	if err != nil {
		return "", fmt.Errorf("sign a checkpoint: %w", err)
	}
	return string(signed), nil
}

// ErrUnsigned is the error for a checkpoint that none of the known keys has signed.
var ErrUnsigned = errors.New("the checkpoint is not signed with any of these keys")

// Open returns the checkpoint in a note that one of the verifiers' keys has signed. Signatures of
// other keys are passed over, but not those with bits that no signer writes.
func Open(signed string, verifiers ...note.Verifier) (Checkpoint, error) {
	n, err := note.Open([]byte(signed), note.VerifierList(verifiers...))
	var unsigned *note.UnverifiedNoteError
	if errors.As(err, &unsigned) {
		return Checkpoint{}, ErrUnsigned
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("the checkpoint cannot be read: %w", err)
	}
	if !canonical(signed) {
		return Checkpoint{}, errors.New("the checkpoint cannot be read: a signature is not written as it has to be")
	}
	c, err := parse(n.Text)
	if err != nil {
		return c, err
	}
	for _, s := range n.Sigs {
		if s.Name == c.Origin {
			return c, nil
		}
	}
	return Checkpoint{}, ErrUnsigned // by another log's key: nobody signs for another log
}

// canonical reports whether each signature is there once, and is the base64 that its bytes have: a
// decoder passes over the last bits of some.
func canonical(signed string) bool {
	seen := map[string]bool{}
	for line := range strings.Lines(signed) {
		if !strings.HasPrefix(line, "— ") {
			continue
		}
		text := strings.TrimSuffix(line[strings.LastIndexByte(line, ' ')+1:], "\n")
		if raw, err := base64.StdEncoding.DecodeString(text); err != nil || base64.StdEncoding.EncodeToString(raw) != text {
			return false
		}
		if seen[line] {
			return false
		}
		seen[line] = true
	}
	return true
}
