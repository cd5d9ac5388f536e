package server

import (
	"cmp"
	"context"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/otlp"
	"github.com/sallyport/sallyport/internal/store"
)

// metrics are the numbers that an operator watches. No label has a value that a client
// chooses, so clients cannot make the number of series grow.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	events   *prometheus.CounterVec
	signIns  *prometheus.CounterVec
	factors  *prometheus.CounterVec
	deposits *prometheus.CounterVec
	pushes   *prometheus.CounterVec
	alerts   *prometheus.CounterVec
	refused  *prometheus.CounterVec
	unagreed *prometheus.CounterVec
	checks   [6]atomic.Int64 // by status class; cheaper than a vector, for the frequent session check
	seconds  prometheus.Histogram
}

// outboxes are the channels of messages whose rows are counted.
var outboxes = []struct {
	metric, oldest, channel string
	help                    [3]string // of what waits, of what was given up, of the age of the oldest
}{
	{"mails", "mail", notify.ChannelEmail, [3]string{
		"Mails that wait or are being delivered.", "Mails that were given up; the command mail retry sends them again.", "How long the oldest waiting mail waits; 0 without one.",
	}},
	{"texts", "text", notify.ChannelSMS, [3]string{
		"Text messages that wait or are being delivered.", "Text messages that were given up; their codes have ended.", "How long the oldest waiting text message waits; 0 without one.",
	}},
	{"pushes", "push", notify.ChannelPush, [3]string{
		"Push messages that wait or are being delivered.", "Push messages that were given up.", "How long the oldest waiting push message waits; 0 without one.",
	}},
	{"alerts", "alert", notify.ChannelAlert, [3]string{
		"Alerts that wait or are being delivered.", "Alerts that were given up; the page of the channels says why.", "How long the oldest waiting alert waits; 0 without one.",
	}},
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_http_requests_total", Help: "Answers by route and status class, session checks excepted.",
		}, []string{"route", "class"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_events_total", Help: "Events of the audit log that acts on this node appended, by kind.",
		}, []string{"kind"}),
		signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_sign_ins_total", Help: "Sign-ins on this node by outcome: done, or why not.",
		}, []string{"outcome"}),
		factors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_second_factors_total", Help: "Second factors that were accepted on this node at sign-in and step-up, by method.",
		}, []string{"method"}),
		deposits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_checkpoint_deliveries_total", Help: "Checkpoints of audit logs that this node took elsewhere, by way (folder, url, mail) and outcome (ok, failed).",
		}, []string{"way", "outcome"}),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_push_messages_total", Help: "Tries of this node to push a message, by outcome; refused ones are a fault of this installation, which its log names.",
		}, []string{"outcome"}),
		alerts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_alerts_total", Help: "Tries of this node to tell a chat or a tool what happened, by format and outcome.",
		}, []string{"format", "outcome"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_refusals_total", Help: "Requests of this node that asked for more than their sender may have, by reason and class of route (api, pages, oauth, check).",
		}, []string{"reason", "class"}),
		unagreed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_tls_handshake_failures_total", Help: "TLS handshakes with this node that failed, by cause.",
		}, []string{"cause"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sallyport_http_request_seconds", Help: "Time to answer, session checks excepted.",
			Buckets: []float64{.001, .005, .02, .05, .1, .25, .5, 1, 2.5, 10},
		}),
	}
	m.registry.MustRegister(m.requests, m.events, m.signIns, m.factors, m.deposits, m.pushes, m.alerts, m.refused, m.unagreed, m.seconds, buildInfo(s.config.Version),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("sallyport_password_hashings_waiting", "Passwords that wait for a slot to be hashed.", func() float64 { return float64(s.passwords.Waiting()) }))
	for _, o := range outboxes {
		m.registry.MustRegister(s.messages(o.metric, o.oldest, o.channel, o.help)...)
	}
	m.registry.MustRegister(s.waitingEvents()...)
	m.registry.MustRegister(s.spans()...)
	for class := range m.checks {
		if class > 1 {
			m.registry.MustRegister(counter("sallyport_session_checks_total", "Session checks by status class.", prometheus.Labels{"class": strconv.Itoa(class) + "xx"},
				func() float64 { return float64(m.checks[class].Load()) }))
		}
	}
	m.registry.MustRegister(s.database()...)
	m.registry.MustRegister(gauge("sallyport_remembered_sessions", "Sessions and API keys that are checked without the database.", func() float64 { return float64(s.DB.Memory().Len()) }))
	for name := range s.DB.Stats() {
		m.registry.MustRegister(
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "sallyport_database_connections_in_use", Help: "Connections in use by pool.", ConstLabels: prometheus.Labels{"pool": name},
			}, func() float64 { return float64(s.DB.Stats()[name].InUse) }),
			counter("sallyport_database_waits_total", "How often a connection had to be waited for, by pool.", prometheus.Labels{"pool": name},
				func() float64 { return float64(s.DB.Stats()[name].WaitCount) }))
	}
	m.begin(s.deposits.Ways())
	return m
}

