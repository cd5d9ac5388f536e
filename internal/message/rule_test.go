package message

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
)

func TestRule(t *testing.T) {
	args := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	for want, e := range map[string]sallyport.FieldError{
		"This is required.":                                         {Field: "email", Code: "required"},
		"At least 12 characters":                                    {Field: "newPassword", Code: "too_short", Args: args("min", "12")},
		"At least one number":                                       {Field: "newPassword", Code: "needs_number"},
		"At least one number, or 15 characters":                     {Field: "newPassword", Code: "needs_number", Args: args("from", "15")},
		"This is in use already.":                                   {Field: "host", Code: "taken"},
		"Somebody has this address already.":                        {Field: "email", Code: "taken"},
		"This is out of range.":                                     {Code: "out_of_range"},
		"This must be from 1 to 3.":                                 {Code: "out_of_range", Args: args("min", "1", "max", "3")},
		"This is not valid.":                                        {Field: "email", Code: "unheard_of", Args: args("", "x")},
		"Possible are a, b.":                                        {Code: "not_an_option", Args: args("options", "a, b")},
		"This is your last password. Choose another one.":           {Code: "reused", Args: args("count", "1")},
		"This is one of your last 5 passwords. Choose another one.": {Code: "reused", Args: args("count", "5")},
		"Your phone’s clock is about 1 minute slow. Set it to automatic, then enter the next code.":  {Code: "clock_drift", Args: args("seconds", "45", "direction", "slow")},
		"Your phone’s clock is about 3 minutes fast. Set it to automatic, then enter the next code.": {Code: "clock_drift", Args: args("seconds", "179", "direction", "fast")},
	} {
		if got := For("").Rule(e); got != want {
			t.Errorf("%+v reads %q, want %q", e, got, want)
		}
	}
}

// ownWords are what [Printer.Rule] adds to a code whose text depends on the arguments.
var ownWords = map[string][]string{
	"clock_drift":  {"clock_driftFast", "clock_driftSlow"},
	"out_of_range": {"out_of_range", "out_of_rangeBetween"},
	"needs_upper":  {"needs_upper", "needs_upperOr"},
	"needs_number": {"needs_number", "needs_numberOr"},
	"needs_symbol": {"needs_symbol", "needs_symbolOr"},
	// The words of what is wrong at an identity provider are "sso.problem." and its code.
	"provider_problem": {},
}

// Every rule that the code uses has a text, and every text belongs to a rule.
func TestEveryRuleHasWords(t *testing.T) {
	codes, fields := ruleCodes(t)
	if len(codes) < 40 || !slices.Contains(codes, "phone_not_mobile") || !slices.Contains(codes, "invalid_email") || !slices.Contains(codes, "wrong_code") {
		t.Fatalf("found %v only", codes)
	}
	used := map[string]bool{}
	for _, code := range codes {
		words := ownWords[code]
		if words == nil {
			words = []string{code}
		}
		for _, w := range words {
			used["rule."+w] = true
			if !ids()["rule."+w] {
				t.Errorf("no words for %s", w)
			}
		}
	}
	for id := range ids() {
		code, field, own := strings.Cut(strings.TrimPrefix(id, "rule."), ".")
		switch {
		case !strings.HasPrefix(id, "rule.") || used[id]:
		case !own || !slices.Contains(codes, code):
			t.Errorf("message %q is of no rule", id)
		case !fields[field]:
			t.Errorf("message %q is of a field that nobody refuses", id)
		}
	}
}

