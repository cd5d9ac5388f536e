package list

import (
	"crypto/sha256"
	"encoding/base64"
	"iter"
	"slices"
	"strings"

	"github.com/sallyport/sallyport"
)

// Page is a stretch of a list. Next is the cursor of the page after it, "" on the
// last one.
type Page[T any] struct {
	Rows []T
	Next string
}

// Cut makes a page of what was found when one row more than the page holds was
// asked for. place returns where a row stands in the order of the query.
func Cut[T any](q Query, found []T, place func(T) []string) Page[T] {
	if len(found) <= q.Limit {
		return Page[T]{Rows: found}
	}
	found = found[:q.Limit]
	return Page[T]{Rows: found, Next: q.cursor(place(found[q.Limit-1]))}
}

// Map shows the rows of a page in another way.
func Map[F, T any](p Page[F], show func(F) T) Page[T] {
	out := Page[T]{Rows: make([]T, 0, len(p.Rows)), Next: p.Next}
	for _, row := range p.Rows {
		out.Rows = append(out.Rows, show(row))
	}
	return out
}

// All goes through all rows of a list, page by page. After an error there are no more.
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

// ErrCursor says that a cursor does not fit what is asked.
var ErrCursor = sallyport.Invalid(sallyport.FieldError{Field: paramCursor, Code: "invalid_cursor"})

// markLen is how many bytes name the question a cursor came from. It guards from
// mistakes, not from forgers: a made-up place in a list shows nothing that the
// list does not.
const markLen = 6

// mark names list, order and filters.
func (q Query) mark() []byte {
	sum := sha256.Sum256([]byte(q.Table.Name + " " + q.Order + " " + q.Filters().Encode()))
	return sum[:markLen]
}

// cursor encodes a place, which is made of plain texts.
func (q Query) cursor(place []string) string {
	return base64.RawURLEncoding.EncodeToString(append(q.mark(), strings.Join(place, " ")...))
}

// longestCursor is longer than any cursor, in bytes.
const longestCursor = 256

// At returns the query for the page that a cursor begins, "" for the first one, and
// ErrCursor when the cursor does not fit.
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
