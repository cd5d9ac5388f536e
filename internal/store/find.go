package store

import (
	"context"
	"slices"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

// How much one page of a list reads at most, whatever the filters and the size of the table.
const (
	// fewRows is up to how many rows of a filter are collected and sorted.
	fewRows = 5_000
	// stepRows is how many rows are looked at in the list's order. A page that has looked at so
	// many ends, says so, and goes on behind them.
	stepRows = 15_000
)

// page reads one page of a list. The filters are used in one of four ways:
//
//   - An id or an address leads to few rows by its index, which goes on in the list's order.
//   - A filter whose rows are at most fewRows: these are collected and sorted.
//   - A choice with an index in the list's order: its rows are read in this order, and those of
//     several choices are merged.
//   - Otherwise the list is read in its order.
//
// What the other filters say is asked of each row that is read so, of up to stepRows.
func page[T any](ctx context.Context, q Queries, l listing[T], query list.Query, scope ...any) (list.Page[T], error) {
	if query.Table != l.table {
		return list.Page[T]{}, sallyport.Refuse(sallyport.CodeInternal, "the query is of another list")
	}
	f := finding[T]{listing: l, query: query, order: l.orders[query.Order], scope: scope}
	var err error
	if f.after, err = f.order.position(query.After()); err != nil {
		return list.Page[T]{}, err
	}
	lead, rest := f.split()
	if len(rest) > 0 && !slices.ContainsFunc(lead, f.narrow) {
		few, err := f.fewest(ctx, q, rest)
		if err != nil {
			return list.Page[T]{}, err
		}
		if few != nil {
			return f.collect(ctx, q, *few, slices.Concat(lead, without(rest, *few)))
		}
		if i := slices.IndexFunc(rest, f.inOrder); i >= 0 {
			lead, rest = append([]list.Condition{rest[i]}, lead...), slices.Delete(slices.Clone(rest), i, i+1)
		}
	}
	return f.read(ctx, q, lead, rest)
}

// total returns how many rows a list has.
func total[T any](ctx context.Context, q Queries, l listing[T], query list.Query, scope ...any) (int64, error) {
	if query.Table != l.table {
		return 0, sallyport.Refuse(sallyport.CodeInternal, "the query is of another list")
	}
	s := finding[T]{listing: l, scope: scope}.selection()
	for _, c := range query.Conditions() {
		s.filter(l.fields[c.Field.Name], c)
	}
	return count(ctx, q, "SELECT COUNT(*) FROM "+l.from+s.conditions(), s.args...)
}

// finding is how the rows of one query are found.
type finding[T any] struct {
	listing[T]
	query list.Query
	order ordering[T]
	scope []any // the tenant's id and the parameters of where
	after []any // sort keys of the row that the page begins after; nil for the first page
}

// split returns the filters that always choose the rows that are read, and all others.
func (f finding[T]) split() (lead, rest []list.Condition) {
	for _, c := range f.query.Conditions() {
		if f.narrow(c) || f.bounds(c) || len(f.scope) > 1 && f.fields[c.Field.Name].by == unindexed {
			lead = append(lead, c)
		} else {
			rest = append(rest, c)
		}
	}
	return lead, rest
}

// sorted reports whether this order is the one in which indexes of filters go on, or its reverse.
func (f finding[T]) sorted() bool {
	return f.order.columns("") == f.orders[f.table.Orders[0].Name].columns("")
}

// narrow reports whether few rows pass a filter, and an index has them in this order.
func (f finding[T]) narrow(c list.Condition) bool {
	one := c.Field.Kind == list.ID || c.Field.Kind == list.Exact || c.Field.Kind == list.Network && c.Range.IsSingleIP()
	return one && f.fields[c.Field.Name].by == ordered && f.sorted()
}

// bounds reports whether a filter is a range of the first sort key.
func (f finding[T]) bounds(c list.Condition) bool {
	return (c.Field.Kind == list.Since || c.Field.Kind == list.Before) && f.fields[c.Field.Name].column == f.order.keys[0].column
}

// inOrder reports whether an index has the rows that pass a filter in this order.
func (f finding[T]) inOrder(c list.Condition) bool {
	return (c.Field.Kind == list.Choice || c.Field.Kind == list.IDs) && f.fields[c.Field.Name].by == ordered && f.sorted()
}

// fewest returns the first filter whose rows are few; nil when there is none. Whether they are is
// not asked where an index has the rows in order and nothing else is asked of them.
func (f finding[T]) fewest(ctx context.Context, q Queries, rest []list.Condition) (*list.Condition, error) {
	if len(rest) == 1 && f.inOrder(rest[0]) {
		return nil, nil
	}
	for _, c := range rest {
		if f.fields[c.Field.Name].by == unindexed {
			continue
		}
		n, err := f.passing(ctx, q, c)
		if err != nil {
			return nil, err
		}
		if n <= fewRows {
			return &c, nil
		}
	}
	return nil, nil
}

// passing returns how many rows pass a filter, or a larger number than fewRows. Of a text it is how
// often people have the rarest of its words.
func (f finding[T]) passing(ctx context.Context, q Queries, c list.Condition) (int64, error) {
	if c.Field.Kind != list.Text {
		s := selection{args: slices.Clone(f.scope[:1])}
		s.add("tenant_id = $1")
		s.filter(f.fields[c.Field.Name], c)
		return count(ctx, q, "SELECT COUNT(*) FROM (SELECT 1 FROM "+f.from+s.conditions()+" LIMIT "+s.arg(fewRows+1)+") AS passing", s.args...)
	}
	least := int64(fewRows + 1)
	for _, w := range Words(c.Texts[0]) {
		n, err := count(ctx, q, "SELECT COUNT(*) FROM (SELECT 1 FROM user_words WHERE tenant_id = $1 AND word >= $2 AND word < $3 LIMIT $4) AS passing",
			f.scope[0], w, w+"\U0010FFFF", fewRows+1)
		if err != nil {
			return 0, err
		}
		least = min(least, n)
	}
	return least, nil
}

// collect reads a page of the rows that pass a filter, which are few, and all others.
func (f finding[T]) collect(ctx context.Context, q Queries, few list.Condition, others []list.Condition) (list.Page[T], error) {
	these := selection{args: slices.Clone(f.scope[:1])}
	these.add("tenant_id = $1")
	these.filter(f.fields[few.Field.Name], few)
	ids, err := all(ctx, q, scanID, "SELECT "+f.key()+" FROM "+f.from+these.conditions()+" LIMIT "+these.arg(fewRows), these.args...)
	if err != nil {
		return list.Page[T]{}, err
	}
	s := f.selection()
	from, chosen := f.chosen(q, &s, ids)
	s.add(chosen)
	// IS TRUE keeps SQLite from choosing an index for what is only asked of these rows.
	rest := selection{args: s.args}
	for _, c := range others {
		rest.filter(f.fields[c.Field.Name].looked(), c)
	}
	f.start(&rest)
	if s.args = rest.args; len(rest.where) > 0 {
		s.add("(" + strings.Join(rest.where, " AND ") + ") IS TRUE")
	}
	found, err := all(ctx, q, f.scan, "SELECT "+f.columns+" FROM "+from+f.from+s.conditions()+f.sort()+" LIMIT "+s.arg(f.query.Limit+1), s.args...)
	return list.Cut(f.query, found, f.order.place), err
}

// read reads a page in the list's order, of the rows that lead chooses.
func (f finding[T]) read(ctx context.Context, q Queries, lead, rest []list.Condition) (list.Page[T], error) {
	i := slices.IndexFunc(lead, f.inOrder)
	if i >= 0 && len(lead[i].Texts) > 1 {
		if len(rest) == 0 {
			return f.merge(ctx, q, lead[i], without(lead, lead[i]))
		}
		lead, rest = without(lead, lead[i]), append(rest, lead[i])
	}
	s := f.selection()
	s.narrow = s.narrow || slices.ContainsFunc(lead, f.narrow)
	for _, c := range lead {
		s.filter(f.fields[c.Field.Name], c)
	}
	f.start(&s)
	rows := s.conditions() + f.sort()
	if len(rest) == 0 {
		found, err := all(ctx, q, f.scan, "SELECT "+f.columns+" FROM "+f.from+rows+" LIMIT "+s.arg(f.query.Limit+1), s.args...)
		return list.Cut(f.query, found, f.order.place), err
	}

	step := selection{args: s.args}
	text := "SELECT " + f.columns + " FROM (SELECT * FROM " + f.from + rows + " LIMIT " + step.arg(stepRows) + ") AS " + f.from
	for _, c := range rest {
		step.filter(f.fields[c.Field.Name].looked(), c)
	}
	// Rows of a subquery keep its order, and reading ends with the last one that the page holds.
	found, err := all(ctx, q, f.scan, text+step.conditions()+" LIMIT "+step.arg(f.query.Limit+1), step.args...)
	if err != nil || len(found) > f.query.Limit {
		return list.Cut(f.query, found, f.order.place), err
	}
	last, err := all(ctx, q, f.scan, "SELECT "+f.columns+" FROM "+f.from+rows+" LIMIT 1 OFFSET "+s.arg(stepRows-1), s.args...)
	if err != nil || len(last) == 0 {
		return list.Page[T]{Rows: found}, err
	}
	return list.Stop(f.query, found, stepRows, f.order.place(last[0])), nil
}

// merge reads a page of the rows that pass any value of a choice: of each value up to a page.
func (f finding[T]) merge(ctx context.Context, q Queries, choice list.Condition, lead []list.Condition) (list.Page[T], error) {
	var found []T
	for _, text := range choice.Texts {
		s := f.selection()
		for _, c := range lead {
			s.filter(f.fields[c.Field.Name], c)
		}
		s.oneOf(f.fields[choice.Field.Name], []string{text})
		f.start(&s)
		some, err := all(ctx, q, f.scan, "SELECT "+f.columns+" FROM "+f.from+s.conditions()+f.sort()+" LIMIT "+s.arg(f.query.Limit+1), s.args...)
		if err != nil {
			return list.Page[T]{}, err
		}
		found = append(found, some...)
	}
	slices.SortStableFunc(found, f.order.compare)
	return list.Cut(f.query, found[:min(len(found), f.query.Limit+1)], f.order.place), nil
}

// key is the column by which rows are told apart.
func (l listing[T]) key() string {
	if l.numbered {
		return "seq"
	}
	return "id"
}

// chosen returns what stands before a table of which only the rows with these keys are read, and
// the condition. SQLite goes through the left side of a CROSS JOIN first, and would otherwise go
// through the table in the order that is asked for.
func (f finding[T]) chosen(q Queries, s *selection, keys []string) (from, condition string) {
	switch {
	case q.engine == SQLite:
		return "(SELECT value AS chosen FROM json_each(" + s.arg(toJSON(keys)) + ")) AS these CROSS JOIN ", f.key() + " = chosen"
	case f.numbered:
		return "", "seq = ANY(" + s.arg(keys) + "::TEXT[]::BIGINT[])"
	}
	return "", q.among("id", s, keys)
}

// among returns the condition that a column has one of many values.
func (q Queries) among(column string, s *selection, values []string) string {
	if q.engine == Postgres {
		return column + " = ANY(" + s.arg(values) + ")"
	}
	return column + " IN (SELECT value FROM json_each(" + s.arg(toJSON(values)) + "))"
}

// selection returns what holds for all rows of the list.
func (f finding[T]) selection() selection {
	s := selection{args: slices.Clone(f.scope), narrow: len(f.scope) > 1}
	s.add("tenant_id = $1")
	if f.where != "" {
		s.add(f.where)
	}
	return s
}

// start adds where the page begins.
func (f finding[T]) start(s *selection) {
	if f.after != nil {
		s.beyond(f.order.names(), f.order.desc, f.after)
	}
}

func (f finding[T]) sort() string {
	if f.order.desc {
		return " ORDER BY " + f.order.columns(" DESC")
	}
	return " ORDER BY " + f.order.columns("")
}

// without returns the conditions but for one.
func without(all []list.Condition, one list.Condition) []list.Condition {
	return slices.DeleteFunc(slices.Clone(all), func(c list.Condition) bool { return c.Field.Name == one.Field.Name })
}
