package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// moduleRoot is the directory of go.mod, relative to that of this package.
const moduleRoot = "../.."

func TestImports(t *testing.T) {
	if _, err := os.Stat(filepath.Join(moduleRoot, "go.mod")); err != nil {
		t.Fatal(err)
	}
	broken, err := check(os.DirFS(moduleRoot))
	if err != nil {
		t.Fatal(err)
	}
	for _, sentence := range broken {
		t.Error(sentence)
	}
}

// Each file has the imports given, and breaks the rule in want or none.
func TestCheck(t *testing.T) {
	for _, c := range []struct{ file, imports, want string }{
		{"session.go", `"time"`, ""},
		{"session.go", `"github.com/google/uuid"`, "standard library only"},
		{"client/feed.go", `"net/http"`, ""},
		{"client/feed.go", `"github.com/google/uuid"`, "standard library only"},
		{"client/feed.go", module, "standard library only"},
		{"client/feed.go", module + "/internal/token", "does not allow client to import token"},
		{"client/feed_test.go", module + "/internal/apptest", ""},
		{"examples/goapp/main.go", module + "/client", ""},
		{"examples/goapp/main.go", module + "/internal/token", "does not allow examples to import token"},
		{"internal/policy/policy.go", module, ""},
		{"internal/policy/policy.go", module + "/internal/store", "does not allow policy to import store"},
		{"internal/policy/policy.go", `"os"`, "no I/O"},
		{"internal/factor/totp.go", `"github.com/pquerna/otp"`, ""},
		{"internal/store/store.go", `"database/sql"`, ""},
		{"internal/store/store.go", module + "/internal/audit", "does not allow store to import audit"},
		{"internal/store/migrations/sum.go", `"database/sql/driver"`, ""},
		{"internal/session/session.go", `"database/sql"`, "speaks SQL"},
		{"internal/session/session.go", `"github.com/jackc/pgx/v5/pgconn"`, "speaks SQL"},
		{"internal/session/session.go", module + "/internal/audit", ""},
		{"internal/session/session.go", module + "/internal/signin", "does not allow session to import signin"},
		{"internal/session/session_test.go", module + "/internal/apptest", ""},
		{"internal/session/session.go", module + "/internal/apptest", "does not allow"},
		{"internal/session/session_test.go", module + "/internal/web", "does not allow"},
		{"internal/signin/next.go", module + "/internal/session", ""},
		{"internal/signin/next.go", `"net/http"`, "the edges speak HTTP"},
		{"internal/web/profile/device_revoke.go", module + "/internal/device", ""},
		{"internal/web/profile/device_revoke.go", module + "/internal/store", "does not allow web to import store"},
		{"internal/web/web.go", module + "/internal/web/profile", ""},
		{"internal/web/profile/profile.go", module + "/internal/web/kit", ""},
		{"internal/web/profile/profile.go", module + "/internal/web/entry", "does not allow web/profile to import web/entry"},
		{"internal/web/entry/entry.go", module + "/internal/web/profile", "does not allow web/entry to import web/profile"},
		{"internal/web/kit/shell.go", module + "/internal/web/entry", "does not allow web/kit to import web/entry"},
		{"internal/web/kit/shell.go", module + "/internal/web", "does not allow web/kit to import web"},
		{"internal/web/entry/entry_test.go", module + "/internal/web/webtest", ""},
		{"internal/web/entry/entry.go", module + "/internal/web/webtest", "does not allow web to import web/webtest"},
		{"internal/web/webtest/site.go", module + "/internal/apptest", ""},
		{"internal/api/devices.go", module + "/internal/web", "does not allow api to import web"},
		{"cmd/sallyport/serve.go", module + "/internal/web", ""},
		{"client/client.go", module + "/internal/token", "does not allow client to import token"},
		{"internal/util/strings.go", `"strings"`, "package util has no place yet"},
		{"internal/util/testdata/strings.go", `"strings"`, ""},
		{"internal/web/kit/static/vendor/x.go", `"database/sql"`, "speaks SQL"},
		{".cache/x.go", `"database/sql"`, ""},
	} {
		quoted := `"` + strings.Trim(c.imports, `"`) + `"`
		tree := fstest.MapFS{c.file: {Data: []byte("package p\n\nimport " + quoted + "\n")}}
		broken, err := check(tree)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(broken, "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s with %s: %q, want %q", c.file, quoted, got, c.want)
		}
	}
}

// The table must not allow an import cycle: a row can only name rows that exist, and none
// that lead back to it.
func TestTable(t *testing.T) {
	for from, tos := range allowed {
		for _, to := range tos {
			if _, ok := allowed[to]; !ok {
				t.Errorf("the row of %s names %s, which has no row", from, to)
			}
			if slices.Contains(allowed[to], from) {
				t.Errorf("the rows of %s and %s name each other", from, to)
			}
		}
	}
}

// A room without a line in the table of rooms could import any other.
func TestRooms(t *testing.T) {
	err := fs.WalkDir(os.DirFS(moduleRoot), "internal/web", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || !holdsGo(os.DirFS(moduleRoot), name) || row(name) != "web" {
			return err
		}
		if _, ok := rooms[strings.TrimPrefix(name, "internal/")]; !ok {
			t.Errorf("%s has no line in the table of rooms", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
