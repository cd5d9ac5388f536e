package kit

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/message"
)

// Pages of a room are in the directory of its name; what rooms share is above them.
//
//go:embed templates/*.html templates/*/*.html
var templateFiles embed.FS

// scripts is the table of scripts, and of style sheets besides that of all pages: each is small, stands
// alone, and is loaded by the pages that have one of its marks.
var scripts = []struct {
	name  string
	marks []string // none for all pages
}{
	{"page.js", nil},
	{"alive.js", []string{"data-alive="}},
	{"left.js", []string{"data-left="}},
	{"left.css", []string{"data-left="}},
	{"password.js", []string{`type="password"`, "data-rules"}},
	{"passkey.js", []string{"data-passkey="}},
	{"fingerprint.js", []string{`name="fingerprint"`}},
	{"enrol.js", []string{"data-copy=", "data-passkey-create"}},
	{"codes.js", []string{"data-codes"}},
	{"wait.js", []string{"data-wait"}},
	{"list.js", []string{"data-list"}},
	{"policy.js", []string{"data-policy"}},
	{"search.js", []string{"data-top-search"}},
	{"job.js", []string{"data-job="}},
	{"bell.js", []string{"data-bell="}},
	{"push.js", []string{"data-push="}},
	{"notices.css", []string{"data-bell=", "sp-notice"}},
	{"batches.js", []string{"data-batches"}},
	{"log.js", []string{"data-live"}},
	{"chart.js", []string{"data-chart"}},
	{"look.js", []string{"data-look-form"}},
	{"look.css", []string{"sp-look-panes"}},
	{"save.js", []string{"data-save="}},
	{"profile.css", []string{"sp-contact", "sp-stays"}},
	{"avatar.js", []string{"data-avatar"}},
	{"avatar.css", []string{"sp-portrait"}},
	{"approve.js", []string{"data-approval="}},
	{"approve.css", []string{"sp-approval", "sp-approve-facts"}},
	{"keys.css", []string{"sp-api-key"}},
	{"sso.css", []string{"sp-sso"}},
	{"away.js", []string{"data-away"}},
	{"providers.css", []string{"sp-provider"}},
	{"figures.css", []string{`class="sp-chart`, "sp-tiles"}},
}

// scriptsHere stands in a page until it is known which scripts it needs.
const scriptsHere = "<!--scripts-->"

// scriptsOf returns the elements of the scripts and the style sheets that a page needs.
func scriptsOf(page []byte) ([]byte, error) {
	var out bytes.Buffer
	for _, s := range scripts {
		marked := slices.ContainsFunc(s.marks, func(mark string) bool { return bytes.Contains(page, []byte(mark)) })
		if len(s.marks) > 0 && !marked {
			continue
		}
		url, err := AssetURL(s.name)
		if err != nil {
			return nil, err
		}
		element := "<script type=\"module\" src=\"%s\"></script>\n"
		if path.Ext(s.name) == ".css" {
			element = "<link rel=\"stylesheet\" href=\"%s\">\n"
		}
		fmt.Fprintf(&out, element, url)
	}
	return out.Bytes(), nil
}

// TemplateSet holds one template for each page, in one language.
type TemplateSet map[string]*template.Template

// LoadTemplates parses every page once for each language: the t function of a
// page speaks that page's language.
var LoadTemplates = sync.OnceValue(func() map[string]TemplateSet {
	sets := map[string]TemplateSet{}
	for _, p := range message.All() {
		set, err := ParseTemplates(templateFiles, p)
		if err != nil {
			panic(err)
		}
		sets[p.Lang()] = set
	}
	return sets
})

// ParseTemplates reads layout.html and part_*.html into every other file, which
// is a page and is known by its name without ".html".
func ParseTemplates(files fs.FS, p *message.Printer) (TemplateSet, error) {
	funcs := template.FuncMap{
		"t":       p.T,
		"number":  p.Number,
		"icon":    icon,
		"asset":   AssetURL,
		"scripts": func() template.HTML { return scriptsHere },
	}
	shared, err := template.New("").Funcs(funcs).ParseFS(templateFiles, "templates/layout.html", "templates/part_*.html")
	if err != nil {
		return nil, err
	}
	set := TemplateSet{}
	err = eachTemplate(files, func(_, name, text string) error {
		page, err := shared.Clone()
		if err != nil {
			return err
		}
		set[name], err = page.New(name).Parse(text)
		return err
	})
	return set, err
}

// eachTemplate calls f for every page of files, with the directory it is in.
func eachTemplate(files fs.FS, f func(dir, name, text string) error) error {
	return fs.WalkDir(files, ".", func(at string, d fs.DirEntry, err error) error {
		name := strings.TrimSuffix(path.Base(at), ".html")
		if err != nil || d.IsDir() || name == "layout" || strings.HasPrefix(name, "part_") {
			return err
		}
		text, err := fs.ReadFile(files, at)
		if err != nil {
			return err
		}
		return f(path.Base(path.Dir(at)), name, string(text))
	})
}

// Templates returns the names of the pages of a room, or with "templates" of those that
// rooms share.
func Templates(room string) []string {
	var names []string
	_ = eachTemplate(templateFiles, func(dir, name, _ string) error { // embedded: always read
		if dir == room {
			names = append(names, name)
		}
		return nil
	})
	return names
}

// Render writes a page into memory, so that a mistake in a template is an error
// page and not half a page.
func (s TemplateSet) Render(name string, p Page) ([]byte, error) {
	t := s[name]
	if t == nil {
		return nil, fmt.Errorf("no page %q", name)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("page %q: %w", name, err)
	}
	needed, err := scriptsOf(out.Bytes())
	if err != nil {
		return nil, err
	}
	return bytes.TrimSpace(bytes.Replace(out.Bytes(), []byte(scriptsHere), needed, 1)), nil
}

// RenderPart writes a part of a page, for a script that puts it there.
func (s TemplateSet) RenderPart(page, part string, view any) ([]byte, error) {
	t := s[page]
	if t == nil {
		return nil, fmt.Errorf("no page %q", page)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, part, view); err != nil {
		return nil, fmt.Errorf("part %q of page %q: %w", part, page, err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// HasIcon reports whether the sprite has a drawing of this name.
func HasIcon(name string) bool {
	return bytes.Contains(loadAssets().byName["icons.svg"].body, []byte(`id="`+name+`"`))
}

// icon returns a drawing of the sprite. It is decoration: the words beside it
// carry the meaning.
func icon(name string) (template.HTML, error) {
	url, err := AssetURL("icons.svg")
	if err != nil {
		return "", err
	}
	ref := template.HTMLEscapeString(url + "#" + name)
	//nolint:gosec // the name is escaped, and comes from this package only
	return template.HTML(`<svg class="sp-icon sp-icon-` + template.HTMLEscapeString(name) +
		`" aria-hidden="true" focusable="false"><use href="` + ref + `"/></svg>`), nil
}
