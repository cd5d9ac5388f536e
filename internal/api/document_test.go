package api

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDocument(t *testing.T) {
	a := newApp(t, "")
	got := a.client().get("/openapi.json").is(200)
	golden(t, "openapi.json", got.body)
	doc := into[map[string]any](got)
	if doc["openapi"] != "3.1.0" || got.header.Get("Content-Type") != "application/openapi+json" {
		t.Errorf("version %v, %v", doc["openapi"], got.header)
	}
	if yaml := a.client().get("/openapi.yaml").is(200).body; !strings.Contains(yaml, "openapi: 3.1.0") {
		t.Errorf("%.200s", yaml)
	}
	for name, closed := range map[string]bool{"SignInRequest": true, "Fingerprint": true, "Problem": false, "Current": false} {
		if got := dig(doc, "components", "schemas", name, "additionalProperties") == false; got != closed {
			t.Errorf("%s closed: %v", name, got)
		}
	}
	for ref := range refs(doc) {
		if name, ok := strings.CutPrefix(ref, "#/components/schemas/"); !ok || dig(doc, "components", "schemas", name) == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	}
}

// refs yields every $ref below v.
func refs(v any) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				if ref, ok := inner.(string); ok && name == "$ref" {
					yield(ref)
				}
				refs(inner)(yield)
			}
		case []any:
			for _, inner := range v {
				refs(inner)(yield)
			}
		}
	}
}

func dig(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// recorder is a mux that remembers its patterns.
type recorder struct {
	*http.ServeMux
	patterns []string
}

func (r *recorder) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	r.patterns = append(r.patterns, pattern)
	r.ServeMux.HandleFunc(pattern, h)
}

func TestDocumentListsEveryRoute(t *testing.T) {
	a := newApp(t, "")
	mux := &recorder{ServeMux: http.NewServeMux()}
	register(a.deps, mux)
	var listed []string
	doc := into[map[string]any](a.client().get("/openapi.json"))
	for path, item := range dig(doc, "paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			listed = append(listed, strings.ToUpper(method)+" "+prefix+path)
			checkOperation(t, a, method, path, op)
		}
	}
	listed = append(listed, "GET "+prefix+"/openapi.json", "GET "+prefix+"/openapi.yaml") // the document itself
	slices.Sort(listed)
	slices.Sort(mux.patterns)
	if diff := cmp.Diff(mux.patterns, listed); diff != "" {
		t.Errorf("-registered +listed:\n%s", diff)
	}
}

var inPath = regexp.MustCompile(`\{[a-zA-Z]+\}`)

// checkOperation holds an operation to its description: it asks for a session
// exactly when it says so, and has a summary and a name.
func checkOperation(t *testing.T, a *app, method, path string, op any) {
	t.Helper()
	if dig(op, "summary") == nil || dig(op, "operationId") == nil {
		t.Errorf("%s %s is not described", method, path)
	}
	security, err := json.Marshal(dig(op, "security"))
	if err != nil {
		t.Fatal(err)
	}
	got := a.client().do(strings.ToUpper(method), prefix+inPath.ReplaceAllString(path, "x"), "")
	asked := got.status == http.StatusUnauthorized && strings.Contains(got.body, `"not_signed_in"`)
	if says := strings.Contains(string(security), byBearer); says != asked {
		t.Errorf("%s %s: security %s, but the answer to nobody is %d %s", method, path, security, got.status, got.body)
	}
}
