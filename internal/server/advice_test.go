package server_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
)

// Nothing that is written for operators and programmers advises to share the host name, or to hand on the cookie.
func TestDocsKeepTheCookie(t *testing.T) {
	t.Parallel()
	advised := regexp.MustCompile(`(?i)on the same host name|behind one host name|visitor's cookie|\b(pass|hand|forward)(es|s)? (on )?(the|its|their) cookie`)
	root, seen := os.DirFS("../.."), 0
	apptest.Must(t, fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".md") && !strings.HasSuffix(path, "openapi.json") {
			return nil
		}
		text, err := fs.ReadFile(root, path)
		seen++
		for _, found := range advised.FindAllString(strings.Join(strings.Fields(string(text)), " "), -1) {
			t.Errorf("%s says %q", path, found)
		}
		return err
	}))
	if seen < 20 {
		t.Errorf("%d files", seen)
	}
}
