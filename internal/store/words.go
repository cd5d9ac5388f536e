package store

import (
	"context"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/sallyport/sallyport"
)

// maxWords bounds how many words of a user, or of a search, count.
const maxWords = 16

// Words returns what somebody is found by in a text, each once: its words without marks and
// case, so that "Björk" is found by "bjork".
func Words(text string) []string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(cases.Fold().String(text)))
	var out []string
	seen := map[string]bool{}
	for _, w := range strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsSymbol(r) }) {
		if !seen[w] && len(out) < maxWords {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// indexUser records what a user is found by.
func (q Queries) indexUser(ctx context.Context, u sallyport.User) error {
	if _, err := q.exec(ctx, "DELETE FROM user_words WHERE tenant_id = $1 AND user_id = $2", u.TenantID, u.ID); err != nil {
		return err
	}
	for _, w := range Words(u.FirstName + " " + u.LastName + " " + u.Email) {
		if _, err := q.exec(ctx, "INSERT INTO user_words (tenant_id, word, user_id) VALUES ($1, $2, $3)", u.TenantID, w, u.ID); err != nil {
			return err
		}
	}
	return nil
}
