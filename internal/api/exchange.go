package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
)

// maxBody is the longest request body in bytes. The longest honest one, a change
// of two passwords of 128 characters each, is far below.
const maxBody = 64 << 10

// exchange is the request as it came and the answer as it goes, for what huma
// does not carry: cookies and the client's address.
type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) exchange { return ctx.Value(exchangeKey{}).(exchange) }

// byCookie reports whether the client is a browser that is signed in by cookie.
func (x exchange) byCookie() bool { return x.r.Header.Get("Authorization") == "" }

// outermost answers what no route answers, bounds and checks the body, and hands
// the rest to the routes.
func outermost(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Cache-Control"] = noStore
		h, pattern := mux.Handler(r)
		switch {
		case path.Clean(r.URL.Path) != r.URL.Path: // the mux would redirect, in HTML
			Problem(w, sallyport.ErrNotFound)
			return
		case pattern == "":
			noRoute(w, r, h)
			return
		}
		body, err := readBody(w, r)
		if err != nil {
			Problem(w, err)
			return
		}
		out := r.WithContext(context.WithValue(r.Context(), exchangeKey{}, exchange{w, r}))
		out.Body = io.NopCloser(bytes.NewReader(body))
		out.Header = r.Header.Clone()
		out.Header.Del("Accept") // there is one representation, whatever is asked for
		mux.ServeHTTP(w, out)
	})
}

// noRoute answers as the mux would, 404 or 405 with Allow, in a problem document.
func noRoute(w http.ResponseWriter, r *http.Request, plain http.Handler) {
	var said silent
	plain.ServeHTTP(&said, r)
	err := sallyport.ErrNotFound
	if said.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", said.header.Get("Allow"))
		err = sallyport.Refuse(codeMethod, "")
	}
	Problem(w, err)
}

// silent remembers what a handler says and passes nothing on.
type silent struct {
	header http.Header
	status int
}

func (s *silent) Header() http.Header {
	if s.header == nil {
		s.header = http.Header{}
	}
	return s.header
}
func (s *silent) Write(b []byte) (int, error) { return len(b), nil }
func (s *silent) WriteHeader(status int)      { s.status = status }

// readBody returns the whole body, which is JSON in UTF-8 or empty. What it is
// asked for in another type (a form of another site, for one) it refuses.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, sallyport.Refuse(sallyport.CodeTooLarge, "")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, sallyport.Refuse(sallyport.CodeTooLarge, "")
	case err != nil:
		return nil, sallyport.Refuse(codeMalformed, "the body ended early")
	case len(body) == 0:
		return nil, nil
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return nil, sallyport.Refuse(codeMediaType, "")
	}
	if !utf8.Valid(body) {
		return nil, sallyport.Refuse(codeMalformed, "the body is not UTF-8")
	}
	return body, nil
}

// signedIn lets a request pass whose session is good, and puts the session into
// the context.
func (e *edge) signedIn(ctx huma.Context, next func(huma.Context)) {
	x := exchangeOf(ctx.Context())
	t, c, err := e.Read.Check(x.r)
	if err != nil {
		e.log(ctx.Context(), ctx.Operation(), err)
		unauthenticated(err).write(x.w)
		return
	}
	next(huma.WithContext(ctx, request.WithChecked(ctx.Context(), t, c)))
}

// actor returns who acts in an operation behind signedIn.
func (e *edge) actor(ctx context.Context) sallyport.Actor {
	_, c, _ := request.Checked(ctx)
	return e.Read.Actor(exchangeOf(ctx).r, c)
}

// handle registers one operation. An error of f, whatever it is, leaves as a
// problem document.
func handle[I, O any](e *edge, record operation, f func(context.Context, *I) (*O, error)) {
	e.operations = append(e.operations, record)
	op := record.described()
	if record.caller.session() {
		op.Middlewares = huma.Middlewares{e.signedIn}
	}
	op.MaxBodyBytes = maxBody + 1 // huma refuses the size itself, not what is beyond it
	op.BodyReadTimeout = -1       // the body is in memory: no deadline may cut off slow hashing
	huma.Register(e.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err != nil {
			e.log(ctx, &op, err)
			return nil, problemOf(err)
		}
		return out, nil
	})
}

// log tells the operator of failures that are ours. It names the operation and
// never what was sent.
func (e *edge) log(ctx context.Context, op *huma.Operation, err error) {
	switch status := problemOf(err).Status; {
	case errors.Is(ctx.Err(), context.Canceled): // the client is gone
	case status == http.StatusInternalServerError:
		e.Log.Error("request failed", "operation", op.OperationID, "error", err)
	case status > http.StatusInternalServerError:
		e.Log.Warn("request refused", "operation", op.OperationID, "error", err)
	}
}
