package mfa_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/role"
)

// Those who are missing are those of whom policy.Enforced says that they must have a factor, and as
// many as the overview counts.
func TestNotEnrolled(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, operator := t.Context(), sallyport.Operator(a.TenantID(t))
		a.Owner(t)
		add := func(email string, as sallyport.Role) sallyport.User { return a.AddUser(t, email, as) }
		custom := func(name string, permissions ...string) sallyport.Role {
			r, err := a.Roles.Add(ctx, operator, role.Input{Name: name, Permissions: permissions})
			apptest.Must(t, err)
			return sallyport.Role(r.ID)
		}
		add("admin@corp.test", sallyport.RoleAdmin)
		add("helper@corp.test", custom("Helper", "users.view"))
		add("nothing@corp.test", custom("Nothing"))
		apptest.Must(t, a.Factors.Require(ctx, operator, add("required@corp.test", sallyport.RoleMember).ID, true))
		exempt := add("exempt@corp.test", sallyport.RoleAdmin)
		apptest.Must(t, a.Factors.Exempt(ctx, operator, exempt.ID, a.Clock.Now().Add(time.Hour), "Waits"))
		add("protected@corp.test", sallyport.RoleAdmin)
		a.AddTOTP(t, apptest.Actor(a.SignInAs(t, a.Laptop(t), "protected@corp.test")))
		_, err := a.Accounts.Disable(ctx, operator, add("gone@corp.test", sallyport.RoleAdmin).ID)
		apptest.Must(t, err)
		for _, whom := range []string{sallyport.EnforcedNobody, sallyport.EnforcedAdmins, sallyport.EnforcedEveryone} {
			for _, later := range []time.Duration{0, 2 * time.Hour} {
				a.Clock.Advance(later)
				a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = whom })
				all, err := a.Accounts.List(ctx, operator, list.Users.First())
				apptest.Must(t, err)
				var want, got []string
				for _, u := range all.Rows {
					if u.Status == sallyport.UserActive && u.SecondFactor == sallyport.NoFactor && policy.Enforced(a.Policy(), u, a.Clock.Now()) {
						want = append(want, u.Email)
					}
				}
				found, err := a.Factors.NotEnrolled(ctx, operator, list.NotEnrolled.First())
				apptest.Must(t, err)
				for _, u := range found.Rows {
					got = append(got, u.Email)
				}
				now, err := a.Factors.Overview(ctx, operator)
				apptest.Must(t, err)
				if !slices.Equal(got, want) || now.Required != len(want) {
					t.Errorf("of %s: %v, %d counted, want %v", whom, got, now.Required, want)
				}
			}
		}
	})
}