// begin makes the series of what is watched for its first time: a rate is only known of what was there
// before.
func (m *metrics) begin(ways []string) {
	for _, k := range audit.Kinds {
		m.events.WithLabelValues(string(k.Kind))
	}
	for _, outcome := range []string{"done", string(sallyport.CodeInvalidCredentials)} {
		m.signIns.WithLabelValues(outcome)
	}
	for _, method := range sallyport.Methods {
		m.factors.WithLabelValues(method.Name)
	}
	for _, outcome := range notify.PushOutcomes {
		m.pushes.WithLabelValues(outcome)
	}
	for _, format := range notify.AlertFormats {
		for _, outcome := range notify.AlertOutcomes {
			m.alerts.WithLabelValues(format, outcome)
		}
	}
	m.unagreed.WithLabelValues(causeOther)
	for _, c := range handshakeCauses {
		m.unagreed.WithLabelValues(c.cause)
	}
	for _, reason := range refusalReasons() {
		for _, class := range refusalClasses {
			m.refused.WithLabelValues(reason, class)
		}
	}
	for _, way := range ways {
		m.deposits.WithLabelValues(way, "ok")
		m.deposits.WithLabelValues(way, "failed")
	}
}

// buildInfo returns what names the version of the program.
func buildInfo(version string) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sallyport_build_info", Help: "Always 1, for the version of the program and of Go.", ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	}, func() float64 { return 1 })
}

// certificate lets the metrics tell when the certificate of this node ends.
func (m *metrics) certificate(ends time.Time) {
	m.registry.MustRegister(gauge("sallyport_certificate_expiry_seconds", "When the certificate that this node serves ends, in seconds since 1970.",
		func() float64 { return float64(ends.Unix()) }))
}

func gauge(name, help string, f func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
}

func counter(name, help string, labels prometheus.Labels, f func() float64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: labels}, f)
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

var statusWriters = sync.Pool{New: func() any { return new(statusWriter) }}

// countChecks counts the answers of the session check, by status class only.
func (m *metrics) countChecks(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sw := statusWriters.Get().(*statusWriter)
		*sw = statusWriter{ResponseWriter: w}
		next.ServeHTTP(sw, r)
		m.checks[sw.class()].Add(1)
		*sw = statusWriter{}
		statusWriters.Put(sw)
	})
}

// answered counts one answer.
func (m *metrics) answered(route string, class int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(class)+"xx").Inc()
	m.seconds.Observe(took.Seconds())
}

// event counts an event of the audit log.
func (m *metrics) event(e sallyport.Event) {
	m.events.WithLabelValues(e.Kind).Inc()
	switch audit.Kind(e.Kind) {
	case audit.SignedIn:
		m.signIns.WithLabelValues("done").Inc()
		m.factor(e)
	case audit.SignInFailed:
		m.signIns.WithLabelValues(e.Data["reason"]).Inc()
	case audit.SteppedUp:
		m.factor(e)
	}
}

func (m *metrics) factor(e sallyport.Event) {
	if method := e.Data["method"]; method != "" {
		m.factors.WithLabelValues(method).Inc()
	}
}

