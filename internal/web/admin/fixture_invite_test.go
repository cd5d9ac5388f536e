package admin

import (
	"fmt"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// planned is a list with a row of each fate.
func planned() []account.Invitee {
	plan := []account.Invitee{
		{Fate: account.AlreadyInvited, NewUser: account.NewUser{Email: "ada@northwind.example", FirstName: "Ada"}},
		{Fate: account.HasAccount, NewUser: account.NewUser{Email: kittest.LongName.Email, FirstName: kittest.LongName.FirstName, LastName: kittest.LongName.LastName}},
		{Fate: account.Duplicate, SameAs: 1, NewUser: account.NewUser{Email: "ADA@northwind.example"}},
		{Fate: account.Wrong, NewUser: account.NewUser{Email: "not an address"}, Wrong: []sallyport.FieldError{{Field: "email", Code: "invalid_email"}}},
	}
	for i := range 20 {
		plan = append(plan, account.Invitee{Fate: account.ToInvite, NewUser: account.NewUser{
			Email: fmt.Sprintf("person.%d@northwind.example", i), FirstName: "نور", LastName: "الحسيني", Role: sallyport.Role(helpdesk.ID), GroupID: "g1",
		}})
	}
	for i := range plan {
		plan[i].Line = i + 1
	}
	return plan
}

func inviteFixtures() []kittest.Fixture {
	names := places{map[sallyport.Role]string{sallyport.Role(helpdesk.ID): helpdesk.Name}, map[string]string{"g1": "Drivers"}}
	sent := func(done string) func(s kit.Speaker) any {
		return func(s kit.Speaker) any {
			plan := planned()
			return viewSent(s, account.List{}, plan, recall(plan, done), names)
		}
	}
	return []kittest.Fixture{
		inAdmin("invite", "act_form", invitePath, func(s kit.Speaker) any { return viewInvite(s, given(), groups) }),
		inAdmin("invite-list", "act_form", invitePath, func(s kit.Speaker) any { return viewInviteList(s, given(), groups) }),
		inAdmin("invite-plan", "invite_plan", invitePath, func(s kit.Speaker) any { return viewPlan(s, account.List{}, planned(), names) }),
		inAdmin("invite-sending", "invite_plan", invitePath, sent("ahdwiiiiiiiii")),
		inAdmin("invite-done", "invite_plan", invitePath, sent("ahdwiiiiiiiiiiiiiiiiilii")),
	}
}
