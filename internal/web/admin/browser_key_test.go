package admin_test

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// A service account is added, and gets a key that is shown once, replaced, put to sleep and revoked; then a
// service that checks tokens is added and deleted. A form that is sent again makes nothing more.
func TestBrowserServiceKeys(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	works := func(key string) bool {
		t.Helper()
		_, err := a.APIKeys.Look(t.Context(), a.TenantID(t), key)
		return err == nil
	}

	p.Navigate(base + "/settings/api-keys")
	p.WaitText("No API keys")
	p.Axe()
	p.Click("Service accounts")
	p.WaitText("No service accounts")
	p.Axe()
	p.Click("Add service account")
	p.WaitURL("/services/new")
	p.Axe()
	p.Fill("#name", "Warehouse sync")
	p.Click("#role-admin")
	p.Click("main button.btn-primary")
	p.WaitText("Now make its first key.")
	p.Axe()
	account := p.URL()

	p.Click("Make a key")
	p.WaitText("You are about to make or replace an API key.")
	webtest.Confirm(p, "/settings/api-keys/services/")
	p.Fill("#name", "Sync")
	p.Click("#permissions-users\\.view")
	p.Axe()
	p.Click("Make key")
	p.WaitText("It is shown this once")
	p.Axe()
	first := p.Text("#secret")
	p.Reload()
	p.WaitText("This is in use already.")
	if !works(first) || len(keysIn(t, a)) != 1 {
		t.Errorf("sent again: %d keys", len(keysIn(t, a)))
	}

	p.Navigate(account)
	p.Click(".sp-api-key .btn")
	p.WaitURL("/rotate")
	p.Axe()
	p.Click("At once")
	p.Click("main button.btn-primary")
	p.WaitText("has a new text")
	second := p.Text("#secret")
	if works(first) || !works(second) {
		t.Error("the text is not replaced")
	}
	p.Reload()
	p.WaitText("was replaced already")
	if !works(second) {
		t.Error("sent again, the text is replaced again")
	}

	p.Click("Disable")
	p.WaitVisible("dialog[open]")
	p.Click("dialog[open] button")
	p.WaitText("Its keys do not work until it is enabled again.")
	p.Axe()
	if works(second) {
		t.Error("a key of a disabled account works")
	}
	p.Click("Enable")
	p.WaitVisible("dialog[open]")
	p.Click("dialog[open] button")
	p.WaitText("The service account is enabled.")

	// In the lists of people and of keys it leads to its page.
	p.Navigate(base + kit.TeamPath)
	p.WaitText("Service account")
	p.Axe()
	p.Click("Warehouse sync")
	p.WaitURL(kit.ServicesPath)
	p.Navigate(base + "/settings/api-keys")
	p.WaitText("Warehouse sync")
	p.Axe()
	p.Click(".sp-col-act .btn")
	p.WaitVisible("dialog[open]")
	p.Axe()
	p.Click("dialog[open] button")
	p.WaitText("The key is revoked.")
	p.WaitText("Reason: an administrator revoked it")
	if works(second) {
		t.Error("a revoked key works")
	}

	p.Click("Services that check tokens")
	p.WaitText("No services")
	p.Axe()
	p.Click("Add service")
	p.WaitURL("/clients/new")
	p.Fill("#name", "Billing")
	p.Axe()
	p.Click("main button.btn-primary")
	p.WaitText("It is shown this once")
	p.WaitText("/oauth2/introspect")
	p.Axe()
	secret, id := p.Text("#secret"), p.Text("#client-id")
	if _, err := a.OAuth.Authenticate(t.Context(), a.TenantID(t), id, secret); err != nil {
		t.Errorf("the secret that was shown: %v", err)
	}
	p.Reload()
	p.WaitText("This is in use already.")
	p.Navigate(base + "/settings/api-keys/clients")
	p.WaitText("Billing")
	p.Axe()
	p.Click(".sp-entry-acts .btn-danger, .sp-entry-acts .btn + .btn")
	p.WaitVisible("dialog[open]")
	p.Click("dialog[open] button")
	p.WaitText("The service is deleted.")
	p.AssertQuiet("status of 422")
}

// keysIn are the keys of all accounts.
func keysIn(t *testing.T, a *apptest.App) (all []sallyport.APIKey) {
	t.Helper()
	owner := webtest.Owner(t, a)
	services, err := a.APIKeys.Services(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range services {
		found, err := a.APIKeys.KeysOf(t.Context(), owner, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}
