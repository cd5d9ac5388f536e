package doctor

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/handshake"
)

// listen tries to listen on the address, as serve does. It is no error when the service
// itself already listens there.
func (p *patient) listen(ctx context.Context) Check {
	if p.Listen == "" {
		return Check{}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", p.Listen)
	if err == nil {
		l.Close()
		return good("The address %s is free: the service is not running.", p.Listen)
	}
	if p.running = p.alive(ctx); p.running {
		return good("The service is running and answers on %s.", p.Listen)
	}
	return fail("End what holds the address, or give --listen another one. Ports below 1024 need a permission.",
		"The service could not listen on %s: %v.", p.Listen, err)
}

// alive reports whether the service answers at the address.
func (p *patient) alive(ctx context.Context) bool {
	host, port, err := net.SplitHostPort(p.Listen)
	if err != nil {
		return false
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "localhost"
	}
	scheme := "http://"
	if p.TLSCert != "" {
		scheme = "https://"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+net.JoinHostPort(host, port)+"/livez", nil)
	if err != nil {
		return false
	}
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: handshake.Client(nil)}
	transport.TLSClientConfig.InsecureSkipVerify = true //nolint:gosec // the certificate is not for this address; nothing secret is sent
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 16))
	return err == nil && answer.StatusCode == http.StatusOK && strings.TrimSpace(string(text)) == "ok"
}

// proxies says who is answered where TLS ends in a proxy.
func (p *patient) proxies(context.Context) Check {
	if len(p.Proxies) == 0 || p.TLSCert != "" || p.PublicHost == "localhost" {
		return Check{}
	}
	return good("TLS ends in a proxy: %s and nobody else is answered, but for /livez and /readyz.", strings.Join(p.Proxies, ", "))
}

// metrics examines the listener of metrics, and how what is asked there travels.
func (p *patient) metrics(ctx context.Context) Check {
	found := p.metricsAddress(ctx)
	host, _, err := net.SplitHostPort(p.MetricsListen)
	if ip := net.ParseIP(host); found.Status != OK || err != nil || host == "localhost" || ip != nil && ip.IsLoopback() || p.TLSCert != "" {
		return found
	}
	return warn("Listen on 127.0.0.1, or give --tls-cert and --tls-key: then metrics are served over TLS.",
		"Metrics and --metrics-token travel in the clear to whoever asks at %s.", p.MetricsListen)
}

func (p *patient) metricsAddress(ctx context.Context) Check {
	if p.MetricsListen == "" {
		return Check{}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", p.MetricsListen)
	switch {
	case err == nil:
		l.Close()
		if p.running {
			return warn("Start the service again with --metrics-listen.", "The service is running, but not its metrics on %s.", p.MetricsListen)
		}
		return good("The metrics address %s is free.", p.MetricsListen)
	case p.running:
		return good("The metrics address %s is in use while the service is running.", p.MetricsListen)
	}
	return fail("End what holds the address, or give --metrics-listen another one.", "The service could not listen on %s: %v.", p.MetricsListen, err)
}
