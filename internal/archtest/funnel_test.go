package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// exempt are the packages below the edges that may do what otherwise only package act
// does, with the reason.
var exempt = map[string]string{
	"act":    "it is the funnel",
	"audit":  "it reads and verifies the log that act appends to",
	"notify": "delivering a mail changes no user and has no event",
	"uses":   "it hands the database to act",
}

// keepers are the files that may call [act.Runner.Keep], for changes without an event.
var keepers = map[string]string{
	"internal/account/setup.go":       "a set-up link is offered before there is a user",
	"internal/account/restored.go":    "how far the acts are that follow when the database was set back",
	"internal/apps/enter.go":          "a code is exchanged for the pass that an act gave, or a pass ends",
	"internal/alert/tend.go":          "the same secret under another key",
	"internal/bulk/work.go":           "which node works at a job",
	"internal/dashboard/count.go":     "figures of what happened",
	"internal/dashboard/rebuild.go":   "figures of what happened",
	"internal/mfa/adoption.go":        "how many people have second factors",
	"internal/mfa/secret.go":          "the same secret under another key",
	"internal/preview/work.go":        "what an admin asked, and what was found: nothing of it changes anything",
	"internal/retention/forget.go":    "what expired means nothing",
	"internal/retention/retention.go": "the event of a run is in the transaction of its first batch",
	"internal/apikey/check.go":        "when keys were used",
	"internal/notice/notice.go":       "what somebody has read",
	"internal/oauth/oauth.go":         "when a service asked",
	"internal/oauth/jwt.go":           "the same secret under another key",
	"internal/session/refresh.go":     "which tokens the client of a session holds, which is a use of the session",
	"internal/session/activity.go":    "when sessions were used",
	"internal/signin/signin.go":       "anybody can open a flow, without an event",
	"internal/signin/federated.go":    "which request of a flow waits for an answer",
	"internal/sso/own.go":             "a request that waits for an answer",
	"internal/sso/report.go":          "when a provider was last tested",
	"internal/sso/saml.go":            "what a provider said is taken once",
	"internal/sso/tend.go":            "the same secret under another key",
	"internal/throttle/throttle.go":   "a try stays spent when the act fails",
	"internal/webhook/deliveries.go":  "what became of a test, or of an event that was sent again",
	"internal/webhook/work.go":        "how far a webhook is, and the same secrets under another key",
}

// looks are the queries that the demo sends to the database itself.
var looks = []string{"Claimed", "Tenants", "AuditHead"}

// funnel returns a sentence for each place where a use changes something without
// package act.
func funnel(tree fs.FS) ([]string, error) {
	var broken []string
	err := fs.WalkDir(tree, "internal", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		pkg := row(path.Dir(name))
		if pkg != "demo" && (exempt[pkg] != "" || !slices.Contains(uses, pkg)) {
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, _ := s.X.(*ast.Ident)
			inner, _ := s.X.(*ast.SelectorExpr)
			switch {
			case pkg == "demo" && inner != nil && inner.Sel.Name == "DB" && !slices.Contains(looks, s.Sel.Name):
				broken = append(broken, name+" touches the database itself: made-up people live by the uses")
			case x != nil && x.Name == "store" && s.Sel.Name == "Store":
				broken = append(broken, name+" holds the database itself: hold an act.Runner")
			case x != nil && x.Name == "audit" && (s.Sel.Name == "Append" || s.Sel.Name == "New"):
				broken = append(broken, name+" makes an event: note it in an act")
			case s.Sel.Name == "Keep" && keepers[name] == "":
				broken = append(broken, name+" changes something in nobody's name: do it in an act, or say in keepers why not")
			}
			return true
		})
		return nil
	})
	return broken, err
}

// The uses change the database through package act only.
func TestFunnel(t *testing.T) {
	broken, err := funnel(os.DirFS(moduleRoot))
	if err != nil {
		t.Fatal(err)
	}
	for _, sentence := range broken {
		t.Error(sentence)
	}
	for name := range keepers {
		source, err := os.ReadFile(path.Join(moduleRoot, name))
		if err != nil || !strings.Contains(string(source), "Keep(") {
			t.Errorf("keepers names %s, which keeps nothing: %v", name, err)
		}
	}
}

// Each file breaks the rule in want or none.
func TestFunnelFinds(t *testing.T) {
	for _, c := range []struct{ file, body, want string }{
		{"internal/session/x.go", "var db *store.Store", "holds the database"},
		{"internal/device/x.go", "var _ = audit.Append(ctx, tx)", "makes an event"},
		{"internal/mfa/x.go", "var _ = audit.New(actor, kind, now)", "makes an event"},
		{"internal/account/x.go", "var _ = s.acts.Keep(ctx, nil)", "nobody's name"},
		{"internal/account/setup.go", "var _ = s.acts.Keep(ctx, nil)", ""},
		{"internal/act/x.go", "var _ = audit.Append(ctx, tx)", ""},
		{"internal/session/x_test.go", "var db *store.Store", ""},
		{"internal/demo/x.go", "var _ = w.base.DB.AddAttempt(ctx, a)", "live by the uses"},
		{"internal/demo/x.go", "var _, _ = c.DB.Claimed(ctx)", ""},
		{"internal/web/x.go", "var db *store.Store", ""}, // the import table already forbids this
	} {
		broken, err := funnel(fstest.MapFS{c.file: {Data: []byte("package p\n\n" + c.body + "\n")}})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(broken, "; "); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s: %q, want %q", c.file, c.body, got, c.want)
		}
	}
}
