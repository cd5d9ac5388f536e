package kittest

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Serve serves every page in every state.
func (r Room) Serve(t testing.TB) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+kit.StaticPrefix, func(w http.ResponseWriter, req *http.Request) { _ = kit.ServeAsset(&kit.Visit{W: w, R: req}) })
	mux.HandleFunc("GET "+kit.AvatarsPath+"/", servePortrait)
	mux.HandleFunc("GET "+kit.SheetPattern, func(w http.ResponseWriter, req *http.Request) { _ = kit.ServeSheet(&kit.Visit{W: w, R: req}) })
	mux.HandleFunc("GET "+kit.LogoPattern, serveLogo)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for _, f := range r.Fixtures {
			fmt.Fprintf(w, "<p><a href=/%s>%s</a>\n", f.Name, f.Name)
		}
	})
	mux.HandleFunc("POST "+kit.SignInPath+"/passkey/options", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /zone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	sets := map[string]kit.TemplateSet{}
	for _, p := range message.All() {
		sets[p.Lang()] = testTemplates(t, p)
	}
	for _, f := range r.Fixtures {
		mux.HandleFunc("GET /"+f.Name, func(w http.ResponseWriter, req *http.Request) {
			s := r.speaker(req.FormValue("lang"))
			p := f.Page(s)
			p.Theme = kit.ThemeOf(req)
			if theme := req.FormValue("theme"); theme != "" {
				p.Theme = theme
			}
			body, err := sets[s.Lang()].Render(f.Template, p)
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

// servePortrait stands for the picture of everybody.
func servePortrait(w http.ResponseWriter, _ *http.Request) {
	m := image.NewRGBA(image.Rect(0, 0, 96, 96))
	draw.Draw(m, m.Rect, image.NewUniform(color.RGBA{0x1d, 0x70, 0x48, 0xff}), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(30, 20, 66, 60), image.NewUniform(color.RGBA{0xf2, 0xd6, 0xb3, 0xff}), image.Point{}, draw.Src)
	w.Header().Set("Content-Type", "image/png")
	_ = png.Encode(w, m)
}

// speaker speaks a language, or English on pages for admins that the language does not have.
func (r Room) speaker(lang string) kit.Speaker {
	s := Speaker()
	s.Printer = message.For(lang)
	if r.Name == "admin" {
		s.Printer = s.Complete()
	}
	return s
}

// Look looks at every page in every state, light and dark, on a desk and on a phone, and in
// every language: nothing keeps people out, nothing scrolls sideways or is cut off, nothing
// breaks the content policy.
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
			p.Axe()
			p.Snap(f.Name + "-1280-light")
			p.Emulate(1280, 800, true)
			p.AxeContrast() // which is what a theme changes, at any width
			p.Snap(f.Name + "-1280-dark")
			p.Emulate(390, 800, true)
			p.Snap(f.Name + "-390-dark")
			p.Emulate(390, 800, false)
			p.Axe()
			p.Snap(f.Name + "-390-light")
			fits(t, p, 320)
			p.Snap(f.Name + "-320-light")
			fits(t, p, 768, 1280, 1920, 2560)
			p.AssertQuiet()
			for _, one := range message.All()[1:] {
				if r.speaker(one.Lang()).Lang() != one.Lang() {
					continue // it is in English then
				}
				p.Navigate(server.URL + "/" + f.Name + "?lang=" + one.Lang())
				p.Emulate(390, 800, false)
				p.Snap(fmt.Sprintf("%s-390-%s", f.Name, one.Lang()))
				fits(t, p, 320, 1280) // axe finds in other languages what it finds in English
			}
			p.AssertQuiet()
			p.ForgetErrors()
		})
	}
}

// fits fails where a page is wider than its window, or cuts off the words of a button or a fact.
func fits(t *testing.T, p *browsertest.Page, widths ...int) {
	t.Helper()
	for _, width := range widths {
		p.Emulate(width, 800, false)
		if wide := browsertest.Eval[int](p, "document.documentElement.scrollWidth"); wide > width {
			t.Errorf("at %d pixels the page is %d wide", width, wide)
		}
		if cut := browsertest.Eval[string](p, cutOff); cut != "" {
			t.Errorf("at %d pixels %q is cut off", width, cut)
		}
	}
}

// cutOff is a script that returns the words of the first button or fact that has no room for them.
const cutOff = `[...document.querySelectorAll(".btn, .sp-pill, .sp-tabs a, .sp-facts > *")].find((e) => e.scrollWidth > e.clientWidth + 1)?.textContent.trim() ?? ""`
