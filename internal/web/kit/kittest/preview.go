package kittest

import (
	"embed"
	"flag"
	"net/http"
	"testing"

	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/web/kit"
)

//go:embed testdata/*.html
var testPages embed.FS

var preview = flag.String("preview", "", "serve every page in every state on this address until interrupted")

// testTemplates are the pages of the product and those of testdata.
func testTemplates(t testing.TB, p *message.Printer) kit.TemplateSet {
	t.Helper()
	set, err := kit.ParseTemplates(testPages, p)
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range kit.LoadTemplates()[p.Lang()] {
		set[name] = page
	}
	return set
}

// Preview serves the fixtures for looking at them:
//
//	go test ./internal/web/profile -run TestPreview -timeout 0 -preview 127.0.0.1:8090
//
// A theme is chosen with ?theme=dark.
func (r Room) Preview(t *testing.T) {
	if *preview == "" {
		t.Skip("only with -preview")
	}
	t.Logf("serving on http://%s/", *preview)
	t.Error(http.ListenAndServe(*preview, r.Serve(t).Config.Handler)) //nolint:gosec // by hand, on loopback
}
