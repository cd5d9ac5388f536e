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

// listing is how one list is read from the database: the rows that are in it,
// which column each field filters, and what its orders sort by. The index that
// serves an order begins with what the list is about (the tenant, the user) and
// ends with the order's keys; a filter has another index only where few rows pass
// it. plan_test.go holds every list, filter and order to that.
type listing[T any] struct {
	table   *list.Table
	from    string // table
	columns string
	scan    func(func(...any) error) (T, error)
	where   string // what holds of every row besides the tenant's id; its own parameters begin at $2
	fields  map[string]string
	orders  map[string]ordering[T]
}

// ordering is one order. Its keys together are different for any two rows.
type ordering[T any] struct {
	keys []key[T]
	desc bool
}

// key is a column that rows are sorted by, and its value in a row: a string, a
// number or a time.
type key[T any] struct {
	column string
	of     func(T) any
}

func up[T any](keys ...key[T]) ordering[T]   { return ordering[T]{keys, false} }
func down[T any](keys ...key[T]) ordering[T] { return ordering[T]{keys, true} }

// page reads one page of a list: scope is the tenant's id and the parameters of
// what always holds.
func page[T any](ctx context.Context, q Queries, l listing[T], query list.Query, scope ...any) (list.Page[T], error) {
	if query.Table != l.table {
		return list.Page[T]{}, sallyport.Refuse(sallyport.CodeInternal, "a list was asked another one's question")
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

// selection gathers conditions and the parameters in them.
//
// SQLite counts nothing: whatever the tables hold, a range is worth more to it than
// that the order of an index is the one asked for, and two ranges more than whose
// rows they are. So that it takes the index that leads to few rows, or failing that
// the one in the list's order, a range that is not to be entered is written with a
// NOT, of which SQLite makes nothing. PostgreSQL, which counts, reads both as the same.
type selection struct {
	where  []string
	args   []any
	narrow bool // an index leads to few rows, before any range
}

// narrow reports whether few rows pass a filter. Those have an index of their own,
// which ends in the keys of the order.
func narrow(c list.Condition) bool {
	return c.Field.Kind == list.ID || c.Field.Kind == list.Network && c.Range.IsSingleIP()
}

func (s *selection) add(condition string) { s.where = append(s.where, condition) }

// arg adds a parameter and returns its placeholder.
func (s *selection) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

// filter adds the condition that a filter sets on a column.
func (s *selection) filter(column string, c list.Condition) {
	switch c.Field.Kind {
	case list.ID, list.Choice:
		s.oneOf(column, c.Texts)
	case list.Since:
		s.bound(column+" >= ", column+" < ", micros(c.Time))
	case list.Before:
		s.bound(column+" < ", column+" >= ", micros(c.Time))
	case list.Network:
		s.within(column, c.Range)
	}
}

// bound adds one end of a range: inside, unless outside.
func (s *selection) bound(inside, outside string, v any) {
	if s.narrow {
		s.add("NOT (" + outside + s.arg(v) + ")")
		return
	}
	s.add(inside + s.arg(v))
}

func (s *selection) oneOf(column string, texts []string) {
	if len(texts) == 0 { // a choice that stands for nothing
		s.add("FALSE")
		return
	}
	if len(texts) == 1 {
		s.add(column + " = " + s.arg(texts[0]))
		return
	}
	args := make([]string, len(texts))
	for i, t := range texts {
		args[i] = s.arg(t)
	}
	s.add(column + " IN (" + strings.Join(args, ", ") + ")")
}

// within adds that an address is in a range. Many may be in it, so they are looked
// for in the order of the list and not gathered and sorted.
func (s *selection) within(column string, r netip.Prefix) {
	first, last := ends(r)
	if r.IsSingleIP() {
		s.add(column + " = " + s.arg(first[:]))
		return
	}
	s.add("NOT (" + column + " < " + s.arg(first[:]) + " OR " + column + " > " + s.arg(last[:]) + ")")
}

// ends returns the first and the last address of a range as ipBytes has them.
func ends(r netip.Prefix) (first, last [16]byte) {
	first = r.Masked().Addr().As16()
	last = first
	host := r.Addr().BitLen() - r.Bits()
	for i := 15; host > 0; i, host = i-1, host-8 {
		last[i] |= byte(1<<min(host, 8) - 1)
	}
	return first, last
}

// beyond adds that a row comes after a place in the order.
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

// place returns where a row stands in the order.
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

// position reads what place returned, as parameters; nil for the first page.
func (o ordering[T]) position(place []string) ([]any, error) {
	if place == nil {
		return nil, nil
	}
	if len(place) != len(o.keys) {
		return nil, list.ErrCursor
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
			return nil, list.ErrCursor
		}
		out[i] = n
	}
	return out, nil
}
