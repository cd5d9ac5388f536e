package admin

import (
	"context"
	"net/http"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/group"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// foundListed is how many people a search for new members shows.
const foundListed = 10

// groupView is the page of a group.
type groupView struct {
	Path        string
	Name, About string
	Back        kit.Anchor
	Change      *kit.Anchor // nil for who may not
	Delete      *kit.ConfirmView
	Manages     bool
	Members     []member
	Empty       kit.EmptyView
	Pages       kit.PagesView

	Sought string   // what was searched for, "" for nothing
	Found  []member // who could be added
	More   bool     // there are more whom the search finds
	None   string   // nobody was found
}

// member is somebody who is in the group, or could be.
type member struct {
	Who    *kit.UserView
	ID     string
	In     bool
	Status kit.Pill
	Label  string // of the button
}

// members is what the page of a group is made of.
type members struct {
	reader sallyport.Actor
	group  sallyport.Group
	list   kit.List
	in     list.Page[sallyport.User]
	sought string
	found  list.Page[sallyport.User]
	inside map[string]bool // of whom was found, who is in the group
}

// groupShow shows who is in a group, and finds people to add.
func (p *Pages) groupShow(v *kit.Visit) error {
	m, err := p.readMembers(v.R.Context(), v)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "group_show", m.group.Name, m.view(v.Speaker))
}

func (p *Pages) readMembers(ctx context.Context, v *kit.Visit) (m members, err error) {
	m = members{reader: p.Actor(v), sought: v.R.URL.Query().Get("add"), inside: map[string]bool{}}
	if m.group, err = p.Groups.Get(ctx, m.reader, v.R.PathValue("id")); err != nil {
		return m, err
	}
	m.list = kit.ListedWith(v.R, groupPath(m.group.ID), list.Users, teamListed, url.Values{"groupId": {m.group.ID}})
	if m.in, err = p.Accounts.List(ctx, m.reader, m.list.Query); err != nil {
		return m, err
	}
	q, ok := seek(m.sought)
	if !ok {
		return m, nil
	}
	if m.found, err = p.Accounts.List(ctx, m.reader, q); err != nil {
		return m, err
	}
	in, err := p.Groups.OfEach(ctx, m.reader, []sallyport.Group{m.group}, idsOf(m.found.Rows))
	for id := range in {
		m.inside[id] = len(in[id]) > 0
	}
	return m, err
}

// seek is the query for people by what was typed, and whether that can be in anybody's name.
func seek(text string) (list.Query, bool) {
	q, err := list.Users.Parse(url.Values{"q": {text}})
	q.Limit = foundListed
	return q, text != "" && err == nil
}

func (m members) view(s kit.Speaker) *groupView {
	v := &groupView{
		Path: groupPath(m.group.ID), Name: m.group.Name, About: m.group.Description, Back: kit.Anchor{Text: s.T("groups.heading"), Path: groupsPath},
		Manages: has(m.reader, access.UsersManage), Pages: m.list.Pages(m.in.Next), Sought: m.sought, More: m.found.Next != "",
		Empty: kit.EmptyView{Icon: "users-group", Title: s.T("groups.noneTitle"), Text: s.T("groups.noneText")},
	}
	if v.Manages {
		v.Change = &kit.Anchor{Text: s.T("groups.change"), Path: v.Path + "/change"}
		v.Delete = askDeleteGroup(s, m.group)
	}
	for _, u := range m.in.Rows {
		v.Members = append(v.Members, viewMember(s, u, s.T("groups.removeLabel", "Name", u.Name())))
	}
	for _, u := range m.found.Rows {
		one := viewMember(s, u, s.T("groups.addLabel", "Name", u.Name()))
		one.In = m.inside[u.ID]
		v.Found = append(v.Found, one)
	}
	if m.sought != "" && len(v.Found) == 0 {
		v.None = s.T("groups.nobody", "Text", m.sought)
	}
	return v
}

func viewMember(s kit.Speaker, u sallyport.User, label string) member {
	m := member{Who: kit.ViewUser(u), ID: u.ID, Status: s.StatusPill(string(u.Status)), Label: label}
	m.Who.Path = personPath(u.ID)
	return m
}

// groupJoin puts somebody into the group, and groupLeave takes somebody out.
func (p *Pages) groupJoin(v *kit.Visit) error {
	return p.moveMember(v, p.Groups.AddMembers, "flash.admin.memberAdded")
}

func (p *Pages) groupLeave(v *kit.Visit) error {
	return p.moveMember(v, p.Groups.RemoveMembers, "flash.admin.memberRemoved")
}

func (p *Pages) moveMember(v *kit.Visit, move func(context.Context, sallyport.Actor, string, []string) (int, error), said string) error {
	if err := p.may(v, group.NeedMembers); err != nil {
		return err
	}
	g, err := p.Acts.Group(v.R.Context(), v.Tenant.ID, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	back := groupPath(g.ID)
	if sought := v.Value("add"); sought != "" {
		back = kit.WithQuery(back, url.Values{"add": {sought}})
	}
	id := v.Value("userId")
	if id == "" {
		return done(v, back, "flash.admin.userGone", 0)
	}
	_, err = move(v.R.Context(), p.Actor(v), g.ID, []string{id})
	switch sallyport.CodeOf(err) {
	case "":
		return done(v, back, said, 0)
	case sallyport.CodeNotFound, sallyport.CodeInvalid:
		return done(v, back, "flash.admin.userGone", 0)
	}
	return err
}
