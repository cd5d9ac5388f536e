package admin

import (
	"net/http/httptest"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func roleFixtures() []kittest.Fixture {
	return append([]kittest.Fixture{
		inAdmin("roles-many", "role_list", rolesPath, func(s kit.Speaker) any { return viewRoles(s, reader(), append(given(), strong)) }),
		inAdmin("roles-none", "role_list", rolesPath, func(s kit.Speaker) any { return viewRoles(s, reader("roles.view"), given()[:3]) }),
		inAdmin("role-new", "act_form", rolesPath, func(s kit.Speaker) any { return viewRoleForm(s, reader("roles.manage", "users.view"), nil) }),
		inAdmin("role-change", "act_form", rolesPath, func(s kit.Speaker) any {
			f := viewRoleForm(s, reader(), &helpdesk)
			f.Refill(s, &kit.Again{Err: sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "taken"}), Typed: map[string]string{"name": "Admin", "permissions": "audit.view"}})
			return f
		}),
		inAdmin("role-delete", "act_confirm", rolesPath, func(s kit.Speaker) any { return askDeleteRole(s, auditor) }),
		inAdmin("role-in-use", "act_confirm", rolesPath, func(s kit.Speaker) any { return askDeleteRole(s, helpdesk) }),
	}, groupFixtures()...)
}

func groupFixtures() []kittest.Fixture {
	of := func(m members) func(s kit.Speaker) any {
		return func(s kit.Speaker) any {
			m.reader, m.group = reader(), groups[2]
			r := httptest.NewRequest("GET", groupPath("g3"), nil)
			m.list = kit.ListedWith(r, groupPath("g3"), list.Users, teamListed, url.Values{"groupId": {"g3"}})
			return m.view(s)
		}
	}
	return []kittest.Fixture{
		inAdmin("groups-many", "group_list", groupsPath, func(s kit.Speaker) any { return viewGroups(s, reader(), groups) }),
		inAdmin("groups-none", "group_list", groupsPath, func(s kit.Speaker) any { return viewGroups(s, reader(), nil) }),
		inAdmin("group-members", "group_show", groupsPath, of(members{
			in:     list.Page[sallyport.User]{Rows: people()[:5], Next: "1"},
			sought: "a", found: list.Page[sallyport.User]{Rows: people()[2:6], Next: "1"}, inside: map[string]bool{people()[3].ID: true},
		})),
		inAdmin("group-empty", "group_show", groupsPath, of(members{sought: "zebra"})),
		inAdmin("group-delete", "act_confirm", groupsPath, func(s kit.Speaker) any { return askDeleteGroup(s, groups[2]) }),
	}
}
