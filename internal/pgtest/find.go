package pgtest

import (
	"cmp"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// errNoServer says what to install. Tests print it.
var errNoServer = errors.New("PostgreSQL's server programs (initdb, postgres) were not found: " +
	"install the package postgresql (Debian and Ubuntu: apt-get install postgresql), or put its bin directory on PATH")

// serverDirs are the directories where packages install the server programs. Distributions
// that allow several versions keep them off PATH.
var serverDirs = []string{
	"/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                   // the PostgreSQL project's RPMs
	"/opt/homebrew/opt/postgresql@*/bin", // Homebrew on ARM
	"/usr/local/opt/postgresql@*/bin",    // Homebrew on Intel
	"/usr/local/pgsql*/bin",              // built from source
	"/Library/PostgreSQL/*/bin",          // the macOS installer
}

// findServer returns the directory with initdb and postgres: the one on PATH, which the
// user chose, else the newest of serverDirs.
func findServer() (string, error) {
	for _, name := range []string{"initdb", "postgres"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		// If only postgres is linked into PATH, initdb is in the directory that the link points to.
		if path, err = filepath.EvalSymlinks(path); err != nil {
			continue
		}
		if dir := filepath.Dir(path); hasServer(dir) {
			return dir, nil
		}
	}
	var found []string
	for _, pattern := range serverDirs {
		dirs, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		found = append(found, slices.DeleteFunc(dirs, func(dir string) bool { return !hasServer(dir) })...)
	}
	if len(found) == 0 {
		return "", errNoServer
	}
	return slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(versionOf(a), versionOf(b)) }), nil
}

func hasServer(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

var digits = regexp.MustCompile(`\d+(\.\d+)?`)

// versionOf returns the version number in a directory's name, 0 when it has none.
func versionOf(dir string) float64 {
	v, err := strconv.ParseFloat(digits.FindString(dir), 64)
	if err != nil {
		return 0
	}
	return v
}
