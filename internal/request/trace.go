package request

import (
	"context"
	"net/http"
	"net/netip"
	"regexp"

	"github.com/sallyport/sallyport/internal/token"
)

// IDHeader is the header with the id of a request: in every answer but that of the session
// check, and taken from requests that come through a trusted proxy.
const IDHeader = "X-Request-Id"

// Trace is what logs and metrics say of one request. It holds nothing that a client chose, but
// for the id that a trusted proxy gave.
type Trace struct {
	ID    string
	Route string // pattern of the route, "" when there is none
}

type traceKey struct{}

// WithTrace returns a context with the trace of its request.
func WithTrace(ctx context.Context, t *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

// TraceOf returns the trace of the request that ctx belongs to; an empty one for others.
func TraceOf(ctx context.Context) *Trace {
	if t, ok := ctx.Value(traceKey{}).(*Trace); ok {
		return t
	}
	return &Trace{}
}

// idLike is what an id of a proxy may look like, so that it can stand in a log.
var idLike = regexp.MustCompile(`^[A-Za-z0-9._=+/-]{1,64}$`)

// NewTrace returns the trace of a request: with the id that a trusted proxy gave, or a new one.
func NewTrace(r *http.Request, proxies []netip.Prefix) *Trace {
	if id := r.Header.Get(IDHeader); id != "" && idLike.MatchString(id) && trusted(peer(r), proxies) {
		return &Trace{ID: id}
	}
	return &Trace{ID: token.NewID()}
}
