package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/message"
)

//go:embed templates/*.html
var templateFiles embed.FS

// scripts are loaded by every page. Each is small, stands alone and does nothing
// on a page without its elements.
var scripts = []string{"theme.js", "time.js", "dialog.js", "form.js", "password.js", "toast.js", "enrol.js", "codes.js", "passkey.js", "fingerprint.js"}

// templateSet holds one template for each page, in one language.
type templateSet map[string]*template.Template

// loadTemplates parses every page once for each language: the t function of a
// page speaks that page's language.
var loadTemplates = sync.OnceValue(func() map[string]templateSet {
	sets := map[string]templateSet{}
	for _, p := range message.All() {
		set, err := parseTemplates(templateFiles, p)
		if err != nil {
			panic(err)
		}
		sets[p.Lang()] = set
	}
	return sets
})

// parseTemplates reads layout.html and part_*.html into every other file, which
// is a page and is known by its name without ".html".
func parseTemplates(files fs.FS, p *message.Printer) (templateSet, error) {
	funcs := template.FuncMap{
		"t":       p.T,
		"icon":    icon,
		"asset":   assetURL,
		"scripts": func() []string { return scripts },
	}
	shared, err := template.New("").Funcs(funcs).ParseFS(templateFiles, "templates/layout.html", "templates/part_*.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "*/*.html")
	if err != nil {
		return nil, err
	}
	set := templateSet{}
	for _, name := range names {
		base := strings.TrimSuffix(path.Base(name), ".html")
		if base == "layout" || strings.HasPrefix(base, "part_") {
			continue
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		page, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		if set[base], err = page.New(base).Parse(string(text)); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// render writes a page into memory, so that a mistake in a template is an error
// page and not half a page.
func (s templateSet) render(name string, p page) ([]byte, error) {
	t := s[name]
	if t == nil {
		return nil, fmt.Errorf("no page %q", name)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("page %q: %w", name, err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// icon returns a drawing of the sprite. It is decoration: the words beside it
// carry the meaning.
func icon(name string) (template.HTML, error) {
	url, err := assetURL("icons.svg")
	if err != nil {
		return "", err
	}
	ref := template.HTMLEscapeString(url + "#" + name)
	//nolint:gosec // the name is escaped, and comes from this package only
	return template.HTML(`<svg class="sp-icon sp-icon-` + template.HTMLEscapeString(name) +
		`" aria-hidden="true" focusable="false"><use href="` + ref + `"/></svg>`), nil
}
