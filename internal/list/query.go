package list

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
)

// Query is what is asked of a list. Only a table makes one, so it fits its table.
type Query struct {
	Table *Table
	Order string
	Limit int // rows of a page

	conditions []Condition // in the order of the table's fields
	after      []string    // place of the row that the page begins after; nil for the first page
}

// First returns the question for the first page, with no filter.
func (t *Table) First() Query { return Query{Table: t, Order: t.Orders[0].Name, Limit: t.Limit} }

// Conditions are the filters that are set.
func (q Query) Conditions() []Condition { return q.conditions }

// Given returns the values that a field was given, none when it filters nothing.
func (q Query) Given(field string) []string { return q.Filters()[field] }

// After is the place of the row that the page begins after, as Cut was given it;
// nil for the first page.
func (q Query) After() []string { return q.after }

// maxErrors bounds how many broken rules one answer lists: an address can name
// thousands of parameters.
const maxErrors = 20

// Parse reads the parameters of an address. What does not fit the table is
// CodeInvalid, with the name of each parameter that is wrong; a cursor of another
// list, order or filter is the field "cursor" with the code "invalid_cursor". An
// empty parameter is as good as none: forms send them.
func (t *Table) Parse(values url.Values) (Query, error) {
	q := t.First()
	var wrong []sallyport.FieldError
	for name := range values {
		if _, known := t.field(name); !known && !slices.Contains([]string{paramSort, paramLimit, paramCursor}, name) {
			wrong = append(wrong, sallyport.FieldError{Field: repeatable(name), Code: "unknown_field"})
		}
	}
	for _, f := range t.Fields {
		given := slices.DeleteFunc(slices.Clone(values[f.Name]), func(s string) bool { return s == "" })
		if len(given) == 0 {
			continue
		}
		c, refused := f.parse(given)
		if refused != nil {
			wrong = append(wrong, *refused)
			continue
		}
		q.conditions = append(q.conditions, c)
	}
	if name := values.Get(paramSort); name != "" {
		q.Order = name
		if !slices.ContainsFunc(t.Orders, func(o Order) bool { return o.Name == name }) {
			wrong = append(wrong, sallyport.FieldError{Field: paramSort, Code: "unknown_value"})
		}
	}
	if text := values.Get(paramLimit); text != "" {
		n, err := strconv.Atoi(text)
		q.Limit = n
		if err != nil {
			wrong = append(wrong, sallyport.FieldError{Field: paramLimit, Code: "wrong_type"})
		} else if n < 1 || n > t.Most {
			wrong = append(wrong, sallyport.FieldError{Field: paramLimit, Code: "out_of_range",
				Args: map[string]string{"min": "1", "max": strconv.Itoa(t.Most)}})
		}
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b sallyport.FieldError) int { return cmp.Compare(a.Field, b.Field) })
		wrong = slices.CompactFunc(wrong, func(a, b sallyport.FieldError) bool { return a.Field == b.Field })
		return Query{}, sallyport.Invalid(wrong[:min(len(wrong), maxErrors)]...)
	}
	return q.At(values.Get(paramCursor))
}

// repeatable returns the name of an unknown parameter when it looks like one of
// ours, and "" otherwise: a client that mixes up names and values sends a secret
// as a name.
func repeatable(name string) string {
	const longest = 40
	if len(name) > longest || strings.ContainsFunc(name, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }) {
		return ""
	}
	return name
}

// Address returns the parameters that ask for the same list from its first page
// on: each question has one address.
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

// Next returns the parameters of the page that a cursor begins.
func (q Query) Next(cursor string) url.Values {
	values := q.Address()
	if cursor != "" {
		values.Set(paramCursor, cursor)
	}
	return values
}

// Filters are the parameters of the address that filter.
func (q Query) Filters() url.Values {
	values := url.Values{}
	for _, c := range q.conditions {
		values[c.Field.Name] = c.Given
	}
	return values
}

// Mean says what the values given for a choice stand for, where the database knows
// them by other words. The address and cursors of the list stay as they are.
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
