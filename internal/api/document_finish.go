package api

import (
	"iter"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
)

// finish completes the document once all operations are registered. What it adds is for
// readers and generated clients: huma validates requests as it was told before.
func (e *edge) finish() {
	doc := e.huma.OpenAPI()
	for _, g := range e.parts() {
		doc.Tags = append(doc.Tags, &huma.Tag{Name: g.name, Description: g.means})
	}
	slices.SortFunc(doc.Tags, func(a, b *huma.Tag) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	doc.Servers[0].Description = "This installation."
	doc.Components.Headers = map[string]*huma.Header{}
	for name, h := range headers {
		doc.Components.Headers[componentOf(name)] = &huma.Header{Description: h.means, Schema: &huma.Schema{Type: h.kind}, Example: h.sample}
	}
	boundPolicy(doc)
	letAnswersGrow(doc)
	for op := range operationsOf(doc) {
		describeParameters(op)
		describeHeaders(op)
	}
	addSamples(doc)
	shareProblems(doc)
}

// operationsOf yields all operations of the document.
func operationsOf(doc *huma.OpenAPI) iter.Seq[*huma.Operation] {
	return func(yield func(*huma.Operation) bool) {
		for _, item := range doc.Paths {
			for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
				if op != nil && !yield(op) {
					return
				}
			}
		}
	}
}

// pathParameters says what stands in the paths.
var pathParameters = map[string]struct {
	means  string
	sample any
}{
	"id":      {"Id of what the path names before it.", sampleID},
	"flowId":  {"The flowId of the last answer.", sampleID},
	"keyId":   {"Id of an API key.", sampleID},
	"mfaId":   {"Id of a second factor.", sampleID},
	"code":    {"The code of a problem document.", "conflict"},
	"version": {"The number of a version.", 5},
}

// describeParameters says what the parameters of an operation mean, and which of its headers
// it refuses to do without.
func describeParameters(op *huma.Operation) {
	for _, p := range op.Parameters {
		switch {
		case p.In == "path":
			p.Description, p.Example = pathParameters[p.Name].means, pathParameters[p.Name].sample
		case p.Name == "If-Match":
			p.Required, p.Example = true, policyTag(4)
		}
	}
}

// headers has what the headers of answers mean.
var headers = map[string]struct {
	kind, means string
	sample      any
}{
	request.IDHeader:   {huma.TypeString, "Id of the request, which the log has too. Absent in answers of the session check.", sampleID},
	"Set-Cookie":       {huma.TypeString, "Browsers: the flow while there is one, then the session and the device; or an end of them. Absent for native clients.", "__Host-sallyport=sps_…; Path=/; Secure; HttpOnly; SameSite=Lax"},
	"ETag":             {huma.TypeString, "For If-Match of a change.", policyTag(4)},
	"Retry-After":      {huma.TypeInteger, "In seconds. Absent where waiting does not help.", 30},
	"WWW-Authenticate": {huma.TypeString, "Bearer, with error=invalid_token for a token that is none.", challenge},
}

// componentOf returns the name of a header among the components of the document.
func componentOf(header string) string { return strings.ReplaceAll(header, "-", "") }

// describeHeader adds a header to an answer.
func describeHeader(r *huma.Response, name string) {
	if r.Headers == nil {
		r.Headers = map[string]*huma.Param{}
	}
	r.Headers[name] = &huma.Param{Ref: "#/components/headers/" + componentOf(name)}
}

// baking are the operations outside of flows that set or clear cookies of a browser.
var baking = map[string]bool{
	"signOut": true, "verifyFactor": true, "revokeMySession": true, "revokeAllMySessions": true, "lockDownMyAccount": true,
	"openPasskeySignIn": true, "openProviderSignIn": true, "reopenAccount": true,
}

// describeHeaders adds the headers of the answers of an operation that are no problems.
func describeHeaders(op *huma.Operation) {
	inFlow := strings.HasPrefix(op.Path, "/sign-in") || strings.HasPrefix(op.Path, "/step-up")
	for status, r := range op.Responses {
		if status >= "400" {
			continue
		}
		if op.Path != "/session" {
			describeHeader(r, request.IDHeader)
		}
		if baking[op.OperationID] || inFlow && op.Method != http.MethodGet {
			describeHeader(r, "Set-Cookie")
		}
		if r.Headers["ETag"] != nil {
			describeHeader(r, "ETag")
		}
	}
}

// boundPolicy describes a change of the policy with its bounds. huma does not check them: the
// use does, and says with each refusal what would be possible.
func boundPolicy(doc *huma.OpenAPI) {
	all, ofGroup := changeSchema(), groupPolicyChange(nil).Schema(nil)
	for _, f := range policy.Fields {
		bound(all.Properties[f.Name], f)
		if f.Stricter != policy.ForAll {
			bound(ofGroup.Properties[f.Name], f)
		}
	}
	doc.Paths["/policy"].Patch.RequestBody.Content["application/json"].Schema = named(doc.Components.Schemas, "PolicyChangeRequest", all)
	doc.Paths["/policy/groups/{id}"].Patch.RequestBody.Content["application/json"].Schema = named(doc.Components.Schemas, "GroupPolicyChangeRequest", ofGroup)
}

// letAnswersGrow lets the schemas of answers have additional fields, so that clients
// generated from this document accept the answers of later versions. The schemas of
// requests stay strict.
func letAnswersGrow(doc *huma.OpenAPI) {
	all, asked := doc.Components.Schemas.Map(), map[string]bool{}
	var mark func(*huma.Schema)
	mark = func(s *huma.Schema) {
		if s.Ref != "" {
			asked[path.Base(s.Ref)] = true
			s = doc.Components.Schemas.SchemaFromRef(s.Ref)
		}
		for _, inner := range s.Properties {
			mark(inner)
		}
	}
	for op := range operationsOf(doc) {
		if op.RequestBody != nil && op.RequestBody.Content["application/json"] != nil {
			mark(op.RequestBody.Content["application/json"].Schema)
		}
	}
	for name, s := range all {
		if closed, ok := s.AdditionalProperties.(bool); ok && !closed && !asked[name] {
			s.AdditionalProperties = nil
		}
	}
}
