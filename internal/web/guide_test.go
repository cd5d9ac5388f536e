package web_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/docs/guide"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// guideText returns the pages of the guide in a language, by name.
func guideText(t *testing.T, lang string) map[string]string {
	t.Helper()
	files, err := fs.Glob(guide.Files, lang+"/*.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, file := range files {
		text, err := fs.ReadFile(guide.Files, file)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(path.Base(file), ".md")] = string(text)
	}
	return all
}

var (
	guidePicture = regexp.MustCompile(`!\[([^\]]+)\]\(\.\./img/(\w+)/([\w-]+)\.png\)`)
	guideLink    = regexp.MustCompile(`[^!]\[[^\]]+\]\(([\w-]+)\.md\)`)
	guideLabel   = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	guideHead    = regexp.MustCompile(`(?m)^(#+) `)
)

// The guide is the same in each of its languages: pages, headings, links and pictures, each in
// its place. Every page has one title, and the first one leads to all others.
func TestGuideIsTheSameInEveryLanguage(t *testing.T) {
	shape := func(text, lang string) string {
		var all []string
		for _, re := range []*regexp.Regexp{guideHead, guideLink, guidePicture} {
			for _, m := range re.FindAllStringSubmatch(text, -1) {
				if re == guidePicture {
					if m[2] != lang {
						t.Errorf("a page in %s shows the picture %s", lang, m[0])
					}
					m[1] = m[3]
				}
				all = append(all, m[1])
			}
		}
		return strings.Join(all, " ")
	}
	english := guideText(t, "en")
	for _, lang := range guide.Languages {
		pages := guideText(t, lang)
		if got, want := slices.Sorted(maps.Keys(pages)), slices.Sorted(maps.Keys(english)); !slices.Equal(got, want) {
			t.Errorf("%s has the pages %v, English %v", lang, got, want)
		}
		for name, text := range pages {
			if got, want := shape(text, lang), shape(english[name], "en"); got != want {
				t.Errorf("%s/%s is built as\n%s\nand not as\n%s", lang, name, got, want)
			}
			if n := strings.Count("\n"+text, "\n# "); n != 1 {
				t.Errorf("%s/%s has %d titles", lang, name, n)
			}
			if n := strings.Count(text, "\n"); n > 60 {
				t.Errorf("%s/%s has %d lines", lang, name, n)
			}
			for _, m := range guideLink.FindAllStringSubmatch(text, -1) {
				if _, there := pages[m[1]]; !there {
					t.Errorf("%s/%s leads to %s, which is no page", lang, name, m[1])
				}
			}
			if name != guide.Index && !strings.Contains(pages[guide.Index], "("+name+".md)") {
				t.Errorf("%s: nothing leads to %s", lang, name)
			}
		}
	}
}

// Every picture is shown, and is one that is taken of a fixture; see kittest.
func TestGuideShowsItsPictures(t *testing.T) {
	var taken []string
	for _, p := range kittest.Pictures {
		taken = append(taken, p.Name)
	}
	slices.Sort(taken)
	size := 0
	for _, lang := range guide.Languages {
		var shown, stored []string
		for _, text := range guideText(t, lang) {
			for _, m := range guidePicture.FindAllStringSubmatch(text, -1) {
				shown = append(shown, m[3])
			}
		}
		slices.Sort(shown)
		files, err := fs.ReadDir(guide.Files, "img/"+lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			info, err := f.Info()
			if err != nil {
				t.Fatal(err)
			}
			size += int(info.Size())
			stored = append(stored, strings.TrimSuffix(f.Name(), ".png"))
		}
		if !slices.Equal(shown, taken) || !slices.Equal(stored, taken) {
			t.Errorf("%s shows %v and has %v; %v are taken", lang, shown, stored, taken)
		}
	}
	if size > 1_500_000 {
		t.Errorf("the pictures have %d bytes", size)
	}
}

// catalogue returns every text of a language, of pages and mails, with its plural forms.
func catalogue(t *testing.T, lang string) []string {
	t.Helper()
	files, err := filepath.Glob("../message/*" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]any
		if err := json.Unmarshal(body, &texts); err != nil {
			t.Fatal(name, err)
		}
		for _, text := range texts {
			switch text := text.(type) {
			case string:
				all = append(all, text)
			case map[string]any:
				for _, form := range text {
					all = append(all, fmt.Sprint(form))
				}
			}
		}
	}
	return all
}

// What the guide writes in bold is what pages and mails say, to the letter. "…" stands for what
// they fill in.
func TestGuideQuotesThePages(t *testing.T) {
	filled := regexp.MustCompile(`{{\.\w+}}`)
	for _, lang := range guide.Languages {
		said := map[string]bool{}
		for _, text := range catalogue(t, lang) {
			said[filled.ReplaceAllString(text, "…")] = true
		}
		quoted := 0
		for name, text := range guideText(t, lang) {
			for _, m := range guideLabel.FindAllStringSubmatch(text, -1) {
				quoted++
				if label := strings.Join(strings.Fields(m[1]), " "); !said[label] {
					t.Errorf("%s/%s quotes %q, which no page says", lang, name, label)
				}
			}
		}
		if quoted < 50 {
			t.Errorf("%s quotes %d texts only", lang, quoted)
		}
	}
}

// Everybody can read the guide, in the language that fits best.
func TestGuideIsServed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		for accept, title := range map[string]string{"en": "Devices and trust", "de": "Geräte und Vertrauen", "ar": "Devices and trust", "fr": "Devices and trust"} {
			v.Accept = accept
			page := v.Get("/help/devices")
			v.At(page, http.StatusOK, "/help/devices")
			v.Has(page, "<h1>"+title+"</h1>", `href="/help/two-factor"`, `href="/help/devices" aria-current="page"`, `href="/help/alerts"`)
		}
		v.Accept = "ar"
		v.Has(v.Get("/help"), `<html lang="ar" dir="rtl"`, `<div class="sp-guide" lang="en" dir="ltr">`)
		v.Has(v.Get("/sign-in"), `<a href="/help">`)
		for _, path := range []string{"/help/nothing", "/help/index", "/help/..%2fen%2findex", "/help/devices.md", "/help/devices/x"} {
			if r := v.Get(path); r.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", path, r.StatusCode)
			}
		}
		for _, m := range regexp.MustCompile(`<img src="([^"]+)"[^>]* width="\d+" height="\d+"`).FindAllStringSubmatch(v.Get("/help/devices").Text, -1) {
			r := v.Get(m[1])
			if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "image/png" || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s: %d %v", m[1], r.StatusCode, r.Header)
			}
		}
		// Whoever is signed in reads it in the language of the account, in every browser.
		v.Accept = "en"
		v.Enter(apptest.OwnerEmail)
		v.Has(v.Get(webtest.SecurityPath), `<a class="sp-menu-item" href="/help">`)
		v.Post("/language", "language", "de", "next", webtest.SecurityPath)
		other := v.Another()
		other.Accept = "en"
		other.Enter(apptest.OwnerEmail)
		other.Has(other.Get("/help"), "<h1>Hilfe</h1>")
	})
}

// Links of the pages to the guide lead to pages that there are.
func TestLinksToTheGuide(t *testing.T) {
	pages := kit.Guide("en").Pages
	found := 0
	for _, m := range regexp.MustCompile(`"/help/([\w-]+)"|HelpPath \+ "/([\w-]+)"`).FindAllStringSubmatch(sources(t), -1) {
		found++
		if _, there := pages[m[1]+m[2]]; !there {
			t.Errorf("a page leads to %s", m[0])
		}
	}
	if found < 6 {
		t.Errorf("%d links only", found)
	}
}
