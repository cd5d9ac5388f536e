package server

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/trace"
)

// traced gives each request its id, counts its answer, makes it a trace where traces are wanted and,
// with --access-log, writes a line about it. Both have the pattern of the route and never the path:
// the secret of a mailed link can stand in that.
func (s *Server) traced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, t := time.Now(), request.NewTrace(r, s.config.Proxies)
		w.Header().Set(request.IDHeader, t.ID)
		ctx, span := s.traces.Tracer().BeginRequest(throttle.Watch(request.WithTrace(r.Context(), t), t.NoteLimit), t.Remote)
		sw := statusWriter{ResponseWriter: w}
		defer func() { endRequest(span, r.Method, t.Route, sw.code()) }() // also of an answer that is cut off
		next.ServeHTTP(&sw, r.WithContext(ctx))
		s.refusals.seen(r.WithContext(ctx), t)
		took := time.Since(start)
		s.metrics.answered(t.Route, sw.class(), took)
		if s.config.AccessLog {
			s.config.Log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("route", t.Route), slog.Int("status", sw.code()),
				slog.Duration("took", took.Round(time.Microsecond)), slog.String("ip", request.ClientIP(r, s.config.Proxies).String()))
		}
	})
}

// endRequest ends the span of a request.
func endRequest(span trace.Span, method, route string, status int) {
	if !span.Recording() {
		return
	}
	if !slices.Contains(methods, method) {
		method = "_OTHER" // clients write there what they like
	}
	span.Set(trace.Method, method)
	if _, pattern, found := strings.Cut(route, " "); found {
		span.Set(trace.Route, pattern)
		span.Name(route)
	} else {
		span.Set(trace.Route, route)
		span.Name(strings.TrimSpace(method + " " + route))
	}
	span.SetCount(trace.Status, status)
	span.Done("", status >= http.StatusInternalServerError)
}

// methods are those that HTTP knows.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

// traceLog adds the id of the request, of its trace, and of the one that its client says it is part
// of, to what is logged about one.
type traceLog struct{ slog.Handler }

func (h traceLog) Handle(ctx context.Context, r slog.Record) error {
	t := request.TraceOf(ctx)
	if t.ID != "" {
		r.AddAttrs(slog.String("request", t.ID))
	}
	own := trace.ID(ctx)
	if own != "" {
		r.AddAttrs(slog.String("trace_id", own))
	}
	if t.Parent != "" && t.Parent != own {
		r.AddAttrs(slog.String("trace", t.Parent))
	}
	return h.Handler.Handle(ctx, r)
}

func (h traceLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return traceLog{h.Handler.WithAttrs(attrs)}
}
func (h traceLog) WithGroup(name string) slog.Handler { return traceLog{h.Handler.WithGroup(name)} }
