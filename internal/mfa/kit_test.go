package mfa_test

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/link"
)

const mia = "mia@corp.test"

// phone is a client that is signed in nowhere.
var phone = apptest.Client("203.0.113.77", apptest.SafariOnIPhone)

func elsewhere(t *testing.T, a *apptest.App) apptest.From {
	t.Helper()
	return a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux))
}

func userOf(t *testing.T, a *apptest.App, u sallyport.User) sallyport.User {
	t.Helper()
	u, err := a.DB.User(t.Context(), u.TenantID, u.ID)
	apptest.Must(t, err)
	return u
}

func notMe(t *testing.T, a *apptest.App, secret string) error {
	t.Helper()
	_, err := a.Accounts.NotMe(t.Context(), link.Mailed{TenantID: a.TenantID(t), Client: phone, Secret: secret})
	return err
}
