package admin_test

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// The page of a person says what a group of theirs makes stricter, to whoever may see the policy,
// and nothing where no group does: also not where a group decides less than the organisation.
func TestPersonSaysWhatIsStricter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, op := t.Context(), sallyport.Operator(a.TenantID(t))
		finance, err := a.Groups.Add(ctx, op, "Finance", "")
		apptest.Must(t, err)
		lax, err := a.Groups.Add(ctx, op, "Warehouse", "")
		apptest.Must(t, err)
		mia, max := a.AddUser(t, "mia@corp.test", sallyport.RoleMember), a.AddUser(t, "max@corp.test", sallyport.RoleMember)
		_, err = a.Groups.AddMembers(ctx, op, finance.ID, []string{mia.ID})
		apptest.Must(t, err)
		_, err = a.Groups.AddMembers(ctx, op, lax.ID, []string{mia.ID, max.ID})
		apptest.Must(t, err)
		for id, minutes := range map[string]int{finance.ID: 24 * 60, lax.ID: 60 * 24 * 60} {
			_, err := a.Tenants.Save(ctx, op, tenant.Edit{GroupID: id, Fields: map[string]any{"sessionIdleWebMinutes": minutes}})
			apptest.Must(t, err)
		}
		reception, err := a.Roles.Add(ctx, op, role.Input{Name: "Reception", Permissions: []string{"users.view"}})
		apptest.Must(t, err)
		a.AddUser(t, "eve@corp.test", sallyport.Role(reception.ID))
		a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)

		const said = "/settings/compliance/groups/"
		v := webtest.Serve(t, a)
		v.SignIn("ada@corp.test", apptest.Password)
		page := v.Get("/settings/team/" + mia.ID)
		v.Has(page, "Idle time of browsers", "1 day", said+finance.ID, "by the group Finance", `href="/settings/compliance"`)
		if n := strings.Count(page.Text, said); n != 1 {
			t.Errorf("%d fields are stricter, want 1", n)
		}
		reads := v.Another()
		reads.SignIn("eve@corp.test", apptest.Password)
		for who, answer := range map[string]webtest.Answer{
			"nobody's group decides": v.Get("/settings/team/" + max.ID), "no permission": reads.Get("/settings/team/" + mia.ID),
		} {
			v.At(answer, 200, answer.Path())
			if strings.Contains(answer.Text, said) {
				t.Errorf("%s, and the page says what is stricter", who)
			}
		}
	})
}
