package api

import (
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
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
	for name, closed := range map[string]bool{"SignInRequest": true, "Fingerprint": true, "Problem": false, "SessionCheck": false} {
		if got := dig(doc, "components", "schemas", name, "additionalProperties") == false; got != closed {
			t.Errorf("%s closed: %v", name, got)
		}
	}
	for ref := range refs(doc) {
		where, ok := strings.CutPrefix(ref, "#/")
		if !ok || dig(doc, strings.Split(where, "/")...) == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	}
}

// The document is asked for again and again: it is compressed, and not sent to who has it.
func TestDocumentIsSentOnce(t *testing.T) {
	a := newApp(t, "")
	for _, path := range []string{"/openapi.json", "/openapi.yaml"} {
		c := a.client()
		plain := c.get(path).is(200)
		if tag := plain.header.Get("ETag"); !strings.HasPrefix(tag, `"`) || !strings.Contains(plain.header.Get("Cache-Control"), "no-cache") {
			t.Errorf("%s: %v", path, plain.header)
		}
		c.headers["Accept-Encoding"] = "gzip, br"
		packed := c.get(path).is(200)
		z := must(gzip.NewReader(strings.NewReader(packed.body)))(t)
		if body := must(io.ReadAll(z))(t); string(body) != plain.body || packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s, compressed: %d bytes of %d, %v", path, len(body), len(plain.body), packed.header)
		}
		c.headers["If-None-Match"] = packed.header.Get("ETag")
		if again := c.get(path).is(304); again.body != "" || again.header.Get("Content-Encoding") != "" {
			t.Errorf("%s again: %v", path, again.header)
		}
		delete(c.headers, "Accept-Encoding")
		c.get(path).is(200) // the other form has another tag
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

// recorder is a mux that records the registered patterns.
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
			if dig(op, "summary") == nil || dig(op, "operationId") == nil {
				t.Errorf("%s %s is not described", method, path)
			}
		}
	}
	listed = append(listed, "GET "+prefix+"/openapi.json", "GET "+prefix+"/openapi.yaml") // the document itself
	slices.Sort(listed)
	slices.Sort(mux.patterns)
	if diff := cmp.Diff(mux.patterns, listed); diff != "" {
		t.Errorf("-registered +listed:\n%s", diff)
	}
}

// A word in the place of an id would be taken for an id by the operations on one thing: with
// another method, or by a client that builds addresses.
func TestLiteralsAndIdsShareNoPlace(t *testing.T) {
	doc := into[map[string]any](newApp(t, "").client().get("/openapi.json"))
	for _, both := range shared(slices.Sorted(maps.Keys(dig(doc, "paths").(map[string]any)))) {
		t.Error(both)
	}
	c := newApp(t, "").browse(memberEmail)
	for _, path := range []string{"/me/disable-mfa", "/me/revoke-all-sessions", "/passkey-sign-in"} {
		c.do("PATCH", prefix+path, "{}").refused(405, codeMethod)
	}
	for _, bad := range [][]string{{"/things/{id}", "/things/all"}, {"/things/{id}/end", "/things/all"}, {"/a/{x}/b/{y}", "/a/{z}/b/c/d"}, {"/{id}", "/me"}} {
		if len(shared(bad)) == 0 {
			t.Errorf("%v was not found", bad)
		}
	}
	if good := shared([]string{"/things/{id}", "/things", "/things/{id}/end", "/others/all", "/things/{id}/end/{part}"}); len(good) != 0 {
		t.Errorf("%v", good)
	}
}

// agreed are the places that the outline of the API gives to both: sessions/bulk stands beside
// sessions/{id}, preview beside the id of a bulk job, and events/checkpoint beside events/{id}. No id is
// such a word.
var agreed = map[string]bool{"/sessions": true, "/sessions/bulk": true, "/events": true}

// shared returns the places that have a parameter in one path and a word in another.
func shared(paths []string) (found []string) {
	words, parameters := map[string]string{}, map[string]string{}
	for _, path := range paths {
		place := ""
		for _, part := range strings.Split(path, "/")[1:] {
			seen, segment := words, part
			if strings.HasPrefix(part, "{") {
				seen, segment = parameters, "{}"
			}
			seen[place] = path
			place += "/" + segment
		}
	}
	for place, path := range parameters {
		if other, ok := words[place]; ok && !agreed[place] {
			found = append(found, path+" and "+other)
		}
	}
	return found
}

// neededHeading begins the last part of docs/api.md, which this test writes from the
// operations.
const neededHeading = "## What each call needs\n"

// docs/api.md has the same needs as the records of the operations.
func TestDocumentation(t *testing.T) {
	const page = "../../docs/api.md"
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(have), neededHeading)
	if !found {
		t.Fatalf("%s has no %q", page, neededHeading)
	}
	var b strings.Builder
	b.WriteString(before + neededHeading + strings.ReplaceAll(`
What the caller brings: nothing, a session by cookie or bearer token, the flow of a sign-in or step-up. Then the permission, which 403 'forbidden'
names in 'permission' when it is missing, and the act whose step-up may be asked for. The OpenAPI document has them as 'x-permission' and
'x-step-up'. What changes something without a step-up says why. [rules.md](rules.md) says which role has which permission, what each act asks for, and
what the reasons mean. Generated from the operations by
'go test ./internal/api -run TestDocument -update'; the same test keeps it fresh.

| operation | call | who | permission | step-up | none because |
|---|---|---|---|---|---|
`, "'", "`"))
	code := func(s string) string {
		if s == "" {
			return ""
		}
		return "`" + s + "`"
	}
	for _, op := range newApp(t, "").operations() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", code(op.OperationID), code(op.Method+" "+op.Path), callers[op.caller].called,
			code(string(op.need.Permission)), code(string(op.need.StepUp)), code(string(op.exempt())))
	}
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(b.String(), string(have)); diff != "" {
		t.Errorf("%s is not fresh (go test -run TestDocument -update writes it), -want +got:\n%s", page, diff)
	}
}
