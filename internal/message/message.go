// Package message holds every sentence a person reads: catalogue files, looked
// up by a stable id. Pages and mails carry ids, never text, so that another
// language is other files and no template changes. A file's name ends in its
// language: en.json for pages, mail.en.json for mails.
//
// A catalogue is JSON, id to text, or id to the plural forms of the language:
//
//	"signIn.title": "Sign in to {{.Organisation}}",
//	"sessions.count": {"one": "{{.Count}} session", "other": "{{.Count}} sessions"}
//
// Ids read area.what; the parts "one", "other", "description" and the like are
// reserved by go-i18n and cannot be a whole id. Tests fail on an id that is used
// and missing, and on one that is there and unused.
package message

import (
	"embed"
	"fmt"
	"log/slog"
	"sort"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

//go:embed *.json
var catalogues embed.FS

// parser makes a message that names a value nobody gave an error, instead of
// showing "<no value>" to a person.
var parser = &template.TextParser{Option: "missingkey=error"}

var load = sync.OnceValue(func() *i18n.Bundle {
	bundle := i18n.NewBundle(language.English)
	files, err := catalogues.ReadDir(".")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		if _, err := bundle.LoadMessageFileFS(catalogues, f.Name()); err != nil {
			panic(fmt.Errorf("message catalogue %s: %w", f.Name(), err))
		}
	}
	return bundle
})

// Printer speaks one language. It is safe for concurrent use.
type Printer struct {
	tag     language.Tag
	loc     *i18n.Localizer
	regions display.Namer
}

var printers = sync.OnceValue(func() map[language.Tag]*Printer {
	all := map[language.Tag]*Printer{}
	for _, tag := range load().LanguageTags() {
		all[tag] = &Printer{tag: tag, loc: i18n.NewLocalizer(load(), tag.String()), regions: display.Regions(tag)}
	}
	return all
})

var matcher = sync.OnceValue(func() language.Matcher { return language.NewMatcher(load().LanguageTags()) })

// For returns the printer that suits an Accept-Language header best, English
// when nothing does or the header is nonsense.
func For(acceptLanguage string) *Printer {
	const longest = 256 // bytes looked at; parsing is linear but the header is a stranger's
	if len(acceptLanguage) > longest {
		acceptLanguage = ""
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		wanted = nil
	}
	_, i, _ := matcher().Match(wanted...)
	return printers()[load().LanguageTags()[i]]
}

// All returns one printer for each language there is, English first.
func All() []*Printer {
	var all []*Printer
	for _, tag := range load().LanguageTags() {
		all = append(all, printers()[tag])
	}
	return all
}

// Lang returns the BCP 47 tag of the language, for the lang attribute.
func (p *Printer) Lang() string { return p.tag.String() }

// Dir returns the direction the language is written in, for the dir attribute.
func (p *Printer) Dir() string {
	switch script, _ := p.tag.Script(); script.String() {
	case "Arab", "Hebr", "Thaa", "Syrc", "Nkoo":
		return "rtl"
	}
	return "ltr"
}

// T returns the text of a message. pairs are the names and values it mentions:
// T("signIn.title", "Organisation", "Acme").
func (p *Printer) T(id string, pairs ...any) string {
	return p.localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: data(pairs), TemplateParser: parser})
}

// N returns the text of a message for a count, in the plural form the language
// has for it. The message can mention {{.Count}}.
func (p *Printer) N(id string, count int, pairs ...any) string {
	d := data(pairs)
	d["Count"] = count
	return p.localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: d, PluralCount: count, TemplateParser: parser})
}

// Has reports whether the catalogue knows the id.
func (p *Printer) Has(id string) bool { return ids()[id] }

// localize falls back to the id: a page with a strange word still works, and
// the log says which one it was.
func (p *Printer) localize(c *i18n.LocalizeConfig) string {
	text, err := p.loc.Localize(c)
	if err != nil {
		slog.Error("message cannot be shown", "id", c.MessageID, "language", p.tag.String(), "error", err)
		if text == "" {
			return c.MessageID
		}
	}
	return text
}

func data(pairs []any) map[string]any {
	d := make(map[string]any, len(pairs)/2+1)
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			d[name] = pairs[i+1]
		}
	}
	return d
}

var ids = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	files, err := catalogues.ReadDir(".")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		body, err := catalogues.ReadFile(f.Name())
		if err != nil {
			panic(err)
		}
		file, err := i18n.ParseMessageFileBytes(body, f.Name(), nil)
		if err != nil {
			panic(err)
		}
		if file.Tag != language.English {
			continue
		}
		for _, m := range file.Messages {
			known[m.ID] = true
		}
	}
	return known
})

// IDs returns every id of the English catalogue, sorted.
func IDs() []string {
	var all []string
	for id := range ids() {
		all = append(all, id)
	}
	sort.Strings(all)
	return all
}
