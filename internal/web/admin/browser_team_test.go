package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// An admin finds people, filters them, and the address holds it all.
func TestBrowserFiltersTheTeam(t *testing.T) {
	base, a := webtest.Browse(t)
	a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/team")
	p.WaitText("max@corp.test")
	p.Press("/")
	if at := webtest.Focused(p); at != "q" {
		t.Errorf("after / the focus is on %q", at)
	}
	p.Fill("#q", "max")
	p.Press(webtest.KeyEnter)
	p.WaitURL("q=max")
	p.WaitNoText("ada@corp.test")
	p.Click("[popovertarget=filters]")
	p.Click("details.sp-filter:nth-of-type(1) summary")
	p.Axe()
	p.Click("details[open] ul li:nth-child(1) a")
	p.WaitURL("role=owner")
	p.WaitText("Nobody matches all of these filters")
	p.Click("ul.sp-drop li:last-child a")
	p.WaitText("@corp.test")
	p.AssertQuiet()
}

// Without JavaScript too, somebody is invited, invited again and not any more.
func TestBrowserInvites(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	p.JavaScript(false)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/team/invite")
	p.Fill("E-mail", "kim@corp.test")
	p.Click("Send invitation")
	p.WaitText("Invitation sent.")
	p.WaitText("kim@corp.test")
	u, err := a.Accounts.Find(t.Context(), sallyport.Operator(a.TenantID(t)), "kim@corp.test")
	if err != nil || u.Status != sallyport.UserInvited || u.Role != sallyport.RoleMember {
		t.Fatalf("%+v %v", u, err)
	}
	p.Navigate(base + "/settings/team/" + u.ID + "/resend")
	p.Click("Resend invitation")
	p.WaitText("Invitation sent again.")
	p.Navigate(base + "/settings/team/" + u.ID + "/withdraw")
	p.Click("Withdraw invitation")
	p.WaitText("Invitation withdrawn.")
	p.WaitNoText("kim@corp.test")
	p.AssertQuiet()
}

// A role is given; an account is disabled and enabled.
func TestBrowserActsOnSomebody(t *testing.T) {
	base, a := webtest.Browse(t)
	max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/team/" + max.ID + "/role")
	p.Click("label[for=role-admin]")
	p.Click("Change role")
	p.WaitText("Role changed.")
	p.Navigate(base + "/settings/team/" + max.ID + "/disable")
	p.Click("Disable the account")
	p.WaitText("The account is disabled.")
	p.Navigate(base + "/settings/team/" + max.ID + "/enable")
	p.Click("Enable the account")
	p.WaitText("The account is enabled.")
	u, err := a.Accounts.Find(t.Context(), sallyport.Operator(a.TenantID(t)), "max@corp.test")
	if err != nil || u.Role != sallyport.RoleAdmin || u.Status != sallyport.UserActive {
		t.Fatalf("%+v %v", u, err)
	}
	p.AssertQuiet()
}

// A list goes through in batches, each outcome is named, and the same list again mails nobody.
func TestBrowserInvitesAList(t *testing.T) {
	base, a := webtest.Browse(t)
	a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	var rows []string
	for i := range 60 {
		rows = append(rows, fmt.Sprintf("kim.%d@corp.test, Kim, Nr %d", i, i))
	}
	text := strings.Join(append(rows, "max@corp.test", "kim.1@corp.test", "nonsense"), "\n")
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	for _, want := range [][]string{
		{"60 people will be invited", "Invite 60 people"},
		{"0 people will be invited"},
	} {
		p.Navigate(base + "/settings/team/invite/list")
		p.Fill("#list", text)
		p.Click("Show what will happen")
		p.WaitText(want[0])
		p.WaitText("As in line 2")
		p.WaitText("Has an account")
		p.WaitText("This does not look like an e-mail address.")
		if len(want) > 1 {
			p.Click(want[1])
			p.WaitText("60 people were invited.")
			p.WaitText("60 of 60 invitations are done")
		}
	}
	if n := len(a.Mails(t)); n != 60 {
		t.Errorf("%d mails", n)
	}
	p.AssertQuiet()
}

// Roles and groups are made, changed and deleted; a role that somebody has stays.
func TestBrowserRolesAndGroups(t *testing.T) {
	base, a := webtest.Browse(t)
	max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/roles/new")
	p.Fill("Name", "Helpdesk")
	p.Click("label[for='permissions-users.view']")
	p.Click("Make role")
	p.WaitText("Role made.")
	p.WaitText("See people and groups")
	roles, err := a.Roles.List(t.Context(), sallyport.Operator(a.TenantID(t)))
	if err != nil {
		t.Fatal(err)
	}
	made := roles[len(roles)-1]
	give := func(r sallyport.Role) {
		if _, err := a.Accounts.ChangeRole(t.Context(), sallyport.Operator(a.TenantID(t)), max.ID, r); err != nil {
			t.Fatal(err)
		}
	}
	give(sallyport.Role(made.ID))
	p.Navigate(base + "/settings/roles/" + made.ID)
	p.Fill("Name", "First line")
	p.Click("Save role")
	p.WaitText("Role saved.")
	p.Navigate(base + "/settings/roles/" + made.ID + "/delete")
	p.WaitText("1 person has this role")
	give(sallyport.RoleMember)
	p.Reload()
	p.Click("Delete role")
	p.WaitText("Role deleted.")

	p.Navigate(base + "/settings/groups/new")
	p.Fill("Name", "Drivers")
	p.Click("Make group")
	p.WaitText("Nobody is in this group yet")
	p.Fill("#add", "max")
	p.Click("Search")
	p.Click("[aria-label^='Add max']")
	p.WaitText("Added to the group.")
	p.Click("[aria-label^='Remove max']")
	p.WaitText("Removed from the group.")
	p.AssertQuiet()
}

// What a role lacks cannot be ticked, and a role that allows more is not changed.
func TestNobodyGivesWhatTheyLack(t *testing.T) {
	a := webtest.SQLite(t)
	operator := sallyport.Operator(a.TenantID(t))
	ids := map[string]string{}
	for name, permissions := range map[string][]string{"Keeper": {"roles.view", "roles.manage"}, "Auditor": {"audit.view"}} {
		r, err := a.Roles.Add(t.Context(), operator, role.Input{Name: name, Permissions: permissions})
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = r.ID
	}
	a.AddUser(t, "eve@corp.test", sallyport.Role(ids["Keeper"]))
	v := webtest.Serve(t, a)
	v.SignIn("eve@corp.test", apptest.Password)
	v.Has(v.Get("/settings/roles"), "It allows what your own role does not")
	v.Has(v.Get("/settings/roles/new"), `value="audit.view" disabled`, "so you cannot give it")
	v.At(v.Get("/settings/roles/"+ids["Auditor"]), 403, "/settings/roles/"+ids["Auditor"])
	v.At(v.Post("/settings/roles/new", "name", "More", "permissions", "audit.view"), 403, "/settings/roles/new")
}
