package list

import (
	"crypto/sha256"
	"encoding/base64"
	"iter"
	"slices"
	"strings"
)

// Page is one page of a list. Next is the cursor of the following page; "" on the last.
type Page[T any] struct {
	Rows []T
	Next string
	// Searched is after how many rows the search for those that fit was interrupted: the page
	// may hold fewer rows than asked for, even none, and the following one goes on. 0 when the
	// page is full, or the last.
	Searched int
}

// Stop makes a page of a search that was interrupted after so many rows, the last of which has
// these sort keys.
func Stop[T any](q Query, found []T, searched int, place []string) Page[T] {
	return Page[T]{Rows: found, Next: q.cursor(place), Searched: searched}
}

// Cut makes a page from the rows found, of which there may be one more than the page
// holds: it shows that another page follows. place returns the sort keys of a row.
func Cut[T any](q Query, found []T, place func(T) []string) Page[T] {
	if len(found) <= q.Limit {
		return Page[T]{Rows: found}
	}
	found = found[:q.Limit]
	return Page[T]{Rows: found, Next: q.cursor(place(found[q.Limit-1]))}
}

// Map converts the rows of a page.
func Map[F, T any](p Page[F], show func(F) T) Page[T] {
	out := Page[T]{Rows: make([]T, 0, len(p.Rows)), Next: p.Next, Searched: p.Searched}
	for _, row := range p.Rows {
		out.Rows = append(out.Rows, show(row))
	}
	return out
}

// All iterates over all rows of a list, page by page. It ends after an error.
func All[T any](q Query, read func(Query) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			p, err := read(q)
			for _, row := range p.Rows {
				if !yield(row, nil) {
					return
				}
			}
			if err == nil && p.Next == "" {
				return
			}
			if err == nil {
				q, err = q.At(p.Next)
			}
			if err != nil {
				var none T
				yield(none, err)
				return
			}
		}
	}
}

// ErrCursor refuses a cursor that does not fit the query.
var ErrCursor = &Wrong{Field: paramCursor, Code: "invalid_cursor"}

// markLen is how many bytes of a cursor identify its query. It prevents mistakes. It need
// not prevent forgery: a forged position shows only rows of the same list.
const markLen = 6

// mark identifies list, order and filters.
func (q Query) mark() []byte {
	sum := sha256.Sum256([]byte(q.Table.Name + " " + q.Order + " " + q.Filters().Encode()))
	return sum[:markLen]
}

// cursor encodes the sort keys of a row.
func (q Query) cursor(place []string) string {
	return base64.RawURLEncoding.EncodeToString(append(q.mark(), strings.Join(place, " ")...))
}

// longestCursor is an upper bound for cursors, in bytes.
const longestCursor = 256

// At returns the query for the page at a cursor; "" is the first page. ErrCursor when the
// cursor does not fit.
func (q Query) At(cursor string) (Query, error) {
	if cursor == "" {
		q.after = nil
		return q, nil
	}
	if len(cursor) > longestCursor {
		return Query{}, ErrCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) < markLen || string(raw[:markLen]) != string(q.mark()) {
		return Query{}, ErrCursor
	}
	q.after = strings.Split(string(raw[markLen:]), " ")
	if slices.ContainsFunc(q.after, func(s string) bool { return !plain(s) }) {
		return Query{}, ErrCursor
	}
	return q, nil
}
