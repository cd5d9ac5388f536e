package kittest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/web/kit"
)

var (
	tags      = regexp.MustCompile(`<([a-z][a-z0-9-]*)((?:\s+[a-zA-Z-]+(?:="[^"]*")?)*)\s*/?>`)
	attribute = regexp.MustCompile(`([a-zA-Z-]+)(?:="([^"]*)")?`)
)

// element is a start tag with its attributes.
type element struct {
	name  string
	attrs map[string]string
}

func elements(body string) []element {
	var all []element
	for _, m := range tags.FindAllStringSubmatch(body, -1) {
		e := element{name: m[1], attrs: map[string]string{}}
		for _, a := range attribute.FindAllStringSubmatch(m[2], -1) {
			e.attrs[a[1]] = a[2]
		}
		all = append(all, e)
	}
	return all
}

// Each renders every fixture and hands it over.
func (r Room) Each(t *testing.T, f func(t *testing.T, body string)) {
	s := Speaker()
	set := testTemplates(t, s.Printer)
	for _, fx := range r.Fixtures {
		t.Run(fx.Name, func(t *testing.T) {
			body, err := set.Render(fx.Template, fx.Page(s))
			if err != nil {
				t.Fatal(err)
			}
			f(t, string(body))
		})
	}
}

// Test holds every page to what must be true of each, and the room to a fixture for each of
// its templates.
func (r Room) Test(t *testing.T) {
	shown := map[string]bool{}
	for _, f := range r.Fixtures {
		shown[f.Template] = true
	}
	for _, name := range kit.Templates(r.Name) {
		if !shown[name] {
			t.Errorf("no fixture shows the page %s", name)
		}
	}
	r.checkNames(t)
	r.Each(t, func(t *testing.T, body string) {
		if !strings.HasPrefix(body, "<!doctype html>") || !strings.HasSuffix(body, "</html>") {
			t.Error("not one whole document")
		}
		if n := strings.Count(body, "<h1"); n != 1 {
			t.Errorf("%d headings of the first level", n)
		}
		if strings.Contains(body, "{{") || strings.Contains(body, "<no value>") || strings.Contains(body, "ZgotmplZ") {
			t.Error("a template shows through")
		}
		ids := map[string]bool{}
		all := elements(body)
		for _, e := range all {
			if id, ok := e.attrs["id"]; ok {
				if ids[id] {
					t.Errorf("id %q stands twice", id)
				}
				ids[id] = true
			}
		}
		checkIcons(t, body)
		for _, e := range all {
			checkElement(t, e, ids, body)
		}
	})
}

var iconRef = regexp.MustCompile(`icons\.[0-9a-f]+\.svg#([a-z0-9-]+)`)

func checkIcons(t *testing.T, body string) {
	t.Helper()
	for _, m := range iconRef.FindAllStringSubmatch(body, -1) {
		if !kit.HasIcon(m[1]) {
			t.Errorf("icon %q is not in the sprite: add it to static/src/icons.txt", m[1])
		}
	}
}

func checkElement(t *testing.T, e element, ids map[string]bool, body string) {
	t.Helper()
	for name, value := range e.attrs {
		if name == "style" || strings.HasPrefix(name, "on") {
			t.Errorf("<%s> has an inline %s, which the content policy blocks", e.name, name)
		}
		refers := []string{"for", "aria-labelledby", "aria-describedby", "popovertarget", "data-dialog", "data-reveal", "data-confirms", "data-meter", "data-rules"}
		if slices.Contains(refers, name) {
			for id := range strings.FieldsSeq(value) {
				if !ids[id] {
					t.Errorf("<%s %s=%q> refers to nothing", e.name, name, id)
				}
			}
		}
	}
	if target, ok := strings.CutPrefix(e.attrs["href"], "#"); ok && e.name == "a" && !ids[target] {
		t.Errorf("a link leads to #%s, which is not there", target)
	}
	if e.name == "script" && e.attrs["src"] == "" {
		t.Error("an inline script, which the content policy blocks")
	}
	visible := e.name == "input" && e.attrs["type"] != "hidden"
	_, hidden := e.attrs["hidden"]
	if hidden = hidden || e.attrs["aria-hidden"] == "true"; visible && !hidden && !strings.Contains(body, `for="`+e.attrs["id"]+`"`) {
		t.Errorf("input %q has no label", e.attrs["name"])
	}
	if e.name == "input" && e.attrs["type"] == "password" && e.attrs["value"] != "" {
		t.Errorf("password %q comes back", e.attrs["name"])
	}
	_, leads := e.attrs["data-leads"] // to a page that asks
	if e.name == "form" && e.attrs["method"] != "post" && e.attrs["method"] != "dialog" && e.attrs["role"] != "search" && !leads {
		t.Error("a form that changes something is sent by GET")
	}
}
