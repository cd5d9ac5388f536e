package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/api"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/web"
)

// everyRoute returns all routes of a server, as methods and paths: pages, operations of the API, the protocols,
// and what belongs to none.
func everyRoute(t *testing.T, h http.Handler) (all []string) {
	t.Helper()
	for _, r := range web.New(web.Deps{}).Routes() {
		all = append(all, r.Pattern)
	}
	for pattern := range api.OAuth(api.Deps{}) {
		all = append(all, pattern)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/openapi.json", http.NoBody))
	var document struct{ Paths map[string]map[string]any }
	apptest.Must(t, json.Unmarshal(w.Body.Bytes(), &document))
	if len(document.Paths) < 50 {
		t.Fatalf("the API has %d addresses", len(document.Paths))
	}
	for path, operations := range document.Paths {
		for method := range operations {
			all = append(all, strings.ToUpper(method)+" /api/v1"+strings.TrimPrefix(path, "/api/v1"))
		}
	}
	all = append(all, "GET /livez", "GET /readyz", "GET /api/v1/openapi.json", "GET /api/v1/openapi.yaml")
	for i, pattern := range all {
		method, path, found := strings.Cut(pattern, " ")
		if !found {
			method, path = http.MethodGet, pattern
		}
		all[i] = method + " " + placeholder.ReplaceAllString(strings.TrimSuffix(path, "{$}"), "x")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// isClosed reports an answer that could be framed or embedded, run or load something that nobody chose, or be
// kept without a word; and texts whose characters a browser would have to guess.
func isClosed(t *testing.T, what string, w *httptest.ResponseRecorder) {
	t.Helper()
	h := w.Header()
	policies := h.Values("Content-Security-Policy")
	if len(policies) != 1 {
		t.Errorf("%s: %d, %d content policies", what, w.Code, len(policies))
		return
	}
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action '"} {
		if !strings.Contains(policies[0], want) {
			t.Errorf("%s: %d, the content policy %q lacks %s", what, w.Code, policies[0], want)
		}
	}
	for _, c := range w.Result().Cookies() {
		// A sealed one goes to its own page only: __Host- would send it to all.
		own := strings.HasPrefix(c.Name, "__Host-") && c.Path == "/" || strings.HasPrefix(c.Name, "__Secure-sallyport-") && len(c.Path) > 1
		if !own || !c.Secure || !c.HttpOnly || c.SameSite < http.SameSiteLaxMode {
			t.Errorf("%s: %d, the cookie %s can be set or read by others: %+v", what, w.Code, c.Name, c)
		}
		if c.Name == "__Host-sallyport" && c.MaxAge < 0 && h.Get("Clear-Site-Data") != `"cache", "storage"` {
			t.Errorf("%s: %d, the session ends and leaves what pages kept", what, w.Code)
		}
	}
	kind, parameters, _ := mime.ParseMediaType(h.Get("Content-Type"))
	if kind != "text/html" && !strings.Contains(policies[0], "script-src 'self'") && !strings.Contains(policies[0], "sandbox") {
		t.Errorf("%s: %d, %s is no page, and not in a sandbox", what, w.Code, kind)
	}
	for name, want := range map[string]string{"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"} {
		if h.Get(name) != want {
			t.Errorf("%s: %d, %s is %q", what, w.Code, name, h.Get(name))
		}
	}
	if p := h.Get("Referrer-Policy"); p != "same-origin" && p != "no-referrer" {
		t.Errorf("%s: %d, Referrer-Policy is %q", what, w.Code, p)
	}
	if h.Get("Cache-Control") == "" {
		t.Errorf("%s: %d, nothing says whether it may be kept", what, w.Code)
	}
	if (strings.HasPrefix(kind, "text/") || kind == "image/svg+xml") && !strings.EqualFold(parameters["charset"], "utf-8") {
		t.Errorf("%s: %d, %s without its charset", what, w.Code, kind)
	}
}

// Whatever is asked and however it fails, the answer is closed.
func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Engines[0], store.Options{})
	a.Owner(t)
	s := apptest.Serve(t, a)
	in := a.SignInAs(t, a.Laptop(t), a.AddUser(t, "mia@corp.test", sallyport.RoleMember).Email)
	ask := func(what, method, target, body string, change func(*http.Request)) *httptest.ResponseRecorder {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
		r.RemoteAddr = "127.0.0.1:4000"
		if change != nil {
			change(r)
		}
		s.Server.Handler.ServeHTTP(w, r)
		isClosed(t, what+": "+method+" "+target, w)
		return w
	}
	statuses := map[int]int{}
	ways := map[string]struct {
		body   string
		change func(*http.Request)
	}{
		"nobody":     {"", nil},
		"signed in":  {"", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "__Host-sallyport", Value: in.SessionToken}) }},
		"made up":    {"", func(r *http.Request) { r.Header.Set("Authorization", "Bearer nonsense") }},
		"other site": {"", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }},
		"too large":  {strings.Repeat("x", 3<<20), func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }},
		"malformed":  {"%", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }},
	}
	for _, route := range everyRoute(t, s.Server.Handler) {
		method, target, _ := strings.Cut(route, " ")
		for name, way := range ways {
			if name == "signed in" && (method != http.MethodGet || strings.HasSuffix(target, "/live")) {
				continue // it would end the session, or never end
			}
			statuses[ask(name, method, target, way.body, way.change).Code]++
		}
		for _, field := range []string{"theme=dark", "language=de", "zone=Asia/Tokyo"} {
			if method == http.MethodPost {
				ask("a preference", method, target, field, func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") })
			}
		}
		statuses[ask("another method", "PROPFIND", target, "", nil).Code]++
	}
	for _, target := range []string{"/none", "/api/none", "/api", "/api/v1/../x", "//x", "/x/../y", "/static/none.css", "/static", "/oauth2", "/oauth2/token", "/livez/", "/help"} {
		statuses[ask("stray", http.MethodGet, target, "", nil).Code]++
		statuses[ask("stray", http.MethodPost, target, "", nil).Code]++
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, target := range []string{"/readyz", "/sign-in", "/api/v1/session", "/oauth2/token"} {
		statuses[ask("no database", http.MethodGet, target, "", func(r *http.Request) { *r = *r.WithContext(ended) }).Code]++
	}
	for _, status := range []int{200, 303, 307, 401, 403, 404, 405, 413, 415, 422, 503} {
		if statuses[status] == 0 {
			t.Errorf("nothing was answered with %d: %v", status, statuses)
		}
	}
}

// A handler that panics answers closed, too.
func TestHeadersOfPanics(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Engines[0], store.Options{})
	a.Owner(t)
	var fault atomic.Bool
	s := apptest.Serve(t, a, func(c *server.Config) {
		c.Log = slog.New(slog.DiscardHandler)
		c.Now = func() time.Time {
			if fault.Load() && bytes.Contains(debug.Stack(), []byte(".ServeHTTP(")) && fault.CompareAndSwap(true, false) { // in no job, whose panic ends the test
				panic("for the test")
			}
			return a.Clock.Now()
		}
	})
	for _, route := range []string{"GET /sign-in", "POST /api/v1/sign-in"} {
		method, target, _ := strings.Cut(route, " ")
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(`{"email":"x@corp.test"}`))
		r.Header.Set("Content-Type", "application/json")
		fault.Store(true)
		s.Server.Handler.ServeHTTP(w, r)
		if w.Code != http.StatusInternalServerError {
			t.Errorf("%s: status %d", route, w.Code)
		}
		isClosed(t, route, w)
	}
}
