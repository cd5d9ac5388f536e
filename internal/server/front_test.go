package server_test

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
)

// Where a proxy ends TLS, whoever comes past it gets nothing at any address, but for probes.
func TestPastTheProxy(t *testing.T) {
	t.Parallel()
	a, log := apptest.New(t, apptest.Engines[0], store.Options{}), &lines{}
	a.Owner(t)
	s := apptest.Serve(t, a, func(c *server.Config) {
		c.PublicURL, c.Log = "https://accounts.test", slog.New(slog.NewTextHandler(log, nil))
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.2/32")}
	})
	ask := func(route, from string) int {
		method, target, _ := strings.Cut(route, " ")
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
		r.RemoteAddr = net.JoinHostPort(from, "4000")
		r.Header.Set("X-Forwarded-For", "10.0.0.2") // which nobody believes
		s.Server.Handler.ServeHTTP(w, r)
		isClosed(t, route, w)
		return w.Code
	}
	for _, route := range everyRoute(t, throughProxy(s.Server.Handler)) {
		for _, from := range []string{"192.0.2.1", "10.0.0.3", "127.0.0.1", "2001:db8::1"} {
			probe := route == "GET /livez" || route == "GET /readyz"
			if status := ask(route, from); (status == http.StatusMisdirectedRequest) == probe {
				t.Errorf("%s from %s: status %d", route, from, status)
			}
		}
	}
	if status := ask("GET /sign-in", "10.0.0.2"); status != http.StatusOK {
		t.Errorf("the proxy gets %d", status)
	}
	if n := strings.Count(log.take(), "past the proxy"); n != 1 {
		t.Errorf("%d warnings", n)
	}
	a.Clock.Advance(time.Minute)
	ask("GET /sign-in", "192.0.2.1")
	if line := log.take(); !strings.Contains(line, "last=192.0.2.1") || strings.Contains(line, "requests=1 ") {
		t.Errorf("a minute later: %q", line)
	}
}

// throughProxy has all requests come from the proxy.
func throughProxy(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = "10.0.0.2:4000"
		h.ServeHTTP(w, r)
	})
}

// Metrics for other machines ask for their token, over TLS where there is a certificate.
func TestMetricsToken(t *testing.T) {
	t.Parallel()
	const token = "a token of more than 24 characters"
	a := apptest.New(t, apptest.Engines[0], store.Options{})
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	apptest.Must(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	apptest.Must(t, err)
	apptest.Must(t, l.Close())
	apptest.Serve(t, a, func(c *server.Config) {
		c.MetricsListen, c.MetricsToken = net.JoinHostPort("0.0.0.0", port), token
		c.TLSCert, c.TLSKey = certificate(t, time.Now().AddDate(0, 1, 0))
	})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // a certificate of the test
	for sent, want := range map[string]int{"": 401, "Bearer wrong": 401, "Basic " + token: 401, "Bearer " + token: 200, "bearer " + token: 200} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+net.JoinHostPort("127.0.0.1", port)+"/metrics", http.NoBody)
		apptest.Must(t, err)
		r.Header.Set("Authorization", sent)
		answer, err := client.Do(r)
		apptest.Must(t, err)
		apptest.Must(t, answer.Body.Close())
		if answer.StatusCode != want {
			t.Errorf("%q: status %d, want %d", sent, answer.StatusCode, want)
		}
	}
}
