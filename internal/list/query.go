package list

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Query is a request for a page of a list. Only a table makes one, so it fits its table.
type Query struct {
	Table *Table
	Order string
	Limit int // rows of a page

	conditions []Condition // in the order of the table's fields
	after      []string    // sort keys of the row that the page begins after; nil for the first page
}

// First returns the query for the first page without filters.
func (t *Table) First() Query { return Query{Table: t, Order: t.Orders[0].Name, Limit: t.Limit} }

// Conditions are the filters that are set.
func (q Query) Conditions() []Condition { return q.conditions }

// Given returns the values of a field's filter, none when it is not set.
func (q Query) Given(field string) []string { return q.Filters()[field] }

// After returns the sort keys of the row that the page begins after, as in Cut; nil for
// the first page.
func (q Query) After() []string { return q.after }

// maxErrors limits the errors in one answer, because an address can have thousands of
// parameters.
const maxErrors = 20

// Parse reads the parameters of an address. The error is a [Refused] with each parameter
// that does not fit the table; [ErrCursor] is the one for a cursor of another list, order
// or filter. An empty parameter counts as missing, because forms send empty
// ones.
func (t *Table) Parse(values url.Values) (Query, error) {
	q := t.First()
	var wrong Refused
	for name := range values {
		if _, known := t.field(name); !known && !slices.Contains([]string{paramSort, paramLimit, paramCursor}, name) {
			wrong = append(wrong, &Wrong{Field: repeatable(name), Code: "unknown_field"})
		}
	}
	for _, f := range t.Fields {
		given := slices.DeleteFunc(slices.Clone(values[f.Name]), func(s string) bool { return s == "" })
		if len(given) == 0 {
			continue
		}
		c, refused := f.parse(given)
		if refused != nil {
			wrong = append(wrong, refused)
			continue
		}
		q.conditions = append(q.conditions, c)
	}
	if name := values.Get(paramSort); name != "" {
		q.Order = name
		if !slices.ContainsFunc(t.Orders, func(o Order) bool { return o.Name == name }) {
			wrong = append(wrong, &Wrong{Field: paramSort, Code: "unknown_value"})
		}
	}
	if text := values.Get(paramLimit); text != "" {
		n, err := strconv.Atoi(text)
		q.Limit = n
		if err != nil {
			wrong = append(wrong, &Wrong{Field: paramLimit, Code: "wrong_type"})
		} else if n < 1 || n > t.Most {
			wrong = append(wrong, &Wrong{Field: paramLimit, Code: "out_of_range",
				Args: map[string]string{"min": "1", "max": strconv.Itoa(t.Most)}})
		}
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b *Wrong) int { return cmp.Compare(a.Field, b.Field) })
		wrong = slices.CompactFunc(wrong, func(a, b *Wrong) bool { return a.Field == b.Field })
		return Query{}, wrong[:min(len(wrong), maxErrors)]
	}
	q, err := q.At(values.Get(paramCursor))
	if err != nil {
		return Query{}, Refused{ErrCursor}
	}
	return q, nil
}

// repeatable returns the name of an unknown parameter if it looks like a parameter's name,
// otherwise "": a client that confuses names and values may send a secret as a name.
func repeatable(name string) string {
	const longest = 40
	if len(name) > longest || strings.ContainsFunc(name, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }) {
		return ""
	}
	return name
}

// Address returns the parameters for the first page of the same list, in canonical form.
func (q Query) Address() url.Values {
	values := q.Filters()
	if q.Order != q.Table.Orders[0].Name {
		values.Set(paramSort, q.Order)
	}
	if q.Limit != q.Table.Limit {
		values.Set(paramLimit, strconv.Itoa(q.Limit))
	}
	return values
}

// Next returns the parameters for the page at a cursor.
func (q Query) Next(cursor string) url.Values {
	values := q.Address()
	if cursor != "" {
		values.Set(paramCursor, cursor)
	}
	return values
}

// Filters returns the filters as parameters.
func (q Query) Filters() url.Values {
	values := url.Values{}
	for _, c := range q.conditions {
		values[c.Field.Name] = c.Given
	}
	return values
}

// Mean translates the values given for a choice into those of the database. The list's
// address and cursors stay the same.
func (q Query) Mean(field string, words func(given string) []string) Query {
	q.conditions = slices.Clone(q.conditions)
	for i, c := range q.conditions {
		if c.Field.Name != field {
			continue
		}
		q.conditions[i].Texts = nil
		for _, given := range c.Given {
			q.conditions[i].Texts = append(q.conditions[i].Texts, words(given)...)
		}
	}
	return q
}
