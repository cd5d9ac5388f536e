package kit

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every script is in a bundle or in the table, and its marks are what it looks for.
func TestScriptsHaveMarks(t *testing.T) {
	listed := slices.Clone(bundles["page.js"])
	for _, s := range scripts {
		listed = append(listed, s.name)
		if len(s.marks) == 0 {
			continue
		}
		text := string(loadAssets().byName[s.name].body)
		for _, mark := range s.marks {
			name := regexp.MustCompile(`^[a-z-]+`).FindString(strings.TrimPrefix(mark, "data-"))
			camel := regexp.MustCompile(`-([a-z])`).ReplaceAllStringFunc(name, func(m string) string { return strings.ToUpper(m[1:]) })
			if !strings.Contains(text, name) && !strings.Contains(text, camel) {
				t.Errorf("%s does not look for %s", s.name, mark)
			}
		}
	}
	names, err := fs.Glob(staticFiles, "static/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		name = strings.TrimPrefix(name, "static/")
		if strings.Contains(string(loadAssets().byName[name].body), "document.cookie") {
			t.Errorf("%s reads or writes cookies: the server does, with the prefix and HttpOnly", name)
		}
		// password.js loads the meter, and push.js the service worker.
		if name != "meter.js" && name != "worker.js" && !slices.Contains(listed, name) {
			t.Errorf("no page loads %s", name)
		}
		for _, part := range bundles["page.js"] {
			if part == name && regexp.MustCompile(`(?m)^(import|export) `).Match(loadAssets().byName[name].body) {
				t.Errorf("%s cannot be in a bundle: it imports or exports", name)
			}
		}
	}
}

// A page loads the scripts that it has marks of, once, and no others.
func TestScriptsOfAPage(t *testing.T) {
	for page, want := range map[string][]string{
		"<p>Nothing</p>": {"page."}, `<input type="password">`: {"page.", "password."},
		`<form data-passkey="/x"><input type="password"><input name="fingerprint">`: {"page.", "password.", "passkey.", "fingerprint."},
		`<ul data-codes><button data-copy="x">`:                                     {"page.", "enrol.", "codes."},
		`<div data-chart>`:                                                          {"page.", "chart."},
	} {
		out, err := scriptsOf([]byte(page))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range regexp.MustCompile(`/static/([a-z]+\.)`).FindAllStringSubmatch(string(out), -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s loads %v, want %v", page, got, want)
		}
	}
}
