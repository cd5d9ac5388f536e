package message

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// text is a message in one language: a text, or one for each plural form.
type text map[string]string

const single = "" // the form of a text without plural forms

// texts returns every message of a language, as its files have them.
func texts(t *testing.T, lang string) map[string]text {
	t.Helper()
	files, err := catalogues.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]text{}
	for _, f := range files {
		if f.Name() != lang+".json" && !strings.HasSuffix(f.Name(), "."+lang+".json") {
			continue
		}
		body, err := catalogues.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		file := map[string]json.RawMessage{}
		if err := json.Unmarshal(body, &file); err != nil {
			t.Fatal(f.Name(), err)
		}
		for id, raw := range file {
			one := text{}
			if json.Unmarshal(raw, &one) != nil {
				var s string
				if err := json.Unmarshal(raw, &s); err != nil {
					t.Fatal(f.Name(), id, err)
				}
				one = text{single: s}
			}
			if _, twice := all[id]; twice {
				t.Errorf("%s has %s twice", lang, id)
			}
			all[id] = one
		}
	}
	return all
}

// others are the languages besides English.
func others() []string {
	var all []string
	for _, p := range All() {
		if p.Lang() != "en" {
			all = append(all, p.Lang())
		}
	}
	return all
}

// forms returns the names of the plural forms that a language has for whole numbers.
func forms(lang string) []string {
	names := map[plural.Form]string{
		plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
	}
	has := map[string]bool{"other": true}
	for n := range 1000 {
		has[names[plural.Cardinal.MatchPlural(language.MustParse(lang), n, 0, 0, 0, 0)]] = true
	}
	return slices.Sorted(maps.Keys(has))
}

var placeholder = regexp.MustCompile(`{{\.\w+}}`)

func placeholders(s string) []string {
	return slices.Compact(slices.Sorted(slices.Values(placeholder.FindAllString(s, -1))))
}

func TestEveryLanguageHasEveryText(t *testing.T) {
	english := texts(t, "en")
	for _, lang := range others() {
		there := texts(t, lang)
		leftOut := func(id string) bool {
			return slices.ContainsFunc(partial[lang], func(start string) bool { return strings.HasPrefix(id, start) })
		}
		for id := range english {
			if _, has := there[id]; !has && !leftOut(id) {
				t.Errorf("%s lacks %s", lang, id)
			}
		}
		for id := range there {
			if _, has := english[id]; !has {
				t.Errorf("%s has %s, which nothing uses", lang, id)
			}
		}
		for _, start := range partial[lang] {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(english)), func(id string) bool { return strings.HasPrefix(id, start) }) {
				t.Errorf("%s leaves out %s, and there is no such text", lang, start)
			}
		}
	}
}

func TestPlaceholdersAndForms(t *testing.T) {
	english := texts(t, "en")
	for _, lang := range others() {
		for id, is := range texts(t, lang) {
			en := english[id]
			want := []string{single}
			if _, plain := en[single]; !plain {
				want = forms(lang)
			}
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(is))); diff != "" {
				t.Errorf("%s: forms of %s: %s", lang, id, diff)
			}
			model := placeholders(en[single] + en["other"])
			for form, s := range is {
				got := placeholders(s)
				if form != single && form != "other" && !slices.Contains(got, "{{.Count}}") {
					got = slices.Sorted(slices.Values(append(got, "{{.Count}}"))) // "one" and the like may say it in words
				}
				if form != single && !slices.Contains(model, "{{.Count}}") {
					got = slices.DeleteFunc(got, func(p string) bool { return p == "{{.Count}}" })
				}
				if diff := cmp.Diff(model, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s: placeholders of %s (%s): %s", lang, id, form, diff)
				}
			}
		}
	}
}

// same are the ids of texts that are the same in another language: names, and words that are
// used in both.
var same = map[string][]string{
	"de": {
		"Admin", "Apps", "Code", "Compliance", "Microsoft Teams", "Name", "Organisation", "Passkey", "Person", "Sallyport", "Slack", "Status", "System", "Tablet", "Team", "Test", "Webhook", "Webhooks", "ntfy",
	},
	"ar": {"Sallyport"},
}

