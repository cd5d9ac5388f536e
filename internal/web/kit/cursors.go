package kit

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// cursors are how somebody came to a page of a keyset list: the cursor of each page
// since the first one. A cursor leads onward only; those of the pages before lead back,
// and make the address one that can be shared and reloaded.
type cursors []string

// maxCursors bounds the address. Beyond it, the way back ends at the first page.
const maxCursors = 40

func CursorsOf(r *http.Request, name string) cursors {
	value := r.URL.Query().Get(name)
	if value == "" {
		return nil
	}
	c := cursors(strings.Split(value, "."))
	return c[max(0, len(c)-maxCursors):]
}

// Last is the cursor of the page itself, "" for the first one.
func (c cursors) Last() string {
	if len(c) == 0 {
		return ""
	}
	return c[len(c)-1]
}

// Pages returns the links to the page before and, if there is one, after, with
// the filters that hold.
func (c cursors) Pages(path, name, next string, filters url.Values) PagesView {
	address := func(c cursors) string {
		query := maps.Clone(filters)
		if query == nil {
			query = url.Values{}
		}
		if len(c) > 0 {
			query.Set(name, strings.Join(c, "."))
		}
		return WithQuery(path, query)
	}
	var v PagesView
	if len(c) > 0 {
		v.Previous = address(c[:len(c)-1])
	}
	if next != "" {
		v.Next = address(append(slices.Clone(c), next))
	}
	return v
}
