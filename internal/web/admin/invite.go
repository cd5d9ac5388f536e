package admin

import (
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// inviteFields are the fields of an invitation.
var inviteFields = []string{"email", "firstName", "lastName", "role", "group"}

// inviteForm asks who is invited.
func (p *Pages) inviteForm(v *kit.Visit) (*kit.FormView, error) {
	given, groups, err := p.offered(v)
	if err != nil {
		return nil, err
	}
	return viewInvite(v.Speaker, given, groups), nil
}

// offered are the roles and groups that an invitation can name, once the reader may invite and
// has proven enough: before anything is typed.
func (p *Pages) offered(v *kit.Visit) (given []role.Role, groups []sallyport.Group, err error) {
	if err := p.may(v, account.NeedManage); err != nil {
		return nil, nil, err
	}
	if given, err = p.Roles.Given(v.R.Context(), p.Actor(v)); err != nil {
		return nil, nil, err
	}
	groups, err = p.Acts.Groups(v.R.Context(), v.Tenant.ID)
	return given, groups, err
}

// invite mails an invitation.
func (p *Pages) invite(v *kit.Visit) error {
	if err := p.may(v, account.NeedManage); err != nil {
		return err
	}
	_, err := p.Accounts.Invite(v.R.Context(), p.Actor(v), account.NewUser{
		Email: v.Value("email"), FirstName: v.Value("firstName"), LastName: v.Value("lastName"),
		Role: sallyport.Role(v.Value("role")), GroupID: v.Value("group"),
	})
	if sallyport.CodeOf(err) == sallyport.CodeRateLimited {
		return done(v, teamPath, "flash.admin.tooManyInvitations", 0)
	}
	if err != nil {
		return err
	}
	return done(v, teamPath, "flash.admin.invited", 0)
}

func viewInvite(s kit.Speaker, given []role.Role, groups []sallyport.Group) *kit.FormView {
	address := kit.EmailField(s.Printer, "email", "")
	address.Autocomplete, address.Focus = "off", true
	first := kit.TextField("firstName", s.T("field.firstName"), "", "off")
	last := kit.TextField("lastName", s.T("field.lastName"), "", "off")
	first.Optional, last.Optional = true, true
	first.Hint = s.T("invite.nameHint")
	fields := append([]*kit.Field{&address, &first, &last}, placeFields(s, given, groups)...)
	return &kit.FormView{
		Path: invitePath, Back: teamPath, Icon: "user-plus", Wide: true, Title: s.T("invite.title"), Lead: s.T("invite.lead"),
		Other: &kit.Anchor{Text: s.T("invite.many"), Path: listPath}, Fields: fields, Act: s.T("invite.act"),
	}
}

// placeFields ask for the role and the group of who is invited. The group is not asked for where
// there is none.
func placeFields(s kit.Speaker, given []role.Role, groups []sallyport.Group) []*kit.Field {
	given = slices.Clone(given)
	slices.Reverse(given) // the weakest of the built-in ones is what most people have
	fields := []*kit.Field{roleField(s, given, sallyport.RoleMember)}
	if len(groups) == 0 {
		return fields
	}
	in := &kit.Field{Name: "group", Label: s.T("list.group"), Type: "select", Optional: true, Options: []kit.Option{{Text: s.T("invite.noGroup")}}}
	for _, g := range groups {
		in.Options = append(in.Options, kit.Option{Value: g.ID, Text: g.Name})
	}
	return append(fields, in)
}
