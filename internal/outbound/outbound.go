// Package outbound is the HTTP client for configured addresses: gateways, push services,
// webhooks.
//
// It prevents server-side request forgery (SSRF): an address, or a name whose DNS answer
// changes after it was checked, that leads into the operator's network or to a cloud's
// metadata service. So the address is checked when the connection is made, after the
// name was resolved. The client follows no redirect and uses no proxy from the
// environment, since a proxy would make the connection itself.
package outbound

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/sallyport/sallyport/internal/handshake"
)

// Options are the settings of a client.
type Options struct {
	// AllowPrivate allows connections to the operator's own machines and networks. Cloud
	// metadata services stay refused.
	AllowPrivate bool
	Timeout      time.Duration  // of a whole request and its answer; 0 means 15 seconds
	Roots        *x509.CertPool // nil means those of the system

	resolver *net.Resolver // for tests
}

const (
	usualTimeout = 15 * time.Second
	maxHeader    = 32 << 10  // bytes of the headers of an answer
	maxBody      = 256 << 10 // bytes; reading more is ErrTooLarge
)

// Errors of a client's requests.
var (
	ErrRefused  = errors.New("outbound: the address is not one of the public internet")
	ErrTooLarge = errors.New("outbound: the answer is too large")
)

// Client returns a client for servers of third parties. It returns a redirect as an answer.
func Client(o Options) *http.Client {
	if o.Timeout == 0 {
		o.Timeout = usualTimeout
	}
	dialer := &net.Dialer{Timeout: o.Timeout, Resolver: o.resolver, ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
		return o.checkAddress(network, address)
	}}
	return &http.Client{
		Timeout: o.Timeout,
		Transport: limitedTransport{&http.Transport{
			Proxy:                  nil, // a proxy would make the connection itself
			DialContext:            dialer.DialContext,
			TLSClientConfig:        handshake.Client(o.Roots),
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    o.Timeout,
			ResponseHeaderTimeout:  o.Timeout,
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        30 * time.Second,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// checkAddress refuses a connection when the address that a name was resolved to is not allowed.
func (o Options) checkAddress(network, address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return ErrRefused
	}
	if open(to.Addr(), o.AllowPrivate) {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrRefused, to.Addr())
}

// limitedTransport limits the length of answers.
type limitedTransport struct{ next *http.Transport }

func (b limitedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(r)
	if err == nil {
		answer.Body = &boundedBody{answer.Body, maxBody}
	}
	return answer, err
}

// CloseIdleConnections passes the call of http.Client on to the transport.
func (b limitedTransport) CloseIdleConnections() { b.next.CloseIdleConnections() }

type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	if len(p) > b.left+1 { // one byte more shows whether the answer is longer than the limit
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return n - 1, ErrTooLarge
	}
	return n, err
}
