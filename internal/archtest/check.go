package archtest

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// skipped are directories without packages of the product.
var skipped = []string{"testdata", "vendor", "node_modules", "bin", "data"}

// check returns a sentence for each import that table.go does not allow. It reads the
// files for every system and build tag.
func check(tree fs.FS) ([]string, error) {
	var broken []string
	unplaced := map[string]bool{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			base := d.Name()
			hidden := name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_"))
			// A directory with such a name is skipped unless it has Go files.
			if hidden || slices.Contains(skipped, base) && !holdsGo(tree, name) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		pkg := row(path.Dir(name))
		if _, ok := allowed[pkg]; !ok {
			unplaced[pkg] = true
			return nil
		}
		sentences, err := checkFile(tree, name, pkg)
		broken = append(broken, sentences...)
		return err
	})
	for pkg := range unplaced {
		broken = append(broken, fmt.Sprintf("package %s has no place yet: decide what it may import and who may import it, "+
			"and add it to the table in internal/archtest/table.go", pkg))
	}
	slices.Sort(broken)
	return broken, err
}

// holdsGo reports whether the directory itself has Go files. It is false for testdata,
// whose files are not checked.
func holdsGo(tree fs.FS, dir string) bool {
	if path.Base(dir) == "testdata" {
		return false
	}
	files, err := fs.Glob(tree, path.Join(dir, "*.go"))
	return err == nil && len(files) > 0
}

// row returns the name in the table for a directory of the module: its own, or that of the
// nearest package above it.
func row(dir string) string {
	inside, ok := strings.CutPrefix(dir, "internal/")
	if !ok {
		first, _, _ := strings.Cut(dir, "/")
		return first
	}
	for at := inside; strings.Contains(at, "/"); at = path.Dir(at) {
		if _, ok := allowed[at]; ok {
			return at
		}
	}
	first, _, _ := strings.Cut(inside, "/")
	return first
}

// refuseRoom says why a room must not import a path, or nothing when it may.
func refuseRoom(dir, imported string) string {
	from, to := strings.TrimPrefix(dir, "internal/"), strings.TrimPrefix(imported, module+"/internal/")
	down, isRoom := rooms[from]
	if _, known := rooms[to]; !isRoom || !known || slices.Contains(down, to) {
		return ""
	}
	return fmt.Sprintf("the table of rooms in internal/archtest/table.go does not allow %s to import %s", from, to)
}

func checkFile(tree fs.FS, name, pkg string) ([]string, error) {
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var broken []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		test := strings.HasSuffix(name, "_test.go")
		why := refuse(pkg, imported, test)
		if why == "" && !test {
			why = refuseRoom(path.Dir(name), imported)
		}
		if why != "" {
			broken = append(broken, fmt.Sprintf("%s imports %s: %s", name, imported, why))
		}
	}
	return broken, nil
}

// refuse returns why pkg must not import a path, "" when it may.
func refuse(pkg, imported string, test bool) string {
	if inside, ok := strings.CutPrefix(imported, module+"/"); ok {
		to := row(inside)
		if to == pkg || slices.Contains(allowed[pkg], to) || test && slices.Contains(aids, to) {
			return ""
		}
		return fmt.Sprintf("the table in internal/archtest/table.go does not allow %s to import %s", pkg, to)
	}
	if test || imported == module && pkg != "client" {
		return "" // tests may use any library
	}
	first, _, _ := strings.Cut(imported, "/")
	if strings.Contains(first, ".") {
		switch pkg {
		case ".":
			return "the root package imports the standard library only"
		case "client":
			return "programs of other services import client: it imports the standard library only"
		}
	}
	for _, b := range bans {
		if b.covers(imported) && b.binds(pkg) {
			return b.why
		}
	}
	return ""
}

func (b ban) covers(imported string) bool {
	return slices.ContainsFunc(b.imports, func(p string) bool {
		return imported == p || strings.HasPrefix(imported, p+"/")
	})
}

func (b ban) binds(pkg string) bool {
	if slices.Contains(b.except, pkg) {
		return false
	}
	return b.only == nil || slices.Contains(b.only, pkg)
}
