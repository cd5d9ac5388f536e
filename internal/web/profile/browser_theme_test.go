package profile

import (
	"fmt"
	"testing"

	"github.com/sallyport/sallyport/internal/browsertest"
)

// The theme is that of the system until somebody chooses, and what is chosen
// comes with the page: its first colours are right before any script has run.
func TestThemes(t *testing.T) {
	t.Parallel()
	server := room().Serve(t)
	p := browsertest.Open(t)
	p.JavaScript(false)
	background := func() string {
		return browsertest.Eval[string](p, "getComputedStyle(document.body).backgroundColor")
	}
	seen := map[string]string{}
	for _, theme := range []string{"auto", "light", "dark"} {
		for _, dark := range []bool{false, true} {
			p.Emulate(1280, 800, dark)
			p.Navigate(server.URL + "/security?theme=" + theme)
			seen[fmt.Sprintf("%s, system dark %v", theme, dark)] = background()
		}
	}
	light, dark := seen["light, system dark false"], seen["dark, system dark true"]
	for state, want := range map[string]string{
		"auto, system dark false": light, "auto, system dark true": dark,
		"light, system dark true": light, "dark, system dark false": dark,
	} {
		if seen[state] != want {
			t.Errorf("%s: background %s, want %s", state, seen[state], want)
		}
	}
	if light == dark {
		t.Errorf("light and dark are both %s", light)
	}
}
