// Package webtest visits the pages as a browser without scripts does, and as one with them. It
// is for tests.
package webtest

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/geo"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// SQLite is an application on a database of its own, for tests that one engine is enough for.
func SQLite(t *testing.T) *apptest.App {
	t.Helper()
	t.Parallel()
	return apptest.Open(t, apptest.Migrated(t, apptest.Engines[0]))
}

// HandlerOf returns the pages of the application, guarded as the server guards
// them. The clock is the real one's, since browsers judge cookies by theirs.
func HandlerOf(t *testing.T, a *apptest.App, publicURL string) http.Handler {
	t.Helper()
	p := PagesOf(t, a, publicURL)
	return web.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Refuse(w, r, sallyport.Refuse(sallyport.CodeCrossOrigin, ""))
	})).Handler(p)
}

// PagesOf returns the pages of the application.
func PagesOf(t *testing.T, a *apptest.App, publicURL string) *web.Pages {
	t.Helper()
	return pagesOf(t, a, publicURL, io.Discard)
}

// LoggedPages returns the pages of the application, which log into log.
func LoggedPages(t *testing.T, a *apptest.App, log io.Writer) *web.Pages {
	t.Helper()
	return pagesOf(t, a, "https://accounts.test", log)
}

func pagesOf(t *testing.T, a *apptest.App, publicURL string, log io.Writer) *web.Pages {
	t.Helper()
	a.Clock.Set(time.Now().UTC().Truncate(time.Microsecond))
	places, err := geo.Open("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { places.Close() })
	return web.New(web.Deps{All: a.All, Deps: kit.Deps{
		Read: request.NewReader(a.DB, a.Sessions, places, nil, a.Clock.Now), Keys: a.Keys(),
		Now: a.Clock.Now, PublicURL: publicURL, Log: slog.New(slog.NewTextHandler(log, nil)),
	}})
}

// Serve starts the pages of an installation that has an owner.
func Serve(t *testing.T, a *apptest.App) *Visitor {
	t.Helper()
	a.Owner(t)
	return Start(t, a)
}

// Start starts the pages on https, where cookies are as they will be. It is nine in the morning
// whenever the tests run, so that what is said of today never depends on a midnight between; and
// tomorrow, so that no visitor takes a cookie for one that has expired.
func Start(t *testing.T, a *apptest.App) *Visitor {
	t.Helper()
	server := httptest.NewTLSServer(HandlerOf(t, a, "https://accounts.test"))
	a.Clock.Set(time.Now().UTC().Truncate(24 * time.Hour).Add((24 + 9) * time.Hour))
	t.Cleanup(server.Close)
	return (&Visitor{t: t, Base: server.URL, Agent: apptest.ChromeOnMac}).Another()
}
