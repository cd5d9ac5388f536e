package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

// page is the answer of every list: one page of it.
type page[T any] struct {
	Items      []T     `json:"items" nullable:"false"`
	NextCursor *string `json:"nextCursor" doc:"Of the next page; null on the last one."`
	Searched   int     `json:"searched,omitempty" doc:"After how many rows the search was interrupted: this page may hold fewer items than asked for, even none, and the next one goes on. Missing when the page is full, or the last."`
}

type pageOutput[T any] struct{ Body page[T] }

// newPage turns a page of a use into an answer.
func newPage[F, T any](from list.Page[F], show func(F) T) *pageOutput[T] {
	p := list.Map(from, show)
	out := &pageOutput[T]{page[T]{Items: p.Rows, Searched: p.Searched}}
	if p.Next != "" {
		out.Body.NextCursor = &p.Next
	}
	return out
}

// handleList registers an operation that reads a list. The list's table says which
// parameters there are, and describes them.
func handleList[T any](e *edge, op operation, t *list.Table, read func(context.Context, list.Query) (*pageOutput[T], error)) {
	handle(e, listing(op, t), func(ctx context.Context, _ *struct{}) (*pageOutput[T], error) {
		q, err := queryOf(ctx, t)
		if err != nil {
			return nil, err
		}
		return read(ctx, q)
	})
}

// handleListOf registers an operation that reads a list of what belongs to the one in the path.
func handleListOf[T any](e *edge, op operation, t *list.Table, read func(context.Context, string, list.Query) (*pageOutput[T], error)) {
	handle(e, listing(op, t), func(ctx context.Context, in *idInput) (*pageOutput[T], error) {
		id, err := in.id()
		if err != nil {
			return nil, err
		}
		q, err := queryOf(ctx, t)
		if err != nil {
			return nil, err
		}
		return read(ctx, id, q)
	})
}

// listing describes the parameters of a list.
func listing(op operation, t *list.Table) operation {
	op.SkipValidateParams = true // the table validates the parameters
	op.Errors = append(op.Errors, http.StatusUnprocessableEntity)
	for _, p := range t.Parameters() {
		op.Parameters = append(op.Parameters, parameter(p))
	}
	return op
}

// queryOf reads what the request asks of a list.
func queryOf(ctx context.Context, t *list.Table) (list.Query, error) {
	q, err := t.Parse(exchangeOf(ctx).r.URL.Query())
	if err != nil {
		return q, refusedParameters(err)
	}
	return q, nil
}

// refusedParameters gives what a list's table refuses the form of other refusals.
func refusedParameters(err error) error {
	var refused list.Refused
	if !errors.As(err, &refused) {
		return err
	}
	fields := make([]sallyport.FieldError, len(refused))
	for i, w := range refused {
		fields[i] = sallyport.FieldError(*w)
	}
	return sallyport.Invalid(fields...)
}

// parameter describes one parameter of a list.
func parameter(p list.Parameter) *huma.Param {
	s := &huma.Schema{Type: huma.TypeString, Description: p.Means}
	for _, v := range p.Values {
		s.Enum = append(s.Enum, v)
	}
	if p.Default != "" {
		s.Default = p.Default
	}
	if p.Max > 0 {
		least, most := float64(p.Min), float64(p.Max)
		s.Type, s.Format, s.Minimum, s.Maximum = huma.TypeInteger, "int64", &least, &most
		s.Default, _ = strconv.Atoi(p.Default) // the table wrote it from a number
	}
	explode := p.Many
	if p.Many {
		s = &huma.Schema{Type: huma.TypeArray, Description: p.Means, Items: &huma.Schema{Type: huma.TypeString, Enum: s.Enum}}
	}
	return &huma.Param{Name: p.Name, In: "query", Description: p.Means, Explode: &explode, Schema: s}
}

// idInput is a path with the id of one row.
type idInput struct {
	ID string `path:"id"`
}

// id returns the id in the path. A text that cannot be an id is not found: a database
// could fail on it.
func (in idInput) id() (string, error) {
	const longest = 64 // longer than any id, in bytes
	if in.ID == "" || len(in.ID) > longest || strings.ContainsFunc(in.ID, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", sallyport.ErrNotFound
	}
	return in.ID, nil
}
