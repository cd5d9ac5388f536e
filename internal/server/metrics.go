package server

import (
	"cmp"
	"context"
	"net/http"
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
	checks   [6]atomic.Int64 // by status class; cheaper than a vector, for the frequent session check
	seconds  prometheus.Histogram
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
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sallyport_http_request_seconds", Help: "Time to answer, session checks excepted.",
			Buckets: []float64{.001, .005, .02, .05, .1, .25, .5, 1, 2.5, 10},
		}),
	}
	outbox, texts := &outboxGauge{s: s, channel: notify.ChannelEmail}, &outboxGauge{s: s, channel: notify.ChannelSMS}
	m.registry.MustRegister(m.requests, m.events, m.signIns, m.factors, m.seconds,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("sallyport_mails_pending", "Mails that wait or are being delivered.", func() float64 { return float64(outbox.read().Pending) }),
		gauge("sallyport_mails_dead", "Mails that were given up; the command mail retry sends them again.", func() float64 { return float64(outbox.read().Dead) }),
		gauge("sallyport_mail_oldest_seconds", "How long the oldest waiting mail waits; 0 without one.", outbox.oldest),
		gauge("sallyport_texts_pending", "Text messages that wait or are being delivered.", func() float64 { return float64(texts.read().Pending) }),
		gauge("sallyport_texts_dead", "Text messages that were given up; their codes have ended.", func() float64 { return float64(texts.read().Dead) }),
		gauge("sallyport_text_oldest_seconds", "How long the oldest waiting text message waits; 0 without one.", texts.oldest),
		gauge("sallyport_password_hashings_waiting", "Passwords that wait for a slot to be hashed.", func() float64 { return float64(s.passwords.Waiting()) }))
	for class := range m.checks {
		if class > 1 {
			m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
				Name: "sallyport_session_checks_total", Help: "Session checks by status class.",
				ConstLabels: prometheus.Labels{"class": strconv.Itoa(class) + "xx"},
			}, func() float64 { return float64(m.checks[class].Load()) }))
		}
	}
	for name := range s.DB.Stats() {
		m.registry.MustRegister(
			poolGauge("sallyport_database_connections_in_use", "Connections in use by pool.", name, func() float64 { return float64(s.DB.Stats()[name].InUse) }),
			poolGauge("sallyport_database_waits_total", "How often a connection had to be waited for, by pool.", name, func() float64 { return float64(s.DB.Stats()[name].WaitCount) }))
	}
	return m
}

func gauge(name, help string, f func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
}

func poolGauge(name, help, pool string, f func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: prometheus.Labels{"pool": pool}}, f)
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// countChecks counts the answers of the session check, by status class only.
func (m *metrics) countChecks(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sw := statusWriter{ResponseWriter: w}
		next.ServeHTTP(&sw, r)
		m.checks[sw.class()].Add(1)
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

// outboxGauge counts the messages of one channel for the metrics. It asks the database
// every fifteen seconds at most. When the database fails, the last numbers stay.
type outboxGauge struct {
	s       *Server
	channel string

	mu     sync.Mutex
	asked  time.Time
	counts store.OutboxCounts
}

const outboxEvery = 15 * time.Second

func (g *outboxGauge) read() store.OutboxCounts {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := time.Now(); now.Sub(g.asked) >= outboxEvery {
		g.asked = now
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if c, err := notify.Counts(ctx, g.s.DB, g.channel); err == nil {
			g.counts = c
		}
	}
	return g.counts
}

// oldest returns the age in seconds of the oldest waiting message.
func (g *outboxGauge) oldest() float64 {
	c := g.read()
	if c.Pending == 0 {
		return 0
	}
	return max(0, g.s.config.Now().Sub(c.Oldest).Seconds())
}
