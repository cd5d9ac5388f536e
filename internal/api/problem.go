package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/token"
)

// problem is an error as a client gets it: a problem document of RFC 9457.
type problem struct {
	Type   string         `json:"type" format:"uri-reference" doc:"Address of what is below about this code in general."`
	Title  string         `json:"title" doc:"What went wrong, in a few words."`
	Status int            `json:"status" doc:"The HTTP status."`
	Detail string         `json:"detail" doc:"What to do about it."`
	Code   sallyport.Code `json:"code" doc:"Stable reason, the same in the audit log."`
	Next   string         `json:"next,omitempty" enum:"deny" doc:"In a sign-in that this ends: deny."`
	Errors []fieldProblem `json:"errors,omitempty" nullable:"false" doc:"With validation_failed and mfa_failed: every rule that is broken."`
	StepUp *stepUpAsk     `json:"stepUp,omitempty" doc:"With step_up_required: what is missing."`

	Permission string `json:"permission,omitempty" doc:"With forbidden: the permission that is missing. Absent when nobody but an owner may."`

	Obstacle obstacle `json:"obstacle,omitempty" doc:"With conflict: what stands in the way."`

	Count *int64 `json:"count,omitempty" doc:"With count_differs: how many there are now."`

	RequestID string `json:"requestId,omitempty" doc:"Id of the request, as in the header X-Request-Id and the log. Absent from the session check."`

	header http.Header // such as Retry-After
}

// obstacle is what stands in the way, with its names in the document.
type obstacle sallyport.Obstacle

// Schema lists all obstacles.
func (obstacle) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, name := range slices.Sorted(maps.Keys(obstacles)) {
		s.Enum = append(s.Enum, string(name))
	}
	return s
}

// fieldProblem is one rule that one field breaks. It never holds the field's value.
type fieldProblem struct {
	Field   string `json:"field" doc:"Name of the field, with dots before nested ones; empty for the body as a whole."`
	Code    string `json:"code" doc:"Stable name of the rule."`
	Message string `json:"message" doc:"The rule in words."`
}

// problemType is the media type of problem documents.
const problemType = "application/problem+json"

// challenge is the WWW-Authenticate header of a 401 (RFC 9110 section 15.5.2). Browsers
// show no password dialog for this scheme.
const challenge = `Bearer realm="sallyport"`

// newProblem returns the problem document of an error. It has the text of the error's
// code and never that of the error.
func newProblem(err error) *problem {
	code := sallyport.CodeOf(err)
	text, ok := problems[code]
	if !ok {
		text = problems[sallyport.CodeInternal]
	}
	p := &problem{
		Type: prefix + "/problems/" + string(code), Title: text.title, Status: text.status, Detail: text.detail,
		Code: code, header: http.Header{},
	}
	if p.Status == 0 {
		p.Status = request.Status(err)
	}
	if p.Status == http.StatusUnauthorized {
		p.header.Set("WWW-Authenticate", challenge)
	}
	request.SetRetryAfter(p.header, err)
	if code == sallyport.CodeConflict {
		p.Obstacle = obstacle(sallyport.ChangedMeanwhile)
	}
	var e *sallyport.Error
	if errors.As(err, &e) {
		p.block(e.Obstacle)
		p.StepUp, p.Permission = showAsk(e.StepUp), e.Permission
		if code == sallyport.CodeCountDiffers {
			p.Count = &e.Count
		}
		for _, f := range e.Fields {
			p.Errors = append(p.Errors, fieldProblem{f.Field, f.Code, words.Rule(f)})
		}
	}
	return p
}

// block says what stands in the way, when something does.
func (p *problem) block(by sallyport.Obstacle) {
	if text := obstacles[by]; text != "" {
		p.Obstacle, p.Detail = obstacle(by), text
	}
}

// problemOf is newProblem for an error that may already be a problem.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	return newProblem(err)
}

// unauthenticated is newProblem for a session that is not good. The status is 401 for
// every reason: the client has to sign in again.
func unauthenticated(err error) *problem {
	p := newProblem(err)
	if p.Status == http.StatusForbidden {
		p.Status = http.StatusUnauthorized
		p.header.Set("WWW-Authenticate", challenge)
	}
	return p
}

// refusedSession is unauthenticated for a request: to somebody who sent a token it does not
// say to send one, but what is wrong with it (RFC 6750 section 3.1).
func refusedSession(r *http.Request, err error) *problem {
	p := unauthenticated(err)
	if r.Header.Get("Authorization") == "" {
		return p
	}
	switch p.Code {
	case sallyport.CodeTokenExpired: // its words say what to do
	case sallyport.CodeNotSignedIn:
		p.Detail = unknownToken
		if !token.WellFormed(request.SessionToken(r)) {
			p.Detail = malformedToken
		}
	default:
		return p
	}
	p.header.Set("WWW-Authenticate", challenge+`, error="invalid_token"`)
	return p
}

// Problem writes the problem document of an error as the answer.
func Problem(w http.ResponseWriter, err error) { problemOf(err).write(w) }

func (p *problem) write(w http.ResponseWriter) {
	p.RequestID = w.Header().Get(request.IDHeader)
	var body bytes.Buffer
	if err := encode(&body, p); err != nil {
		panic(err) // never: the document has only strings and numbers
	}
	h := w.Header()
	for name, values := range p.header {
		h[name] = values
	}
	h["Cache-Control"] = noStore
	h.Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_, _ = w.Write(body.Bytes()) // an error means that the client is gone
}

// Error, GetStatus, GetHeaders and ContentType implement the interfaces of huma.
func (p *problem) Error() string             { return string(p.Code) }
func (p *problem) GetStatus() int            { return p.Status }
func (p *problem) GetHeaders() http.Header   { return p.header }
func (p *problem) ContentType(string) string { return problemType }

// renamed returns an error whose fields have the names that requests use. names is
// from the name in the error to that in the request.
func renamed(err error, names map[string]string) error {
	var e *sallyport.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	out := *e
	out.Fields = slices.Clone(e.Fields)
	for i, f := range out.Fields {
		if name, ok := names[f.Field]; ok {
			out.Fields[i].Field = name
		}
	}
	return &out
}

// encode writes v as JSON. It leaves < and > unescaped, since no browser reads the
// answer as HTML.
func encode(w *bytes.Buffer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
