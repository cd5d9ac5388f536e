package apptest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/token"
)

// AddApp adds an app at an address, with rules as people write them.
func (a *App) AddApp(t testing.TB, tenantID, origin, rules string) sallyport.App {
	t.Helper()
	v, err := a.Apps.Add(t.Context(), sallyport.Operator(tenantID), apps.Input{Name: origin, Address: origin, Text: rules})
	Must(t, err)
	return v
}

// EnterApp sends the browser of an actor to an app, and returns the code that it comes back with and the secret of
// its cookie.
func (a *App) EnterApp(t testing.TB, actor sallyport.Actor, v sallyport.App, path string) (code, secret string) {
	t.Helper()
	secret = token.NewID()
	location, err := a.Apps.Enter(t.Context(), actor, apps.Entering{AppID: v.ID, To: v.Origin + path, State: StateOf(secret)})
	Must(t, err)
	u, err := url.Parse(location)
	Must(t, err)
	return u.Query().Get("code"), secret
}

// StateOf is what an app sends along of the secret in its cookie.
func StateOf(secret string) string {
	state := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(state[:])
}

// AtApp returns the pass that the browser of an actor gets at an app.
func (a *App) AtApp(t testing.TB, actor sallyport.Actor, v sallyport.App) string {
	t.Helper()
	code, secret := a.EnterApp(t, actor, v, "/")
	given, err := a.Apps.Exchange(t.Context(), actor.TenantID, code, secret)
	Must(t, err)
	return given.Token
}
