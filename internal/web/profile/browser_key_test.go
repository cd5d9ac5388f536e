package profile_test

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// keyIs returns what the check of a key says, "" for one that works.
func keyIs(t *testing.T, a *apptest.App, key string) sallyport.Code {
	t.Helper()
	_, err := a.APIKeys.Look(t.Context(), a.TenantID(t), key)
	return sallyport.CodeOf(err)
}

// A key is made, shown once, replaced and revoked. A form that is sent again makes nothing more.
func TestBrowserKeys(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.WaitText("You have none.")
	p.Click("Manage keys")
	p.WaitText("No API keys")
	p.Axe()
	p.Click("Make a key")
	p.WaitText("You are about to make or replace an API key.")
	webtest.Confirm(p, kit.APIKeysPath+"/new")
	p.Axe()
	p.Fill("#name", "Nightly export")
	p.Click("#permissions-users\\.view")
	p.Fill("#networks", "our office")
	p.Click("Make key")
	p.WaitText("This is neither an IP address nor a range")
	p.Axe()
	p.Fill("#networks", "127.0.0.1\n::1")
	p.Click("Make key")
	p.WaitText("It is shown this once")
	p.Axe()
	first := p.Text("#secret")
	if got := keyIs(t, a, first); got != "" {
		t.Errorf("the key that was shown: %s", got)
	}

	p.Reload()
	p.WaitText("This is in use already.")
	if keys := ownKeys(t, a); len(keys) != 1 {
		t.Fatalf("sent again: %d keys", len(keys))
	}
	p.Navigate(base + kit.APIKeysPath)
	p.WaitText("See people and groups")
	if p.HasText(first) {
		t.Error("the text of a key is shown again")
	}
	p.Axe()

	p.Click(".sp-api-key .btn")
	p.WaitURL("/rotate")
	p.Axe()
	p.Click("At once")
	p.Click("main button.btn-primary")
	p.WaitText("has a new text")
	second := p.Text("#secret")
	if old, now := keyIs(t, a, first), keyIs(t, a, second); old == "" || now != "" {
		t.Errorf("replaced: the former text %q, the new one %q", old, now)
	}
	p.Reload()
	p.WaitText("was replaced already")
	if got := keyIs(t, a, second); got != "" {
		t.Errorf("sent again, the text is replaced again: %s", got)
	}

	p.Click(".sp-api-key .btn + .btn")
	p.WaitVisible("dialog[open]")
	p.Axe()
	p.Click("dialog[open] button")
	p.WaitText("The key is revoked.")
	p.WaitText("No API keys")
	if got := keyIs(t, a, second); got != sallyport.CodeNotSignedIn && got != sallyport.CodeKeyEnded {
		t.Errorf("revoked: %q", got)
	}
	p.AssertQuiet("status of 422")
}

func ownKeys(t *testing.T, a *apptest.App) []sallyport.APIKey {
	t.Helper()
	keys, err := a.APIKeys.ListOwn(t.Context(), webtest.Owner(t, a))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
