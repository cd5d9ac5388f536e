package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sallyport/sallyport/internal/request"
)

// Names of the security schemes in the OpenAPI document.
const (
	byCookie     = "sessionCookie"
	byBearer     = "bearer"
	byFlowCookie = "flowCookie"
	byFlowHeader = "flowHeader"
)

// about is the description of the API in the OpenAPI document.
const about = `Sign in, ask who somebody is, see and end sessions, set up second factors, recover accounts, set the policy.

Requests and answers are JSON with the names below; an unknown field is refused. Times are RFC 3339 in UTC, ids are opaque.
Every error is an application/problem+json document with a stable code.`

// config returns what describes the API as a whole.
func config(d Deps) huma.Config {
	format := huma.Format{
		Marshal: func(w io.Writer, v any) error {
			var b bytes.Buffer
			if err := encode(&b, v); err != nil {
				return err
			}
			_, _ = w.Write(b.Bytes()) // an error means that the client is gone
			return nil
		},
		Unmarshal: json.Unmarshal,
	}
	key := func(in, name, what string) *huma.SecurityScheme {
		return &huma.SecurityScheme{Type: "apiKey", In: in, Name: name, Description: what}
	}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Sallyport", Version: d.Version, Description: about, Contact: &huma.Contact{Name: "The operator of this installation", URL: d.Address, Email: d.Contact},
				License: &huma.License{Name: "Apache-2.0", URL: "https://www.apache.org/licenses/LICENSE-2.0"}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					byCookie:     key("cookie", "__Host-sallyport", "The session of a browser."),
					byBearer:     {Type: "http", Scheme: "bearer", Description: "The session of a native client or service. It counts before the cookie."},
					byFlowCookie: key("cookie", "__Host-sallyport-flow", "The sign-in a browser is in the middle of."),
					byFlowHeader: key("header", flowHeader, "The sign-in a native client is in the middle of. It counts before the cookie."),
				},
			},
		},
		// huma looks up the format of application/problem+json under "json".
		Formats:                      map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

// describeSessionCheck adds GET /session to the document, since huma does not serve it.
func (e *edge) describeSessionCheck() {
	doc := e.huma.OpenAPI()
	response := func(status int, contentType string, body reflect.Type) *huma.Response {
		return &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{contentType: {Schema: doc.Components.Schemas.Schema(body, true, "")}},
		}
	}
	check := get("checkSession", "/session", "Who is this?").signedIn()
	check.bare, check.Tags = true, []string{e.part}
	check.Description = "The session check for other services: exact, and cheap enough for every request."
	e.operations = append(e.operations, check)
	op := check.described()
	op.Responses = map[string]*huma.Response{"200": response(http.StatusOK, "application/json", reflect.TypeFor[current]())}
	for _, status := range op.Errors {
		op.Responses[strconv.Itoa(status)] = response(status, problemType, reflect.TypeFor[problem]())
	}
	doc.AddOperation(&op)
}

// addDocument serves the OpenAPI document. It is written at the first request for it,
// since that takes longer than the rest of a start.
func (e *edge) addDocument(mux humago.Mux) {
	e.finish()
	for name, write := range map[string]func() ([]byte, error){
		"json": func() ([]byte, error) { return json.MarshalIndent(e.huma.OpenAPI(), "", "  ") },
		"yaml": e.huma.OpenAPI().YAML,
	} {
		made := sync.OnceValue(func() *request.Fixed {
			body, err := write()
			if err != nil {
				panic(fmt.Errorf("openapi: %w", err)) // the document has only our own types, which can be encoded
			}
			return request.NewFixed(body)
		})
		mux.HandleFunc("GET "+prefix+"/openapi."+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/openapi+"+name)
			w.Header().Set("Cache-Control", "public, no-cache") // it may be kept, and asked about each time
			made().Serve(w, r)
		})
	}
}
