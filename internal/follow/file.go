package follow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// File appends lines to a file. The file is its own memory: its last complete line says where to go
// on, so that a follower that was killed neither repeats nor leaves out an event.
type File struct {
	file *os.File
	lock io.Closer
	size int64 // bytes of complete lines
	next int64 // position after the last one
	some bool  // whether there is a line
}

// window is how much of the end of a file is read again. Lines are written and synced in pieces of at
// most half of it, so that whatever a crash can have damaged is in it.
const window = 4 << 20

// OpenFile opens or creates the file of one organisation's log, and removes what a crash left of a
// line at its end. Only one follower can have it open.
func OpenFile(path, tenantID string) (f *File, err error) {
	lock, err := lock(path)
	if err != nil {
		return nil, err
	}
	f = &File{lock: lock}
	if f.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("--to: %w", err), lock.Close())
	}
	if err := f.mend(tenantID); err != nil {
		return nil, errors.Join(fmt.Errorf("--to: %s %w", path, err), f.Close())
	}
	return f, syncFolder(path)
}

var errForeign = errors.New("does not end with a line of this organisation's log, so nothing is appended to it: name another file, which is made")

// mend finds the last line that is whole, and cuts the file after it.
func (f *File) mend(tenantID string) error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("is not a file")
	}
	from := max(0, info.Size()-window)
	tail := make([]byte, info.Size()-from)
	if _, err := f.file.ReadAt(tail, from); err != nil && len(tail) > 0 {
		return err
	}
	if from > 0 { // the first line of the window is not whole
		_, rest, _ := bytes.Cut(tail, []byte("\n"))
		from, tail = info.Size()-int64(len(rest)), rest
	}
	whole := f.wholeLines(tail, tenantID)
	if !f.some && (from > 0 || !torn(tail)) {
		return errForeign
	}
	if f.size = from + int64(whole); f.size < info.Size() {
		err = errors.Join(f.file.Truncate(f.size), f.file.Sync())
	}
	return err
}

// wholeLines returns how many bytes at the beginning of text are lines that follow each other.
func (f *File) wholeLines(text []byte, tenantID string) (whole int) {
	for {
		line, rest, ended := bytes.Cut(text[whole:], []byte("\n"))
		position, ok := positionOf(line, tenantID)
		if !ended || !ok || f.some && position != f.next {
			return whole
		}
		f.some, f.next = true, position+1
		whole = len(text) - len(rest)
	}
}

// positionOf reads a line, and reports whether it is one of the organisation's log.
func positionOf(line []byte, tenantID string) (int64, bool) {
	var read struct {
		Position *int64 `json:"position"`
		Leaf     *struct {
			TenantID string `json:"tenantId"`
		} `json:"leaf"`
	}
	if json.Unmarshal(line, &read) != nil || read.Position == nil || *read.Position < 0 {
		return 0, false
	}
	return *read.Position, read.Leaf == nil || read.Leaf.TenantID == tenantID
}

// torn reports whether a text can be what a crash left of a first line: its beginning, or zeros where
// the disk did not get to the text.
func torn(text []byte) bool {
	const begins = `{"position":`
	head := strings.TrimRight(string(text[:min(len(text), len(begins))]), "\x00")
	return strings.HasPrefix(begins, head) && (len(head) == len(begins) || len(bytes.Trim(text, "\x00")) == len(head)) && !bytes.Contains(text, []byte("\n"))
}

// Position returns where the file goes on.
func (f *File) Position(start int64) int64 {
	if f.some {
		return f.next
	}
	return start
}

// Take appends the lines of entries.
func (f *File) Take(_ context.Context, entries []Entry) error {
	var piece []byte
	for _, e := range entries {
		if len(piece)+len(e.Line) > window/2 {
			if err := f.append(piece); err != nil {
				return err
			}
			piece = piece[:0]
		}
		piece = append(piece, e.Line...)
	}
	return f.append(piece)
}

func (f *File) append(text []byte) error {
	_, err := f.file.WriteAt(text, f.size)
	if err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	f.size += int64(len(text))
	return nil
}

// Close closes the file and lets other followers have it.
func (f *File) Close() error { return errors.Join(f.file.Close(), f.lock.Close()) }
