package admin

import (
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// teamRoleForm asks which role somebody shall have.
func (p *Pages) teamRoleForm(v *kit.Visit) (*kit.FormView, error) {
	u, err := p.mayTo(v, account.NeedManage)
	if err != nil {
		return nil, err
	}
	given, err := p.Roles.Given(v.R.Context(), p.Actor(v))
	if err != nil {
		return nil, err
	}
	rules, err := p.Tenants.PolicyOf(v.R.Context(), v.Tenant.ID, u.ID)
	if err != nil {
		return nil, err
	}
	return viewTeamRole(v.Speaker, u, given, rules), nil
}

// teamRole gives it to them.
func (p *Pages) teamRole(v *kit.Visit) error {
	id := v.R.PathValue("id")
	ended, err := p.Accounts.ChangeRole(v.R.Context(), p.Actor(v), id, sallyport.Role(v.Value("role")))
	if ended > 0 && err == nil {
		return done(v, personPath(id), "flash.admin.roleGivenEnded", ended)
	}
	return p.personDone(v, id, "flash.admin.roleGiven", err)
}

func viewTeamRole(s kit.Speaker, u sallyport.User, given []role.Role, rules sallyport.Policy) *kit.FormView {
	field := roleField(s, given, u.Role)
	if rules.SessionRevokeOnRoleChange {
		field.Hint = s.T("team.roleEnds")
	} else {
		field.Hint = s.T("team.roleStays")
	}
	return &kit.FormView{
		Path: personPath(u.ID, "role"), Back: personPath(u.ID), Icon: "id-badge", Wide: true,
		Title: s.T("team.roleTitle"), Lead: u.Name(), Fields: []*kit.Field{field}, Act: s.T("team.roleAct"),
	}
}

// roleField offers the roles that the reader may give, with what each allows.
func roleField(s kit.Speaker, given []role.Role, chosen sallyport.Role) *kit.Field {
	f := &kit.Field{Name: "role", Label: s.T("list.role"), Type: "radio"}
	for _, r := range given {
		f.Options = append(f.Options, kit.Option{Value: r.ID, Text: nameOfRole(s, r), Help: allows(s, r), On: r.ID == string(chosen)})
	}
	return f
}

// nameOfRole is what a role is called.
func nameOfRole(s kit.Speaker, r role.Role) string {
	if r.BuiltIn {
		return s.T("role." + r.ID)
	}
	return r.Name
}

// builtIn is what the built-in roles allow, in words.
var builtIn = map[sallyport.Role]string{
	sallyport.RoleOwner: "roles.owner", sallyport.RoleAdmin: "roles.admin", sallyport.RoleMember: "roles.member",
}

// allows is what a role allows, in words.
func allows(s kit.Speaker, r role.Role) string {
	if id, ok := builtIn[sallyport.Role(r.ID)]; ok {
		return s.T(id)
	}
	if r.Permissions == "" {
		return s.T("roles.member")
	}
	return strings.Join(permissionNames(s, r.Permissions), " · ")
}
