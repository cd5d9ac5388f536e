package web_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// sources are the templates and the code of all rooms, tests aside.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		code := strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
		if err != nil || d.IsDir() || !code && !strings.HasSuffix(name, ".html") {
			return err
		}
		text, err := os.ReadFile(name)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// What the sprite has, something draws: it is fetched before the first page shows.
func TestEveryIconIsUsed(t *testing.T) {
	used := sources(t)
	for _, kind := range audit.Kinds {
		used += `"` + kind.Look.Icon + `"`
		if !kit.HasIcon(kind.Look.Icon) {
			t.Errorf("icon %q of %s is not in the sprite: add it to static/src/icons.txt", kind.Look.Icon, kind.Kind)
		}
	}
	for _, d := range []sallyport.DeviceType{sallyport.DeviceDesktop, sallyport.DeviceMobile, sallyport.DeviceTablet, sallyport.DeviceUnknown} {
		used += `"` + kit.DeviceIcon(d) + `"`
	}
	sprite, err := os.ReadFile("kit/static/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`symbol id="([^"]+)"`).FindAllStringSubmatch(string(sprite), -1) {
		if !strings.Contains(used, `"`+m[1]+`"`) {
			t.Errorf("icon %q is in the sprite and on no page", m[1])
		}
	}
}
