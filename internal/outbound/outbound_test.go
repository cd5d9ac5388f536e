package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// server counts the requests that reach it.
func server(t *testing.T, h http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		h(w, r)
	}))
	s.Config.ErrorLog = nil
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, &asked
}

func client(s *httptest.Server, private bool) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return Client(Options{AllowPrivate: private, Timeout: 5 * time.Second, Roots: roots})
}

func get(t *testing.T, c *http.Client, url string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err == nil {
		t.Cleanup(func() { answer.Body.Close() })
	}
	return answer, err
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	s, asked := server(t, func(http.ResponseWriter, *http.Request) {})
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		if _, err := get(t, client(s, false), "https://"+host+":"+port); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
	if _, err := get(t, client(s, true), s.URL); err != nil {
		t.Errorf("with private ones allowed: %v", err)
	}
	if _, err := get(t, client(s, true), "https://0.0.0.0:"+port); !errors.Is(err, ErrRefused) {
		t.Errorf("the unspecified address: %v", err)
	}
}

// The answers for a name change: the address of the connection counts.
func TestRebinding(t *testing.T) {
	s, asked := server(t, func(http.ResponseWriter, *http.Request) {})
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	names := nameServer(t, [4]byte{127, 0, 0, 1})
	o := Options{Timeout: 5 * time.Second, resolver: names}
	// The first lookup gives a public address; the address is checked again when the
	// connection is made.
	if _, err := get(t, Client(o), "https://gateway.example:"+port); !errors.Is(err, ErrRefused) || asked.Load() != 0 {
		t.Errorf("%v, %d requests arrived", err, asked.Load())
	}
}

// nameServer answers every question for an IPv4 address with answer. It is written by
// hand because no dependency has a name server.
func nameServer(t *testing.T, answer [4]byte) *net.Resolver {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			q := buf[:n]
			end := 12 // end of the question: name, type and class
			for end < n && q[end] != 0 {
				end += int(q[end]) + 1
			}
			end += 5
			if end > n {
				continue
			}
			reply := append([]byte{q[0], q[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, q[12:end]...)
			if binary.BigEndian.Uint16(q[end-4:]) == 1 { // asks for an IPv4 address
				reply[7] = 1
				reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
				reply = append(reply, answer[:]...)
			}
			_, _ = conn.WriteTo(reply, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var s *httptest.Server
	s, asked := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.URL+"/next", http.StatusTemporaryRedirect)
	})
	answer, err := get(t, client(s, true), s.URL)
	if err != nil || answer.StatusCode != http.StatusTemporaryRedirect || asked.Load() != 1 {
		t.Errorf("%v, %d requests", err, asked.Load())
	}
}

func TestNoProxy(t *testing.T) {
	proxy, asked := server(t, func(http.ResponseWriter, *http.Request) {})
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("HTTP_PROXY", proxy.URL)
	s, _ := server(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := get(t, client(s, true), s.URL); err != nil || asked.Load() != 0 {
		t.Errorf("%v, %d requests at the proxy", err, asked.Load())
	}
	c := Client(Options{})
	if c.Transport.(limitedTransport).next.Proxy != nil {
		t.Error("the client has a proxy")
	}
}

func TestAnswersAreBounded(t *testing.T) {
	s, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/header" {
			w.Header().Set("X-Long", strings.Repeat("x", 2*maxHeader))
			return
		}
		size := maxBody
		if r.URL.Path == "/long" {
			size++
		}
		_, _ = io.WriteString(w, strings.Repeat("x", size))
	})
	for path, want := range map[string]error{"/exact": nil, "/long": ErrTooLarge} {
		answer, err := get(t, client(s, true), s.URL+path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if !errors.Is(err, want) || len(body) != maxBody {
			t.Errorf("%s: %d bytes, %v", path, len(body), err)
		}
	}
	if _, err := get(t, client(s, true), s.URL+"/header"); err == nil {
		t.Error("a long header is read")
	}
}

func TestTLS(t *testing.T) {
	s, asked := server(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := get(t, Client(Options{AllowPrivate: true}), s.URL); err == nil {
		t.Error("a certificate that nobody vouches for is taken")
	}
	old := httptest.NewUnstartedServer(nil)
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10} //nolint:gosec // must be refused
	old.StartTLS()
	t.Cleanup(old.Close)
	if _, err := get(t, client(old, true), old.URL); err == nil || asked.Load() != 0 {
		t.Errorf("TLS 1.1 is spoken: %v", err)
	}
}

func TestTimeout(t *testing.T) {
	hold := make(chan struct{})
	s, _ := server(t, func(http.ResponseWriter, *http.Request) { <-hold })
	t.Cleanup(func() { close(hold) })
	c := client(s, true)
	c.Timeout = 50 * time.Millisecond
	if _, err := get(t, c, s.URL); err == nil {
		t.Error("it waits for ever")
	}
}
