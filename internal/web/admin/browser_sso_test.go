package admin_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// A provider that speaks SAML is set up by its metadata, gets a domain, is switched on and off, and removed.
func TestBrowserSSO(t *testing.T) {
	a := webtest.SQLite(t)
	a.Owner(t)
	names := apptest.Names{}
	a.SetNames(names)
	a.SetFetch(func(context.Context, string) ([]byte, error) { return apptest.Metadata(t, a.Clock.Now()), nil })
	server := httptest.NewServer(webtest.HandlerOf(t, a, "http://localhost"))
	t.Cleanup(server.Close)
	p := browsertest.Open(t)
	base := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	webtest.SignIn(p, base)
	me := sallyport.Operator(a.TenantID(t))

	p.Navigate(base + "/settings/sso")
	p.WaitText("No identity provider")
	p.Axe()
	p.Click("Add provider")
	webtest.Confirm(p, "/settings/sso/new")
	p.WaitText("Which provider?")
	p.Axe()
	p.Click(`a[href="/settings/sso/new/saml"]`)
	p.WaitURL("/settings/sso/new/saml")
	acs := p.Text("#our-acs")
	p.Fill("#name", "Northwind")
	p.Fill("#address", "https://idp.example.com/metadata?tenant=1")
	p.Click("Read address")
	p.WaitText("Metadata read")
	p.WaitText("The provider has no address to sign out at.")
	p.Axe()
	p.Fill("#roles", "Drivers = Nobody")
	p.Click("main .sp-dialog-acts button")
	p.WaitText("Roles")
	p.WaitVisible("#problems")
	p.ForgetErrors() // of the form that was refused
	p.Axe()
	p.Fill("#roles", "Drivers = Member\n=cn=office,dc=example = admin")
	p.Click("main .sp-dialog-acts button")
	p.WaitText("Provider added.")
	p.Axe()
	if p.Text("#our-acs") != acs {
		t.Errorf("the address was %s before, and is %s", acs, p.Text("#our-acs"))
	}
	all, err := a.SSO.List(t.Context(), me)
	apptest.Must(t, err)
	if len(all) != 1 || len(all[0].Roles) != 2 || all[0].Roles[1] != (sso.RoleRule{Match: sso.Match{Value: "cn=office,dc=example"}, Role: sallyport.RoleAdmin}) {
		t.Fatalf("%+v", all)
	}

	p.Click("Add domain")
	p.WaitURL("/domain")
	p.Axe()
	p.Fill("#domain", "example.com")
	p.Click("main button.btn-primary")
	p.WaitText("Domain added.")
	p.Axe()
	p.Click("Check example.com")
	p.WaitText("The record was not found.")
	names[p.Text("#record-example-com-name")] = []string{p.Text("#record-example-com-value")}
	p.Click("Check example.com")
	p.WaitText("The domain is proven.")
	p.Axe()

	p.Click("Switch on")
	p.WaitVisible("dialog[open]")
	p.Axe()
	p.Click("dialog[open] button")
	p.WaitText("Provider switched on.")
	p.Click("Edit")
	p.WaitURL("/change")
	p.Axe()
	p.Click("#use-personal")
	if browsertest.Eval[bool](p, `document.querySelector("#admits").checkVisibility()`) {
		t.Error("people's own accounts have rules")
	}
	p.Click("main .sp-dialog-acts button")
	p.WaitText("Provider saved.")
	p.Click("Remove")
	p.WaitVisible("dialog[open]")
	p.Click("dialog[open] button")
	p.WaitText("Provider removed.")
	p.WaitText("No identity provider")
}

// A test leads to the provider, or says at once what is wrong.
func TestProviderTest(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		idp := a.NewProvider(t)
		me := sallyport.Operator(a.TenantID(t))
		add := func(name, issuer string) string {
			p, err := a.SSO.Add(t.Context(), me, sso.Input{Name: name, Protocol: sso.OpenID, Secret: apptest.ClientSecret, Settings: sso.Settings{
				Use: sso.Organisation, Issuer: issuer, ClientID: apptest.ClientID, Scopes: []string{"openid"}, Provision: sso.ForNobody,
			}})
			apptest.Must(t, err)
			return "/settings/sso/provider/" + p.ID
		}
		good, bad := add("Good", idp.Issuer), add("Bad", idp.Issuer+"/elsewhere")
		saml, err := a.SSO.Add(t.Context(), me, sso.Input{Name: "SAML", Protocol: sso.SAML, Settings: sso.Settings{Use: sso.Organisation, Metadata: string(apptest.Metadata(t, a.Clock.Now())), Provision: sso.ForNobody}})
		apptest.Must(t, err)
		v := webtest.Serve(t, a)
		v.SignIn(apptest.OwnerEmail, apptest.Password)

		away := v.Post(good + "/test")
		v.Has(away, `href="`+idp.Issuer+`/auth?`, "data-away")
		if policy := away.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self';") {
			t.Errorf("a link needs no form: %s", policy)
		}
		posts := v.Post("/settings/sso/provider/" + saml.ID + "/test")
		v.Has(posts, `action="https://idp.invalid/sso" data-away`, `name="SAMLRequest"`, `name="RelayState"`)
		if policy := posts.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' https:;") || !strings.Contains(policy, "script-src 'self';") {
			t.Error(policy)
		}
		v.Has(v.Post(bad+"/test"), "It came to nothing. Nothing was changed.", "Test again")
	})
}

// Single sign-on is required once there is what that needs; the page says what is missing.
func TestBrowserRequiresSSO(t *testing.T) {
	base, a := webtest.Browse(t)
	a.StoredPolicies()
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/compliance")
	p.Click("#ssoRequired")
	p.WaitText("1 change")
	p.Click("Review")
	p.WaitText("Who has no account there is not known.")
	p.Click("main .sp-policy-save button")
	p.WaitText("Single sign-on cannot be required yet")
	p.WaitText("There is no provider for the organisation")
	p.Axe()
	if saved(t, a).Policy.SSORequired {
		t.Error("it is required without a provider")
	}
	p.Click("#problems a")
	p.WaitURL("/settings/sso")
}
