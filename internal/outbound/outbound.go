// Package outbound is the HTTP client for addresses that somebody configured:
// gateways, push services, webhooks.
//
// The attack is server-side request forgery: an address, or a name whose answer
// changes between looking and connecting, that leads into the operator's own
// network or to a cloud's metadata. So the address is judged when the connection
// is made, after the name was resolved; no redirect is followed, and no proxy of
// the environment used, which would connect in our place.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Options say what a client may do.
type Options struct {
	// AllowPrivate lets it connect to the operator's own machines and networks.
	// Addresses of cloud metadata stay closed.
	AllowPrivate bool
	Timeout      time.Duration  // of a whole exchange; 0 for 15 seconds
	Roots        *x509.CertPool // nil for those of the system

	resolver *net.Resolver // of tests
}

const (
	usualTimeout = 15 * time.Second
	maxHeader    = 32 << 10  // bytes of an answer
	maxBody      = 256 << 10 // bytes; reading more is ErrTooLarge
)

// Errors of a client.
var (
	ErrRefused  = errors.New("outbound: the address is not one of the public internet")
	ErrTooLarge = errors.New("outbound: the answer is too large")
)

// Client returns a client for other people's servers. A redirect is an answer
// like any other.
func Client(o Options) *http.Client {
	if o.Timeout == 0 {
		o.Timeout = usualTimeout
	}
	dialer := &net.Dialer{Timeout: o.Timeout, Resolver: o.resolver, ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
		return o.judge(network, address)
	}}
	return &http.Client{
		Timeout: o.Timeout,
		Transport: bounded{&http.Transport{
			Proxy:                  nil, // would connect in our place
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
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

// judge refuses a connection by the address that a name was resolved to.
func (o Options) judge(network, address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return ErrRefused
	}
	if open(to.Addr(), o.AllowPrivate) {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrRefused, to.Addr())
}

// bounded ends an answer that is longer than anybody reads.
type bounded struct{ next *http.Transport }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(r)
	if err == nil {
		answer.Body = &boundedBody{answer.Body, maxBody}
	}
	return answer, err
}

// CloseIdleConnections lets http.Client reach the transport.
func (b bounded) CloseIdleConnections() { b.next.CloseIdleConnections() }

type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	if len(p) > b.left+1 { // one more byte tells an answer that ends here from a longer one
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return n - 1, ErrTooLarge
	}
	return n, err
}
