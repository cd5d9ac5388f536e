package server_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
)

// span is one that a collector was sent.
type span struct {
	Name, ID, Parent, Trace string
	Values                  map[string]string // lists are joined by commas
}

// receiver is a collector of traces.
type receiver struct {
	URL string

	mu    sync.Mutex
	raw   bytes.Buffer
	spans []span
}

func newReceiver(t *testing.T) *receiver {
	c := &receiver{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var m collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &m) != nil {
			t.Errorf("%s %s with %d bytes is not OTLP: %v", r.Method, r.URL, len(body), err)
		}
		c.keep(body, &m)
	}))
	t.Cleanup(s.Close)
	c.URL = s.URL
	return c
}

func (c *receiver) keep(body []byte, m *collector.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	for _, rs := range m.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				one := span{s.Name, hex.EncodeToString(s.SpanId), hex.EncodeToString(s.ParentSpanId), hex.EncodeToString(s.TraceId), map[string]string{}}
				for _, a := range s.Attributes {
					text := a.Value.GetStringValue()
					for _, v := range a.Value.GetArrayValue().GetValues() {
						text = strings.Trim(text+","+v.GetStringValue(), ",")
					}
					one.Values[a.Key] = text
				}
				c.spans = append(c.spans, one)
			}
		}
	}
}

// await returns the first span that is, once it has come. Spans are sent every five seconds.
func (c *receiver) await(t *testing.T, what string, is func(span) bool) span {
	t.Helper()
	for range 300 {
		c.mu.Lock()
		i := slices.IndexFunc(c.spans, is)
		if i >= 0 {
			defer c.mu.Unlock()
			return c.spans[i]
		}
		c.mu.Unlock()
		time.Sleep(100 * time.Millisecond)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t.Fatalf("no span of %s among %+v", what, c.spans)
	return span{}
}

// part returns the span below another one.
func (c *receiver) part(t *testing.T, of span, name string, values ...string) span {
	t.Helper()
	return c.await(t, name+" below "+of.Name, func(s span) bool {
		return s.Name == name && s.Parent == of.ID && s.Trace == of.Trace && has(s, values...)
	})
}

// has reports whether a span has these values: key and value alternately.
func has(s span, values ...string) bool {
	for i := 0; i < len(values); i += 2 {
		if !slices.Contains(strings.Split(s.Values[values[i]], ","), values[i+1]) {
			return false
		}
	}
	return true
}

// A sign-in is a tree: the request, in it the step, in that the act. The delivery of its mail is
// another one. Nothing of who it was leaves the server with them.
func TestTracesOfASignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, log := newReceiver(t), &lines{}
		s := apptest.Serve(t, a, func(o *server.Config) {
			o.OTLPEndpoint, o.Log, o.AccessLog = c.URL, slog.New(slog.NewTextHandler(log, nil)), true
		})
		owner := a.Owner(t)
		const ip, ua, wrong, secret = "203.0.113.77", "Canary/7.3 (bird)", "the Wrong password 1", "spl_canary-secret"
		b := s.Browser(t, ip, ua)
		var step struct{ FlowID string }
		b.API(http.MethodPost, "/sign-in", map[string]string{"email": owner.Email}).Into(t, &step)
		flow := b.Cookie("__Host-sallyport-flow")
		b.API(http.MethodPost, "/sign-in/"+step.FlowID+"/password", map[string]string{"password": wrong})
		b.SignIn(owner.Email)
		s.Browser(t, "198.51.100.8", apptest.FirefoxOnLinux).SignIn(owner.Email) // a new device, of which a mail tells
		if w := b.API(http.MethodGet, "/session", nil); w.StatusCode != http.StatusOK {
			t.Fatalf("the session check answers %d", w.StatusCode)
		}
		for _, path := range []string{"/me?q=" + secret, "/" + secret, "/../../recovery/" + secret, "/../../" + secret} {
			b.API(http.MethodGet, path, nil)
		}
		b.API("CANARYMETHOD", "/me", nil)

		const steps = "POST /api/v1/sign-in/{flowId}/password"
		opening := c.await(t, "opening", func(s span) bool { return s.Name == "POST /api/v1/sign-in" })
		c.part(t, opening, "signin.open", "sallyport.sign_in.state_after", "password", "sallyport.outcome", "ok")
		last := c.await(t, "the act", func(s span) bool { return s.Name == "act.run" && has(s, "sallyport.act.events", "auth.signed_in") })
		above := c.await(t, "the step", func(s span) bool { return s.ID == last.Parent })
		if above.Name != "signin.advance" || !has(above, "sallyport.sign_in.state_after", "done", "sallyport.outcome", "ok") {
			t.Errorf("above the act is %+v", above)
		}
		request := c.await(t, "the request", func(s span) bool { return s.ID == above.Parent })
		if request.Parent != "" || !has(request, "http.request.method", "POST") || !strings.HasPrefix(request.Name, "POST /api/v1/sign-in/{") || request.Trace != last.Trace {
			t.Errorf("at the top is %+v", request)
		}
		refused := c.await(t, "the refusal", func(s span) bool {
			return s.Name == "signin.advance" && has(s, "sallyport.sign_in.state_before", "password", "sallyport.outcome", "invalid_credentials")
		})
		if r := c.await(t, "its request", func(s span) bool { return s.ID == refused.Parent }); r.Name != steps || r.Values["http.route"] != strings.TrimPrefix(steps, "POST ") {
			t.Errorf("the refused step is of %+v", r)
		}
		mail := c.await(t, "the mail", func(s span) bool {
			return s.Name == "outbox.deliver" && has(s, "sallyport.outbox.channel", "email", "sallyport.outcome", "sent")
		})
		if mail.Parent != "" || mail.Trace == request.Trace || mail.Values["sallyport.outbox.kind"] == "" {
			t.Errorf("the mail is %+v", mail)
		}
		c.await(t, "the strange method", func(s span) bool { return has(s, "http.request.method", "_OTHER") })
		if text := log.take(); !strings.Contains(text, "trace_id="+request.Trace) {
			t.Errorf("trace %s is not in the log: %s", request.Trace, text)
		}
		c.holdsNone(t, owner.Email, apptest.Password, wrong, ip, ua, "Canary", "CANARYMETHOD", "canary", owner.ID, owner.TenantID, step.FlowID, flow,
			"Ottilie", "Brandt", "Quayside", "corp.test", "127.0.0.1", "localhost", "198.51.100.8", "Firefox",
			b.Cookie("__Host-sallyport"), b.Cookie("__Host-sallyport-devices"))
	})
}

