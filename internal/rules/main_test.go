package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/audit"
)

func TestRulesAreFresh(t *testing.T) {
	for page, write := range pages {
		have, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		want, err := write(os.DirFS("../.."))
		if err != nil {
			t.Fatal(err)
		}
		if string(have) != want {
			t.Errorf("docs/%s is stale: run go run ./internal/rules", page)
		}
	}
}

// dotted finds names like those of events and permissions.
var dotted = regexp.MustCompile("`((?:access|audit|auth|device|installation|mfa|policies|policy|session|sessions|devices|tenant|user|users)\\.[a-z0-9_]+)`")

// Every event and every permission that a page of the documentation names exists.
func TestNamedEventsExist(t *testing.T) {
	named := 0
	for _, page := range []string{"rules.md", "api.md", "operations.md", "threat-model.md", "data.md", "keys.md"} {
		text, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range dotted.FindAllStringSubmatch(string(text), -1) {
			named++
			_, event := audit.Of(audit.Kind(found[1]))
			if !event && !access.Known(found[1]) {
				t.Errorf("%s names %s, which is neither an event nor a permission", page, found[1])
			}
		}
	}
	if named < 100 {
		t.Errorf("%d names only", named)
	}
}
