package follow

import (
	"context"
	"fmt"
	"io"
)

// Writer writes lines and remembers nothing.
type Writer struct{ W io.Writer }

// Position returns start.
func (Writer) Position(start int64) int64 { return start }

// Take writes the lines of entries.
func (w Writer) Take(_ context.Context, entries []Entry) error {
	if _, err := w.W.Write(lines(entries)); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

// Close does nothing.
func (Writer) Close() error { return nil }

func lines(entries []Entry) (text []byte) {
	for _, e := range entries {
		text = append(text, e.Line...)
	}
	return text
}
