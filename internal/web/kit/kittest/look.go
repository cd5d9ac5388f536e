package kittest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Serve serves every page in every state.
func (r Room) Serve(t testing.TB) *httptest.Server {
	t.Helper()
	s := Speaker()
	set := testTemplates(t, s.Printer)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+kit.StaticPrefix, func(w http.ResponseWriter, req *http.Request) { _ = kit.ServeAsset(&kit.Visit{W: w, R: req}) })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for _, f := range r.Fixtures {
			fmt.Fprintf(w, "<p><a href=/%s>%s</a>\n", f.Name, f.Name)
		}
	})
	mux.HandleFunc("POST "+kit.SignInPath+"/passkey/options", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for _, f := range r.Fixtures {
		mux.HandleFunc("GET /"+f.Name, func(w http.ResponseWriter, req *http.Request) {
			p := f.Page(s)
			p.Theme = kit.ThemeOf(req)
			if theme := req.FormValue("theme"); theme != "" {
				p.Theme = theme
			}
			body, err := set.Render(f.Template, p)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			kit.SetHeaders(w.Header())
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(body)
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// Look looks at every page in every state, light and dark, on a desk and on a phone: nothing
// keeps people out, nothing scrolls sideways, nothing breaks the content policy.
func (r Room) Look(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	server := r.Serve(t)
	opened := browsertest.Open(t)
	for _, f := range r.Fixtures {
		t.Run(f.Name, func(t *testing.T) {
			p := opened.In(t)
			p.Emulate(1280, 800, false)
			p.Navigate(server.URL + "/" + f.Name)
			for _, dark := range []bool{false, true} {
				for _, width := range []int{1280, 390} {
					p.Emulate(width, 800, dark)
					p.Axe()
					p.Snap(fmt.Sprintf("%s-%d-%s", f.Name, width, map[bool]string{false: "light", true: "dark"}[dark]))
				}
			}
			for _, width := range []int{320, 390, 768, 1280, 2560} {
				p.Emulate(width, 800, false)
				if wide := browsertest.Eval[int](p, "document.documentElement.scrollWidth"); wide > width {
					t.Errorf("at %d pixels the page is %d wide", width, wide)
				}
			}
			p.AssertQuiet()
			p.ForgetErrors()
		})
	}
}
