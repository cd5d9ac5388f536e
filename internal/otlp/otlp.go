// Package otlp sends traces to a collector, in the protocol of OpenTelemetry over HTTP.
//
//	span ends ─ at most 2048 wait ─ batches ─ collector
//	                └ more are dropped      └ or are lost
//
// Nothing that works waits for it: what does not fit is dropped, and what cannot be sent is lost. Both
// are counted, and a line in the log tells of them once a minute at most.
package otlp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/sallyport/sallyport/internal/trace"
)

const (
	maxWaiting = 2048             // spans, of about a kilobyte each
	flushTime  = 3 * time.Second  // how long Close waits for what was not sent yet
	quiet      = time.Minute      // between two lines in the log
	sendTime   = 10 * time.Second // for one batch, with its retries
)

// Config says where traces go. OTEL_EXPORTER_OTLP_HEADERS, OTEL_EXPORTER_OTLP_CERTIFICATE,
// OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES and their like are read by OpenTelemetry itself.
type Config struct {
	Endpoint string // --otlp-endpoint; "" for nowhere
	Version  string
	Log      *slog.Logger
}

// Check returns an error for an endpoint that is none. It does not show the endpoint, which may
// hold a password.
func Check(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	_, err := parse(endpoint)
	return err
}

// parse returns the address to post traces to.
func parse(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("--otlp-endpoint must be the address of a collector, such as http://127.0.0.1:4318")
	case u.User != nil:
		return "", errors.New("--otlp-endpoint holds a password: leave it out, and put what the collector asks for into OTEL_EXPORTER_OTLP_HEADERS")
	case u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("--otlp-endpoint must end before the ? or #")
	}
	const path = "/v1/traces"
	return strings.TrimSuffix(strings.TrimSuffix(u.String(), "/"), path) + path, nil
}

// Sender sends traces. A nil one sends none.
type Sender struct {
	tracer   *trace.Tracer
	provider *sdk.TracerProvider
	exporter *exporter
}

// Open returns a sender, nil for an empty endpoint. It does not try to reach the collector.
func Open(ctx context.Context, c Config) (*Sender, error) {
	if c.Endpoint == "" {
		return nil, nil // nil is a sender that is off
	}
	address, err := parse(c.Endpoint)
	if err != nil {
		return nil, err
	}
	client, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(address))
	if err != nil {
		return nil, fmt.Errorf("--otlp-endpoint: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "sallyport"), attribute.String("service.version", c.Version)),
		resource.WithFromEnv()) // the last one wins
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	e := &exporter{SpanExporter: client, log: c.Log}
	batches := sdk.NewBatchSpanProcessor(e, sdk.WithMaxQueueSize(maxWaiting), sdk.WithExportTimeout(sendTime))
	p := sdk.NewTracerProvider(sdk.WithResource(about), sdk.WithSpanProcessor(bounded{batches, e}))
	return &Sender{trace.New(p), p, e}, nil
}

// Tracer returns what begins the traces.
func (s *Sender) Tracer() *trace.Tracer {
	if s == nil {
		return nil
	}
	return s.tracer
}

// Counts is how many spans there were since the start.
type Counts struct {
	Sent    int64
	Lost    int64 // could not be sent
	Dropped int64 // were too many to wait
}

// Counts returns how many spans there were.
func (s *Sender) Counts() Counts {
	if s == nil {
		return Counts{}
	}
	e := s.exporter
	return Counts{e.sent.Load(), e.lost.Load(), e.dropped.Load()}
}

// Close sends what waits, for as long as flushTime.
func (s *Sender) Close() {
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if err := s.provider.Shutdown(ctx); err != nil {
		// Interrupts the batch that is being sent.
		err = errors.Join(err, s.exporter.Shutdown(context.Background()))
		s.exporter.log.Warn("the last traces were not sent", "error", short(err))
	}
}

// bounded lets no more spans wait than there is room for, and counts the others.
type bounded struct {
	sdk.SpanProcessor
	*exporter
}

func (b bounded) OnEnd(s sdk.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	if b.waiting.Add(1) > maxWaiting {
		b.waiting.Add(-1)
		b.dropped.Add(1)
		return
	}
	b.SpanProcessor.OnEnd(s)
}

func (b bounded) Shutdown(ctx context.Context) error { return b.SpanProcessor.Shutdown(ctx) }

// exporter sends batches, one at a time.
type exporter struct {
	sdk.SpanExporter
	log *slog.Logger

	waiting, sent, lost, dropped atomic.Int64

	told   int64 // of lost and dropped spans, how many the log tells of
	toldAt time.Time
}

// ExportSpans sends a batch. It returns no error: the log is told here.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	n := int64(len(spans))
	defer e.waiting.Add(-n)
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if err != nil {
		e.lost.Add(n)
	} else {
		e.sent.Add(n)
	}
	e.tell(err)
	return nil
}

func (e *exporter) tell(err error) {
	missing := e.lost.Load() + e.dropped.Load()
	if missing == e.told || time.Since(e.toldAt) < quiet {
		return
	}
	e.log.Warn("traces are missing: the collector did not take them, or not in time", "spans", missing-e.told, "error", short(err))
	e.told, e.toldAt = missing, time.Now()
}

// short returns the beginning of an error's text: collectors answer with whole pages.
func short(err error) string {
	if err == nil {
		return ""
	}
	const most = 300
	text := err.Error()
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
