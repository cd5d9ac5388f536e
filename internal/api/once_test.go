package api

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
)

func TestKeysOnce(t *testing.T) {
	for body, good := range map[string]bool{
		`{}`: true, `{"a":1,"b":1}`: true, `{"a":{"a":{"a":"a"}},"b":{"a":1}}`: true, `[{"a":1},{"a":1}]`: true, `{"a":"a","b":["a","a",{"a":"a"}]}`: true,
		`{"a":["a","a"],"c":"a"}`: true, `"a"`: true, `{"a":{},"b":{}}`: true, `{"a":[],"b":[[]]}`: true, `{"a":1,"A":2}`: true, // an unknown field
		`{"a":1,"a":1}`: false, `{"a":1,"b":2,"a":3}`: false, `{"a":{"b":1,"b":2}}`: false, `[[{"a":[],"a":[]}]]`: false, `{"a":{},"a":{}}`: false,
		`{"a":1,"\u0061":2}`: false, `{"":1,"":2}`: false, `{"a":{"x":1},"b":[{"y":1}],"a":1}`: false,
		`{"a":1,`: true, `nonsense`: true, ``: true, `{"a" "a"}`: true,
	} {
		if err := keysOnce([]byte(body)); (err == nil) != good {
			t.Errorf("%s: %v", body, err)
		}
	}
	deep := strings.Repeat(`{"a":`, 9000) + `{"b":1,"b":2}` + strings.Repeat("}", 9000)
	if keysOnce([]byte(deep)) == nil {
		t.Error("a key twice, deep down")
	}
}

func FuzzKeysOnce(f *testing.F) {
	f.Add(`{"a":{"b":[1,"a"]},"c":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		var v map[string]any
		if json.Unmarshal([]byte(text), &v) != nil {
			return
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := keysOnce(again); err != nil {
			t.Errorf("%s has no key twice", again)
		}
	})
}

func TestParametersOnce(t *testing.T) {
	for query, wrong := range map[string]string{
		"": "", "a=1&b=1": "", "kind=auth.signed_in&kind=auth.signed_out": "", "userId=a&limit=1": "",
		"limit=1&limit=2": "limit", "x=1&x=1": "x", "sort=a&b=1&b=2&sort=b": "b sort", "kind=a&kind=b&cursor=a&cursor=b": "cursor",
		"limit=1&limit=2&" + url.QueryEscape(canary) + "=1&" + url.QueryEscape(canary) + "=2": " limit", // no name but ours is repeated
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		var e *sallyport.Error
		if errors.As(parametersOnce(values), &e) {
			for _, f := range e.Fields {
				names = append(names, f.Field)
			}
		}
		if got := strings.Join(names, " "); got != wrong {
			t.Errorf("%s: %q, want %q", query, got, wrong)
		}
	}
}

// Every operation refuses a parameter twice, and a key twice where it has a body. The session check, which other
// services call on each of their requests, reads neither.
func TestEveryOperationTakesThingsOnce(t *testing.T) {
	a := newApp(t, "")
	here := place{a.owner.TenantID, ""}
	paths := dig(into[map[string]any](a.client().get("/openapi.json")), "paths").(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for name := range paths[path].(map[string]any) {
			method, where := strings.ToUpper(name), prefix+regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "x")
			c := a.person(here, sallyport.RoleOwner, fresh).client
			if method+" "+where == checkPattern {
				continue
			}
			if got := c.do(method, where+"?twice=1&twice=2", ""); got.status != http.StatusUnprocessableEntity {
				t.Errorf("%s %s: a parameter twice is answered with %d", method, path, got.status)
			}
			if method == http.MethodGet || uploads[method+" "+where] {
				continue
			}
			if got := c.do(method, where, `{"x":1,"x":2}`); got.status != http.StatusBadRequest {
				t.Errorf("%s %s: a key twice is answered with %d", method, path, got.status)
			}
		}
	}
}