// ruleCodes returns the codes of rules in the project's code: those in a FieldError, and
// those in values that become the Code of one. fields has all field names used with them.
func ruleCodes(t *testing.T) (codes []string, fields map[string]bool) {
	t.Helper()
	packages := map[string][]*ast.File{}
	for path, text := range sources(t) {
		if !strings.HasSuffix(path, ".go") {
			continue
		}
		file, err := goparser.ParseFile(token.NewFileSet(), path, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], file)
	}
	fields = map[string]bool{}
	for _, files := range packages {
		f := flow{found: map[string]bool{}, fields: fields, names: map[string]bool{}}
		for before := -1; before < len(f.found)+len(f.names); { // until nothing new is found
			before = len(f.found) + len(f.names)
			for _, file := range files {
				ast.Inspect(file, f.visit)
			}
		}
		for code := range f.found {
			if !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
	}
	slices.Sort(codes)
	return codes, fields
}

// flow follows values into the Code of a FieldError inside one package, by name. When one
// value of a variable, constant, parameter or function becomes a Code, all its values count.
type flow struct {
	found, fields map[string]bool
	names         map[string]bool // of what is followed; "refuse/1" is parameter 1 of refuse
}

var codeLike = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

func (f flow) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CompositeLit:
		f.literal(n)
	case *ast.FuncDecl:
		f.function(n.Name.Name, n.Type, n.Body)
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if len(n.Rhs) != len(n.Lhs) {
				continue
			}
			if part, ok := left.(*ast.SelectorExpr); ok && part.Sel.Name == "Code" {
				f.value(n.Rhs[i])
			}
			name, ok := left.(*ast.Ident)
			if !ok {
				continue
			}
			if lit, ok := n.Rhs[i].(*ast.FuncLit); ok {
				f.function(name.Name, lit.Type, lit.Body)
			} else if f.names[name.Name] {
				f.value(n.Rhs[i])
			}
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if f.names[name.Name] && i < len(n.Values) {
				f.value(n.Values[i])
			}
		}
	case *ast.CallExpr:
		for i, arg := range n.Args {
			if name := nameOf(n.Fun); name != "" && f.names[name+"/"+strconv.Itoa(i)] {
				f.value(arg)
			}
		}
	}
	return true
}

// literal reads a composite literal that is a FieldError: it has both a Field and a Code.
func (f flow) literal(n *ast.CompositeLit) {
	parts := map[string]ast.Expr{}
	for _, e := range n.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			parts[nameOf(pair.Key)] = pair.Value
		}
	}
	if parts["Field"] == nil || parts["Code"] == nil || !slices.Contains([]string{"FieldError", "Wrong"}, nameOf(n.Type)) && n.Type != nil {
		return
	}
	f.value(parts["Code"])
	if text, ok := parts["Field"].(*ast.BasicLit); ok {
		name, _ := strconv.Unquote(text.Value)
		f.fields[name] = true
	}
}

// function follows the parameters that become a Code, and the results of a function that
// returns one.
func (f flow) function(name string, signature *ast.FuncType, body *ast.BlockStmt) {
	at := 0
	for _, group := range signature.Params.List {
		for _, p := range group.Names {
			if f.names[p.Name] && mentions(body, p.Name) {
				f.names[name+"/"+strconv.Itoa(at)] = true
			}
			at++
		}
	}
	if !f.names[name] || body == nil {
		return
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok {
			for _, v := range r.Results {
				f.value(v)
			}
		}
		return true
	})
}

func (f flow) value(v ast.Expr) {
	switch v := v.(type) {
	case *ast.BasicLit:
		if code, err := strconv.Unquote(v.Value); err == nil && codeLike.MatchString(code) {
			f.found[code] = true
		}
	case *ast.Ident:
		f.names[v.Name] = true
	case *ast.CallExpr:
		f.names[nameOf(v.Fun)] = true
	}
}

// mentions reports whether a FieldError or a call in body uses the name.
func mentions(body *ast.BlockStmt, name string) bool {
	found := false
	if body == nil {
		return false
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			found = found || nameOf(n.Key) == "Code" && nameOf(n.Value) == name
		case *ast.CallExpr:
			found = found || slices.ContainsFunc(n.Args, func(a ast.Expr) bool { return nameOf(a) == name })
		}
		return !found
	})
	return found
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
