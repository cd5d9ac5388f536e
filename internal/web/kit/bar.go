package kit

import (
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

// Bar stands above an admin's list: its search, the filters that are set, and those that can be
// added. Links and forms that are sent by GET set them, so that an address holds all of it.
type Bar struct {
	Path   string
	Search *SearchView // nil for a list without one
	Set    []Chip      // what is set: each takes itself away
	Clear  *Anchor     // takes all of it away; nil without any
	Add    []FilterMenu
	Orders []Chip   // nil for one order only
	Order  string   // the one that holds
	Wrong  []string // which filters were left out, and why
}

// SearchView is the field for free text.
type SearchView struct {
	Name, Value string
	Kept        []Kept // the filters that hold besides
}

// FilterMenu is a filter with the values that it can be given.
type FilterMenu struct {
	Name, Title string
	Values      []Chip
	Date        *DateView // for a day instead
	Text        *TextView // for what is typed instead
}

// DateView is the form that sets a day.
type DateView struct {
	Value string
	Kept  []Kept
}

// TextView is the form that sets what is typed.
type TextView struct {
	Value string
	Type  string // of the field
	Hint  string
	Kept  []Kept
}

// Value is one value of a filter in words.
type Value struct {
	Value, Text string
	Named       bool // it is named where it is set, and not offered
}

// Bar returns the bar of the list. values are those of the filters whose values the list's table
// does not know, such as groups; a filter with nil values is not offered.
func (l List) Bar(s Speaker, values map[string][]Value) Bar {
	b := Bar{Path: l.path}
	for _, f := range l.Table.Fields {
		switch f.Kind {
		case list.Text:
			b.Search = &SearchView{Name: f.Name, Value: first(l.Given(f.Name)), Kept: l.keptBeside(f.Name)}
			continue
		case list.Since, list.Before:
			b.Add = append(b.Add, FilterMenu{Name: f.Name, Title: s.T(f.Words), Date: &DateView{Value: day(first(l.Given(f.Name))), Kept: l.keptBeside(f.Name)}})
		case list.Network:
			b.Add = append(b.Add, l.typed(s, f, "text", first(l.Given(f.Name))))
		default:
			if slices.Contains(l.Typed, f.Name) {
				b.Add = append(b.Add, l.typed(s, f, "email", ""))
			} else if m := l.menu(s, f, valuesOf(s, f, values)); m.Values != nil {
				b.Add = append(b.Add, m)
			}
		}
		b.Set = append(b.Set, l.set(s, f, valuesOf(s, f, values))...)
	}
	for _, w := range l.wrong {
		for _, f := range l.Table.Fields {
			if f.Name == w.Field {
				why := s.Rule(sallyport.FieldError{Field: w.Field, Code: w.Code, Args: w.Args})
				b.Wrong = append(b.Wrong, s.T("filter.leftOut", "Field", s.T(f.Words), "Why", why))
			}
		}
	}
	if len(l.Conditions()) > 0 {
		b.Clear = &Anchor{Text: s.T("filter.clear"), Path: l.path}
	}
	if len(l.Table.Orders) > 1 {
		b.order(s, l)
	}
	return b
}

// typed offers a filter whose value is typed.
func (l List) typed(s Speaker, f list.Field, kind, value string) FilterMenu {
	return FilterMenu{Name: f.Name, Title: s.T(f.Words), Text: &TextView{Value: value, Type: kind, Hint: s.T("filter.hint." + kind), Kept: l.keptBeside(f.Name)}}
}

// order fills in the orders.
func (b *Bar) order(s Speaker, l List) {
	for _, o := range l.Table.Orders {
		c := Chip{Text: s.T(o.Words), On: o.Name == l.Order}
		if c.On {
			b.Order = c.Text
		}
		then := l.values()
		if then.Del(sortParam); o != l.Table.Orders[0] {
			then.Set(sortParam, o.Name)
		}
		c.Path = WithQuery(l.path, then)
		b.Orders = append(b.Orders, c)
	}
}

// valuesOf returns the values that a filter can have.
func valuesOf(s Speaker, f list.Field, values map[string][]Value) []Value {
	if given, ok := values[f.Name]; ok {
		return given
	}
	var out []Value
	for _, o := range f.Choices {
		out = append(out, Value{Value: o.Value, Text: s.T(o.Words)})
	}
	return out
}

// menu offers the values of a filter; each that is set takes itself away.
func (l List) menu(s Speaker, f list.Field, values []Value) FilterMenu {
	m := FilterMenu{Name: f.Name, Title: s.T(f.Words)}
	for _, v := range values {
		if v.Named {
			continue
		}
		on := slices.Contains(l.Given(f.Name), v.Value)
		then := l.values()
		switch {
		case on:
			then = l.without(f.Name, v.Value)
		case f.Kind == list.ID:
			then.Set(f.Name, v.Value)
		default:
			then.Add(f.Name, v.Value)
		}
		m.Values = append(m.Values, Chip{Text: v.Text, Path: WithQuery(l.path, then), On: on})
	}
	return m
}

// set are the values of a filter that hold.
func (l List) set(s Speaker, f list.Field, values []Value) []Chip {
	var out []Chip
	for _, given := range l.Given(f.Name) {
		text := given
		if i := slices.IndexFunc(values, func(v Value) bool { return v.Value == given }); i >= 0 {
			text = values[i].Text
		} else if f.Kind == list.ID || f.Kind == list.IDs {
			text = s.T("filter.gone")
		}
		text = s.T("filter.is", "Field", s.T(f.Words), "Value", text)
		out = append(out, Chip{Text: text, On: true, Label: s.T("filter.remove", "Filter", text), Path: WithQuery(l.path, l.without(f.Name, given))})
	}
	return out
}

// Alternative is the same list without one of its filters.
type Alternative struct {
	Query list.Query
	Chip  Chip // leads there
}

// Alternatives are the lists without one of the filters each, for a list that has nothing to say
// which of them to drop.
func (l List) Alternatives(s Speaker, values map[string][]Value) []Alternative {
	var out []Alternative
	for _, c := range l.Conditions() {
		then := l.values()
		then.Del(c.Field.Name)
		q, err := l.Table.Parse(then)
		if err != nil {
			continue
		}
		q.Limit = 1
		var texts []string
		for _, chip := range l.set(s, c.Field, valuesOf(s, c.Field, values)) {
			texts = append(texts, chip.Text)
		}
		out = append(out, Alternative{q, Chip{Text: s.T("filter.drop", "Filter", strings.Join(texts, ", ")), Path: WithQuery(l.path, then)}})
	}
	return out
}

// values are the parameters of the list's first page.
func (l List) values() url.Values {
	values := l.Filters()
	if l.Order != l.Table.Orders[0].Name {
		values.Set(sortParam, l.Order)
	}
	return values
}

// without are the parameters without a value of a filter.
func (l List) without(field, value string) url.Values {
	values := l.values()
	values[field] = slices.DeleteFunc(slices.Clone(values[field]), func(v string) bool { return v == value })
	return values
}

// keptBeside are the parameters besides those of a field, for its form.
func (l List) keptBeside(field string) []Kept {
	var out []Kept
	values := l.values()
	for _, f := range append(slices.Clone(l.Table.Fields), list.Field{Name: sortParam}) {
		for _, v := range values[f.Name] {
			if f.Name != field {
				out = append(out, Kept{f.Name, v})
			}
		}
	}
	return out
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// day is the date of a time, as a field for dates takes it.
func day(text string) string {
	const length = len("2006-01-02")
	return text[:min(len(text), length)]
}
