package profile_test

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// Beside a second factor a password may be shorter. When that goes, its owner is told, until there is a longer
// one, or a second factor again.
func TestShortPasswordAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		app := a.AddTOTP(t, webtest.Owner(t, a))
		reset := func(to string) string {
			m := link.Mailed{TenantID: owner.TenantID, Secret: a.MailedLink(t, owner, link.Reset, link.About{})}
			return apptest.Broken(a.Accounts.ResetPassword(t.Context(), m, to, to))
		}
		const short, long = "xkvjW-yh9mrt", "xkvjW-yh9mrt-w3q"
		if got := reset(short); got != "<nil>" {
			t.Fatalf("12 characters beside a second factor: %s", got)
		}
		v := webtest.Serve(t, a)
		v.SignIn(apptest.OwnerEmail, short)
		told := func() bool {
			return strings.Contains(v.Get(webtest.SecurityPath).Text, "Your password is too short to stand alone")
		}
		v.Post("/sign-in/factor", "method", "totp", "code", app.Code(t))
		if told() {
			t.Error("it does not stand alone")
		}
		_, err := a.Factors.RevokeOf(t.Context(), sallyport.Operator(owner.TenantID), owner.ID, app.Factor.ID)
		apptest.Must(t, err)
		if v.SignIn(apptest.OwnerEmail, short); !told() {
			t.Error("it stands alone, and nobody says so")
		}
		v.Has(v.Get(webtest.SecurityPath), "15 characters or more", "At least 15 characters")

		// Who must set up a second factor again need not change it; others need one of 15 characters.
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		if got := reset(short + "z"); got != "<nil>" {
			t.Errorf("where a second factor is demanded: %s", got)
		}
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedNobody })
		if v.SignIn(apptest.OwnerEmail, short+"z"); !told() {
			t.Error("no second factor is demanded any more, and nobody says so")
		}
		if got := reset(long[:14]); !strings.Contains(got, "too_short") {
			t.Errorf("14 characters: %s", got)
		}
		if got := reset(long); got != "<nil>" {
			t.Fatalf("16 characters: %s", got)
		}
		if v.SignIn(apptest.OwnerEmail, long); told() {
			t.Error("it is long enough")
		}
	})
}

// Whoever gives somebody a password has to give one that can stand alone, unless they must have a second factor.
func TestGivenPasswordsStandAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedAdmins })
		add := func(email string, role sallyport.Role, password string) string {
			_, err := a.Accounts.Add(t.Context(), sallyport.Operator(a.TenantID(t)), account.NewUser{Email: email, FirstName: "Mia", LastName: "Wood", Role: role, Password: password})
			return apptest.Broken(err)
		}
		if got := add("mia@corp.test", sallyport.RoleMember, "xkvjW-yh9mrt-w"); got != "password too_short" {
			t.Errorf("14 characters for a member: %s", got)
		}
		if got := add("mia@corp.test", sallyport.RoleMember, "xkvjW-yh9mrt-wq"); got != "<nil>" {
			t.Errorf("15 characters for a member: %s", got)
		}
		if got := add("max@corp.test", sallyport.RoleAdmin, "xkvjW-yh9mrt"); got != "<nil>" {
			t.Errorf("12 characters for an admin, who must set up a second factor: %s", got)
		}
	})
}
