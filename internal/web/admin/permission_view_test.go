package admin

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/access"
)

// Every permission of the form of a role stands below words that say what it is about.
func TestPermissionsHaveHeadings(t *testing.T) {
	for _, r := range access.Permissions {
		if noun, _, _ := strings.Cut(string(r.Permission), "."); nouns[noun] == "" {
			t.Errorf("%s has none", r.Permission)
		}
	}
}
