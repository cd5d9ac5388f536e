package api

import (
	"encoding/base64"
	"strings"

	"github.com/sallyport/sallyport"
)

// PageInput is how every list is asked for. Exported as FlowInput is.
type PageInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Most items of one page."`
	Cursor string `query:"cursor" doc:"nextCursor of the page before."`
}

// page is how every list is answered.
type page[T any] struct {
	Items      []T     `json:"items" nullable:"false"`
	NextCursor *string `json:"nextCursor" doc:"Of the next page; null on the last one."`
}

type pageOutput[T any] struct{ Body page[T] }

// newPage returns the page of items that goes on after the given position, ""
// for the last one.
func newPage[F, T any](from []F, after string, show func(F) T) *pageOutput[T] {
	p := page[T]{Items: make([]T, 0, len(from))}
	for _, v := range from {
		p.Items = append(p.Items, show(v))
	}
	if after != "" {
		cursor := base64.RawURLEncoding.EncodeToString([]byte(after))
		p.NextCursor = &cursor
	}
	return &pageOutput[T]{p}
}

// position returns where a page begins. Encoding keeps clients from making up
// positions; it hides nothing.
func (p PageInput) position() (string, error) {
	at, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil || p.Cursor != "" && !plain(string(at)) {
		return "", errCursor
	}
	return string(at), nil
}

var errCursor = sallyport.Invalid(sallyport.FieldError{Field: "cursor", Code: ruleInvalidCursor})

// idInput is the path of an act on one thing.
type idInput struct {
	ID string `path:"id"`
}

// id returns the id in the path. What cannot be an id is not found: a database
// that is asked for it may fail instead.
func (in idInput) id() (string, error) {
	if !plain(in.ID) {
		return "", sallyport.ErrNotFound
	}
	return in.ID, nil
}

// longestID is longer than any id or position, in bytes.
const longestID = 64

func plain(s string) bool {
	return s != "" && len(s) <= longestID && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
