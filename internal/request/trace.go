package request

import (
	"context"
	"net/http"
	"net/netip"
	"regexp"
	"strings"

	"github.com/sallyport/sallyport/internal/token"
)

// IDHeader is the header with the id of a request: in every answer but that of the session
// check, and taken from requests that come through a trusted proxy.
const IDHeader = "X-Request-Id"

// Trace is what logs and metrics say of one request. It holds nothing that a client chose, but
// for the id that a trusted proxy gave, and 32 hexadecimal digits that anybody may give.
type Trace struct {
	ID     string
	Parent string // id of the trace that the request is part of, from the header traceparent; "" for none
	Route  string // pattern of the route, "" when there is none
	Remote string // the header traceparent of a trusted proxy, which this request goes on with; "" for none

	// Whose session or API key it came with, when that is good: for what is said of a refusal.
	TenantID, UserID, SessionID, KeyID string
	Refused                            string // why it was refused, see [Refusal]; "" when nobody has to know
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
	header := r.Header.Get("Traceparent")
	t := &Trace{Parent: traceOf(header)}
	id := r.Header.Get(IDHeader)
	if id == "" && t.Parent == "" || !trusted(peer(r), proxies) {
		t.ID = token.NewID()
		return t
	}
	if t.Parent != "" {
		t.Remote = header
	}
	if t.ID = id; !idLike.MatchString(id) {
		t.ID = token.NewID()
	}
	return t
}

// traceparent is the header of that name (W3C Trace Context, section 3.2). Versions after 00 may
// have more behind it; ff is no version.
var traceparent = regexp.MustCompile(`^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$`)

// traceOf returns the id of the trace in a traceparent header, "" when the header is not valid.
func traceOf(header string) string {
	m := traceparent.FindStringSubmatch(header)
	if m == nil || m[1] == "ff" || m[1] == "00" && m[4] != "" || strings.Trim(m[2], "0") == "" || strings.Trim(m[3], "0") == "" {
		return ""
	}
	return m[2]
}
