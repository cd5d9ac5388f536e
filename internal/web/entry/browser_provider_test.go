package entry_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// A browser goes to the provider by itself and comes back by itself, by a link and by a form of the provider's
// page, although its strict cookies do not come along.
func TestBrowserSignInAtProvider(t *testing.T) {
	a := webtest.SQLite(t)
	a.Owner(t)
	at := withProvider(t, a, func(in *sso.Input) { in.EndThere = true })
	server := httptest.NewServer(webtest.HandlerOf(t, a, "http://localhost"))
	t.Cleanup(server.Close)
	base := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	callback := base + "/sso/" + at.at.ID + "/callback"
	posts := false
	at.Page = func(w http.ResponseWriter, r *http.Request) {
		got := at.SignIn(at.Issuer + r.URL.RequestURI())
		if !posts {
			http.Redirect(w, r, callback+"?"+got.Encode(), http.StatusFound)
			return
		}
		fmt.Fprintf(w, `<!doctype html><title>Provider</title><link rel="icon" href="data:,"><form method="post" action="%s"><input type="hidden" name="code" value="%s"><input type="hidden" name="state" value="%s"><button>Go on</button></form>`,
			html.EscapeString(callback), html.EscapeString(got.Get("code")), html.EscapeString(got.Get("state")))
	}
	p := browsertest.Open(t)
	p.Emulate(390, 844, true)
	p.Navigate(base + "/sign-in?next=%2Fprofile%2Fsecurity%2Factivity")
	p.Click("Continue with Northwind")
	webtest.Arrive(p, "/profile/security/activity")
	p.Navigate(base + "/profile/security/linked")
	p.WaitText("It is the only way in")
	p.Axe()
	posts = true
	other := browsertest.Open(t)
	other.Navigate(base + "/sign-in")
	other.Click("Continue with Northwind")
	other.WaitText("Go on")
	other.Click("Go on")
	webtest.Arrive(other, "/profile/security")
	other.AssertQuiet()
}
