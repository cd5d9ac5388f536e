package kit

import (
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
)

// Section is a heading of the left navigation. "nav." and its value are its words.
type Section string

// The sections, in their order.
const (
	Profile    Section = "profile"
	Foundation Section = "foundation"
	Settings   Section = "settings"
)

var sections = []Section{Profile, Foundation, Settings}

// Entry puts a page into the left navigation. The pages below its address belong to it.
type Entry struct {
	Section Section // "" for a page that has no entry
	Words   string  // message id
	Icon    string  // of the sprite
}

// NavGroup is one heading of the left navigation with its pages.
type NavGroup struct {
	ID    Section
	Title string
	Items []NavItem
}

// NavItem is one page of it.
type NavItem struct {
	Title, Icon, Path string
	Current           bool // this page, or one below it
	Exact             bool // this very page
}

// Navigation returns the pages with an entry that actor may open, as seen from path: section
// by section, and within one in the order of the routes.
func Navigation(s Speaker, routes []Route, actor sallyport.Actor, path string) []NavGroup {
	var groups []NavGroup
	for _, section := range sections {
		g, current := NavGroup{ID: section}, -1
		for _, r := range routes {
			if r.Entry.Section != section {
				continue
			}
			if p := r.Need.Permission; p != "" && access.Allowed(actor, p, access.Target{TenantID: actor.TenantID}) != nil {
				continue
			}
			to := r.path()
			g.Items = append(g.Items, NavItem{
				Title: s.T(r.Entry.Words), Icon: r.Entry.Icon, Path: to,
				Exact: path == to,
			})
			// Of a page and one below it the lower one is where the reader is.
			if n := len(g.Items) - 1; (path == to || strings.HasPrefix(path, to+"/")) && (current < 0 || len(to) > len(g.Items[current].Path)) {
				current = n
			}
		}
		if current >= 0 {
			g.Items[current].Current = true
		}
		if g.Items != nil {
			g.Title = s.T("nav." + string(section))
			groups = append(groups, g)
		}
	}
	return groups
}

// SearchPath is the page of what a search found.
const SearchPath = "/search"

// SearchBox is the search in the top bar. Text is what was searched for.
type SearchBox struct{ Text string }

// ViewSearch returns the search in the top bar for whoever may look for people; nil for others.
func ViewSearch(actor sallyport.Actor, text string) *SearchBox {
	if access.Allowed(actor, access.UsersView, access.Target{TenantID: actor.TenantID}) != nil {
		return nil
	}
	return &SearchBox{Text: text}
}

// Tab is one page of several that share a heading.
type Tab struct {
	Title, Path string
	Current     bool
}

// Anchor is a place to go.
type Anchor struct{ Text, Path string }
