// Package list defines each list: its filters, orders and page size. Store, API, pages and
// exports read the same table.
//
//	address ─ Table.Parse ─ Query ─ store ─ Cut ─ Page ─ Next ─ the address of the next page
//	                          └─ Address: what can be sent to somebody else
//
// A page begins after the last row of the page before, even if rows were added or removed
// since: a cursor holds that row's sort keys, not a number of rows. A cursor is valid only
// for the list, order and filters that it came from.
//
// A new filter is a line in tables.go, and one in store that names its column.
package list

import (
	"fmt"
	"slices"
)

// Kind is the type of a field's values.
type Kind int

// Kinds.
const (
	ID      Kind = iota // an opaque id, compared as a whole
	IDs                 // one or more of them
	Exact               // one text, compared as a whole in the form that the use gives it
	Text                // words, each the beginning of one that a row is found by
	Choice              // one or more of the field's options
	Since               // a date or an RFC 3339 time: then or later
	Before              // a date or an RFC 3339 time: earlier; a date includes its whole day
	Network             // an IP address, or a range such as 192.0.2.0/24
)

// Field is a filter of a list. Its name is the parameter in addresses and in the API.
type Field struct {
	Name    string
	Kind    Kind
	Words   string   // message id of its label
	Means   string   // description in the API's document
	Choices []Option // for Choice, in the order they are shown
}

// Option is one value of a choice, with the message id of its label.
type Option struct{ Value, Words string }

// Order is one way to sort a list.
type Order struct {
	Name  string
	Words string // message id
}

// Table describes one list.
type Table struct {
	Name   string // is part of its cursors
	Fields []Field
	Orders []Order // the first one is the default
	Limit  int     // rows of a page by default
	Most   int     // rows of a page at most
}

// field returns the field with this name.
func (t *Table) field(name string) (Field, bool) {
	i := slices.IndexFunc(t.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return t.Fields[i], true
}

// Values returns what can be chosen with a filter; nil for one that is no choice.
func (t *Table) Values(filter string) (values []string) {
	f, _ := t.field(filter)
	for _, o := range f.Choices {
		values = append(values, o.Value)
	}
	return values
}

// Filters reports whether a parameter of the list is one of its filters.
func (t *Table) Filters(parameter string) bool {
	_, ok := t.field(parameter)
	return ok
}

// Names of the parameters that every list has.
const (
	paramSort   = "sort"
	paramLimit  = "limit"
	paramCursor = "cursor"
)

// Parameter describes one parameter of a list's address, for the API's document.
type Parameter struct {
	Name     string
	Means    string
	Values   []string // the allowed values; nil for any
	Many     bool     // can be given several times: rows may have any of the values
	Default  string
	Min, Max int // of a number; both 0 for other parameters
}

// Repeats reports whether the parameter of some list can be given several times.
func Repeats(name string) bool { return repeating[name] }

// repeating are the filters that take many values.
var repeating = func() map[string]bool {
	names := map[string]bool{}
	for _, t := range Tables {
		for _, p := range t.Parameters() {
			if p.Many {
				names[p.Name] = true
			}
		}
	}
	return names
}()

// Parameters describes all parameters of the list.
func (t *Table) Parameters() []Parameter {
	var all []Parameter
	for _, f := range t.Fields {
		p := Parameter{Name: f.Name, Means: f.Means, Many: f.Kind == Choice || f.Kind == IDs}
		for _, o := range f.Choices {
			p.Values = append(p.Values, o.Value)
		}
		all = append(all, p)
	}
	if len(t.Orders) > 1 {
		p := Parameter{Name: paramSort, Means: "The order.", Default: t.Orders[0].Name}
		for _, o := range t.Orders {
			p.Values = append(p.Values, o.Name)
		}
		all = append(all, p)
	}
	return append(all,
		Parameter{Name: paramLimit, Means: "Most items of one page.", Default: fmt.Sprint(t.Limit), Min: 1, Max: t.Most},
		Parameter{Name: paramCursor, Means: "nextCursor of the page before, asked for with the same filters and order."})
}
