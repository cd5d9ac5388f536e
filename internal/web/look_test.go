package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sallyport/sallyport/internal/browsertest"
)

// showFixtures serves every page in every state.
func showFixtures(t testing.TB) *httptest.Server {
	t.Helper()
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
	mux.HandleFunc("POST "+passkeyPath+"/options", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for _, f := range fixtures() {
		mux.HandleFunc("GET /"+f.name, func(w http.ResponseWriter, r *http.Request) {
			p := f.page(s)
			p.Theme = themeOf(r)
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
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// Every page in every state, light and dark, on a desk and on a phone: nothing
// keeps people out, nothing scrolls sideways, nothing breaks the content policy.
func TestLook(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	server := showFixtures(t)
	opened := browsertest.Open(t)
	for _, f := range fixtures() {
		t.Run(f.name, func(t *testing.T) {
			p := opened.In(t)
			p.Emulate(1280, 800, false)
			p.Navigate(server.URL + "/" + f.name)
			for _, dark := range []bool{false, true} {
				for _, width := range []int{1280, 390} {
					p.Emulate(width, 800, dark)
					p.Axe()
					p.Snap(fmt.Sprintf("%s-%d-%s", f.name, width, map[bool]string{false: "light", true: "dark"}[dark]))
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

// The theme is that of the system until somebody chooses, and what is chosen
// comes with the page: its first colours are right before any script has run.
func TestThemes(t *testing.T) {
	t.Parallel()
	server := showFixtures(t)
	p := browsertest.Open(t)
	p.JavaScript(false)
	background := func() string {
		return browsertest.Eval[string](p, "getComputedStyle(document.body).backgroundColor")
	}
	seen := map[string]string{}
	for _, theme := range []string{"auto", "light", "dark"} {
		for _, dark := range []bool{false, true} {
			p.Emulate(1280, 800, dark)
			p.Navigate(server.URL + "/security?theme=" + theme)
			seen[fmt.Sprintf("%s, system dark %v", theme, dark)] = background()
		}
	}
	light, dark := seen["light, system dark false"], seen["dark, system dark true"]
	for state, want := range map[string]string{
		"auto, system dark false": light, "auto, system dark true": dark,
		"light, system dark true": light, "dark, system dark false": dark,
	} {
		if seen[state] != want {
			t.Errorf("%s: background %s, want %s", state, seen[state], want)
		}
	}
	if light == dark {
		t.Errorf("light and dark are both %s", light)
	}
}
