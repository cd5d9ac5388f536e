package server

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/sallyport/sallyport/internal/request"
)

// traced gives each request its id, counts its answer and, with --access-log, writes a line about
// it. The line has the pattern of the route and never the path: the secret of a mailed link can
// stand in that.
func (s *Server) traced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, t := time.Now(), request.NewTrace(r, s.config.Proxies)
		w.Header().Set(request.IDHeader, t.ID)
		ctx := request.WithTrace(r.Context(), t)
		sw := statusWriter{ResponseWriter: w}
		next.ServeHTTP(&sw, r.WithContext(ctx))
		took := time.Since(start)
		s.metrics.answered(t.Route, sw.class(), took)
		if s.config.AccessLog {
			s.config.Log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("route", t.Route), slog.Int("status", sw.code()),
				slog.Duration("took", took.Round(time.Microsecond)), slog.String("ip", request.ClientIP(r, s.config.Proxies).String()))
		}
	})
}

// traceLog adds the id of the request, and of the trace that it is part of, to what is logged
// about one.
type traceLog struct{ slog.Handler }

func (h traceLog) Handle(ctx context.Context, r slog.Record) error {
	t := request.TraceOf(ctx)
	if t.ID != "" {
		r.AddAttrs(slog.String("request", t.ID))
	}
	if t.Parent != "" {
		r.AddAttrs(slog.String("trace", t.Parent))
	}
	return h.Handler.Handle(ctx, r)
}

func (h traceLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return traceLog{h.Handler.WithAttrs(attrs)}
}
func (h traceLog) WithGroup(name string) slog.Handler { return traceLog{h.Handler.WithGroup(name)} }
