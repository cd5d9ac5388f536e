package entry_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// The first sight of the sign-in page takes 8 requests and less than 40 kB, as they cross the
// network. What a browser loads later, such as the judge of new passwords, does not count.
func TestWeightOfTheSignInPage(t *testing.T) {
	get := asServed(t)
	page, size := get("/sign-in")
	requests := 1
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?:src|href)="(/static/[^"#]+)`).FindAllStringSubmatch(page, -1) {
		if seen[m[1]] {
			continue
		}
		seen[m[1]] = true
		_, n := get(m[1])
		size += n
		requests++
	}
	t.Logf("%d requests, %d bytes", requests, size)
	if requests > 8 || size >= 40_000 {
		t.Errorf("%d requests and %d bytes, want 8 and 40,000 at most", requests, size)
	}
}

// The judge of new passwords is loaded when somebody chooses one, and is less than 80 kB then.
func TestWeightOfTheMeter(t *testing.T) {
	meter, err := kit.AssetURL("meter.js")
	if err != nil {
		t.Fatal(err)
	}
	if _, size := asServed(t)(meter); size >= 80_000 {
		t.Errorf("%d bytes, want less than 80,000", size)
	}
}

// asServed returns what gets a page or a file as it crosses the network, with its size.
func asServed(t *testing.T) func(target string) (string, int) {
	a := webtest.SQLite(t)
	a.Owner(t)
	h := webtest.HandlerOf(t, a, apptest.BaseURL)
	return func(target string) (string, int) {
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
		r.Header.Set("Accept-Encoding", "gzip")
		h.ServeHTTP(w, r)
		body, err := io.ReadAll(w.Body)
		if err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: %d, %v", target, w.Code, err)
		}
		return string(body), len(body)
	}
}
