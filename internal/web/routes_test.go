package web_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web"
	"github.com/sallyport/sallyport/internal/web/kit"
)

func TestRoutes(t *testing.T) {
	routes := web.New(web.Deps{}).Routes()
	for _, r := range routes {
		method, path, ok := strings.Cut(r.Pattern, " ")
		if r.Pattern != "/" && (!ok || method != "GET" && method != "POST" || !strings.HasPrefix(path, "/")) {
			t.Errorf("%q is no pattern of a page", r.Pattern)
		}
		if r.Guard.String() == "" || r.Do == nil {
			t.Errorf("%s is guarded by %d", r.Pattern, r.Guard)
		}
		if byLink := strings.Contains(path, "{secret}") || strings.Contains(path, "{of}"); byLink != (r.Guard == kit.Mailed) && r.Guard != kit.Open {
			t.Errorf("%s is guarded as %s", r.Pattern, r.Guard)
		}
		if strings.Contains(path, "{id}") && r.Guard != kit.SignedIn {
			t.Errorf("%s: whose it is, is not asked", r.Pattern)
		}
		if _, known := policy.ActOf(r.Need.StepUp); r.Need.StepUp != "" && !known {
			t.Errorf("%s needs %q", r.Pattern, r.Need.StepUp)
		}
		// Whatever changes something takes a step-up, or has a reason why not.
		if _, ok := policy.ActOf(r.Need.StepUp); method == "POST" && !ok && !policy.Exempt(cmp.Or(r.Guard.Exemption(), r.Need.Exempt)) {
			t.Errorf("%s has neither a step-up nor a reason why it needs none", r.Pattern)
		}
		if r.Entry.Section != "" && (method != "GET" || r.Guard != kit.SignedIn || strings.Contains(path, "{")) {
			t.Errorf("the navigation leads to %s", r.Pattern)
		}
		if p := r.Need.Permission; p != "" && !access.Known(string(p)) {
			t.Errorf("%s needs %q", r.Pattern, p)
		}
	}
}

// Whatever is served is a row of a table: one line registers them all.
func TestNothingIsServedBesideTheTables(t *testing.T) {
	calls := map[string]int{}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if d.IsDir() && (d.Name() == "webtest" || d.Name() == "kittest") {
			return fs.SkipDir
		}
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains([]string{"Handle", "HandleFunc", "NewServeMux"}, s.Sel.Name) {
				calls[name+": "+s.Sel.Name]++
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for call, n := range calls {
		if n > 1 || call != "kit/shell.go: HandleFunc" && call != "kit/shell.go: NewServeMux" {
			t.Errorf("%s (%d): a page is a row of a table", call, n)
		}
	}
	if len(calls) != 2 {
		t.Errorf("the tables are served by %v", calls)
	}
}
