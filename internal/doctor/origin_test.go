package doctor_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/doctor"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
)

// Behind a real proxy, a service beside Sallyport is found where one would be, and none where there is none.
func TestHostName(t *testing.T) {
	a := apptest.New(t, apptest.Engines[0], store.Options{})
	a.Owner(t)
	site := apptest.Serve(t, a, func(c *server.Config) {
		c.PublicURL, c.Proxies = "https://accounts.test", []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	here, err := url.Parse(site.URL)
	apptest.Must(t, err)
	accounts := httputil.NewSingleHostReverseProxy(here)
	wiki := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "8f3a")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		fmt.Fprintln(w, "<h1>Wiki</h1>")
	})
	strict := httputil.NewSingleHostReverseProxy(here) // it makes every answer stricter
	strict.ModifyResponse = func(r *http.Response) error { r.Header.Set("Referrer-Policy", "no-referrer"); return nil }
	for name, tt := range map[string]struct {
		routes map[string]http.Handler
		status doctor.Status
		says   string
	}{
		"alone":                     {map[string]http.Handler{"/": accounts}, doctor.OK, "no other service"},
		"headers of the proxy":      {map[string]http.Handler{"/": strict}, doctor.OK, "no other service"},
		"a service under a path":    {map[string]http.Handler{"/": accounts, "/wiki/": wiki}, doctor.Warn, "/wiki/:"},
		"one that is down":          {map[string]http.Handler{"/": accounts, "/git/": status(http.StatusBadGateway)}, doctor.Warn, "/git/:"},
		"one that has all the rest": {map[string]http.Handler{"/": wiki, "/sign-in": accounts, "/livez": accounts}, doctor.Warn, "Not Sallyport answers at"},
		"a path that leads away":    {map[string]http.Handler{"/": accounts, "/blog/": http.RedirectHandler("https://blog.example.com/", http.StatusFound)}, doctor.OK, "no other service"},
		"one that leads elsewhere here": {
			map[string]http.Handler{"/": accounts, "/blog/": http.RedirectHandler("/wordpress/", http.StatusFound)}, doctor.Warn, "/blog/:",
		},
		"something else alone": {map[string]http.Handler{"/": wiki}, doctor.Warn, "could not be seen from here"},
	} {
		mux := http.NewServeMux()
		for path, h := range tt.routes {
			mux.Handle(path, h)
		}
		front := httptest.NewTLSServer(mux)
		got := hostName(t, a, doctor.Config{Listen: here.Host, PublicURL: front.URL})
		front.Close()
		if got.Status != tt.status || !strings.Contains(got.Sentence, tt.says) || (got.Remedy == "") != (tt.status == doctor.OK) {
			t.Errorf("%s: %+v", name, got)
		}
		if got := hostName(t, a, doctor.Config{Listen: here.Host, PublicURL: front.URL}); got.Status != doctor.Warn || !strings.Contains(got.Sentence, "could not be seen") {
			t.Errorf("%s, nobody there: %+v", name, got)
		}
		if got := hostName(t, a, doctor.Config{PublicURL: front.URL}); got.Status != "" {
			t.Errorf("%s, and the service does not run: %+v", name, got)
		}
	}
	if got := hostName(t, a, doctor.Config{Listen: here.Host, PublicURL: "https://localhost:1"}); got.Status != "" {
		t.Errorf("a trial: %+v", got)
	}
}

func status(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

// hostName is what the check says; zero when it is left out.
func hostName(t *testing.T, a *apptest.App, c doctor.Config) (found doctor.Check) {
	t.Helper()
	c.Database = a.DSN
	_ = doctor.Run(t.Context(), c, func(check doctor.Check) { // other checks fail, of settings that are left out
		if check.Name == "host name" {
			found = check
		}
	})
	return found
}
