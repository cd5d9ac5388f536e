package webtest

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/notify"
)

// FreshPassword is a password that nobody had yet.
const FreshPassword = "Brave new pillars 43"

// MailedLink returns the path of the page that the newest mail of a kind leads to.
func MailedLink(t *testing.T, a *apptest.App, kind notify.Kind, base string) string {
	t.Helper()
	path := ""
	for _, m := range a.Mails(t) {
		if m.Kind == kind {
			path = base + apptest.Secret(t, m, base)
		}
	}
	if path == "" {
		t.Fatalf("no mail %s", kind)
	}
	return path
}

// MustChange adds a user whose password has to go at the next sign-in.
func MustChange(t *testing.T, a *apptest.App, address string) {
	t.Helper()
	u := a.AddUser(t, address, sallyport.RoleMember)
	if err := a.Accounts.DemandPassword(t.Context(), sallyport.Operator(u.TenantID), u.ID); err != nil {
		t.Fatal(err)
	}
}
