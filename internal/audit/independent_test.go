package audit_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
)

// A program in another language that was written from docs/audit-format.md alone accepts what is
// exported, and nothing that was changed.
func TestIndependentVerifier(t *testing.T) {
	a := apptest.New(t, store.SQLite, store.Options{})
	tenantID := a.AddTenant(t, "exported.test").ID
	appendTo(t, a, some(tenantID, 300)...)
	a.Sequence(t)
	keys, err := audit.KeysOf(t.Context(), a.DB.Queries, tenantID)
	apptest.Must(t, err)
	accepts := func(files map[string]string) (string, bool) {
		t.Helper()
		folder := t.TempDir()
		for name, text := range files {
			apptest.Must(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
		}
		out, err := exec.CommandContext(t.Context(), "node", "testdata/verify.mjs", folder, keys[0].Verifier).CombinedOutput()
		return strings.TrimSpace(string(out)), err == nil
	}
	for name, filters := range map[string]url.Values{"all": nil, "some": {"ip": {"2001:db8::7"}}, "none": {"userId": {"nobody"}}} {
		bundle, p := export(t, a, tenantID, audit.Export{After: -1, Format: audit.NDJSON, Filters: filters})
		files := unpack(t, bundle)
		if said, ok := accepts(files); !ok || said != strconv.FormatInt(p.Events, 10) {
			t.Fatalf("%s: %v %s", name, ok, said)
		}
		for file, text := range files {
			for i := 0; i < len(text); i += len(text)/7 + 1 { // each costs the start of a program
				forged := map[string]string{}
				for n, v := range files {
					forged[n] = v
				}
				forged[file] = text[:i] + string([]byte{text[i] ^ 1}) + text[i+1:]
				if said, ok := accepts(forged); ok {
					t.Errorf("%s: byte %d of %s can be changed: %s", name, i, file, said)
				}
			}
		}
	}
}
