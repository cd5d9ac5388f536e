package archtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	modpath "golang.org/x/mod/module"
)

// modernc.org/sqlite is C translated for one version of modernc.org/libc. With another
// version it compiles and then corrupts memory.
func TestSQLiteHasTheLibcItPins(t *testing.T) {
	const sqlite, libc = "modernc.org/sqlite", "modernc.org/libc"
	ours := readMod(t, filepath.Join(moduleRoot, "go.mod"))
	for _, r := range ours.Replace {
		if r.Old.Path == sqlite || r.Old.Path == libc {
			t.Errorf("go.mod replaces %s", r.Old.Path)
		}
	}
	version := required(t, ours, sqlite)
	escaped, err := modpath.EscapePath(sqlite)
	if err != nil {
		t.Fatal(err)
	}
	theirs := readMod(t, filepath.Join(moduleCache(t), "cache", "download", filepath.FromSlash(escaped), "@v", version+".mod"))
	if got, want := required(t, ours, libc), required(t, theirs, libc); got != want {
		t.Errorf("go.mod has %s %s, but %s %s needs %s exactly", libc, got, sqlite, version, want)
	}
}

func readMod(t *testing.T, path string) *modfile.File {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := modfile.Parse(path, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func required(t *testing.T, f *modfile.File, path string) string {
	t.Helper()
	for _, r := range f.Require {
		if r.Mod.Path == path {
			return r.Mod.Version
		}
	}
	t.Fatalf("%s does not require %s", f.Syntax.Name, path)
	return ""
}

// moduleCache returns the module cache. It asks the go command, since several settings
// can move it.
func moduleCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
