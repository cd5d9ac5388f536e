package api

import (
	"encoding/json"
	"fmt"
	"math"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// described is the document as the golden file has it. TestDocument compares that with what
// is served.
var described = sync.OnceValue(func() map[string]any {
	text, err := os.ReadFile("testdata/openapi.json")
	if err != nil {
		panic(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		panic(err)
	}
	return doc
})

// resolved follows the reference of an object of the document.
func resolved(doc, v any) map[string]any {
	m, _ := v.(map[string]any)
	if ref, ok := m["$ref"].(string); ok {
		return resolved(doc, dig(doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...))
	}
	return m
}

// validator judges values by the schemas of a document. It is stricter than the document: a
// property that no schema has is wrong, since an answer must not have what is not described.
type validator struct {
	doc   any
	wrong []string
}

func (v *validator) say(where, format string, args ...any) {
	v.wrong = append(v.wrong, where+": "+fmt.Sprintf(format, args...))
}

// judge compares a value with a schema.
func (v *validator) judge(where string, schema, value any) {
	s := resolved(v.doc, schema)
	if s["oneOf"] != nil {
		v.judgeVariant(where, s, value)
		return
	}
	v.judgeType(where, s, value)
	if options, ok := s["enum"].([]any); ok && value != nil && !slices.Contains(options, value) {
		v.say(where, "%v is not one of %v", value, options)
	}
	switch value := value.(type) {
	case map[string]any:
		v.judgeObject(where, s, value)
	case []any:
		for i, item := range value {
			v.judge(fmt.Sprint(where, "/", i), s["items"], item)
		}
	case string:
		v.judgeText(where, s, value)
	case float64:
		least, hasLeast := s["minimum"].(float64)
		most, hasMost := s["maximum"].(float64)
		if hasLeast && value < least || hasMost && value > most {
			v.say(where, "%v is out of bounds", value)
		}
	}
}

// judgeVariant judges an object by the variant that its discriminator names.
func (v *validator) judgeVariant(where string, s map[string]any, value any) {
	object, _ := value.(map[string]any)
	name, _ := dig(s, "discriminator", "propertyName").(string)
	chosen, _ := object[name].(string)
	ref, ok := dig(s, "discriminator", "mapping", chosen).(string)
	if !ok {
		v.say(where, "%s %q has no variant", name, chosen)
		return
	}
	v.judge(where, map[string]any{"$ref": ref}, value)
}

func (v *validator) judgeType(where string, s map[string]any, value any) {
	allowed, isList := s["type"].([]any)
	if !isList {
		allowed = []any{s["type"]}
	}
	is := "null"
	switch value := value.(type) {
	case string:
		is = "string"
	case bool:
		is = "boolean"
	case []any:
		is = "array"
	case map[string]any:
		is = "object"
	case float64:
		is = "number"
		if value == math.Trunc(value) && slices.Contains(allowed, any("integer")) {
			is = "integer"
		}
	}
	if s["type"] != nil && !slices.Contains(allowed, any(is)) {
		v.say(where, "a %s, not %v", is, allowed)
	}
}

func (v *validator) judgeObject(where string, s map[string]any, value map[string]any) {
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := value[name.(string)]; !ok {
			v.say(where, "%s is missing", name)
		}
	}
	for name, inner := range value {
		switch more := s["additionalProperties"].(type) {
		case map[string]any:
			v.judge(where+"/"+name, more, inner)
		case bool:
			if properties[name] == nil && !more {
				v.say(where, "%s is not described", name)
			}
		default:
			if properties[name] == nil {
				v.say(where, "%s is not described", name)
			}
		}
		if properties[name] != nil {
			v.judge(where+"/"+name, properties[name], inner)
		}
	}
}

func (v *validator) judgeText(where string, s map[string]any, value string) {
	if longest, ok := s["maxLength"].(float64); ok && utf8.RuneCountInString(value) > int(longest) {
		v.say(where, "longer than %v", longest)
	}
	switch s["format"] {
	case "date-time":
		if _, err := time.Parse(time.RFC3339, value); err != nil || !strings.HasSuffix(value, "Z") {
			v.say(where, "%q is no time in UTC", value)
		}
	case "email":
		if !strings.Contains(value, "@") {
			v.say(where, "%q is no address", value)
		}
	}
}

// misfits returns how a JSON text differs from a schema of a document.
func misfits(doc, schema any, text string) []string {
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return []string{err.Error()}
	}
	v := validator{doc: doc}
	v.judge("", schema, value)
	return v.wrong
}

