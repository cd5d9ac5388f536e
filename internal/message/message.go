// Package message has every text that users read, in catalogue files, by a stable id.
// Pages and mails have ids and no text, so another language needs other files but no
// other templates. A file's name ends with its language: en.json for pages,
// mail.en.json for mails.
//
// A catalogue is JSON: from an id to a text, or to the plural forms of the language:
//
//	"signIn.title": "Sign in to {{.Organisation}}",
//	"sessions.count": {"one": "{{.Count}} session", "other": "{{.Count}} sessions"}
//
// An id has the form area.name. go-i18n reserves "one", "other", "description" and some
// others, which cannot be a whole id. Tests fail for an id that is used and missing, and
// for one that exists and is not used.
package message

import (
	"embed"
	"fmt"
	"log/slog"
	"slices"
	"sort"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	textmessage "golang.org/x/text/message"
)

//go:embed *.json
var catalogues embed.FS

// parser returns an error for a message whose value is missing, instead of
// showing "<no value>".
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

// Printer writes texts in one language. It is safe for concurrent use.
type Printer struct {
	tag     language.Tag
	loc     *i18n.Localizer
	regions display.Namer
	numbers *textmessage.Printer
	missing []string // beginnings of ids that the language does not have
}

// partial is THE table of languages that do not have every text: the beginnings of the ids
// that they leave out. Pages for administrators and the command show English then.
var partial = map[string][]string{
	"ar": {
		"team.", "invite.", "roles.", "groups.", "permission.", "filter.", "person.", "mfa.", "chart.", "lockdown.of", "flash.admin.", "flash.person.",
		"flash.reminded", "sessionList.", "deviceList.", "drawer.", "bulk.", "keys.", "search.", "timeline.", "attemptList.", "blocks.",
		"keyList.", "services.", "clients.", "policy.", "policyReview.", "policyVersions.", "policyGroups.", "log.", "logPage.", "look.",
		"dashboard.", "checklist.", "lockedPage.", "alerts.", "apps.", "webhooks.", "sso.", "flash.dashboard.",
	},
}

var printers = sync.OnceValue(func() map[language.Tag]*Printer {
	all := map[language.Tag]*Printer{}
	for _, tag := range load().LanguageTags() {
		p := &Printer{tag: tag, loc: i18n.NewLocalizer(load(), tag.String()), regions: display.Regions(tag), numbers: textmessage.NewPrinter(numerals(tag))}
		p.missing = partial[tag.String()]
		all[tag] = p
	}
	return all
})

// numerals returns tag with the digits 0 to 9, which every text has: those of times, codes and
// addresses beside them are the same.
func numerals(tag language.Tag) language.Tag {
	digits, err := tag.SetTypeForKey("nu", "latn")
	if err != nil {
		return tag
	}
	return digits
}

var matcher = sync.OnceValue(func() language.Matcher { return language.NewMatcher(load().LanguageTags()) })

// For returns the printer of the first of wanted that there is: BCP 47 tags or Accept-Language
// headers, the most important first. It is that of English when there is none of them.
func For(wanted ...string) *Printer {
	for _, one := range wanted {
		if p := match(one); p != nil {
			return p
		}
	}
	return printers()[language.English]
}

// match returns the printer for the best language of an Accept-Language header; nil when there
// is none of its languages, or it is malformed.
func match(accept string) *Printer {
	const longest = 256 // bytes that are parsed: the client chooses the header's length
	if accept == "" || len(accept) > longest {
		return nil
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return nil
	}
	_, i, confidence := matcher().Match(wanted...)
	if confidence < language.High {
		return nil
	}
	return printers()[load().LanguageTags()[i]]
}

// Offered returns the tag of the best language of an Accept-Language header in which there are
// texts; "" when there is none.
func Offered(accept string) string {
	if p := match(accept); p != nil {
		return p.Lang()
	}
	return ""
}

// Known reports whether tag is exactly that of a language in which there are texts.
func Known(tag string) bool {
	return slices.ContainsFunc(All(), func(p *Printer) bool { return p.Lang() == tag })
}

// All returns one printer for each language, English first.
func All() []*Printer {
	var all []*Printer
	for _, tag := range load().LanguageTags() {
		all = append(all, printers()[tag])
	}
	return all
}

// Self returns the name of the language in itself: "Deutsch".
func (p *Printer) Self() string { return display.Self.Name(p.tag) }

// Complete returns the printer itself when its language has every text, and that of English
// otherwise: pages for administrators are not mixed of two languages.
func (p *Printer) Complete() *Printer {
	if len(p.missing) > 0 {
		return printers()[language.English]
	}
	return p
}

// Lang returns the BCP 47 tag of the language, for the lang attribute.
func (p *Printer) Lang() string { return p.tag.String() }

// Dir returns the direction in which the language is written, for the dir attribute.
func (p *Printer) Dir() string {
	switch script, _ := p.tag.Script(); script.String() {
	case "Arab", "Hebr", "Thaa", "Syrc", "Nkoo":
		return "rtl"
	}
	return "ltr"
}

// T returns the text of a message. pairs are names and values for its placeholders:
// T("signIn.title", "Organisation", "Acme").
func (p *Printer) T(id string, pairs ...any) string {
	return p.localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: data(pairs), TemplateParser: parser})
}

// N returns the text of a message in the plural form of the language for count. The
// message can use {{.Count}}.
func (p *Printer) N(id string, count int, pairs ...any) string {
	d := data(pairs)
	d["Count"] = p.Number(count)
	return p.localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: d, PluralCount: count, TemplateParser: parser})
}

// Has reports whether the catalogue has the id.
func (p *Printer) Has(id string) bool { return ids()[id] }

// localize returns the id when a text is missing, so that the page still works. The log
// names the id.
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
