package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// cryptographic matches imports that encrypt, sign, hash or make secrets.
var cryptographic = regexp.MustCompile(`^(crypto(/.*)?|hash/.*hash|golang\.org/x/(crypto|oauth2)(/.*)?|.*(tink|jose|jwt|oidc|/webauthn|webpush|/otp|dsig|/saml|go-crypt|bcrypt|scrypt|nacl|filippo|openpgp|circl|mlkem).*)$`)

// cryptographyRow matches a row of the last table of docs/keys.md.
var cryptographyRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ((?:`[^`]+` ?)+) ?\\|")

// docs/keys.md names every package that uses cryptography, and what it imports for it.
func TestKeysPageNamesAllCryptography(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(moduleRoot, "docs", "keys.md"))
	if err != nil {
		t.Fatal(err)
	}
	told := map[string][]string{}
	for _, m := range cryptographyRow.FindAllStringSubmatch(string(page), -1) {
		told[m[1]] = slices.Sorted(slices.Values(strings.Fields(strings.ReplaceAll(m[2], "`", " "))))
	}
	used := importsOf(t, cryptographic)
	for _, one := range slices.Sorted(maps.Keys(used)) {
		if by := used[one]; !slices.Equal(told[one], by) {
			t.Errorf("docs/keys.md says of %s that %v use it; these do: %v", one, told[one], by)
		}
	}
	for one := range told {
		if used[one] == nil {
			t.Errorf("docs/keys.md has a row of %s, which nothing uses", one)
		}
	}
}

// Nothing chooses curves or switches off the exchange of keys that withstands quantum computers
// (X25519MLKEM768), which Go offers by itself.
func TestTLSIsAsGoHasIt(t *testing.T) {
	forbidden := regexp.MustCompile(`CurvePreferences|tlsmlkem|tlssecpmlkem`)
	root := os.DirFS(moduleRoot)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") && name != "go.mod" || strings.HasSuffix(name, "keys_test.go") || strings.Contains(name, "node_modules/") {
			return err
		}
		text, err := fs.ReadFile(root, name)
		if found := forbidden.Find(text); found != nil {
			t.Errorf("%s: %s", name, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// importsOf returns which packages import what matches, by import. Tests, packages of this module and
// what drives a browser are not among them.
func importsOf(t *testing.T, wanted *regexp.Regexp) map[string][]string {
	t.Helper()
	used := map[string][]string{}
	root := os.DirFS(moduleRoot)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata/") || strings.Contains(name, "node_modules/") {
			return err
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		by := strings.TrimPrefix(path.Dir(name), "internal/")
		for _, i := range file.Imports {
			one := strings.Trim(i.Path.Value, "\"")
			if wanted.MatchString(one) && !strings.HasPrefix(one, module) && by != "browsertest" && !slices.Contains(used[one], by) {
				used[one] = append(used[one], by)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range used {
		slices.Sort(by)
	}
	return used
}
