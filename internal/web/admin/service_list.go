package admin

import (
	"cmp"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// servicesView is Settings > API keys > Service accounts.
type servicesView struct {
	Tabs  []kit.Tab
	Add   *kit.Anchor // nil for who may not
	Rows  []serviceRow
	Empty kit.EmptyView
}

// serviceRow is one service account.
type serviceRow struct {
	ID, Name, Path string
	Status         kit.Pill
	Facts          []string
	Keys           string
}

// service is a service account with its keys.
type service struct {
	sallyport.User
	keys []sallyport.APIKey
}

// serviceList shows the service accounts of the organisation.
func (p *Pages) serviceList(v *kit.Visit) error {
	ctx, reader := v.R.Context(), p.Actor(v)
	users, err := p.APIKeys.Services(ctx, reader)
	if err != nil {
		return err
	}
	var all []service
	for _, u := range users {
		found, err := p.APIKeys.KeysOf(ctx, reader, u.ID)
		if err != nil {
			return err
		}
		all = append(all, service{u, found})
	}
	names, err := p.rolesFor(v)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "service_list", v.T("services.heading"), viewServices(v.Speaker, reader, all, names))
}

// rolesFor are the names of the organisation's roles, nil for a reader who may not see them.
func (p *Pages) rolesFor(v *kit.Visit) (map[sallyport.Role]string, error) {
	if !has(p.Actor(v), access.UsersView) {
		return nil, nil
	}
	return p.Roles.Names(v.R.Context(), p.Actor(v))
}

func viewServices(s kit.Speaker, reader sallyport.Actor, all []service, names map[sallyport.Role]string) *servicesView {
	v := &servicesView{
		Tabs:  keyTabs(s, reader, kit.ServicesPath),
		Empty: kit.EmptyView{Icon: "robot", Title: s.T("services.emptyTitle"), Text: s.T("services.emptyText")},
	}
	if has(reader, access.UsersManage) {
		v.Add = &kit.Anchor{Text: s.T("services.add"), Path: kit.ServicesPath + "/new"}
		v.Empty.Action = v.Add
	}
	for _, one := range all {
		v.Rows = append(v.Rows, serviceRow{
			ID: one.ID, Name: one.Name(), Path: servicePath(one.ID), Status: servicePill(s, one.User),
			Facts: serviceFacts(s, one.User, names), Keys: s.N("services.keys", len(one.keys)),
		})
	}
	return v
}

// servicePill says whether the keys of a service account work.
func servicePill(s kit.Speaker, u sallyport.User) kit.Pill {
	if u.Status == sallyport.UserService {
		return s.StatusPill("active")
	}
	return s.StatusPill(string(u.Status))
}

// serviceFacts are what a service account may do, and who looks after it.
func serviceFacts(s kit.Speaker, u sallyport.User, names map[sallyport.Role]string) []string {
	called := func(r sallyport.Role) string { return cmp.Or(roleName(s, r, names), s.T("services.someRole")) }
	return []string{s.T("services.role", "Role", called(u.Role)), s.T("services.ownedBy", "Role", called(u.OwnedBy))}
}

// serviceFields are the fields of a new service account.
var serviceFields = []string{"name", "role", "ownedBy"}

// serviceForm asks what a new service account is to be.
func (p *Pages) serviceForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.may(v, apikey.NeedService); err != nil {
		return nil, err
	}
	given, err := p.Roles.Given(v.R.Context(), p.Actor(v))
	if err != nil {
		return nil, err
	}
	return viewNewService(v.Speaker, given), nil
}

func viewNewService(s kit.Speaker, given []role.Role) *kit.FormView {
	name := kit.TextField("name", s.T("field.name"), "", "off")
	name.MaxLength, name.Focus, name.Hint = line.MaxLength, true, s.T("services.nameHint")
	owner := kit.Field{Name: "ownedBy", Label: s.T("services.owner"), Type: "select", Hint: s.T("services.ownerHint")}
	var may []role.Role
	for _, r := range given {
		owner.Options = append(owner.Options, kit.Option{Value: r.ID, Text: nameOfRole(s, r), On: r.ID == string(sallyport.RoleAdmin)})
		if r.ID != string(sallyport.RoleOwner) {
			may = append(may, r)
		}
	}
	roles := roleField(s, may, sallyport.RoleMember)
	roles.Hint = s.T("services.roleHint")
	return &kit.FormView{
		Path: kit.ServicesPath + "/new", Back: kit.ServicesPath, Icon: "robot", Wide: true,
		Title: s.T("services.addTitle"), Lead: s.T("services.addLead"), Act: s.T("services.addAct"),
		Fields: []*kit.Field{&name, roles, &owner},
	}
}

// serviceAdd adds it.
func (p *Pages) serviceAdd(v *kit.Visit) error {
	if err := p.may(v, apikey.NeedService); err != nil {
		return err
	}
	u, err := p.APIKeys.AddService(v.R.Context(), p.Actor(v), apikey.NewService{
		Name: v.Value("name"), Role: sallyport.Role(v.Value("role")), OwnedBy: sallyport.Role(v.Value("ownedBy")),
	})
	if err != nil {
		return err
	}
	return done(v, servicePath(u.ID), "flash.admin.serviceAdded", 0)
}
