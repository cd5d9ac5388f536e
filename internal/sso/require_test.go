package sso_test

import (
	"errors"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/tenant"
)

// Single sign-on can be required once there is a tested provider, and an owner who comes in without it.
func TestRequiring(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		a.StoredPolicies()
		save := func() sallyport.Obstacle {
			t.Helper()
			now, err := a.Tenants.Read(t.Context(), w.me)
			apptest.Must(t, err)
			_, err = a.Tenants.Save(t.Context(), w.me, tenant.Edit{Version: now.Version, Fields: map[string]any{"ssoRequired": true}})
			var e *sallyport.Error
			if err != nil && !errors.As(err, &e) {
				t.Fatal(err)
			}
			if e == nil {
				return ""
			}
			return e.Obstacle
		}
		if got := save(); got != sallyport.NoProvider {
			t.Errorf("without a test: %q", got)
		}
		owner := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		out, report, err := a.SSO.AskTest(t.Context(), owner, w.at.ID)
		apptest.Must(t, err)
		if report != nil {
			t.Fatalf("%+v", report)
		}
		_, err = a.SSO.Return(t.Context(), owner, w.at.ID, w.idp.SignIn(out.URL))
		apptest.Must(t, err)
		if got := save(); got != sallyport.NoBreakGlass {
			t.Errorf("without a passkey of an owner: %q", got)
		}
		a.AddPasskey(t, owner)
		if got := save(); got != "" {
			t.Errorf("with all of it: %q", got)
		}
		err = a.SSO.Switch(t.Context(), w.me, w.at.ID, false)
		var e *sallyport.Error
		if !errors.As(err, &e) || e.Obstacle != sallyport.NoProvider {
			t.Errorf("off, although it is required: %v", err)
		}
	})
}

// Whoever may not change a provider does not learn whether there is one.
func TestChangingProviders(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		member := apptest.Actor(a.SignInAs(t, a.Laptop(t), a.AddUser(t, "bea@corp.test", sallyport.RoleMember).Email))
		for _, id := range []string{w.at.ID, "nothing"} {
			_, err := a.SSO.Change(t.Context(), member, id, sso.Input{})
			apptest.Denied(t, id, err, sallyport.CodeForbidden)
		}
	})
}
