package admin

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// register is what the lists of sessions and of devices have in common: rows that belong to
// people, with a drawer beside them.
type register struct {
	reader sallyport.Actor
	list   kit.List
	names  map[string]sallyport.User // of who has the rows
	groups []sallyport.Group         // nil where the reader may not see them
	drop   []kit.Chip                // filters without which there would be something
	device string                    // what the device is called that the list is filtered by, "" for none
	left   bool                      // the filter by group was left out: it needs users.view
}

// registered is how many rows one page shows.
const registered = 25

// register reads what an address asks of a list. Filters that the reader may not use are left
// out, so that a link from somebody with more permissions works.
func (p *Pages) register(v *kit.Visit, path string, t *list.Table) (r register, err error) {
	r = register{reader: p.Actor(v)}
	if has(r.reader, access.UsersView) {
		r.list = kit.Listed(v.R, path, t, registered)
		r.list.Typed = []string{"userId"}
		r.groups, err = p.Groups.List(v.R.Context(), r.reader)
		return r, err
	}
	r.left = v.R.URL.Query().Get("groupId") != ""
	r.list = kit.ListedWith(v.R, path, t, registered, url.Values{"groupId": nil})
	return r, nil
}

// typedUser leads on to the list of who has the address that was typed for the filter by user,
// and reports whether it did.
func (p *Pages) typedUser(v *kit.Visit, path string) (bool, error) {
	query := v.R.URL.Query()
	typed := strings.TrimSpace(query.Get("userId"))
	if !strings.Contains(typed, "@") || !has(p.Actor(v), access.UsersView) {
		return false, nil
	}
	u, err := p.Accounts.Find(v.R.Context(), p.Actor(v), typed)
	if sallyport.CodeOf(err) == sallyport.CodeNotFound {
		return false, nil // the list says that there is nothing of theirs
	}
	if err != nil {
		return false, err
	}
	query.Set("userId", u.ID)
	query.Del("cursor")
	v.Redirect(kit.WithQuery(path, query))
	return true, nil
}

// name reads the names of people: those of rows, and of whom the list is filtered by; and that of
// the device that it is filtered by.
func (p *Pages) name(v *kit.Visit, r *register, ids ...string) (err error) {
	ctx := v.R.Context()
	for _, id := range r.list.Given("deviceId") {
		d, err := p.deviceFor(ctx, r.reader, id)
		if err != nil {
			return err
		}
		if d != nil {
			r.device = v.DeviceName(*d)
		}
	}
	ids = append(ids, r.list.Given("userId")...)
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == "" })
	r.names, err = p.Accounts.Names(ctx, r.reader, ids)
	return err
}

// values are those of the filters that the organisation decides.
func (r register) values(s kit.Speaker) map[string][]kit.Value {
	var groups []kit.Value
	for _, g := range r.groups {
		groups = append(groups, kit.Value{Value: g.ID, Text: g.Name})
	}
	values := map[string][]kit.Value{"groupId": groups}
	for _, id := range r.list.Given("userId") {
		if u, ok := r.names[id]; ok {
			values["userId"] = append(values["userId"], kit.Value{Value: id, Text: u.Name(), Named: true})
		} else if strings.Contains(id, "@") {
			values["userId"] = append(values["userId"], kit.Value{Value: id, Text: id, Named: true})
		}
	}
	for _, id := range r.list.Given("deviceId") {
		values["deviceId"] = append(values["deviceId"], kit.Value{Value: id, Text: cmp.Or(r.device, s.T("sessionList.oneDevice")), Named: true})
	}
	return values
}

// leftOut says which filter was left out, "" for none.
func (r register) leftOut(s kit.Speaker) string {
	if !r.left {
		return ""
	}
	return s.T("drawer.leftOut", "Permission", s.T("permission."+string(access.UsersView)))
}

// dropped returns the filters without which a list that is empty would have something.
func dropped[T any](s kit.Speaker, r register, read func(list.Query) (list.Page[T], error)) (out []kit.Chip, err error) {
	for _, other := range r.list.Alternatives(s, r.values(s)) {
		found, err := read(other.Query)
		if err != nil {
			return nil, err
		}
		if len(found.Rows) > 0 {
			out = append(out, other.Chip)
		}
	}
	return out, nil
}

// who is the person of a row. Their page is for who may see people.
func (r register) who(userID string) *kit.UserView {
	u, ok := r.names[userID]
	if !ok {
		u = sallyport.User{ID: userID}
	}
	v := kit.ViewUser(u)
	if !ok {
		v.Name = "–"
	}
	if ok && has(r.reader, access.UsersView) {
		v.Path = personPath(userID)
	}
	return v
}

// does reports whether an act with a permission is offered on what belongs to somebody. What
// more it takes is asked for when it is done.
func (r register) does(permission access.Permission, self bool, userID string) bool {
	u, ok := r.names[userID]
	return ok && (self || userID != r.reader.UserID) && access.Allowed(r.reader, permission, access.Of(u)) == nil
}

// registerWords are the ids of what a list says when it has nothing, and of how far it was searched.
type registerWords struct{ emptyTitle, emptyText, noneTitle, searched string }

// empty says why the list has nothing. A search that goes on is offered there instead of among the
// pages.
func (r register) empty(s kit.Speaker, words registerWords, pages *kit.PagesView) kit.EmptyView {
	switch clear := r.list.Bar(s, r.values(s)).Clear; {
	case pages.Searched != "":
		v := kit.EmptyView{Icon: "search", Title: s.T("drawer.searchingTitle"), Text: pages.Searched, Action: &kit.Anchor{Text: s.T("filter.searchOn"), Path: pages.Next}, Drop: r.drop}
		pages.Next, pages.Searched = "", ""
		return v
	case clear != nil:
		return kit.EmptyView{Icon: "filter", Title: s.T(words.noneTitle), Text: s.T("team.noneText"), Drop: r.drop, Action: clear}
	}
	return kit.EmptyView{Icon: "devices", Title: s.T(words.emptyTitle), Text: s.T(words.emptyText)}
}

// pages leads through the list; searched is after how many rows a search was interrupted.
func (r register) pages(s kit.Speaker, next string, searched int, words registerWords) kit.PagesView {
	v := r.list.Pages(next)
	if searched > 0 && next != "" {
		v.Searched = s.N(words.searched, searched)
	}
	return v
}

// lacks says in one line what the reader may not see beside a drawer, "" for nothing.
func lacks(s kit.Speaker, reader sallyport.Actor, permissions ...access.Permission) string {
	return lacking(s, slices.DeleteFunc(permissions, func(p access.Permission) bool { return has(reader, p) }))
}

// lacking says which permissions a part of a page takes that its reader lacks; "" for none.
func lacking(s kit.Speaker, lacks []access.Permission) string {
	if len(lacks) == 0 {
		return ""
	}
	names := make([]string, len(lacks))
	for i, p := range lacks {
		names[i] = s.T("drawer.permission", "Name", s.T("permission."+string(p)))
	}
	return s.T("drawer.lacks", "Permissions", strings.Join(names, ", "))
}
