// Package trace records how long the parts of some work take, for traces that an operator looks
// at. What works calls Start and End, and does not know where traces go, or whether anybody wants them:
//
//	ctx, span := trace.Start(ctx, "signin.advance")
//	…
//	span.End(err)
//
// A span is part of the one that ctx is in. Outside of any, which is also the case when traces are
// off or this one was not chosen, Start costs a look into ctx and nothing is recorded. Only a
// Tracer begins traces; the server has it.
package trace

import (
	"context"
	"errors"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	otel "go.opentelemetry.io/otel/trace"

	"github.com/sallyport/sallyport"
)

// scope is what spans say made them.
const scope = "github.com/sallyport/sallyport"

// Span is a part of a trace. The zero value records nothing.
type Span struct{ span otel.Span }

// Start begins a part of what ctx is in.
func Start(ctx context.Context, name string) (context.Context, Span) {
	parent := otel.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, Span{}
	}
	ctx, span := parent.TracerProvider().Tracer(scope).Start(ctx, name)
	return ctx, Span{span}
}

// In returns the span that ctx is in.
func In(ctx context.Context) Span {
	if span := otel.SpanFromContext(ctx); span.IsRecording() {
		return Span{span}
	}
	return Span{}
}

// ID returns the id of the trace that ctx is in, "" outside of any.
func ID(ctx context.Context) string {
	if c := otel.SpanContextFromContext(ctx); c.IsSampled() {
		return c.TraceID().String()
	}
	return ""
}

// Recording reports whether somebody wants what the span holds. Ask it before something is put
// together for a span alone.
func (s Span) Recording() bool { return s.span != nil }

// Name names the span anew.
func (s Span) Name(name string) {
	if s.Recording() {
		s.span.SetName(name)
	}
}

// Set gives the span a value, unless that is "".
func (s Span) Set(key Key, value string) {
	if s.Recording() && value != "" {
		s.span.SetAttributes(attribute.String(string(key), value))
	}
}

// SetCount gives the span a number.
func (s Span) SetCount(key Key, n int) {
	if s.Recording() {
		s.span.SetAttributes(attribute.Int(string(key), n))
	}
}

// SetAll gives the span some values, each once.
func (s Span) SetAll(key Key, values []string) {
	if s.Recording() && len(values) > 0 {
		values = slices.Clone(values)
		slices.Sort(values)
		s.span.SetAttributes(attribute.StringSlice(string(key), slices.Compact(values)))
	}
}

// End ends the span with what err says of its outcome: the code and never the text, in which
// anything can stand.
func (s Span) End(err error) {
	if s.Recording() {
		outcome, failed := outcome(err)
		s.Done(outcome, failed)
	}
}

// Done ends the span. failed says that something is to be mended, which a refusal is not.
func (s Span) Done(outcome string, failed bool) {
	if !s.Recording() {
		return
	}
	s.Set(Outcome, outcome)
	if failed {
		s.span.SetStatus(codes.Error, "")
	}
	s.span.End()
}

func outcome(err error) (code string, failed bool) {
	switch {
	case err == nil:
		return "ok", false
	case errors.Is(err, context.Canceled):
		return "canceled", false
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout", true
	}
	c := sallyport.CodeOf(err)
	return string(c), c == sallyport.CodeInternal || c == sallyport.CodeUnavailable
}

// Tracer begins traces. A nil one begins none.
type Tracer struct{ tracer otel.Tracer }

// New returns a tracer whose spans go to a provider.
func New(p otel.TracerProvider) *Tracer { return &Tracer{p.Tracer(scope)} }

// Begin begins a trace of work that nobody waits for.
func (t *Tracer) Begin(ctx context.Context, name string) (context.Context, Span) {
	return t.begin(ctx, name, otel.WithSpanKind(otel.SpanKindConsumer))
}

// BeginRequest begins the trace of a request, or goes on with the one that parent names in the
// format of the header traceparent (W3C Trace Context). An empty or invalid parent names none.
func (t *Tracer) BeginRequest(ctx context.Context, parent string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	if parent != "" {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": parent})
	}
	return t.begin(ctx, "request", otel.WithSpanKind(otel.SpanKindServer))
}

func (t *Tracer) begin(ctx context.Context, name string, kind otel.SpanStartOption) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, name, kind)
	if !span.IsRecording() {
		return ctx, Span{}
	}
	return ctx, Span{span}
}
