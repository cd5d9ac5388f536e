package server_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
)

// Whoever is not signed in is told so at the paths that last, and not that nothing is there.
func TestLastingPathsExist(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		s.Owner(t)
		for target, want := range map[string]int{
			"/settings/audit-log/live": http.StatusSeeOther, "/foundation/security/live": http.StatusSeeOther, "/settings/audit-log/export/0193-x1/file": http.StatusSeeOther, "/api/v1/events/exports/0193-x1/file": http.StatusUnauthorized,
			"/api/v1/session-changes": http.StatusUnauthorized,
		} {
			w := httptest.NewRecorder()
			s.Server.Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody))
			if w.Code != want {
				t.Errorf("GET %s: status %d, want %d: %.300s", target, w.Code, want, w.Body)
			}
		}
	})
}
