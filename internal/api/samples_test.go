package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
)

// bodiesOf yields each body of the document: where it is, and its media type.
func bodiesOf(doc any) map[string]map[string]any {
	all := map[string]map[string]any{}
	add := func(where string, holder any) {
		content, _ := dig(resolved(doc, holder), "content").(map[string]any)
		for kind, body := range content {
			if kind == "application/json" || kind == problemType { // no file
				all[where+" "+kind] = body.(map[string]any)
			}
		}
	}
	for path, item := range dig(doc, "paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			add(method+" "+path, dig(op, "requestBody"))
			for status, response := range dig(op, "responses").(map[string]any) {
				add(method+" "+path+" "+status, response)
			}
		}
	}
	return all
}

// samplesOf returns the examples of a body as JSON.
func samplesOf(t *testing.T, body map[string]any) (all []string) {
	t.Helper()
	values := []any{}
	if one, ok := body["example"]; ok {
		values = append(values, one)
	}
	several, _ := body["examples"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(several)) {
		values = append(values, dig(several[name], "value"))
	}
	for _, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}

// Every request and answer has an example, which is what its schema says and says something.
func TestEveryBodyHasAnExample(t *testing.T) {
	for where, body := range bodiesOf(described()) {
		found := samplesOf(t, body)
		if len(found) == 0 {
			t.Errorf("%s has no example", where)
		}
		for _, text := range found {
			for _, wrong := range misfits(described(), body["schema"], text) {
				t.Errorf("%s: %s: %s", where, wrong, text)
			}
			if strings.Contains(text, `:""`) || strings.Contains(text, `[""]`) {
				t.Errorf("%s: the example is empty: %s", where, text)
			}
		}
	}
}

// textsOf returns the texts of a request that are no enumerations or times, with their longest length; 0
// for one without.
func textsOf(schema map[string]any) map[string]int {
	found := map[string]int{}
	properties, _ := schema["properties"].(map[string]any)
	for name, p := range properties {
		s := resolved(described(), p)
		if s["type"] == "string" && s["enum"] == nil && s["format"] != "date-time" {
			longest, _ := s["maxLength"].(float64)
			found[name] = int(longest)
		}
	}
	return found
}

// A text of a request has a longest length, and one character more is refused, with the field.
// A fingerprint is evidence: its texts are cut, so that they hinder nobody.
func TestTextsOfRequestsAreBounded(t *testing.T) {
	a := newApp(t, "")
	owner := a.person(place{a.owner.TenantID, ""}, sallyport.RoleOwner, fresh)
	texts := 0
	for path, item := range dig(described(), "paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			body, _ := dig(op, "requestBody", "content", "application/json").(map[string]any)
			where := strings.NewReplacer("{id}", owner.user.ID, "{mfaId}", "x", "{flowId}", "x").Replace(path)
			for name, longest := range textsOf(resolved(described(), body["schema"])) {
				texts++
				said := func(length int) []fieldProblem {
					sent := maps.Clone(body["example"].(map[string]any))
					sent[name] = strings.Repeat("x", length)
					text, err := json.Marshal(sent)
					if err != nil {
						t.Fatal(err)
					}
					return into[problem](owner.client.matching("*", strings.ToUpper(method), where, string(text))).Errors
				}
				tooLong := func(f fieldProblem) bool { return f.Field == name && f.Code == ruleTooLong }
				if longest == 0 || !slices.ContainsFunc(said(longest+1), tooLong) {
					t.Errorf("%s %s: %s has at most %d characters, and %d are not refused", method, path, name, longest, longest+1)
				}
			}
		}
	}
	if texts < 20 {
		t.Errorf("%d texts", texts)
	}
	for name, longest := range textsOf(dig(described(), "components", "schemas", "Fingerprint").(map[string]any)) {
		if longest != 0 {
			t.Errorf("%s has a bound, and is cut instead", name)
		}
	}
}

// A request to change the policy has the bounds of the table, and the document says that
// If-Match is needed.
func TestChangesOfThePolicyAreBounded(t *testing.T) {
	change := dig(described(), "components", "schemas", "PolicyChangeRequest", "properties")
	for _, f := range policy.Fields {
		s := dig(change, f.Name)
		switch f.Kind {
		case policy.Switch:
		case policy.Choice:
			if n := len(dig(s, "enum").([]any)); n != len(f.Options) {
				t.Errorf("%s: %d options", f.Name, n)
			}
		case policy.Choices:
			if n := len(dig(s, "items", "enum").([]any)); n != len(f.Options) {
				t.Errorf("%s: %d options", f.Name, n)
			}
		case policy.Words:
			if dig(s, "items", "minLength") != float64(f.Min) || dig(s, "items", "maxLength") != float64(f.Max) || dig(s, "maxItems") != float64(policy.MostWords) {
				t.Errorf("%s: %v", f.Name, s)
			}
		default:
			least := f.Min
			if f.Kind == policy.Keep {
				least = 0
			}
			if dig(s, "minimum") != float64(least) || dig(s, "maximum") != float64(f.Max) {
				t.Errorf("%s: %v", f.Name, s)
			}
		}
	}
	for path, method := range map[string]string{"/policy": "patch", "/policy/preset": "post"} {
		if !slices.ContainsFunc(dig(described(), "paths", path, method, "parameters").([]any), func(p any) bool {
			return dig(p, "name") == "If-Match" && dig(p, "required") == true
		}) {
			t.Errorf("%s: If-Match is not required", path)
		}
	}
}

// A client that switches over the code of a problem knows all of them.
func TestEveryCodeIsListed(t *testing.T) {
	listed := dig(described(), "components", "schemas", "Problem", "properties", "code", "enum").([]any)
	for code := range problems {
		if !slices.Contains(listed, any(string(code))) {
			t.Errorf("%s is not listed", code)
		}
		if dig(described(), "components", "responses", strings.ReplaceAll(http.StatusText(statusOf(code)), " ", ""), "content", problemType, "examples", string(code)) == nil &&
			code != sallyport.CodeSetUpClosed && code != codeMethod {
			t.Errorf("%s has no example", code)
		}
	}
}
