package archtest

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// maxDepth is how many packages may import each other in a chain, from the command down to
// the root package. The longer a chain, the more has to be read to understand its upper end.
const maxDepth = 13

func TestDepth(t *testing.T) {
	imports := map[string][]string{} // by path in the module; "." is the root package
	err := fs.WalkDir(os.DirFS(moduleRoot), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path.Join(moduleRoot, name))
		if err != nil {
			return err
		}
		for _, line := range strings.Split(string(text), "\n") {
			_, to, found := strings.Cut(line, `"`+module)
			to, _, closed := strings.Cut(to, `"`)
			if found && closed && (to == "" || to[0] == '/') {
				from := path.Dir(name)
				imports[from] = append(imports[from], path.Clean("./"+to))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string][]string{}
	var longest func(of string) []string
	longest = func(of string) []string {
		if chain, ok := known[of]; ok {
			return chain
		}
		var below []string
		for _, to := range imports[of] {
			if chain := longest(to); len(chain) > len(below) {
				below = chain
			}
		}
		known[of] = append([]string{of}, below...)
		return known[of]
	}
	chain := longest("cmd/sallyport")
	if len(chain) > maxDepth || !slices.Contains(chain, ".") {
		t.Errorf("%d packages in a chain, at most %d: %s", len(chain), maxDepth, strings.Join(chain, " > "))
	}
}
