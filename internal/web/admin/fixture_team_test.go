package admin

import (
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// helpdesk and auditor are roles that an organisation made.
var (
	helpdesk = role.Role{Users: 3, Mine: true, CustomRole: sallyport.CustomRole{
		ID: "0193-helpdesk", Name: "Helpdesk", Description: "Unlocks people and resets second factors",
		Permissions: sallyport.NewPermissions("users.view", "mfa.view", "mfa.manage", "sessions.view"),
	}}
	auditor = role.Role{Mine: true, CustomRole: sallyport.CustomRole{ID: "0193-auditor", Name: "مدقق", Permissions: sallyport.NewPermissions("audit.view")}}
	strong  = role.Role{Users: 1, CustomRole: sallyport.CustomRole{
		ID: "0193-strong", Name: "Verwaltungsfachangestellte für Identitätsanbieter und Einmalanmeldung", Permissions: sallyport.NewPermissions("sso.view", "sso.manage"),
	}}
)

// groups are some of an organisation.
var groups = []sallyport.Group{
	{ID: "g1", Name: "Drivers", Description: "Everybody with a lorry", Members: 214},
	{ID: "g2", Name: "Rotterdam"},
	{ID: "g3", Name: "Abteilung für grenzüberschreitende Gefahrguttransporte", Members: 1},
	{ID: "g4", Name: "🚢 Harbour"},
}

// people are thirty users in every state.
func people() []sallyport.User {
	given := []string{"Bronagh", "Götz", "Amélie", "小林", "Ọlá", "नेहा", "Þórdís", "Sean"}
	family := []string{"Ó Súilleabháin", "Müller-Lüdenscheidt", "Nguyễn", "一郎", "Adébáyọ̀", "शर्मा", "Jónsdóttir", "O’Brien"}
	statuses := []sallyport.UserStatus{sallyport.UserActive, sallyport.UserInvited, sallyport.UserActive, sallyport.UserDisabled, sallyport.UserActive, sallyport.UserClosed}
	factors := []sallyport.Strength{sallyport.StrongFactor, sallyport.WeakFactor, sallyport.NoFactor}
	out := []sallyport.User{kittest.Amara, kittest.RightToLeft, kittest.LongName, kittest.EmojiName}
	for i := len(out); i < 30; i++ {
		out = append(out, sallyport.User{
			ID: fmt.Sprintf("0193-%d", i), FirstName: given[i%len(given)], LastName: family[(i*3)%len(family)], Email: fmt.Sprintf("person.%d@northwind.example", i),
		})
	}
	out[5].FirstName, out[5].LastName = "", ""
	for i := range out {
		out[i].Role, out[i].Status, out[i].SecondFactor = sallyport.RoleMember, statuses[i%len(statuses)], factors[i%len(factors)]
		if i%4 == 0 {
			out[i].Role = sallyport.Role(helpdesk.ID)
		}
		if out[i].Status != sallyport.UserInvited {
			out[i].LastSignInAt = kittest.Now.Add(-time.Duration(i*i) * 7 * time.Hour)
		}
	}
	out[0].Role, out[0].Status = sallyport.RoleOwner, sallyport.UserActive
	return out
}

// reader is an owner, or whoever has some permissions only.
func reader(permissions ...string) sallyport.Actor {
	a := sallyport.Actor{Type: sallyport.ActorUser, TenantID: "northwind", UserID: kittest.Amara.ID, Role: sallyport.RoleOwner}
	if permissions != nil {
		a.Role, a.Granted = "0193-own", sallyport.NewPermissions(permissions...)
	}
	return a
}

// teamOf is a list of users at an address.
func teamOf(query string, users ...sallyport.User) team {
	t := team{
		reader: reader(), list: kit.Listed(httptest.NewRequest("GET", teamPath+query, nil), teamPath, list.Users, teamListed),
		roles: map[sallyport.Role]string{sallyport.Role(helpdesk.ID): helpdesk.Name, sallyport.Role(strong.ID): strong.Name}, groups: groups,
		of: map[string][]sallyport.Group{},
	}
	for i, u := range users {
		u.TenantID = "northwind"
		t.found.Rows = append(t.found.Rows, u)
		t.of[u.ID] = groups[:i%(len(groups)+1)]
	}
	return t
}

// inAdmin is a page in the shell, for an owner.
func inAdmin(name, template, path string, view func(s kit.Speaker) any) kittest.Fixture {
	return kittest.Fixture{Name: name, Template: template, Page: func(s kit.Speaker) kit.Page {
		owner := kittest.Amara
		owner.Role = sallyport.RoleOwner
		return kittest.Page(s, path, "Settings", &owner, view(s))
	}}
}

func teamFixtures() []kittest.Fixture {
	page := func(name string, t team) kittest.Fixture {
		return inAdmin("team-"+name, "team_list", teamPath, func(s kit.Speaker) any { return t.view(s) })
	}
	many := teamOf("", people()...)
	many.found.Next = "1"
	views := teamOf("", people()[:6]...)
	views.reader = reader("users.view")
	none := teamOf("?status=disabled&role=0193-helpdesk&role=gone&q=zebra&sort=newest")
	none.drop = []kit.Chip{{Text: "Without “Status: Disabled”", Path: teamPath}}
	invited := people()[7]
	disabled, closed := people()[3], people()[5]
	return []kittest.Fixture{
		page("many", many),
		page("filtered", teamOf("?status=active&status=invited&groupId=g3&lastSignInFrom=2026-10-01", people()[4:9]...)),
		page("none", none),
		page("alone", teamOf("", people()[0])),
		page("views-only", views),
		inAdmin("team-disable", "act_confirm", teamPath, func(s kit.Speaker) any { return askDisable(s, kittest.LongName) }),
		inAdmin("team-enable", "act_confirm", teamPath, func(s kit.Speaker) any { return askEnable(s, disabled) }),
		inAdmin("team-enable-closed", "act_confirm", teamPath, func(s kit.Speaker) any { return askEnable(s, closed) }),
		inAdmin("team-resend", "act_confirm", teamPath, func(s kit.Speaker) any { return askResend(s, invited) }),
		inAdmin("team-withdraw", "act_confirm", teamPath, func(s kit.Speaker) any { return askWithdraw(s, invited) }),
		inAdmin("team-role", "act_form", teamPath, func(s kit.Speaker) any {
			return viewTeamRole(s, people()[1], given(), sallyport.Policy{SessionRevokeOnRoleChange: true})
		}),
	}
}

// given are roles that may be given.
func given() []role.Role {
	return []role.Role{
		{BuiltIn: true, Mine: true, Users: 2, CustomRole: sallyport.CustomRole{ID: "owner"}},
		{BuiltIn: true, Mine: true, Users: 4, CustomRole: sallyport.CustomRole{ID: "admin"}},
		{BuiltIn: true, Mine: true, Users: 4210, CustomRole: sallyport.CustomRole{ID: "member"}}, helpdesk, auditor,
	}
}
