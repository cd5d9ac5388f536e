package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// trail is how somebody came to a page of a keyset list: the cursor of each page
// since the first one. A cursor leads onward only; the trail leads back, and
// makes the address one that can be shared and reloaded.
type trail []string

// maxTrail bounds the address. Beyond it, the way back ends at the first page.
const maxTrail = 40

func trailOf(r *http.Request, name string) trail {
	value := r.URL.Query().Get(name)
	if value == "" {
		return nil
	}
	t := trail(strings.Split(value, "."))
	return t[max(0, len(t)-maxTrail):]
}

// last is the cursor of the page itself, "" for the first one.
func (t trail) last() string {
	if len(t) == 0 {
		return ""
	}
	return t[len(t)-1]
}

// pages returns the links to the page before and, if there is one, after, with
// the filters that hold.
func (t trail) pages(path, name, next string, filters url.Values) pagesView {
	address := func(t trail) string {
		query := maps.Clone(filters)
		if query == nil {
			query = url.Values{}
		}
		if len(t) > 0 {
			query.Set(name, strings.Join(t, "."))
		}
		return withQuery(path, query)
	}
	var v pagesView
	if len(t) > 0 {
		v.Previous = address(t[:len(t)-1])
	}
	if next != "" {
		v.Next = address(append(slices.Clone(t), next))
	}
	return v
}

func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
