package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// Every page has one heading of the first level, and every page that asks before an act says
// what will happen and has a way back.
func TestHeadings(t *testing.T) {
	a := webtest.SQLite(t)
	w := newWorld(t, a)
	routes := webtest.PagesOf(t, a, "https://accounts.test").Routes()
	acts := map[string]bool{}
	for _, r := range routes {
		if path, ok := strings.CutPrefix(r.Pattern, http.MethodPost+" "); ok {
			acts[path] = true
		}
	}
	asked := 0
	for _, r := range routes {
		path, ok := strings.CutPrefix(r.Pattern, http.MethodGet+" ")
		if !ok || r.Guard == kit.Mailed || r.Guard == kit.Bare || r.Quiet { // what scripts ask for is a part of a page
			continue
		}
		page := w.owned(r, path)
		if page.StatusCode != http.StatusOK || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
			continue
		}
		if n := strings.Count(page.Text, "<h1"); n != 1 {
			t.Errorf("%s has %d headings of the first level", path, n)
		}
		if !strings.Contains(page.Text, "sp-confirm-page") {
			continue
		}
		asked++
		main := page.Text[strings.Index(page.Text, "<main"):]
		if !acts[path] || !strings.Contains(main, ">Cancel</a>") || !strings.Contains(main, `<p dir="auto">`) || !strings.Contains(main, `method="post"`) {
			t.Errorf("%s: %s", path, webtest.Plain(main))
		}
	}
	if asked < 13 {
		t.Errorf("only %d pages ask before an act", asked)
	}
}

// owned is a page as somebody sees it who has another session and a second factor.
func (w *world) owned(r kit.Route, path string) webtest.Answer {
	w.t.Helper()
	g := w.arrive(owner)
	id, o := w.thing("/sessions/{id}", g), objectOf(r.Pattern)
	if o != nil && !o.factor && o.at != "/sessions/{id}" {
		id = w.thing(r.Pattern, g) // before there is a factor to be proven for it
	}
	var app *apptest.Authenticator
	if o == nil || !o.brief {
		app = w.a.AddTOTP(w.t, g.actor)
	}
	if o != nil && o.factor {
		id = app.Factor.ID
	}
	g = w.proven(r, g, app)
	return w.v.Send(http.MethodGet, strings.ReplaceAll(path, "{id}", id), nil, "Cookie", g.cookie)
}