// deposited counts a checkpoint that was taken elsewhere, or was not.
func (m *metrics) deposited(way string, err error) {
	outcome := "ok"
	if err != nil {
		outcome = "failed"
	}
	m.deposits.WithLabelValues(way, outcome).Inc()
}

// handshakeFailed counts a handshake that failed.
func (m *metrics) handshakeFailed(cause string) { m.unagreed.WithLabelValues(cause).Inc() }

// pushed counts a try to push a message.
func (m *metrics) pushed(outcome string) { m.pushes.WithLabelValues(outcome).Inc() }

// alerted counts a try to tell a chat or a tool what happened.
func (m *metrics) alerted(format, outcome string) { m.alerts.WithLabelValues(format, outcome).Inc() }

// statusWriter records the status that was written.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// code returns the status; a handler that writes none answers 200.
func (w *statusWriter) code() int { return cmp.Or(w.status, http.StatusOK) }

func (w *statusWriter) class() int { return min(w.code()/100, 5) }

// asked is what the database answers to a question of the metrics. It is asked every fifteen
// seconds at most. When the database fails, the last answer stays.
type asked[T any] struct {
	ask func(context.Context) (T, error)

	mu     sync.Mutex
	at     time.Time
	answer T
}

const askEvery = 15 * time.Second

func (a *asked[T]) read() T {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now := time.Now(); now.Sub(a.at) >= askEvery {
		a.at = now
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if v, err := a.ask(ctx); err == nil {
			a.answer = v
		}
	}
	return a.answer
}

// messages returns the gauges of one channel of the outbox.
func (s *Server) messages(name, oldest, channel string, means [3]string) []prometheus.Collector {
	counts := &asked[store.OutboxCounts]{ask: func(ctx context.Context) (store.OutboxCounts, error) { return notify.Counts(ctx, s.DB, channel) }}
	return []prometheus.Collector{
		gauge("sallyport_"+name+"_pending", means[0], func() float64 { return float64(counts.read().Pending) }),
		gauge("sallyport_"+name+"_dead", means[1], func() float64 { return float64(counts.read().Dead) }),
		gauge("sallyport_"+oldest+"_oldest_seconds", means[2], func() float64 {
			c := counts.read()
			if c.Pending == 0 {
				return 0
			}
			return max(0, s.config.Now().Sub(c.Oldest).Seconds())
		}),
	}
}

// waitingEvents returns the gauges of events without a place in their log.
func (s *Server) waitingEvents() []prometheus.Collector {
	waiting := &asked[store.Waiting]{ask: func(ctx context.Context) (store.Waiting, error) { return s.DB.WaitingEvents(ctx, "") }}
	return []prometheus.Collector{
		gauge("sallyport_events_waiting", "Events that have no place in their audit log yet.", func() float64 { return float64(waiting.read().Events) }),
		gauge("sallyport_event_oldest_seconds", "How long the oldest of them waits; more than a minute is a fault.", func() float64 { return waiting.read().Oldest.Seconds() }),
	}
}

// database returns the gauges of the database itself.
func (s *Server) database() []prometheus.Collector {
	return []prometheus.Collector{
		gauge("sallyport_database_available", "1 while the database answers this node; 0 while everything that needs it is refused at once.", func() float64 {
			if s.DB.Available() {
				return 1
			}
			return 0
		}),
		gauge("sallyport_database_clock_ahead_seconds", "How far the clock of the database's machine is ahead of this node's; negative when it is behind, 0 on SQLite.",
			func() float64 { return s.DB.Skew().Seconds() }),
	}
}

// spans returns the counters of the parts of traces.
func (s *Server) spans() (all []prometheus.Collector) {
	for outcome, of := range map[string]func(otlp.Counts) int64{
		"sent": func(c otlp.Counts) int64 { return c.Sent }, "lost": func(c otlp.Counts) int64 { return c.Lost }, "dropped": func(c otlp.Counts) int64 { return c.Dropped },
	} {
		all = append(all, counter("sallyport_trace_spans_total", "Spans for the collector of traces: sent; lost, when it did not take them; dropped, when too many waited.",
			prometheus.Labels{"outcome": outcome}, func() float64 { return float64(of(s.traces.Counts())) }))
	}
	return all
}
