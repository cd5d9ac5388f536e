package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

// strangers are values that a field can be given, whatever it is for. A database fails on some of them.
var strangers = []any{
	nil, true, -1, 1.5, json.Number("1e999"), json.Number("92233720368547758079"), "", " ", "\x00", "\ufffd\u202e\n", strings.Repeat("é", 2000),
	[]any{}, []any{nil}, []any{"\x00"}, []any{[]any{}}, map[string]any{}, map[string]any{"a": nil}, "2026-13-45T99:99:99Z", "0001-01-01T00:00:00Z", "-1",
}

// strangeBodies returns bodies that are made of a right one: each field, and each field within it, is each of
// the strangers, is missing, or has an unknown one beside it; and bodies that are no object.
func strangeBodies(right map[string]any) []any {
	all := slices.Concat([]any{}, strangers)
	with := func(name string, value any) map[string]any {
		m := maps.Clone(right)
		m[name] = value
		return m
	}
	all = append(all, with("unknown", "x"), with("__proto__", map[string]any{}), with("\x00", 1))
	for name, value := range right {
		without := maps.Clone(right)
		delete(without, name)
		all = append(all, without)
		for _, v := range strangers {
			all = append(all, with(name, v))
		}
		if inner, ok := value.(map[string]any); ok {
			for _, v := range strangeBodies(inner) {
				all = append(all, with(name, v))
			}
		}
	}
	return all
}

// Every operation, called by an owner who has proven everything, with bodies that do not fit: none is a
// mistake of the server, and what is refused is a problem document. What fits after all counts for
// somebody new each time.
func TestEveryOperationWithWhatDoesNotFit(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		m := newMatrix(t, a)
		here := m.visitors[0].at
		calls := 0
		for _, op := range a.operations() {
			e := entries[op.OperationID]
			if op.caller == inFlow || op.caller == inStepUp || op.bare || !op.changes() || uploads[op.Method+" "+prefix+op.Path] {
				continue
			}
			who := m.person(here, sallyport.RoleOwner, fresh)
			of := m.person(here, sallyport.RoleMember, fresh)
			right := map[string]any{}
			if e.body != nil {
				if err := json.Unmarshal([]byte(e.body(a, of)), &right); err != nil {
					t.Fatalf("%s: %v", op.OperationID, err)
				}
			}
			for _, body := range strangeBodies(right) {
				if a.db.Engine == store.Postgres && !strings.Contains(fmt.Sprint(body), "\x00") {
					continue // only texts that it cannot hold are different there, and it is slow
				}
				text, err := json.Marshal(body)
				if err != nil {
					t.Fatal(err)
				}
				wrong := e
				wrong.body = func(*app, *person) string { return string(text) }
				wrong.want = 0
				calls++
				got := a.send(op, wrong, who.client, of, "none", "x")
				switch {
				case got.status >= http.StatusInternalServerError:
					t.Errorf("%s with %.200s: %d %s", op.OperationID, text, got.status, got.body)
				case got.status >= http.StatusBadRequest:
					p := into[problem](got)
					if got.header.Get("Content-Type") != problemType || p.Status != got.status || p.Code == "" {
						t.Errorf("%s with %.200s: no problem document: %s", op.OperationID, text, got.body)
					}
				default:
					who, of = m.person(here, sallyport.RoleOwner, fresh), m.person(here, sallyport.RoleMember, fresh)
				}
			}
		}
		t.Logf("%d calls", calls)
	})
}
