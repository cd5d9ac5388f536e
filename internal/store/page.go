package store

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

// listing says how one list is read from the database: its rows, how each filter finds them,
// and the sort keys of each order. The index for an order begins with the owner of the list
// (tenant, user) and ends with the order's keys. plan_test.go checks every list, filter and
// order; find.go says which of the filters choose the rows that are read.
type listing[T any] struct {
	table   *list.Table
	from    string // table
	columns string
	scan    func(func(...any) error) (T, error)
	where   string // condition on all rows, besides the tenant's id; its parameters begin at $2
	fields  map[string]filter
	orders  map[string]ordering[T]

	numbered bool // rows are told apart by seq, and not by an id
}

// filter is a condition on a column, or one with "?" in the place of a condition on a column
// of another table; and how an index finds the rows that pass it.
type filter struct {
	column string
	each   string // as column, for rows that are looked at one by one; "" for column. A scalar subquery, which no engine turns into a join
	by     index
	// Of a text: the condition that a row has a word, by the placeholders for the bounds of the words that begin with it, and for a pattern of LIKE.
	word   func(first, last, like string) string
	only   string            // what holds for all rows of that index, and follows from the filter
	values map[string]string // the condition of each choice, where it is not that the column has its value
}

// index says how an index finds the rows that pass a filter.
type index int

const (
	unindexed index = iota // not at all: each row has to be looked at
	collected              // in no order: they are collected when they are few
	ordered                // in the list's first order
)

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

func (s *selection) add(condition string) { s.where = append(s.where, condition) }

// conditions returns all of them as a clause; "" without any.
func (s *selection) conditions() string {
	if len(s.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(s.where, " AND ")
}

// arg adds a parameter and returns its placeholder.
func (s *selection) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

// filter adds the condition of a filter.
func (s *selection) filter(f filter, c list.Condition) {
	switch c.Field.Kind {
	case list.ID, list.IDs, list.Exact, list.Choice:
		s.oneOf(f, c.Texts)
	case list.Text:
		s.words(f, c.Texts[0])
	case list.Since:
		s.bound(f.column+" >= ", f.column+" < ", micros(c.Time))
	case list.Before:
		s.bound(f.column+" < ", f.column+" >= ", micros(c.Time))
	case list.Network:
		s.within(f.column, c.Range)
	}
	if f.only != "" {
		s.add(f.only)
	}
}

// looked returns the filter as it is asked of rows that are looked at one by one.
func (f filter) looked() filter {
	if f.each != "" {
		f.column = f.each
	}
	return f
}

// bound adds one end of a range: inside, or outside when an index is chosen already.
func (s *selection) bound(inside, outside string, v any) {
	if s.narrow {
		s.add("NOT (" + outside + s.arg(v) + ")")
		return
	}
	s.add(inside + s.arg(v))
}

func (s *selection) oneOf(f filter, texts []string) {
	column := f.column
	if len(texts) == 0 { // the choice stands for no value
		s.add("FALSE")
		return
	}
	if f.values != nil {
		either := make([]string, len(texts))
		for i, t := range texts {
			either[i] = f.values[t]
		}
		s.add("(" + strings.Join(either, " OR ") + ")")
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
func (s *selection) words(f filter, text string) {
	words := Words(text)
	if len(words) == 0 {
		s.add("FALSE")
	}
	for _, w := range words {
		first, last := s.arg(w), s.arg(w+"\U0010FFFF")
		if f.word != nil {
			s.add(f.word(first, last, s.arg("% "+escapeLike.Replace(w)+"%")))
			continue
		}
		s.add(on(f.column, " >= "+first+" AND word < "+last))
	}
}

// escapeLike keeps what stands for other texts in a pattern from doing so.
var escapeLike = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// within adds that an address is in a range.
func (s *selection) within(column string, r netip.Prefix) {
	first, last := ends(r)
	if r.IsSingleIP() {
		s.add(column + " = " + s.arg(first[:]))
		return
	}
	if s.narrow {
		s.add("NOT (" + column + " < " + s.arg(first[:]) + " OR " + column + " > " + s.arg(last[:]) + ")")
		return
	}
	s.add(column + " >= " + s.arg(first[:]) + " AND " + column + " <= " + s.arg(last[:]))
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

// beyond adds that a row comes after a position in the order. The first key stands alone, since
// SQLite uses a range of it in every index, and one of several columns only in some.
func (s *selection) beyond(keys []string, desc bool, place []any) {
	compare := " > "
	if desc {
		compare = " < "
	}
	first := s.arg(place[0])
	if len(keys) == 1 {
		s.add(keys[0] + compare + first)
		return
	}
	s.add(keys[0] + strings.TrimRight(compare, " ") + "= " + first + " AND (" + keys[0] + compare + first + " OR " + keys[1] + compare + s.arg(place[1]) + ")")
}

// names returns the columns of the keys: one, or two.
func (o ordering[T]) names() []string {
	out := make([]string, len(o.keys))
	for i, k := range o.keys {
		out[i] = k.column
	}
	return out
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

// compare compares two rows in this order.
func (o ordering[T]) compare(a, b T) int {
	for _, k := range o.keys {
		c := 0
		switch v := k.of(a).(type) {
		case string:
			c = strings.Compare(v, k.of(b).(string))
		case time.Time:
			c = v.Compare(k.of(b).(time.Time))
		case int64:
			c = cmp.Compare(v, k.of(b).(int64))
		}
		if c != 0 && o.desc {
			return -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
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

func scanID(scan func(...any) error) (id string, err error) { return id, scan(&id) }
