package admin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// saved returns the policy as it is stored.
func saved(t *testing.T, a *apptest.App) tenant.Current {
	t.Helper()
	current, err := a.Tenants.Read(t.Context(), sallyport.Operator(a.TenantID(t)))
	apptest.Must(t, err)
	return current
}

// What differs is marked and counted while one types; the review says what it would have done; then it is saved.
func TestBrowserChangesThePolicy(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/compliance")
	p.WaitText("Compare presets")
	p.Fill("#lockoutFailures", "4")
	p.WaitText("1 change")
	p.Click("#sessionMaskIp")
	p.WaitText("2 changes")
	p.Fill("#lockoutFailures", "5")
	p.WaitText("1 change")
	p.Fill("#lockoutFailures", "4")
	p.Click("Review")
	p.WaitText("Review 2 changes")
	p.WaitText("What it would have done in the last 30 days")
	p.WaitText("changes what people see")
	p.Axe()
	p.Fill("#reason", "Agreed")
	p.Click("Save 2 changes")
	p.WaitText("Saved. It holds from now on.")
	p.WaitText("Agreed")
	p.WaitText("From version 1")
	if now := saved(t, a); now.Version != 1 || now.Policy.LockoutFailures != 4 || !now.Policy.SessionMaskIP {
		t.Errorf("%+v", now)
	}
	p.Navigate(base + "/settings/compliance/presets")
	p.Click("[aria-label='Review the preset Strict']")
	p.WaitText("What changes")
	p.Navigate(base + "/settings/compliance/versions")
	p.WaitText("In force")
	p.AssertQuiet()
}

// Without scripts too: what is wrong stands at its field, with everything that was typed, and nothing is lost on the way.
func TestBrowserMendsThePolicy(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	p.JavaScript(false)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/compliance")
	p.Fill("#lockoutFailures", "200")
	p.Fill("#lockoutWindowMinutes", "20")
	p.Click("Review")
	p.WaitText("This must be from 3 to 100.")
	p.WaitText("2 changes")
	p.Fill("#lockoutFailures", "9")
	p.Click("Review")
	p.WaitText("Review 2 changes")
	p.Click("Change it")
	p.WaitText("2 changes")
	p.Click("Review")
	p.Click("Save 2 changes")
	p.WaitText("Saved.")
	if now := saved(t, a); now.Policy.LockoutFailures != 9 || now.Policy.LockoutWindow != 20*time.Minute {
		t.Errorf("%+v", now)
	}
	p.AssertQuiet()
}

// Two admins at once lose nothing: what only one of them changed is kept, and of what both did one chooses.
func TestBrowserMergesPolicies(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/compliance")
	p.Fill("#lockoutFailures", "4")
	p.Fill("#passwordHistory", "7")
	p.Fill("#lockoutWindowMinutes", "20")
	other := tenant.Edit{Fields: map[string]any{"lockoutFailures": 8, "mfaBackupCodes": 12}, Reason: "Meanwhile"}
	_, err := a.Tenants.Save(t.Context(), sallyport.Operator(a.TenantID(t)), other)
	apptest.Must(t, err)
	p.Click("Review")
	p.WaitText("The policy was changed meanwhile")
	p.WaitText("The operator changed this too")
	p.Axe()
	p.Click("#keep-lockoutFailures-theirs")
	p.Click("Save 3 changes")
	p.WaitText("Saved.")
	now := saved(t, a).Policy
	if now.LockoutFailures != 8 || now.PasswordHistory != 7 || now.LockoutWindow != 20*time.Minute || now.MFABackupCodes != 12 {
		t.Errorf("%+v", now)
	}
	p.AssertQuiet()
}

// A group is decided for more strictly, and what is stricter is taken back by going back to a version.
func TestBrowserDecidesForAGroup(t *testing.T) {
	base, a := webtest.Browse(t)
	operator := sallyport.Operator(a.TenantID(t))
	g, err := a.Groups.Add(t.Context(), operator, "Finance", "")
	apptest.Must(t, err)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/compliance/groups")
	p.Click("Finance")
	p.WaitText("Stricter for Finance")
	p.Click("label[for='own.sessionIdleWebMinutes']")
	p.Fill("#sessionIdleWebMinutes", "60")
	p.Click("label[for='own.mfaEnforced']")
	p.WaitText("2 changes")
	p.Click(".sp-policy-bar .btn-primary")
	p.WaitText("Review 2 changes")
	p.Click("Save 2 changes")
	p.WaitText("Saved.")
	found, err := a.Tenants.ReadGroup(t.Context(), operator, g.ID)
	if err != nil || len(found.Values) != 2 || found.Values["sessionIdleWebMinutes"] != 60 {
		t.Errorf("%v, %v", found.Values, err)
	}
	p.Click("label[for='own.mfaEnforced']")
	p.Click(".sp-policy-bar .btn-primary")
	p.Click("Save 1 change")
	p.WaitText("Saved.")
	p.Click("Versions")
	p.Click("[aria-label^='Go back to this']")
	p.Click("Save 1 change")
	p.WaitText("Saved.")
	if found, err = a.Tenants.ReadGroup(t.Context(), operator, g.ID); err != nil || len(found.Values) != 2 || found.Version != 3 {
		t.Errorf("%v, %d, %v", found.Values, found.Version, err)
	}
	p.AssertQuiet()
}

// Saving needs a fresh proof, and what was typed is there after it. Locking an owner out needs a word.
func TestSavingAPolicyIsProven(t *testing.T) {
	a := webtest.SQLite(t)
	a.Owner(t)
	v := webtest.Start(t, a)
	v.Enter(apptest.OwnerEmail) // on a device that is not trusted
	a.Clock.Advance(time.Hour)
	edit := tenant.Edit{Fields: map[string]any{"deviceRequireTrusted": true}}
	owner := a.Owner(t)
	me := sallyport.Actor{Type: sallyport.ActorUser, TenantID: owner.TenantID, UserID: owner.ID, Role: owner.Role}
	found, err := a.Previews.Start(t.Context(), me, edit)
	apptest.Must(t, err)
	page := "/settings/compliance/previews/" + found.ID
	v.Has(v.Get(page), "This locks out who could undo it", "You would have been refused for your device.")
	asked := v.Post(page, "version", "0", "reason", "Because of the auditors", "word", "lock out")
	if !strings.HasPrefix(asked.Path(), "/step-up") || saved(t, a).Version != 0 {
		t.Errorf("without a fresh proof: %s, version %d", asked.Path(), saved(t, a).Version)
	}
	back := v.Post("/step-up", "act", "manage_policy", "next", page, "password", apptest.Password)
	v.At(back, 200, page)
	v.Has(back, "Because of the auditors")
	v.Has(v.Post(page, "version", "0", "reason", "Because of the auditors"), "This is not the word.", "Because of the auditors")
	if saved(t, a).Version != 0 {
		t.Error("saved without the word")
	}
	v.Has(v.Post(page, "version", "0", "reason", "Because of the auditors", "word", " Lock OUT "), "Saved. It holds from now on.")
	v.Has(v.Get("/settings/compliance/versions"), "Because of the auditors", "In force")
	if now := saved(t, a); now.Version != 1 || !now.Policy.DeviceRequireTrusted {
		t.Errorf("%+v", now)
	}
}
