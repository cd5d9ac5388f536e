package kittest

import (
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"testing"

	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// checkNames holds what forms and addresses of the room repeat to kit.Several: a name that is missing there would be
// refused when it is sent twice, and one too many would be let through.
func (r Room) checkNames(t *testing.T) {
	s, set, found := Speaker(), testTemplates(t, Speaker().Printer), map[string]bool{}
	for _, fx := range r.Fixtures {
		body, err := set.Render(fx.Template, fx.Page(s))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Concat(repeatedByForms(string(body)), repeatedByLinks(t, string(body))) {
			if f, known := policy.Named(name); !list.Repeats(name) && (!known || f.Kind != policy.Choices) {
				found[name] = true
			}
		}
	}
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, kit.Several[r.Name]) {
		t.Errorf("forms of the room repeat %q, and kit.Several has %q", got, kit.Several[r.Name])
	}
}

var forms = regexp.MustCompile(`(?s)<form[\s>].*?</form>`)

// repeatedByForms returns the names that a form of the page can send more than once.
func repeatedByForms(body string) (repeated []string) {
	outside := map[string][]element{} // by the form that they name
	for _, e := range elements(body) {
		if id := e.attrs["form"]; id != "" {
			outside[id] = append(outside[id], e)
		}
	}
	for _, form := range forms.FindAllString(body, -1) {
		all := elements(form)
		id, sent := all[0].attrs["id"], map[string]int{}
		all = slices.DeleteFunc(all, func(e element) bool { return e.attrs["form"] != "" })
		for _, e := range slices.Concat(all, outside[id]) {
			count(sent, e)
		}
		for name, n := range sent {
			if n > 1 {
				repeated = append(repeated, name)
			}
		}
	}
	return repeated
}

// count adds how often a control can send its name. Of radio buttons with a name one is sent, and of buttons the one that was pressed.
func count(sent map[string]int, e element) {
	name, kind := e.attrs["name"], e.attrs["type"]
	_, multiple := e.attrs["multiple"]
	switch {
	case name == "" || !slices.Contains([]string{"input", "select", "textarea", "button"}, e.name):
	case kind == "radio" || e.name == "button":
		sent[name] = max(sent[name], 1)
	case multiple:
		sent[name] += 2
	default:
		sent[name]++
	}
}

// repeatedByLinks returns the parameters that an address of the page has more than once.
func repeatedByLinks(t *testing.T, body string) (repeated []string) {
	for _, e := range elements(body) {
		for _, at := range []string{"href", "action", "src"} {
			address, err := url.Parse(html.UnescapeString(e.attrs[at]))
			if err != nil {
				t.Errorf("<%s %s=%q>: %v", e.name, at, e.attrs[at], err)
				continue
			}
			for name, values := range address.Query() {
				if len(values) > 1 {
					repeated = append(repeated, name)
				}
			}
		}
	}
	return repeated
}
