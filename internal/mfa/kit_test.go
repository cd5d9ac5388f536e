package mfa_test

import (
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
)

const mia = "mia@corp.test"

// phone is a client that is signed in nowhere.
var phone = apptest.Client("203.0.113.77", apptest.SafariOnIPhone)

func elsewhere(t *testing.T, a *apptest.App) apptest.From {
	t.Helper()
	return a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux))
}
