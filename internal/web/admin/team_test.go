package admin_test

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// The list has the people of one organisation, and of those whom the filters let through.
func TestTeam(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
		a.AddUser(t, "max@corp.test", sallyport.RoleMember)
		a.AddUserOf(t, a.AddTenant(t, "elsewhere.test").ID, "eve@elsewhere.test", sallyport.RoleMember)
		v := webtest.Serve(t, a)
		v.SignIn("ada@corp.test", apptest.Password)
		for query, want := range map[string][]string{
			"":                              {apptest.OwnerEmail, "ada@corp.test", "max@corp.test"},
			"?role=member":                  {"max@corp.test"},
			"?role=owner&role=member":       {apptest.OwnerEmail, "max@corp.test"},
			"?role=member&status=disabled":  {},
			"?role=emperor":                 {},                                                     // a role that nobody has
			"?status=emperor":               {apptest.OwnerEmail, "ada@corp.test", "max@corp.test"}, // not an address of ours
			"?role=member&cursor=nonsense!": {"max@corp.test"},
		} {
			page := v.Get("/settings/team" + query)
			v.At(page, 200, "/settings/team"+query)
			main := page.Text[strings.Index(page.Text, "<main"):]
			for _, email := range []string{apptest.OwnerEmail, "ada@corp.test", "max@corp.test", "eve@elsewhere.test"} {
				shown, wanted := strings.Contains(main, email), false
				for _, w := range want {
					wanted = wanted || w == email
				}
				if shown != wanted {
					t.Errorf("%q shows %s: %v, want %v", query, email, shown, wanted)
				}
			}
		}
	})
}

// Whoever may not open the page is not shown the way to it.
func TestTeamIsForAdmins(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for role, may := range map[sallyport.Role]bool{sallyport.RoleAdmin: true, sallyport.RoleMember: false} {
			email := string(role) + "@corp.test"
			a.AddUser(t, email, role)
			v := webtest.Serve(t, a)
			v.SignIn(email, apptest.Password)
			if shown := strings.Contains(v.Get("/profile/security").Text, `href="/settings/team"`); shown != may {
				t.Errorf("%s is shown the way: %v", role, shown)
			}
			want := map[bool]int{true: 200, false: 403}[may]
			if got := v.Get("/settings/team").StatusCode; got != want {
				t.Errorf("%s gets %d, want %d", role, got, want)
			}
		}
	})
}

// Whoever may only see people sees the list and no act, and learns nothing of second factors.
func TestTeamForWhoMayOnlySee(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.TenantID(t)
		r, err := a.Roles.Add(t.Context(), sallyport.Operator(tenantID), role.Input{Name: "Reception", Permissions: []string{"users.view"}})
		if err != nil {
			t.Fatal(err)
		}
		a.AddUser(t, "eve@corp.test", sallyport.Role(r.ID))
		max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
		v := webtest.Serve(t, a)
		v.SignIn("eve@corp.test", apptest.Password)
		page := v.Get("/settings/team")
		v.Has(page, "max@corp.test", "Reception")
		for _, hidden := range []string{"/settings/team/invite", "Second factor", "secondFactor", "/settings/roles\"", "/disable"} {
			if strings.Contains(page.Text, hidden) {
				t.Errorf("the list has %q", hidden)
			}
		}
		for path, permission := range map[string]string{
			"/settings/team?secondFactor=none": "See who has which second factors", "/settings/team/invite": "Invite, disable",
			"/settings/team/" + max.ID + "/role": "Invite, disable", "/settings/roles": "See roles", "/settings/groups/new": "Invite, disable",
		} {
			refused := v.Get(path)
			v.At(refused, 403, path)
			v.Has(refused, permission, "mailto:"+apptest.OwnerEmail)
		}
	})
}
