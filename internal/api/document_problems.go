package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
)

// shareProblems describes the problem of each status once, with the codes that come with it;
// operations refer to it.
func shareProblems(doc *huma.OpenAPI) {
	shared := map[string]*huma.Response{}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Patch} {
			if op == nil {
				continue
			}
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
	}
	doc.Components.Responses = shared
}

// describeStatus describes the problems of a status: their codes, and their headers.
func describeStatus(status int, r *huma.Response) *huma.Response {
	var codes []string
	for code, text := range problems {
		if text.status == status || text.status == 0 && request.Status(sallyport.Refuse(code, "")) == status {
			codes = append(codes, string(code))
		}
	}
	slices.Sort(codes)
	out := &huma.Response{Description: http.StatusText(status) + ": " + strings.Join(codes, ", ") + ".", Content: r.Content, Headers: map[string]*huma.Param{}}
	header := func(name, means string) {
		out.Headers[name] = &huma.Param{Description: means, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	switch status {
	case http.StatusUnauthorized:
		header("WWW-Authenticate", "Bearer, with error=invalid_token for a token that is none.")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		header("Retry-After", "In seconds. Absent where waiting does not help.")
	}
	return out
}