// wordless matches texts that have no words of their own.
var wordless = regexp.MustCompile(`^(?:{{\.\w+}}|[^\p{L}{}])*$`)

func TestEveryTextIsTranslated(t *testing.T) {
	english := texts(t, "en")
	for _, lang := range others() {
		for id, is := range texts(t, lang) {
			for form, s := range is {
				if en := english[id][form]; s == en && !slices.Contains(same[lang], s) && !wordless.MatchString(s) {
					t.Errorf("%s: %s is still English: %q", lang, id, s)
				}
			}
		}
	}
}

// short matches the ids of texts that have little room: of buttons, navigation and pills.
var short = regexp.MustCompile(`^(act|nav|status|method|role)\.|\.(act|submit|button|add|remove|rename|turnOn|turnOff)$|[a-z]Act$|^trust\.(low|medium|high|none)$`)

// A text of a button may be half as long again as the English one, or as long as what fits a
// phone of 320 pixels.
func TestNoTextIsTooLong(t *testing.T) {
	const fits = 30 // characters
	english := texts(t, "en")
	for _, lang := range others() {
		for id, is := range texts(t, lang) {
			if !short.MatchString(id) {
				continue
			}
			for form, s := range is {
				long := utf8.RuneCountInString(s)
				if en := utf8.RuneCountInString(english[id][form]); long > fits && 2*long > 3*en {
					t.Errorf("%s: %s has %d characters, in English %d: %q", lang, id, long, en, s)
				}
			}
		}
	}
}

func TestLanguages(t *testing.T) {
	de, ar := For("de"), For("ar")
	for _, c := range []struct{ got, want string }{
		{For("fr", "de-CH").Lang(), "de"},
		{For("", "*", "pt-BR").Lang(), "en"},
		{For("ar-EG").Lang(), "ar"},
		{ar.Dir(), "rtl"},
		{de.Self(), "Deutsch"},
		{ar.Self(), "العربية"},
		{de.Complete().Lang(), "de"},
		{ar.Complete().Lang(), "en"},
		{de.Country("NL"), "Niederlande"},
		{de.Number(12300), "12.300"},
		{ar.Number(12300), "12,300"},
		{de.N("sessions.count", 1), "1 Sitzung"},
		{de.N("sessions.count", 5), "5 Sitzungen"},
		{For("").N("sessions.count", 1234), "1,234 sessions"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// familiar matches how German speaks to friends. Its imperatives are those that texts here would use.
var familiar = regexp.MustCompile(`\b(?:[Dd]u|[Dd]ein(?:e[mnrs]?)?|[Dd]ir|[Dd]ich)\b|(?:^|[.:?!] )(?:Achte|Bestätige|Entferne|Gib|Grenze|Melde|Nimm|Öffne|Prüfe|Richte|Schau|Sieh|Sorge|Vergewissere|Versuche es|Wähle|Warte)\b`)

// German says "Sie" everywhere; see docs/translating.md.
func TestGermanSaysSie(t *testing.T) {
	for id, is := range texts(t, "de") {
		for _, s := range is {
			if found := familiar.FindString(s); found != "" {
				t.Errorf("%s says %q: %q", id, found, s)
			}
		}
	}
}

// otherWords are German words for what has another name here: "Verfahren", "Ersatzcode".
var otherWords = regexp.MustCompile(`(?i)methode|backup-?\s?code|wiederherstellungscode|sicherungscode`)

// German has one word for one thing, in texts, mails and the user guide; see docs/translating.md.
func TestGermanHasOneWord(t *testing.T) {
	for id, is := range texts(t, "de") {
		for _, s := range is {
			if found := otherWords.FindString(s); found != "" {
				t.Errorf("%s says %q: %q", id, found, s)
			}
		}
	}
	pages, err := filepath.Glob("../../docs/guide/de/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(err, pages)
	}
	for _, name := range pages {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		prose := target.ReplaceAllString(string(body), "]")
		if found := otherWords.FindString(prose); found != "" {
			t.Errorf("%s says %q", name, found)
		}
	}
}

// target matches where a link or a picture of a page leads: its files have English names.
var target = regexp.MustCompile(`\]\([^)]*\)`)
