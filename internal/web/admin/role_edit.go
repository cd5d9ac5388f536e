package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// roleFields are the fields of a role.
var roleFields = []string{"name", "description", "permissions"}

// roleInput is what stands in the form of a role.
func roleInput(v *kit.Visit) role.Input {
	return role.Input{Name: v.Value("name"), Description: v.Value("description"), Permissions: v.Values("permissions")}
}

// roleAddForm asks what a new role allows.
func (p *Pages) roleAddForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.may(v, role.NeedManage); err != nil {
		return nil, err
	}
	return viewRoleForm(v.Speaker, p.Actor(v), nil), nil
}

// roleAdd makes it.
func (p *Pages) roleAdd(v *kit.Visit) error {
	if err := p.may(v, role.NeedManage); err != nil {
		return err
	}
	if _, err := p.Roles.Add(v.R.Context(), p.Actor(v), roleInput(v)); err != nil {
		return err
	}
	return done(v, rolesPath, "flash.admin.roleMade", 0)
}

// roleToChange returns a role that the reader may change, once they have proven enough.
func (p *Pages) roleToChange(v *kit.Visit) (role.Role, error) {
	if err := p.may(v, role.NeedManage); err != nil {
		return role.Role{}, err
	}
	r, err := p.Roles.Get(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	switch {
	case err != nil:
		return r, err
	case r.BuiltIn:
		return r, sallyport.ErrNotFound
	case !r.Mine:
		return r, sallyport.ErrForbidden
	}
	return r, nil
}

// roleChangeForm asks what a role shall be from now on.
func (p *Pages) roleChangeForm(v *kit.Visit) (*kit.FormView, error) {
	r, err := p.roleToChange(v)
	if err != nil {
		return nil, err
	}
	return viewRoleForm(v.Speaker, p.Actor(v), &r), nil
}

// roleChange makes it that.
func (p *Pages) roleChange(v *kit.Visit) error {
	if _, err := p.roleToChange(v); err != nil {
		return err
	}
	if _, err := p.Roles.Change(v.R.Context(), p.Actor(v), v.R.PathValue("id"), roleInput(v)); err != nil {
		return err
	}
	return done(v, rolesPath, "flash.admin.roleChanged", 0)
}

// viewRoleForm is the form of a role, or of a new one.
func viewRoleForm(s kit.Speaker, reader sallyport.Actor, r *role.Role) *kit.FormView {
	f := &kit.FormView{
		Path: rolesPath + "/new", Back: rolesPath, Icon: "id-badge", Wide: true,
		Title: s.T("roles.addTitle"), Lead: s.T("roles.addLead"), Act: s.T("roles.addAct"),
	}
	if r == nil {
		r = &role.Role{}
	} else {
		f.Path, f.Title, f.Act = rolesPath+"/"+r.ID, s.T("roles.changeTitle", "Name", r.Name), s.T("roles.changeAct")
		f.Lead = s.N("roles.changeLead", r.Users)
	}
	f.Fields = append(nameFields(s, r.Name, r.Description), permissionField(s, reader, r.Permissions))
	return f
}

// nameFields ask for a name and what it is for.
func nameFields(s kit.Speaker, name, description string) []*kit.Field {
	first := kit.TextField("name", s.T("field.name"), name, "off")
	first.MaxLength, first.Focus = line.MaxLength, true
	second := kit.TextField("description", s.T("field.description"), description, "off")
	second.MaxLength, second.Optional = line.MaxLength, true
	return []*kit.Field{&first, &second}
}
