package otlp

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

func TestCheck(t *testing.T) {
	for endpoint, want := range map[string]string{
		"": "", "http://127.0.0.1:4318": "", "https://collector.example.com/base/": "", "http://127.0.0.1:4318/v1/traces": "",
		"127.0.0.1:4318": "--otlp-endpoint must be", "grpc://127.0.0.1:4317": "--otlp-endpoint must be", "http://": "--otlp-endpoint must be", "http://:4318": "--otlp-endpoint must be",
		"https://user:hunter2@collector.example.com": "OTEL_EXPORTER_OTLP_HEADERS", "https://collector.example.com?token=hunter2": "before the ?", "http://a\x00b": "--otlp-endpoint must be",
	} {
		err := Check(endpoint)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%q: %v, want %q", endpoint, err, want)
		}
	}
	for endpoint, want := range map[string]string{
		"http://127.0.0.1:4318": "http://127.0.0.1:4318/v1/traces", "http://127.0.0.1:4318/": "http://127.0.0.1:4318/v1/traces",
		"https://c.example.com/base": "https://c.example.com/base/v1/traces", "https://c.example.com/v1/traces": "https://c.example.com/v1/traces",
	} {
		if got, err := parse(endpoint); got != want || err != nil {
			t.Errorf("%s becomes %s, %v", endpoint, got, err)
		}
	}
}

// lines are what was logged, by whatever goroutine.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// open returns a sender to an endpoint, and what it logs.
func open(t *testing.T, endpoint string) (*Sender, *lines) {
	t.Helper()
	log := &lines{}
	s, err := Open(t.Context(), Config{Endpoint: endpoint, Version: "test", Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

// make makes n spans, and returns how long that took.
func (s *Sender) make(t *testing.T, n int) time.Duration {
	begun := time.Now()
	for range n {
		_, span := s.Tracer().Begin(t.Context(), "work")
		span.End(nil)
	}
	return time.Since(begun)
}

// What was not sent yet is sent at the end, with what the standard variables ask for.
func TestSends(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=of-the-operator")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=node-1")
	var key, path string
	got := map[string]string{}
	spans := 0
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		key, path = r.Header.Get("X-Key"), r.URL.Path
		body, _ := io.ReadAll(r.Body)
		var m collector.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &m); err != nil {
			t.Error(err)
		}
		for _, rs := range m.ResourceSpans {
			for _, a := range rs.Resource.Attributes {
				got[a.Key] = a.Value.GetStringValue()
			}
			for _, ss := range rs.ScopeSpans {
				spans += len(ss.Spans)
			}
		}
	}))
	defer receiver.Close()
	s, log := open(t, receiver.URL)
	s.make(t, 3)
	s.Close()
	if spans != 3 || key != "of-the-operator" || path != "/v1/traces" || got["service.name"] != "sallyport" || got["service.version"] != "test" || got["service.instance.id"] != "node-1" {
		t.Errorf("%d spans with key %q at %s, of %v", spans, key, path, got)
	}
	if want := (Counts{Sent: 3}); s.Counts() != want || log.String() != "" {
		t.Errorf("%+v, log %s", s.Counts(), log)
	}
}

// A share of the traces is enough where there are many.
func TestSamples(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", "0")
	s, _ := open(t, "http://127.0.0.1:1")
	s.make(t, 10)
	s.Close()
	if s.Counts() != (Counts{}) {
		t.Errorf("%+v", s.Counts())
	}
}

// A collector that takes requests and never answers costs neither time nor memory without end.
func TestHangingCollector(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer receiver.Close()
	defer close(release)
	s, log := open(t, receiver.URL)
	const many = 3 * maxWaiting
	if took := s.make(t, many); took > 2*time.Second {
		t.Errorf("%d spans took %v", many, took)
	}
	if n := s.Counts().Dropped; n != many-maxWaiting {
		t.Errorf("%d of %d spans were dropped", n, many)
	}
	begun := time.Now()
	s.Close()
	if took := time.Since(begun); took > flushTime+2*time.Second {
		t.Errorf("the end took %v", took)
	}
	if !strings.Contains(log.String(), "the last traces were not sent") {
		t.Errorf("the log is %s", log)
	}
}

// Of a collector that is away, or answers nonsense, the log tells once a minute, with how much is missing.
func TestMissingCollector(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, strings.Repeat("nonsense ", 500), http.StatusBadRequest)
	}))
	defer receiver.Close()
	for _, endpoint := range []string{"http://127.0.0.1:1", receiver.URL} {
		s, log := open(t, endpoint)
		for range 3 {
			s.make(t, 600) // more than a batch
			waitFor(t, func() bool { return s.Counts().Lost > 0 })
		}
		s.Close()
		if n := s.Counts().Lost; n != 1800 {
			t.Errorf("%s: %+v", endpoint, s.Counts())
		}
		if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "traces are missing") || len(text) > 700 {
			t.Errorf("%s: the log is %s", endpoint, text)
		}
		s.exporter.toldAt = time.Now().Add(-quiet)
		s.exporter.tell(fmt.Errorf("again"))
		if !strings.Contains(log.String(), "error=again") {
			t.Errorf("%s: after a minute the log is %s", endpoint, log)
		}
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for range 1000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it does not happen")
}

// Off is a sender that is nil.
func TestOff(t *testing.T) {
	t.Parallel()
	s, log := open(t, "")
	if s != nil || s.Tracer() != nil || s.make(t, 1) > time.Second || s.Counts() != (Counts{}) {
		t.Error("a sender that is off does something")
	}
	s.Close()
	if log.String() != "" {
		t.Errorf("it logs %s", log)
	}
}
