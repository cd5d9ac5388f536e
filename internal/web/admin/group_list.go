package admin

import (
	"net/http"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// groupsView is Settings > Groups.
type groupsView struct {
	Add    *kit.Anchor // nil for who may not
	Groups []groupRow
	Empty  kit.EmptyView
}

// groupRow is one group.
type groupRow struct {
	Name, About string
	Path        string
	People      kit.Anchor
	Change      *kit.Anchor // nil for who may not
	Delete      *kit.ConfirmView
}

// groupList shows the groups of the organisation.
func (p *Pages) groupList(v *kit.Visit) error {
	actor := p.Actor(v)
	groups, err := p.Groups.List(v.R.Context(), actor)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "group_list", v.T("groups.heading"), viewGroups(v.Speaker, actor, groups))
}

func groupPath(id string) string { return groupsPath + "/" + id }

func viewGroups(s kit.Speaker, reader sallyport.Actor, groups []sallyport.Group) *groupsView {
	v := &groupsView{Empty: kit.EmptyView{Icon: "users-group", Title: s.T("groups.emptyTitle"), Text: s.T("groups.emptyText")}}
	manages := has(reader, access.UsersManage)
	if manages {
		v.Add = &kit.Anchor{Text: s.T("groups.add"), Path: groupsPath + "/new"}
		v.Empty.Action = v.Add
	}
	for _, g := range groups {
		row := groupRow{Name: g.Name, About: g.Description, Path: groupPath(g.ID), People: kit.Anchor{Text: s.N("groups.people", g.Members)}}
		if g.Members > 0 {
			row.People.Path = kit.WithQuery(teamPath, url.Values{"groupId": {g.ID}})
		}
		if manages {
			row.Change = &kit.Anchor{Text: s.T("groups.change"), Path: groupPath(g.ID) + "/change"}
			row.Delete = askDeleteGroup(s, g)
		}
		v.Groups = append(v.Groups, row)
	}
	return v
}
