package admin

import (
	"net/http"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// rolesView is Settings > Roles.
type rolesView struct {
	Add     *kit.Anchor // nil for who may not
	BuiltIn []roleRow
	Custom  []roleRow
	Empty   kit.EmptyView
}

// roleRow is one role.
type roleRow struct {
	ID, Name string
	About    string // what its maker says of it
	Allows   string
	People   *kit.Anchor // who has it; without a path for who may not see them
	Change   *kit.Anchor // nil for who may not
	Delete   *kit.ConfirmView
	Note     string // why it cannot be changed
}

// roleList shows the roles of the organisation.
func (p *Pages) roleList(v *kit.Visit) error {
	actor := p.Actor(v)
	roles, err := p.Roles.List(v.R.Context(), actor)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "role_list", v.T("roles.heading"), viewRoles(v.Speaker, actor, roles))
}

func viewRoles(s kit.Speaker, reader sallyport.Actor, roles []role.Role) *rolesView {
	v := &rolesView{Empty: kit.EmptyView{Icon: "id-badge", Title: s.T("roles.emptyTitle"), Text: s.T("roles.emptyText")}}
	if has(reader, access.RolesManage) {
		v.Add = &kit.Anchor{Text: s.T("roles.add"), Path: rolesPath + "/new"}
	}
	for _, r := range roles {
		row := viewRole(s, reader, r)
		if r.BuiltIn {
			v.BuiltIn = append(v.BuiltIn, row)
		} else {
			v.Custom = append(v.Custom, row)
		}
	}
	return v
}

func viewRole(s kit.Speaker, reader sallyport.Actor, r role.Role) roleRow {
	row := roleRow{ID: r.ID, Name: nameOfRole(s, r), About: r.Description, Allows: allows(s, r)}
	row.People = &kit.Anchor{Text: s.N("roles.people", r.Users)}
	if has(reader, access.UsersView) && r.Users > 0 {
		row.People.Path = peopleWith(r)
	}
	if r.BuiltIn || !has(reader, access.RolesManage) {
		return row
	}
	if !r.Mine {
		row.Note = s.T("roles.notMine")
		return row
	}
	row.Change = &kit.Anchor{Text: s.T("roles.change"), Path: rolesPath + "/" + r.ID}
	row.Delete = askDeleteRole(s, r)
	return row
}

// peopleWith is the list of who has a role.
func peopleWith(r role.Role) string {
	return kit.WithQuery(teamPath, url.Values{"role": {r.ID}})
}
