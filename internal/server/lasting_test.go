package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Downloads and lines that stay open have no time in which they must be over; everything else has.
func TestLastingAnswers(t *testing.T) {
	s := &Server{stopping: make(chan struct{})}
	ends := func(method, target string) (limited bool) {
		s.withTimeout(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, limited = r.Context().Deadline() })).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody))
		return limited
	}
	for _, pattern := range lasting {
		target := strings.ReplaceAll(pattern, "*", "0193-x1")
		if ends(http.MethodGet, target) || !ends(http.MethodPost, target) || !ends(http.MethodGet, target+"/more") {
			t.Errorf("%s: %v", target, ends(http.MethodGet, target))
		}
	}
	if !ends(http.MethodGet, "/sign-in") {
		t.Error("a page may take for ever")
	}
}