// pathOf returns the path of the document that a request was for: words count before
// parameters. "" when there is none.
func pathOf(doc any, asked string) string {
	parts, best := strings.Split(asked, "/"), ""
	for one := range dig(doc, "paths").(map[string]any) {
		pattern := strings.Split(one, "/")
		if len(pattern) == len(parts) && !slices.ContainsFunc(indices(parts), func(i int) bool {
			return pattern[i] != parts[i] && (parts[i] == "" || !strings.HasPrefix(pattern[i], "{"))
		}) && (best == "" || strings.Count(one, "{") < strings.Count(best, "{")) {
			best = one
		}
	}
	return best
}

func indices(parts []string) []int {
	out := make([]int, len(parts))
	for i := range out {
		out[i] = i
	}
	return out
}

// asDescribed fails the test when an answer is not what the document says: its status, its
// type, and its body to the last field. Every answer that a client of these tests gets is
// judged so.
func (a answer) asDescribed(method, target string) {
	a.t.Helper()
	target, _, _ = strings.Cut(strings.TrimPrefix(target, prefix), "?")
	where := pathOf(described(), target)
	op := dig(described(), "paths", where, strings.ToLower(method))
	if where == "" || op == nil || *update {
		return // no operation: 404 or 405
	}
	response := resolved(described(), dig(op, "responses", strconv.Itoa(a.status)))
	if response == nil {
		a.t.Errorf("%s %s: status %d is not described: %s", method, where, a.status, a.body)
		return
	}
	for name := range headers {
		if a.header.Get(name) != "" && dig(response, "headers", name) == nil {
			a.t.Errorf("%s %s, %d: the header %s is not described", method, where, a.status, name)
		}
	}
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	content := resolved(described(), dig(response, "content", kind))
	if content == nil {
		if a.body != "" || a.status < http.StatusBadRequest && response["content"] != nil {
			a.t.Errorf("%s %s: status %d as %q is not described: %s", method, where, a.status, kind, a.body)
		}
		return
	}
	if dig(content["schema"], "format") == "binary" {
		return // a file
	}
	for _, wrong := range misfits(described(), content["schema"], a.body) {
		a.t.Errorf("%s %s, %d: %s: %.600s", method, where, a.status, wrong, a.body)
	}
}

// What the document does not have is found.
func TestMisfitsAreFound(t *testing.T) {
	step := map[string]any{"$ref": "#/components/schemas/SignInStep"}
	good := []any{"next", "factor", "flowId", "x", "expiresAt", "2026-11-21T12:00:00Z", "methods", []any{map[string]any{"methodType": "totp", "mfaId": "x"}}}
	if wrong := misfits(described(), step, object(good...)); len(wrong) != 0 {
		t.Error(wrong)
	}
	for name, bad := range map[string]string{
		"a field of another variant": object(append(good, "token", "sps_x")...),
		"no methods":                 object(good[:6]...),
		"no variant":                 object("next", "deny"),
		"no next":                    object("flowId", "x"),
		"another type":               object(append(good, "flowToken", 7)...),
		"another value":              object(append(good, "methods", []any{map[string]any{"methodType": "fax", "mfaId": "x"}})...),
		"no time":                    object(append(good, "expiresAt", "tomorrow")...),
		"a local time":               object(append(good, "expiresAt", "2026-11-21T12:00:00+01:00")...),
	} {
		if wrong := misfits(described(), step, bad); len(wrong) != 1 {
			t.Errorf("%s: %v", name, wrong)
		}
	}
}
