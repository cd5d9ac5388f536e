package main

import (
	"debug/buildinfo"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

const top = "../../"

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(top + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tools make the files that browsers get, and are not in them.
var tools = []string{"esbuild", "purgecss"}

// unserved are packages that come along with a part and of which nothing is served.
var unserved = map[string]string{
	"@popperjs/core":                    "no script of Tabler is served",
	"@zxcvbn-ts/dictionary-compression": "the lists are packed by lists.mjs",
}

// Every package that the browser's files are made of is a part, in the version that is
// installed, and has its notice.
func TestBrowserParts(t *testing.T) {
	var lock struct {
		Packages map[string]struct {
			Version      string            `json:"version"`
			Dependencies map[string]string `json:"dependencies"`
		} `json:"packages"`
	}
	if err := json.Unmarshal([]byte(read(t, static+"src/package-lock.json")), &lock); err != nil {
		t.Fatal(err)
	}
	notices := strings.Join(strings.Fields(read(t, static+"NOTICES.txt")), " ")
	seen := map[string]bool{}
	var walk func(name string)
	walk = func(name string) {
		if seen[name] || slices.Contains(tools, name) {
			return
		}
		seen[name] = true
		locked := lock.Packages["node_modules/"+name]
		at := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		switch {
		case at < 0 && unserved[name] == "":
			t.Errorf("%s %s is no part: add it, or say in unserved why nothing of it is served", name, locked.Version)
		case at >= 0 && parts[at].version != locked.Version:
			t.Errorf("%s is a part in version %s, and %s is installed", name, parts[at].version, locked.Version)
		case at >= 0 && parts[at].name != "@zxcvbn-ts/language-common" && !strings.Contains(notices, locked.Version):
			t.Errorf("NOTICES.txt does not name %s %s", name, locked.Version)
		}
		for needed := range locked.Dependencies {
			walk(needed)
		}
	}
	for name := range lock.Packages[""].Dependencies {
		walk(name)
	}
	if len(seen) < 8 {
		t.Errorf("%d packages only", len(seen))
	}
}

// made finds the files of the table in src/README.md that are made of others' packages.
var made = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| made: ")

func TestMadeFilesAreParts(t *testing.T) {
	found := made.FindAllStringSubmatch(read(t, static+"src/README.md"), -1)
	if len(found) < 5 {
		t.Errorf("%d files only", len(found))
	}
	for _, f := range found {
		if !covered(static + f[1]) {
			t.Errorf("%s is made of something that is no part", f[1])
		}
	}
}

func covered(file string) bool {
	return slices.ContainsFunc(parts, func(p part) bool {
		return slices.ContainsFunc(p.files, func(f string) bool { return f == file || strings.HasSuffix(f, "/") && strings.HasPrefix(file, f) })
	})
}

// texts are the endings of embedded files that we write ourselves, outside of the folder of
// static files: whatever else is embedded is data, and has an origin.
var texts = []string{".md", ".html", ".txt", ".json", ".sql", ".png"}

var embed = regexp.MustCompile(`(?m)^\s*//go:embed (.+)$`)

func TestEmbeddedDataIsAPart(t *testing.T) {
	data := 0
	err := fs.WalkDir(os.DirFS(top), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d.Name() == "node_modules" || d.Name() == "testdata" || slices.Contains([]string{"internal/apptest", "internal/browsertest", "internal/web/kit/kittest"}, name) {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		for _, line := range embed.FindAllStringSubmatch(read(t, name), -1) {
			for _, pattern := range strings.Fields(line[1]) {
				files, _ := filepath.Glob(filepath.Join(top, path.Dir(name), pattern))
				for _, f := range files {
					f = strings.TrimPrefix(filepath.ToSlash(f), top)
					if strings.HasPrefix(f, static) || path.Ext(f) == "" || slices.Contains(texts, path.Ext(f)) {
						continue
					}
					data++
					if !covered(f) {
						t.Errorf("%s is embedded and is no part", f)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if data < 2 {
		t.Errorf("%d files of data only", data)
	}
}

// The country data is the version that its table names, and all files of parts exist.
func TestParts(t *testing.T) {
	for _, p := range parts {
		for _, f := range p.files {
			if _, err := os.Stat(top + f); err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
			if readme := top + path.Join(path.Dir(f), "README.md"); strings.HasSuffix(f, ".mmdb") {
				text, err := os.ReadFile(readme)
				if err != nil || !strings.Contains(string(text), p.name+"` "+p.version) {
					t.Errorf("%s does not name %s %s", readme, p.name, p.version)
				}
			}
		}
	}
}

func TestAdd(t *testing.T) {
	bom := &cdx.BOM{
		Metadata:     &cdx.Metadata{Component: &cdx.Component{BOMRef: "program"}},
		Components:   &[]cdx.Component{{Name: "example.org/a", Version: "v1.0.0", BOMRef: "a", Licenses: &cdx.Licenses{}}, {Name: "std", Version: "go1.26"}},
		Dependencies: &[]cdx.Dependency{{Ref: "program", Dependencies: &[]string{"a"}}},
	}
	if err := add(bom, parts); err != nil {
		t.Fatal(err)
	}
	if got := len(*bom.Components); got != 2+len(parts) {
		t.Errorf("%d components", got)
	}
	on := *(*bom.Dependencies)[0].Dependencies
	if len(on) != 1+len(parts) || !slices.Contains(on, "pkg:npm/%40tabler/core@1.6.1") {
		t.Errorf("the program rests on %q", on)
	}
	module := func(version string) *buildinfo.BuildInfo {
		return &buildinfo.BuildInfo{Deps: []*debug.Module{{Path: "example.org/a", Version: version}}}
	}
	if err := complete(bom, module("v1.0.0")); err != nil {
		t.Error(err)
	}
	if err := complete(bom, module("v1.0.1")); err == nil {
		t.Error("nobody misses a module")
	}
	(*bom.Components)[0].Licenses = nil
	if err := complete(bom, module("v1.0.0")); err == nil {
		t.Error("nobody misses a licence")
	}
	if err := add(&cdx.BOM{}, parts); err == nil {
		t.Error("an empty bill is completed")
	}
}
