package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
)

// No address is cleaned by a redirect: the API answers a problem document, pages the page
// of addresses that do not exist.
func TestPathsAreNotCleaned(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		ask := func(method, target string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			s.Server.Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody))
			return w
		}
		for _, target := range []string{
			"/api/v1/../v1/session", "/api/v1/..", "/api/v1/../../sign-in", "/api/v1/me/../users", "/api/v1/./session", "/api/v1/.", "/api/v1//session",
			"//api/v1/session", "/api//v1/session", "/api/v1/session//", "/x/../api/v1/session", "/api/v1/%2e%2e/v1/session", "/api/v1/%2E./session",
			"/api/v1/%2f/session", "/api", "/api/", "/api/v1", "/api/v1/",
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				w := ask(method, target)
				if w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Location") != "" {
					t.Errorf("%s %s: status %d, %v", method, target, w.Code, w.Header())
				}
			}
		}
		for _, target := range []string{"/x/../sign-in", "//sign-in", "//evil.example/..", "/%2e%2e/sign-in", "/sign-in/.", "/static/../sign-in"} {
			w := ask(http.MethodGet, target)
			if w.Code != http.StatusNotFound || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || w.Header().Get("Location") != "" {
				t.Errorf("GET %s: status %d, %v", target, w.Code, w.Header())
			}
		}
		if w := ask(http.MethodGet, "/.well-known/change-password"); w.Code == http.StatusNotFound {
			t.Errorf("a dot that begins a name: status %d", w.Code)
		}
	})
}
