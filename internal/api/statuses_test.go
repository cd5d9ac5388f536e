package api

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
)

// faulty are requests that go wrong before any use is called, or in it.
var faulty = map[string]func(c *client, method, path string) answer{
	"a body that is too long":   func(c *client, m, p string) answer { return c.do(m, p, `{"x":"`+strings.Repeat("x", maxBody)+`"}`) },
	"a form":                    func(c *client, m, p string) answer { return c.saying("application/x-www-form-urlencoded", m, p, "x=1") },
	"no UTF-8":                  func(c *client, m, p string) answer { return c.do(m, p, "\"\xff\"") },
	"no JSON":                   func(c *client, m, p string) answer { return c.do(m, p, "{") },
	"another type":              func(c *client, m, p string) answer { return c.do(m, p, "[]") },
	"an unknown field":          func(c *client, m, p string) answer { return c.do(m, p, `{"unheardOf":1}`) },
	"an empty object":           func(c *client, m, p string) answer { return c.do(m, p, "{}") },
	"nothing":                   func(c *client, m, p string) answer { return c.do(m, p, "") },
	"a key twice":               func(c *client, m, p string) answer { return c.do(m, p, `{"x":1,"x":1}`) },
	"a parameter twice":         func(c *client, m, p string) answer { return c.do(m, p+"?limit=1&limit=2", "") },
	"an unknown parameter":      func(c *client, m, p string) answer { return c.do(m, p+"?unheardOf=1", "") },
	"a limit that is no number": func(c *client, m, p string) answer { return c.do(m, p+"?limit=x", "") },
	"a strange host": func(c *client, m, p string) answer {
		c.host = "elsewhere.example.test"
		defer func() { c.host = "" }()
		return c.do(m, p, "{}")
	},
}

// saying sends a body of another content type.
func (c *client) saying(contentType, method, path, body string) answer {
	c.app.t.Helper()
	c.headers["Content-Type"] = contentType
	defer delete(c.headers, "Content-Type")
	return c.do(method, path, body)
}

// Whatever goes wrong, the document has the status for that operation. Everybody's calls with
// valid bodies are in TestEveryOperationForEverybody, which asks the same.
func TestTheDocumentHasEveryStatus(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		here := place{a.owner.TenantID, ""}
		if _, err := a.deps.Tenants.Add(t.Context(), "far.example.test", "Far away"); err != nil {
			t.Fatal(err)
		}
		paths := dig(into[map[string]any](a.client().get("/openapi.json")), "paths").(map[string]any)
		calls := 0
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			for method, op := range paths[path].(map[string]any) {
				owner := a.person(here, sallyport.RoleOwner, fresh)
				for caller, c := range map[string]*client{"nobody": a.client(), "a member": a.person(here, sallyport.RoleMember, fresh).client, "an owner": owner.client} {
					where := prefix + strings.NewReplacer("{id}", owner.user.ID, "{mfaId}", "x", "{flowId}", "x", "{code}", "x").Replace(path)
					for what, send := range faulty {
						calls++
						got := send(c, strings.ToUpper(method), where)
						if dig(op, "responses", strconv.Itoa(got.status)) == nil {
							t.Errorf("%s %s, %s with %s: %d is not described: %s", method, path, caller, what, got.status, got.body)
						}
					}
				}
				if changes := method != "get"; changes && dig(op, "responses", strconv.Itoa(http.StatusForbidden)) == nil {
					t.Errorf("%s %s: 403 cross_origin is not described", method, path)
				}
			}
		}
		t.Logf("%d calls", calls)
	})
}

// The problem of a status is described once.
func TestProblemsAreShared(t *testing.T) {
	doc := into[map[string]any](newApp(t, "").client().get("/openapi.json"))
	for path, item := range dig(doc, "paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			for status, r := range dig(op, "responses").(map[string]any) {
				if ref, _ := dig(r, "$ref").(string); (status >= "400") != strings.HasPrefix(ref, "#/components/responses/") {
					t.Errorf("%s %s %s: %v", method, path, status, r)
				}
			}
		}
	}
	if words := dig(doc, "components", "responses", "Forbidden", "description"); !strings.Contains(words.(string), string(sallyport.CodeCrossOrigin)) {
		t.Errorf("%v", words)
	}
}
