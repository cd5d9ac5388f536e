package store

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

// listing says how one list is read from the database: its rows, the column of each filter,
// and the sort keys of each order. The index for an order begins with the owner of the list
// (tenant, user) and ends with the order's keys. A filter has its own index only if few rows
// pass it. plan_test.go checks this for every list, filter and order.
type listing[T any] struct {
	table   *list.Table
	from    string // table
	columns string
	scan    func(func(...any) error) (T, error)
	where   string            // condition on all rows, besides the tenant's id; its parameters begin at $2
	fields  map[string]string // columns; or a condition with "?" in the place of one on a column of another table
	orders  map[string]ordering[T]
}

// ordering is one order. Its keys together are unique for each row.
type ordering[T any] struct {
	keys []key[T]
	desc bool
}

// key is a sort column, with its value in a row: a string, a number or a time.
type key[T any] struct {
	column string
	of     func(T) any
}

func up[T any](keys ...key[T]) ordering[T]   { return ordering[T]{keys, false} }
func down[T any](keys ...key[T]) ordering[T] { return ordering[T]{keys, true} }

// page reads one page of a list. scope is the tenant's id and the parameters of where.
func page[T any](ctx context.Context, q Queries, l listing[T], query list.Query, scope ...any) (list.Page[T], error) {
	if query.Table != l.table {
		return list.Page[T]{}, sallyport.Refuse(sallyport.CodeInternal, "the query is of another list")
	}
	o := l.orders[query.Order]
	s := selection{args: scope, narrow: len(scope) > 1 || slices.ContainsFunc(query.Conditions(), narrow)}
	s.add("tenant_id = $1")
	if l.where != "" {
		s.add(l.where)
	}
	for _, c := range query.Conditions() {
		s.filter(l.fields[c.Field.Name], c)
	}
	after, err := o.position(query.After())
	if err != nil {
		return list.Page[T]{}, err
	}
	if after != nil {
		s.beyond(o.columns(""), o.desc, after)
	}
	direction := ""
	if o.desc {
		direction = " DESC"
	}
	text := "SELECT " + l.columns + " FROM " + l.from + " WHERE " + strings.Join(s.where, " AND ") +
		" ORDER BY " + o.columns(direction) + " LIMIT " + s.arg(query.Limit+1)
	found, err := all(ctx, q, l.scan, text, s.args...)
	return list.Cut(query, found, o.place), err
}

// selection collects conditions and their parameters.
//
// SQLite plans without counting rows. It prefers an index for a range to the index in the
// list's order, and one for two ranges to the index of the owner's rows. We want the index
// that leads to few rows, or else the one in the list's order. So a range that must not
// choose the index is written with NOT, for which SQLite uses no index. PostgreSQL counts
// rows and plans both forms alike.
type selection struct {
	where  []string
	args   []any
	narrow bool // an index leads to few rows without any range
}

// narrow reports whether few rows pass a filter. Such filters have an index that ends with
// the keys of the order.
func narrow(c list.Condition) bool {
	return c.Field.Kind == list.ID || c.Field.Kind == list.Network && c.Range.IsSingleIP()
}

func (s *selection) add(condition string) { s.where = append(s.where, condition) }

// arg adds a parameter and returns its placeholder.
func (s *selection) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

// filter adds the condition of a filter on a column.
func (s *selection) filter(column string, c list.Condition) {
	switch c.Field.Kind {
	case list.ID, list.IDs, list.Choice:
		s.oneOf(column, c.Texts)
	case list.Text:
		s.words(column, c.Texts[0])
	case list.Since:
		s.bound(column+" >= ", column+" < ", micros(c.Time))
	case list.Before:
		s.bound(column+" < ", column+" >= ", micros(c.Time))
	case list.Network:
		s.within(column, c.Range)
	}
}

// bound adds one end of a range: inside, or outside when an index is chosen already.
func (s *selection) bound(inside, outside string, v any) {
	if s.narrow {
		s.add("NOT (" + outside + s.arg(v) + ")")
		return
	}
	s.add(inside + s.arg(v))
}

func (s *selection) oneOf(column string, texts []string) {
	if len(texts) == 0 { // the choice stands for no value
		s.add("FALSE")
		return
	}
	if len(texts) == 1 {
		s.add(on(column, " = "+s.arg(texts[0])))
		return
	}
	args := make([]string, len(texts))
	for i, t := range texts {
		args[i] = s.arg(t)
	}
	s.add(on(column, " IN ("+strings.Join(args, ", ")+")"))
}

// on puts a condition on a column: behind its name, or where the place for it is.
func on(column, condition string) string {
	if strings.Contains(column, "?") {
		return strings.Replace(column, "?", condition, 1)
	}
	return column + condition
}

// words adds that each word of a text is the beginning of one that a row is found by.
func (s *selection) words(column, text string) {
	words := Words(text)
	if len(words) == 0 {
		s.add("FALSE")
	}
	for _, w := range words {
		s.add(on(column, " >= "+s.arg(w)+" AND word < "+s.arg(w+"\U0010FFFF")))
	}
}

// within adds that an address is in a range. Many rows may match, so they are searched in
// the order of the list instead of being collected and sorted.
func (s *selection) within(column string, r netip.Prefix) {
	first, last := ends(r)
	if r.IsSingleIP() {
		s.add(column + " = " + s.arg(first[:]))
		return
	}
	s.add("NOT (" + column + " < " + s.arg(first[:]) + " OR " + column + " > " + s.arg(last[:]) + ")")
}

// ends returns the first and the last address of a range, in the form of ipBytes.
func ends(r netip.Prefix) (first, last [16]byte) {
	first = r.Masked().Addr().As16()
	last = first
	host := r.Addr().BitLen() - r.Bits()
	for i := 15; host > 0; i, host = i-1, host-8 {
		last[i] |= byte(1<<min(host, 8) - 1)
	}
	return first, last
}

// beyond adds that a row comes after a position in the order.
func (s *selection) beyond(columns string, desc bool, place []any) {
	args := make([]string, len(place))
	for i, v := range place {
		args[i] = s.arg(v)
	}
	compare := " > "
	if desc {
		compare = " < "
	}
	if len(place) == 1 {
		s.add(columns + compare + args[0])
		return
	}
	s.add("(" + columns + ")" + compare + "(" + strings.Join(args, ", ") + ")")
}

func (o ordering[T]) columns(direction string) string {
	var b strings.Builder
	for i, k := range o.keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(k.column + direction)
	}
	return b.String()
}

// place returns the sort keys of a row.
func (o ordering[T]) place(row T) []string {
	out := make([]string, len(o.keys))
	for i, k := range o.keys {
		switch v := k.of(row).(type) {
		case time.Time:
			out[i] = strconv.FormatInt(micros(v), 10)
		default:
			out[i] = fmt.Sprint(v)
		}
	}
	return out
}

// position returns the sort keys from place as parameters; nil for the first page.
func (o ordering[T]) position(place []string) ([]any, error) {
	if place == nil {
		return nil, nil
	}
	if len(place) != len(o.keys) {
		return nil, sallyport.Invalid(sallyport.FieldError(*list.ErrCursor))
	}
	var row T
	out := make([]any, len(place))
	for i, k := range o.keys {
		if _, text := k.of(row).(string); text {
			out[i] = place[i]
			continue
		}
		n, err := strconv.ParseInt(place[i], 10, 64)
		if err != nil {
			return nil, sallyport.Invalid(sallyport.FieldError(*list.ErrCursor))
		}
		out[i] = n
	}
	return out, nil
}
