package web

import (
	"embed"
	"flag"
	"fmt"
	"net/http"
	"testing"

	"github.com/sallyport/sallyport/internal/message"
)

//go:embed testdata/*.html
var testPages embed.FS

var preview = flag.String("preview", "", "serve every page in every state on this address until interrupted")

// testTemplates are the pages of the product and those of testdata.
func testTemplates(t testing.TB, p *message.Printer) templateSet {
	t.Helper()
	set, err := parseTemplates(testPages, p)
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range loadTemplates()[p.Lang()] {
		set[name] = page
	}
	return set
}

// TestPreview serves the fixtures for looking at them:
//
//	go test ./internal/web -run TestPreview -timeout 0 -preview 127.0.0.1:8090
//
// A theme is chosen with ?theme=dark.
func TestPreview(t *testing.T) {
	if *preview == "" {
		t.Skip("only with -preview")
	}
	s := fixtureSpeaker()
	set := testTemplates(t, s.Printer)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+staticPrefix, serveAsset)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for _, f := range fixtures() {
			fmt.Fprintf(w, "<p><a href=/%s>%s</a>\n", f.name, f.name)
		}
	})
	for _, f := range fixtures() {
		mux.HandleFunc("GET /"+f.name, func(w http.ResponseWriter, r *http.Request) {
			p := f.page(s)
			if theme := r.FormValue("theme"); theme != "" {
				p.Theme = theme
			}
			body, err := set.render(f.template, p)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			setHeaders(w.Header())
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(body)
		})
	}
	t.Logf("serving on http://%s/", *preview)
	t.Error(http.ListenAndServe(*preview, mux)) //nolint:gosec // by hand, on loopback
}
