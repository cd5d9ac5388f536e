package saml_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/saml"
)

// Every code has words, and all words are of a code that something returns.
func TestWordings(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	// A code is the first argument of problem, the last one of refused, a cell of the table of causes, a fallback, or a note.
	uses := regexp.MustCompile(`(?:problem\(|refused\(err, |Code = |, |\{|note\()"([a-z][a-z0-9_]+)"`)
	used := map[string]bool{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		source, _, _ := strings.Cut(string(text), "var Problems")
		if _, after, ok := strings.Cut(string(text), "// causes is"); ok {
			source += after
		}
		if before, after, ok := strings.Cut(source, "var Notes"); ok {
			source = before + after[strings.Index(after, "\n}\n"):]
		}
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		for _, m := range uses.FindAllStringSubmatch(source, -1) {
			used[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`problem\("([a-z_0-9]+)"`).FindAllStringSubmatch(source, -1) {
			if saml.Problems[m[1]] == "" {
				t.Errorf("%s: %s has no words", f, m[1])
			}
		}
	}
	for _, table := range []map[string]string{saml.Problems, saml.Notes} {
		for code, words := range table {
			if !used[code] || !strings.HasSuffix(words, ".") {
				t.Errorf("%s: %q, used: %v", code, words, used[code])
			}
		}
	}
}
