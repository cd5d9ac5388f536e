package main

import (
	"encoding/json"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/signin"
)

func ways(b *strings.Builder) {
	row := table(b, "Ways in", "How somebody comes to a session, or does something to an account without one. A try is counted before anything is compared, a network that an admin blocked is refused on all of them, and none tells whether there is an account. "+
		"A test compares the rows with all routes that need no session. Rows: `internal/signin/ways.go`.", "way", "what it proves", "what it opens", "what it never skips", "what counts as proven then", "valid for")
	for _, w := range signin.Ways {
		valid := "the sign-in, " + signin.FlowLifetime.String()
		switch {
		case w.Link != "":
			valid = w.Link.Lifetime().String()
		case len(w.Routes) == 0 || w.Name == "Set-up":
			valid = "no time limit"
		}
		row(w.Name, w.Proves, w.Opens, w.Never, w.Counts, valid)
	}
}

// refusals are the words for the codes of fields that contradict each other.
var refusals = map[string]string{
	"more_than":      "it must not be more than",
	"no_method_left": "it needs a method that can be one, in",
	"needs":          "it is only safe with",
}

func together(b *strings.Builder, tree fs.FS) error {
	row := table(b, "Settings that contradict each other", "`serve` does not start with one of these, and says what to change. What `--otlp-endpoint` and the places of checkpoints must be, [operations.md](operations.md) says. "+
		"Rows: `internal/server/contradictions.go`.", "settings", "refused when")
	for _, r := range server.Contradictions {
		row(r.Settings, r.Means)
	}
	found, err := clashes(tree)
	if err != nil {
		return err
	}
	row = table(b, "Policy fields that contradict each other", "Refused with 422 and both names; groups are held against it after they were merged with the organisation. Read from `internal/policy/values.go`.",
		"field", "why", "other field", "wrong when")
	for _, c := range found {
		row("`"+c.field+"`", refusals[c.code], "`"+c.with+"`", "`"+c.when+"`")
	}
	return nil
}

// openAPI is what is read of the OpenAPI document.
type openAPI struct {
	Paths map[string]map[string]struct {
		Permission string `json:"x-permission"`
		StepUp     string `json:"x-step-up"`
		Security   []map[string]any
		Body       any `json:"requestBody"`
		Responses  map[string]any
	}
	Components struct {
		Schemas map[string]struct{ Properties map[string]any }
	}
}

// schemasOf returns the schemas that a part of the document refers to.
func schemasOf(part any) []string {
	var out []string
	switch part := part.(type) {
	case map[string]any:
		if ref, ok := part["$ref"].(string); ok {
			out = append(out, ref[strings.LastIndex(ref, "/")+1:])
		}
		for _, name := range slices.Sorted(maps.Keys(part)) {
			out = append(out, schemasOf(part[name])...)
		}
	case []any:
		for _, p := range part {
			out = append(out, schemasOf(p)...)
		}
	}
	return out
}

// A record is a schema, with who may do something to it.
type record struct{ who, stepUps []string }

func note(of map[string]record, schema, who, stepUp string) {
	r := of[schema]
	if !slices.Contains(r.who, who) {
		r.who = append(r.who, who)
	}
	if stepUp = "`" + stepUp + "`"; stepUp != "``" && !slices.Contains(r.stepUps, stepUp) {
		r.stepUps = append(r.stepUps, stepUp)
	}
	of[schema] = r
}

// records returns who may set and who may see each schema, by its name.
func (d openAPI) records() (set, seen map[string]record) {
	set, seen = map[string]record{}, map[string]record{}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			op := d.Paths[path][method]
			who := "`" + op.Permission + "`"
			switch {
			case op.Permission == "" && len(op.Security) == 0:
				who = "anybody, see Ways in"
			case op.Permission == "" && op.Security[0]["flowCookie"] != nil:
				who = "who is signing in"
			case op.Permission == "":
				who = "its owner"
			}
			for _, schema := range schemasOf(op.Body) {
				note(set, schema, who, op.StepUp)
			}
			for status, answer := range op.Responses {
				if !strings.HasPrefix(status, "2") {
					continue
				}
				for _, schema := range schemasOf(answer) {
					note(seen, schema, who, "")
				}
			}
		}
	}
	return set, seen
}

// A hidden field is one that not everybody sees who sees the record.
type hiddenField struct{ record, fields, rule string }

// hidden is THE table of fields that are left out, or shown in part.
var hidden = []hiddenField{
	{"`User`, `Person`", "`secondFactor` and the fields of exemptions and demands", "`mfa.view` as well; filters and sorting by them too"},
	{"`Person`, `SearchResult`, `Timeline`, `Device`", "sessions, places and addresses", "`sessions.view` as well; `lacks` names the permissions without which something was left out"},
	{"`Session`, `LoginAttempt`, `Event`", "`ipAddress`", "to its owner the network only, where the policy's `sessionMaskIp` says so; whole to `sessions.view` and `audit.view`"},
	{"`AlertChannel`, `IdentityProvider`, `OauthClient`, `ApiKey`", "address, secret, key, token", "nobody, after it was made or given"},
	{"`User`, `Person`", "`role`, `status`", "set by `users.manage`, never on oneself, never to more than one may do oneself, on owners by owners only"},
	{"`Me`", "`email`, `phoneNumber`", "set by a code that comes back from there, never directly, and by no admin"},
	{"`Event`", "`personal`", "`audit.view`; gone after `retentionEventsDays` and with a deleted account"},
	{"any", "objects of other organisations, or of other people without the permission", "404, as if they did not exist"},
}

func fields(b *strings.Builder, tree fs.FS) error {
	source, err := fs.ReadFile(tree, "internal/api/testdata/openapi.json")
	if err != nil {
		return err
	}
	var d openAPI
	if err := json.Unmarshal(source, &d); err != nil {
		return err
	}
	set, seen := d.records()
	properties := func(schema string) string {
		return code(slices.Sorted(maps.Keys(d.Components.Schemas[schema].Properties)))
	}
	row := table(b, "Fields that can be set", "What each body of the API can hold; any other field is refused with 422. Pages set the same through the same acts. Read from the OpenAPI document.", "body", "fields", "who sets them", "step-up")
	for _, schema := range slices.Sorted(maps.Keys(set)) {
		row("`"+schema+"`", properties(schema), strings.Join(set[schema].who, ", "), strings.Join(set[schema].stepUps, ", "))
	}
	row = table(b, "Fields that can be seen", "What each answer of the API holds, and who gets it: [api.md](api.md) says what each operation is. Its owner sees it of themselves. Read from the OpenAPI document.", "answer", "fields", "who sees it")
	for _, schema := range slices.Sorted(maps.Keys(seen)) {
		row("`"+schema+"`", properties(schema), strings.Join(seen[schema].who, ", "))
	}
	row = table(b, "Fields with rules of their own", "Besides the two tables above. Rows: `internal/rules/together.go`.", "record", "fields", "rule")
	for _, h := range hidden {
		row(h.record, h.fields, h.rule)
	}
	return nil
}
