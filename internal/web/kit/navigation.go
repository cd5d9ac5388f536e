package kit

import (
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
)

// NavEntry is a page of the left navigation.
type NavEntry struct {
	Group string   // "nav." and its name are the words of the heading
	Words string   // message id
	Icon  string   // of the sprite
	Path  string   // of the page; those below it belong to the entry
	Need  act.Need // of its route: whoever lacks the permission is not shown the way
}

// Nav is THE table of the left navigation, in its order: the pages there are. Entries of one
// group stand together.
var Nav = []NavEntry{
	{Group: "profile", Words: "nav.security", Icon: "shield-lock", Path: HomePath},
	{Group: "settings", Words: "nav.team", Icon: "user", Path: TeamPath, Need: account.NeedView},
}

// NavGroup is one heading of the left navigation with its pages.
type NavGroup struct {
	ID, Title string
	Items     []NavItem
}

// NavItem is one page of it.
type NavItem struct {
	Title, Icon, Path string
	Current           bool // this page, or one below it
	Exact             bool // this very page
}

// Navigation returns what actor may open of the table, as seen from path.
func Navigation(s Speaker, table []NavEntry, actor sallyport.Actor, path string) []NavGroup {
	var groups []NavGroup
	for _, e := range table {
		if p := e.Need.Permission; p != "" && access.Allowed(actor, p, access.Target{TenantID: actor.TenantID}) != nil {
			continue
		}
		if n := len(groups); n == 0 || groups[n-1].ID != e.Group {
			groups = append(groups, NavGroup{ID: e.Group, Title: s.T("nav." + e.Group)})
		}
		last := &groups[len(groups)-1]
		last.Items = append(last.Items, NavItem{
			Title: s.T(e.Words), Icon: e.Icon, Path: e.Path,
			Current: path == e.Path || strings.HasPrefix(path, e.Path+"/"),
			Exact:   path == e.Path,
		})
	}
	return groups
}

// Tab is one page of several that share a heading.
type Tab struct {
	Title, Path string
	Current     bool
}

// Anchor is a place to go.
type Anchor struct{ Text, Path string }
