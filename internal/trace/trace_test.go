package trace_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/trace"
)

// recorded returns a tracer and what it recorded.
func recorded(t *testing.T) (*trace.Tracer, *tracetest.SpanRecorder) {
	t.Helper()
	r := tracetest.NewSpanRecorder()
	return trace.New(sdk.NewTracerProvider(sdk.WithSpanProcessor(r))), r
}

// A span tells the code of an error and never its text.
func TestOutcome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err     error
		outcome string
		status  codes.Code
	}{
		{nil, "ok", codes.Unset},
		{sallyport.Refuse(sallyport.CodeInvalidCredentials, "not for ada@example.com"), "invalid_credentials", codes.Unset},
		{fmt.Errorf("in ada's way: %w", sallyport.ErrForbidden), "forbidden", codes.Unset},
		{fmt.Errorf("database: %w", sallyport.Refuse(sallyport.CodeUnavailable, "ada")), "unavailable", codes.Error},
		{errors.New("ada@example.com broke it"), "internal", codes.Error},
		{fmt.Errorf("ada: %w", context.Canceled), "canceled", codes.Unset},
		{fmt.Errorf("ada: %w", context.DeadlineExceeded), "timeout", codes.Error},
	} {
		tracer, r := recorded(t)
		_, span := tracer.Begin(t.Context(), "work")
		span.End(c.err)
		s := r.Ended()[0]
		if len(s.Attributes()) != 1 || s.Attributes()[0].Value.AsString() != c.outcome || s.Status().Code != c.status || s.Status().Description != "" {
			t.Errorf("%v: %v, %v", c.err, s.Attributes(), s.Status())
		}
		if len(s.Events()) > 0 {
			t.Errorf("%v: %v", c.err, s.Events())
		}
	}
}

// What works inside of a span makes parts of it; outside of any it makes nothing.
func TestParts(t *testing.T) {
	t.Parallel()
	tracer, r := recorded(t)
	ctx, whole := tracer.BeginRequest(t.Context(), "")
	in, part := trace.Start(ctx, "part")
	trace.In(in).SetAll(trace.Events, []string{"b", "a", "b"})
	trace.In(in).Set(trace.Kind, "")
	part.End(nil)
	whole.Done("", false)
	spans := r.Ended()
	if len(spans) != 2 || spans[0].Parent().SpanID() != spans[1].SpanContext().SpanID() || spans[1].Parent().IsValid() {
		t.Fatalf("%v", spans)
	}
	if got := fmt.Sprint(spans[0].Attributes()); len(spans[0].Attributes()) != 2 || spans[0].Attributes()[0].Value.AsStringSlice()[0] != "a" || len(spans[0].Attributes()[0].Value.AsStringSlice()) != 2 {
		t.Error(got)
	}
	if trace.ID(in) == "" || trace.ID(in) != trace.ID(ctx) || trace.ID(t.Context()) != "" {
		t.Errorf("the ids are %q, %q, %q", trace.ID(in), trace.ID(ctx), trace.ID(t.Context()))
	}
	if _, none := trace.Start(t.Context(), "alone"); none.Recording() || len(r.Started()) != 2 {
		t.Error("a part of nothing is recorded")
	}
}

// A request goes on with the trace that its header names, if that is one.
func TestParent(t *testing.T) {
	t.Parallel()
	const id = "0af7651916cd43dd8448eb211c80319c"
	for header, want := range map[string]bool{
		"00-" + id + "-b7ad6b7169203331-01": true, "00-" + id + "-b7ad6b7169203331": false, "": false, "ada@example.com": false,
	} {
		tracer, r := recorded(t)
		ctx, span := tracer.BeginRequest(t.Context(), header)
		got := trace.ID(ctx)
		span.Done("", false)
		if (got == id) != want || len(r.Ended()) != 1 || r.Ended()[0].Parent().IsRemote() != want {
			t.Errorf("%q: trace %s of %v", header, got, r.Ended())
		}
	}
	// One that the caller did not choose is not recorded here either.
	tracer, r := recorded(t)
	if ctx, span := tracer.BeginRequest(t.Context(), "00-"+id+"-b7ad6b7169203331-00"); span.Recording() || trace.ID(ctx) != "" || len(r.Started()) > 0 {
		t.Error("it is recorded")
	}
}

// Where nobody wants traces, spans cost nothing that a benchmark of the service could see.
func TestOffAllocates(t *testing.T) {
	ctx := context.WithValue(t.Context(), key{}, 1)
	if n := testing.AllocsPerRun(100, func() { work(ctx) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

type key struct{}

func work(ctx context.Context) {
	ctx, span := trace.Start(ctx, "work")
	span.Set(trace.StateBefore, "password")
	span.SetCount(trace.Items, 1)
	if trace.In(ctx).Recording() {
		panic("it is recorded")
	}
	span.End(nil)
}

func BenchmarkStart(b *testing.B) {
	b.Run("off", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			work(b.Context())
		}
	})
	b.Run("on", func(b *testing.B) {
		ctx, root := trace.New(sdk.NewTracerProvider()).Begin(b.Context(), "root")
		defer root.End(nil)
		b.ReportAllocs()
		for b.Loop() {
			_, span := trace.Start(ctx, "work")
			span.Set(trace.StateBefore, "password")
			span.SetCount(trace.Items, 1)
			span.End(nil)
		}
	})
}
