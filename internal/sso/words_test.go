package sso_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/saml"
)

// Pages say in each language what the protocols' own tables say in English.
func TestWordsOfProblems(t *testing.T) {
	problems := maps.Clone(openid.Problems)
	for code, text := range saml.Problems {
		if _, both := problems[code]; both {
			t.Errorf("%s is a code of both protocols", code)
		}
		problems[code] = text
	}
	for kind, texts := range map[string]map[string]string{"sso.problem.": problems, "sso.note.": saml.Notes} {
		for code, text := range texts {
			if want, got := strings.ReplaceAll(text, "'", "’"), message.For("en").T(kind+code); got != want {
				t.Errorf("%s%s says %q, want %q", kind, code, got, want)
			}
			if !message.For("de").Has(kind + code) {
				t.Errorf("%s%s has no German", kind, code)
			}
		}
	}
}
