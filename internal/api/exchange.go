package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/picture"
	"github.com/sallyport/sallyport/internal/request"
)

// maxBody is the longest request body in bytes. The longest valid body, a change of
// password with two passwords of 128 characters each, is far shorter.
const maxBody = 64 << 10

// exchange is an HTTP request and its response, for what huma does not pass on:
// cookies and the client's address.
type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) exchange { return ctx.Value(exchangeKey{}).(exchange) }

// byCookie reports whether the client is a browser, which sends its session as a cookie.
func (x exchange) byCookie() bool { return x.r.Header.Get("Authorization") == "" }

// entryHandler is the first handler of the API: it answers unknown routes, limits and
// checks the body, and passes all other requests to their routes.
func entryHandler(mux *http.ServeMux, who *request.Reader) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Cache-Control"] = noStore
		h, pattern := mux.Handler(r)
		switch {
		case path.Clean(r.URL.Path) != r.URL.Path: // the mux would send a redirect with an HTML body
			Problem(w, sallyport.ErrNotFound)
			return
		case pattern == "":
			noRoute(w, r, h)
			return
		}
		request.TraceOf(r.Context()).Route = pattern
		read := readBody
		if uploads[pattern] {
			read = uploadBy(who)
		}
		var body []byte
		err := parametersOnce(r.URL.Query())
		if err == nil || pattern == checkPattern {
			body, err = read(w, r)
		}
		if err != nil {
			Problem(w, err)
			return
		}
		out := r.WithContext(context.WithValue(r.Context(), exchangeKey{}, exchange{w, r}))
		out.Body = io.NopCloser(bytes.NewReader(body))
		out.Header = r.Header.Clone()
		out.Header.Del("Accept") // answers are always JSON
		mux.ServeHTTP(w, out)
	})
}

// checkPattern is the route of the session check, which takes no parameters and leaves them alone.
const checkPattern = http.MethodGet + " " + prefix + "/session"

// noRoute sends the status of the mux, 404 or 405 with Allow, in a problem document.
func noRoute(w http.ResponseWriter, r *http.Request, plain http.Handler) {
	var said statusRecorder
	plain.ServeHTTP(&said, r)
	err := sallyport.ErrNotFound
	if said.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", said.header.Get("Allow"))
		err = sallyport.Refuse(codeMethod, "")
	}
	Problem(w, err)
}

// statusRecorder records the status and headers of a handler and drops its body.
type statusRecorder struct {
	header http.Header
	status int
}

func (s *statusRecorder) Header() http.Header {
	if s.header == nil {
		s.header = http.Header{}
	}
	return s.header
}
func (s *statusRecorder) Write(b []byte) (int, error) { return len(b), nil }
func (s *statusRecorder) WriteHeader(status int)      { s.status = status }

// uploads are the routes whose body is a file.
var uploads = map[string]bool{
	http.MethodPut + " " + prefix + "/me/avatar":         true,
	http.MethodPut + " " + prefix + "/organisation/logo": true,
}

// uploadBy reads a file of somebody who is signed in; of others nothing, since the route refuses
// them.
func uploadBy(who *request.Reader) func(http.ResponseWriter, *http.Request) ([]byte, error) {
	return func(w http.ResponseWriter, r *http.Request) ([]byte, error) {
		if _, _, err := who.CheckAny(r); err == nil {
			return readUpload(w, r)
		}
		return nil, nil
	}
}

// readUpload returns the file that a body is. Its type decides nothing, but has to be none that
// is meant for something else.
func readUpload(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := readAll(w, r, picture.MaxBytes)
	if err != nil {
		return nil, err
	}
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if len(body) > 0 && (err != nil || t != binaryType && !strings.HasPrefix(t, "image/")) {
		return nil, sallyport.Refuse(codeMediaType, "")
	}
	return body, nil
}

// binaryType is that of a file of any kind.
const binaryType = "application/octet-stream"

// readAll returns a body that is not longer than the limit.
func readAll(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, sallyport.Refuse(sallyport.CodeTooLarge, "")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, sallyport.Refuse(sallyport.CodeTooLarge, "")
	case err != nil:
		return nil, sallyport.Refuse(codeMalformed, "the body ended early")
	}
	return body, nil
}

// readBody returns the whole body. It must be empty or JSON in UTF-8, with each key once; another content
// type, such as that of an HTML form, is refused.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method == http.MethodGet {
		return nil, nil // it has no meaning (RFC 9110 section 9.3.1)
	}
	body, err := readAll(w, r, maxBody)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return nil, sallyport.Refuse(codeMediaType, "")
	}
	if !utf8.Valid(body) {
		return nil, sallyport.Refuse(codeMalformed, "the body is not UTF-8")
	}
	return body, keysOnce(body)
}

// signedIn lets a request pass when its session or API key is good, and puts that into
// the context. A key passes to what needs a permission, and not to the account of its user.
func (e *edge) signedIn(ctx huma.Context, next func(huma.Context)) {
	x := exchangeOf(ctx.Context())
	t, c, err := e.Read.CheckAny(x.r)
	if err != nil {
		e.log(ctx.Context(), ctx.Operation(), err)
		request.NoteRefusal(x.r, err)
		refusedSession(x.r, err).write(x.w)
		return
	}
	if c.Key.ID != "" && !e.byKey[ctx.Operation().OperationID] {
		request.NoteRefusal(x.r, sallyport.ErrNotByKey)
		Problem(x.w, sallyport.ErrNotByKey)
		return
	}
	next(huma.WithContext(ctx, request.WithChecked(ctx.Context(), t, c)))
}

// actor returns the signed-in user, in an operation behind signedIn.
func (e *edge) actor(ctx context.Context) sallyport.Actor {
	_, c, _ := request.Checked(ctx)
	return e.Read.Actor(exchangeOf(ctx).r, c)
}

// handle registers one operation. Every error of f is sent as a problem document.
func handle[I, O any](e *edge, record operation, f func(context.Context, *I) (*O, error)) {
	record.Tags = []string{e.part}
	e.operations = append(e.operations, record)
	e.byKey[record.OperationID] = record.need.Permission != ""
	op := record.described()
	if record.caller.session() {
		op.Middlewares = huma.Middlewares{e.signedIn}
	}
	op.MaxBodyBytes = picture.MaxBytes + 1 // readBody limits the size; the limit of huma must not be reached first
	op.BodyReadTimeout = -1                // the body is already in memory, and a deadline would end slow password hashing
	huma.Register(e.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err != nil {
			e.log(ctx, &op, err)
			request.NoteRefusal(exchangeOf(ctx).r, err)
			p := problemOf(err)
			p.RequestID = request.TraceOf(ctx).ID
			return nil, p
		}
		return out, nil
	})
}

// log logs the errors that are the server's fault. It logs the name of the operation
// and nothing that the client sent.
func (e *edge) log(ctx context.Context, op *huma.Operation, err error) {
	switch status := problemOf(err).Status; {
	case errors.Is(ctx.Err(), context.Canceled): // the client is gone
	case status == http.StatusInternalServerError:
		e.Log.ErrorContext(ctx, "request failed", "operation", op.OperationID, "error", err)
	case status > http.StatusInternalServerError:
		e.Log.WarnContext(ctx, "request refused", "operation", op.OperationID, "error", err)
	}
}
