package server_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

// lines is a log that a test reads.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.b.String()
	l.b.Reset()
	return text
}

// Each request has an id, in its answer and in the log; only a trusted proxy can give one. The
// log has the pattern of the route and never a secret of its path.
func TestTraces(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Engines[0], store.Options{})
	log := &lines{}
	s := apptest.Serve(t, a, func(c *server.Config) {
		c.Log, c.AccessLog = slog.New(slog.NewTextHandler(log, nil)), true
	})
	ask := func(from, target, id string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
		r.RemoteAddr = net.JoinHostPort(from, "4000")
		if id != "" {
			r.Header.Set("X-Request-Id", id)
		}
		s.Server.Handler.ServeHTTP(w, r)
		return w
	}
	const proxy, stranger = "127.0.0.1", "192.0.2.9"
	secret := "spl_" + strings.Repeat("s", 43)
	seen := map[string]bool{}
	for target, route := range map[string]string{
		"/recovery/" + secret: `route="GET /recovery/{secret}"`, "/sign-in": `route="GET /sign-in"`, "/api/v1/me": `route="GET /api/v1/me"`,
		"/api/v1/nowhere": `route=""`, "/api/v1//me": `route=""`, "/nowhere": "route=/",
	} {
		log.take()
		w := ask(stranger, target, "mine")
		id := w.Header().Get("X-Request-Id")
		if len(id) != 36 || seen[id] {
			t.Errorf("%s: id %q", target, id)
		}
		seen[id] = true
		text := log.take()
		if !strings.Contains(text, "request="+id) || !strings.Contains(text, route) || !strings.Contains(text, "ip="+stranger) || strings.Contains(text, secret) {
			t.Errorf("%s is logged as %s", target, text)
		}
	}
	for given, taken := range map[string]bool{"abc-123": true, "0af7651916cd43dd8448eb211c80319c": true, "two words": false, "a\"b": false, strings.Repeat("x", 65): false} {
		if got := ask(proxy, "/sign-in", given).Header().Get("X-Request-Id"); (got == given) != taken {
			t.Errorf("a proxy's %q becomes %q", given, got)
		}
	}
	log.take()
	if w := ask(stranger, "/api/v1/session", ""); w.Header().Get("X-Request-Id") != "" || log.take() != "" {
		t.Error("a session check has an id, or is logged")
	}
}

// A problem document has the id of its request. The log has that and, where the request is part
// of a trace of others (W3C Trace Context), the id of the trace.
func TestTracesOfOthers(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Engines[0], store.Options{})
	log := &lines{}
	s := apptest.Serve(t, a, func(c *server.Config) {
		c.Log, c.AccessLog = slog.New(slog.NewTextHandler(log, nil)), true
	})
	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for header, valid := range map[string]bool{
		"00-" + trace + "-" + parent + "-01":                  true,
		"cc-" + trace + "-" + parent + "-01-what-comes-later": true,
		"": false, "00-" + trace + "-" + parent: false,
		"00-" + trace + "-" + parent + "-01-more":              false,
		"ff-" + trace + "-" + parent + "-01":                   false,
		"00-" + strings.ToUpper(trace) + "-" + parent + "-01":  false,
		"00-" + strings.Repeat("0", 32) + "-" + parent + "-01": false,
		"00-" + trace + "-" + strings.Repeat("0", 16) + "-01":  false,
		"00-" + trace + "-" + parent + "-01\n":                 false,
		"00-" + trace[1:] + "\"-" + parent + "-01":             false,
	} {
		for _, target := range []string{"/api/v1/me", "/api/v1/sign-out", "/api/v1/nowhere", "/api/v1/me?x=1"} {
			log.take()
			w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
			r.RemoteAddr = "192.0.2.9:4000"
			r.Header["Traceparent"] = []string{header}
			s.Server.Handler.ServeHTTP(w, r)
			text, id := log.take(), w.Header().Get("X-Request-Id")
			if !strings.Contains(w.Body.String(), `"requestId":"`+id+`"`) || !strings.Contains(text, "request="+id) {
				t.Errorf("%s: %s is logged as %s", target, w.Body, text)
			}
			if strings.Contains(text, "trace="+trace) != valid || strings.Contains(text, "trace=") != valid {
				t.Errorf("%s, %q is logged as %s", target, header, text)
			}
		}
	}
}

// The numbers of an operator are by route and outcome.
func TestMetricsByOutcome(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Engines[0], store.Options{})
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s := apptest.Serve(t, a, func(c *server.Config) { c.MetricsListen = address })
	from := a.Laptop(t)
	for _, password := range []string{apptest.Password, "wrong", apptest.Password} {
		r, err := s.Server.SignIn.Open(t.Context(), from, apptest.OwnerEmail)
		apptest.Must(t, err)
		_, err = s.Server.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Password, Password: password})
		if (err != nil) != (password == "wrong") {
			t.Fatal(err)
		}
		a.Clock.Advance(time.Minute)
	}
	w := httptest.NewRecorder()
	s.Server.Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/me", http.NoBody))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/metrics", http.NoBody)
	apptest.Must(t, err)
	answer, err := http.DefaultClient.Do(r)
	apptest.Must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	apptest.Must(t, err)
	for _, want := range []string{
		`sallyport_sign_ins_total{outcome="done"} 2`, `sallyport_sign_ins_total{outcome="invalid_credentials"} 1`,
		`sallyport_events_total{kind="auth.signed_in"} 2`, `sallyport_http_requests_total{class="4xx",route="GET /api/v1/me"} 1`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