// holdsNone looks for texts in all that was sent. An empty one is a mistake of the test.
func (c *receiver) holdsNone(t *testing.T, texts ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, text := range texts {
		if text == "" || bytes.Contains(bytes.ToLower(c.raw.Bytes()), []byte(strings.ToLower(text))) {
			t.Errorf("%q is in what the collector was sent", text)
		}
	}
	for _, s := range c.spans {
		if s.Values["http.route"] == "/api/v1/session" {
			t.Errorf("a session check is a span: %+v", s)
		}
	}
}

// A trace goes on where a trusted proxy says so. Others could make the service record what it should
// not, and write into the traces of somebody else: theirs begin anew.
func TestParentsOfTraces(t *testing.T) {
	t.Parallel()
	a, c := apptest.New(t, apptest.Engines[0], store.Options{}), newReceiver(t)
	s := apptest.Serve(t, a, func(o *server.Config) { o.OTLPEndpoint = c.URL })
	const id, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for from, path := range map[string]string{"127.0.0.1": "/api/v1/me", "192.0.2.9": "/api/v1/users"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		r.RemoteAddr = net.JoinHostPort(from, "4000")
		r.Header.Set("Traceparent", "00-"+id+"-"+parent+"-01")
		s.Server.Handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	if got := c.await(t, "the proxy's", func(s span) bool { return s.Name == "GET /api/v1/me" }); got.Trace != id || got.Parent != parent {
		t.Errorf("through the proxy it is %+v", got)
	}
	if got := c.await(t, "the stranger's", func(s span) bool { return s.Name == "GET /api/v1/users" }); got.Trace == id || got.Parent != "" {
		t.Errorf("the stranger's is %+v", got)
	}
}

// A collector that is away or never answers slows nobody down.
func TestSignInWithoutCollector(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(hanging.Close)
	t.Cleanup(func() { close(release) })
	for _, endpoint := range []string{"http://127.0.0.1:1", hanging.URL} {
		a := apptest.New(t, apptest.Engines[0], store.Options{})
		s := apptest.Serve(t, a, func(o *server.Config) { o.OTLPEndpoint = endpoint })
		owner := a.Owner(t)
		begun := time.Now()
		for range 5 {
			s.Browser(t, "192.0.2.4", apptest.ChromeOnMac).SignIn(owner.Email)
		}
		if took := time.Since(begun); took > 5*time.Second { // a request to the collector may last for ten
			t.Errorf("%s: five sign-ins took %v", endpoint, took)
		}
	}
}
