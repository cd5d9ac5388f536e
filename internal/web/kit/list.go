package kit

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/list"
)

// cursorParam is the parameter that says where a page of a list begins.
const cursorParam = "cursor"

// sortParam is the parameter for the order.
const sortParam = "sort"

// List is a list on a page: what its address asks for, and how somebody came there,
// which is the cursor of each page since the first one. A cursor leads onward only;
// those of the pages before lead back, and make the address one that can be shared and
// reloaded.
type List struct {
	list.Query
	path  string
	trail []string
	wrong list.Refused // what was left out
	// Typed are the filters by id whose value is typed in the bar, such as the address of a user: the
	// page looks the id up.
	Typed []string
}

// maxTrail bounds the address. Beyond it, the way back ends at the first page.
const maxTrail = 40

// Listed reads what an address asks of a list, of which the page at path shows so many
// rows. A filter that cannot be read is left out, which the bar says; the others hold.
func Listed(r *http.Request, path string, t *list.Table, rows int) List {
	return ListedWith(r, path, t, rows, nil)
}

// ListedWith is Listed for a page that is about some rows only: these filters hold whatever its
// address says.
func ListedWith(r *http.Request, path string, t *list.Table, rows int, fixed url.Values) List {
	values, filters := r.URL.Query(), url.Values{}
	for _, f := range t.Fields {
		filters[f.Name] = values[f.Name]
		if given, ok := fixed[f.Name]; ok {
			filters[f.Name] = given
		}
	}
	filters[sortParam] = values[sortParam]
	q, err := t.Parse(filters)
	var wrong list.Refused
	if errors.As(err, &wrong) {
		for _, w := range wrong {
			delete(filters, w.Field)
		}
		if q, err = t.Parse(filters); err != nil { // more was wrong than is told
			q, _ = t.Parse(fixed)
		}
	}
	q.Limit = rows
	l := List{Query: q, path: path, wrong: wrong}
	if trail := strings.Split(values.Get(cursorParam), "."); err == nil {
		if at, err := q.At(trail[len(trail)-1]); err == nil && at.After() != nil {
			l.Query, l.trail = at, trail[max(0, len(trail)-maxTrail):]
		}
	}
	return l
}

// IsFirst reports whether the page is the first one.
func (l List) IsFirst() bool { return len(l.trail) == 0 }

// Pages returns the links to the page before and, if there is one, after.
func (l List) Pages(next string) PagesView {
	var v PagesView
	if !l.IsFirst() {
		v.Previous = l.address(l.trail[:len(l.trail)-1])
	}
	if next != "" {
		v.Next = l.address(append(slices.Clone(l.trail), next))
	}
	return v
}

// Here is the address of this page of the list.
func (l List) Here() string { return l.address(l.trail) }

// Row is the address of this page of the list, at one of its rows.
func (l List) Row(id string) string { return l.Here() + "#row-" + id }

// Beside is the address of what opens beside a list about one of its rows: the filters and the
// place of the list stay in it.
func (l List) Beside(id string) string {
	beside := l
	beside.path += "/" + url.PathEscape(id)
	return beside.Here()
}

// address is where the page at the end of a trail is, with the filters that hold.
func (l List) address(trail []string) string {
	values := l.values()
	if len(trail) > 0 {
		values.Set(cursorParam, strings.Join(trail, "."))
	}
	return WithQuery(l.path, values)
}

// FilterBar returns the values of some choices as filters.
func (l List) FilterBar(s Speaker, fields ...string) FilterBar {
	bar := FilterBar{Label: s.T("activity.filter")}
	for _, f := range fields {
		bar.Chips = append(bar.Chips, l.chips(s, f)...)
	}
	if len(l.Conditions()) > 0 {
		bar.Clear = &Anchor{Text: s.T("activity.filterClear"), Path: l.path}
	}
	return bar
}

// chips returns the values of a choice, in the order of the list's table.
func (l List) chips(s Speaker, field string) []Chip {
	i := slices.IndexFunc(l.Table.Fields, func(f list.Field) bool { return f.Name == field })
	var out []Chip
	for _, o := range l.Table.Fields[i].Choices {
		c := Chip{Text: s.T(o.Words), On: slices.Contains(l.Given(field), o.Value)}
		label := "activity.filterSet"
		if c.On {
			label = "activity.filterRemove"
		}
		then := l.Filters()
		then.Del(field)
		for _, other := range l.Table.Fields[i].Choices {
			if slices.Contains(l.Given(field), other.Value) != (other == o) {
				then.Add(field, other.Value)
			}
		}
		c.Label, c.Path = s.T(label, "Group", c.Text), WithQuery(l.path, then)
		out = append(out, c)
	}
	return out
}
