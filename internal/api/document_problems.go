package api

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
)

// shareProblems describes the problem of each status once, with the codes that come with it;
// operations refer to it.
func shareProblems(doc *huma.OpenAPI) {
	shared := map[string]*huma.Response{}
	for op := range operationsOf(doc) {
		for text, r := range op.Responses {
			status, err := strconv.Atoi(text)
			if err != nil || status < http.StatusBadRequest {
				continue
			}
			name := strings.ReplaceAll(http.StatusText(status), " ", "")
			if shared[name] == nil {
				shared[name] = describeStatus(status, r)
			}
			op.Responses[text] = &huma.Response{Ref: "#/components/responses/" + name}
		}
	}
	doc.Components.Responses = shared
	for _, name := range []string{"Problem", "ProblemDescription"} {
		code := doc.Components.Schemas.Map()[name].Properties["code"]
		for _, c := range slices.Sorted(maps.Keys(problems)) {
			code.Enum = append(code.Enum, string(c))
		}
	}
}

// statusOf returns the status of the problems of a code.
func statusOf(code sallyport.Code) int {
	return cmp.Or(problems[code].status, request.Status(sallyport.Refuse(code, "")))
}

// describeStatus describes the problems of a status: their codes, an example of each, and
// their headers.
func describeStatus(status int, r *huma.Response) *huma.Response {
	samples := map[string]*huma.Example{}
	for code := range problems {
		if statusOf(code) == status {
			samples[string(code)] = &huma.Example{Value: sampleProblem(code)}
		}
	}
	codes := strings.Join(slices.Sorted(maps.Keys(samples)), ", ")
	out := &huma.Response{
		Description: http.StatusText(status) + ": " + codes + ".",
		Content:     map[string]*huma.MediaType{problemType: {Schema: r.Content[problemType].Schema, Examples: samples}},
	}
	describeHeader(out, request.IDHeader)
	switch status {
	case http.StatusUnauthorized:
		describeHeader(out, "WWW-Authenticate")
		describeHeader(out, "Set-Cookie")
	case http.StatusForbidden:
		describeHeader(out, "Set-Cookie")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		describeHeader(out, "Retry-After")
	}
	return out
}

// sampleProblem returns an example of the problems of a code.
func sampleProblem(code sallyport.Code) *problem {
	err := &sallyport.Error{Code: code}
	switch code {
	case sallyport.CodeInvalid:
		err.Fields = []sallyport.FieldError{{Field: "newPassword", Code: "too_short", Args: map[string]string{"min": "12"}}}
	case sallyport.CodeOwnNetwork:
		err.Fields = []sallyport.FieldError{{Field: "includingMine", Code: "own_network", Args: map[string]string{"address": "192.0.2.17"}}}
	case sallyport.CodeMFAFailed:
		err.Fields = []sallyport.FieldError{{Field: "code", Code: "wrong_code"}}
	case sallyport.CodeStepUp:
		err.StepUp = &sallyport.StepUp{Act: string(policy.AddFactor), Password: true, Within: 10 * time.Minute}
	case sallyport.CodeForbidden:
		err.Permission = string(access.UsersManage)
	case sallyport.CodeConflict:
		err.Obstacle = sallyport.SessionEnded
	}
	p := newProblem(err)
	p.RequestID = sampleID
	return p
}
