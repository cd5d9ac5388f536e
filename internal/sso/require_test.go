package sso_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/token"
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

// Whoever may change a provider does not get the word on who people are: an admin who leads an organisation's
// provider to one of their own would be its owner there.
func TestProvidersKeepTheirWord(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
		admin := proven(t, a, a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin).Email)
		evil := a.NewProvider(t)
		change := func(who sallyport.Actor, to func(*sso.Input)) error {
			now, err := a.SSO.Get(t.Context(), who, w.at.ID)
			apptest.Must(t, err)
			in := sso.Input{Version: now.Version, Name: now.Name, Settings: now.Settings}
			to(&in)
			_, err = a.SSO.Change(t.Context(), who, w.at.ID, in)
			return err
		}
		apptest.Must(t, change(admin, func(in *sso.Input) { in.Issuer = evil.Issuer })) // nobody relies on it yet
		apptest.Must(t, change(admin, func(in *sso.Input) { in.Issuer = w.idp.Issuer }))
		if _, err := w.come(t, a.Laptop(t)); err != nil {
			t.Fatal(err)
		}
		for _, who := range []sallyport.Actor{admin, w.me} {
			apptest.Denied(t, "another issuer", change(who, func(in *sso.Input) { in.Issuer = evil.Issuer }), sallyport.CodeInvalid)
		}
		apptest.Must(t, change(admin, func(in *sso.Input) { in.Name = "Staff" }))
	})
}

// proven is somebody who has signed in and proven anew that it is them.
func proven(t *testing.T, a *apptest.App, email string) sallyport.Actor {
	t.Helper()
	in := a.SignInAs(t, a.Laptop(t), email)
	a.Clock.Advance(time.Second)
	a.StepUp(t, apptest.After(a.Laptop(t), in), apptest.Actor(in), sallyport.StepUp{Act: "manage_sso", Password: true}, nil)
	return apptest.Actor(in)
}

// The keys of a SAML provider are whose word it is. With others, those come in by a mailed code whom whoever
// changed them may not act on.
func TestKeysOfOthers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner, operator := a.Owner(t), sallyport.Operator(a.TenantID(t))
		admin := a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
		member := a.AddUser(t, "bea@corp.test", sallyport.RoleMember)
		at, err := a.SSO.Add(t.Context(), operator, sso.Input{Name: "SAML", Protocol: sso.SAML, Settings: sso.Settings{
			Use: sso.Organisation, Metadata: string(apptest.Metadata(t, a.Clock.Now())), Provision: sso.ForNobody,
		}})
		apptest.Must(t, err)
		for _, u := range []sallyport.User{owner, admin, member} {
			apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error {
				return tx.AddIdentity(t.Context(), store.Identity{TenantID: u.TenantID, ID: token.NewID(), ProviderID: at.ID, Subject: u.Email, UserID: u.ID, CreatedAt: a.Clock.Now(), UsedAt: a.Clock.Now()})
			}))
		}
		linked := func() (who []string) {
			for _, u := range []sallyport.User{owner, admin, member} {
				have, err := a.DB.IdentitiesOf(t.Context(), u.TenantID, u.ID)
				apptest.Must(t, err)
				for range have {
					who = append(who, u.Email)
				}
			}
			return who
		}
		change := func(who sallyport.Actor) {
			t.Helper()
			now, err := a.SSO.Get(t.Context(), who, at.ID)
			apptest.Must(t, err)
			in := sso.Input{Version: now.Version, Name: now.Name, Settings: now.Settings}
			in.Metadata = string(apptest.Metadata(t, a.Clock.Now()))
			_, err = a.SSO.Change(t.Context(), who, at.ID, in)
			apptest.Must(t, err)
		}
		change(operator)
		if got := linked(); len(got) != 3 {
			t.Errorf("changed by the operator: %v", got)
		}
		a.Mails(t)
		change(proven(t, a, admin.Email))
		if got := linked(); !slices.Equal(got, []string{admin.Email, member.Email}) {
			t.Errorf("changed by an admin: %v", got)
		}
		told := slices.DeleteFunc(a.Mails(t), func(m *notify.Message) bool { return m.Kind != notify.IdentityUnlinked })
		if len(told) != 1 || told[0].To != owner.Email {
			t.Errorf("%d mails tell of it", len(told))
		}
	})
}
