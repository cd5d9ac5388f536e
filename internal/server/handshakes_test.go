package server_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
)

// Each way for a handshake to fail is counted by its cause. Blame of the certificate, and many at once, are warned of.
func TestFailedHandshakes(t *testing.T) {
	t.Parallel()
	a, log := apptest.New(t, apptest.Engines[0], store.Options{}), &lines{}
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	apptest.Must(t, err)
	metrics := free.Addr().String()
	apptest.Must(t, free.Close())
	s := apptest.Serve(t, a, func(c *server.Config) {
		c.MetricsListen, c.Log = metrics, slog.New(slog.NewTextHandler(log, nil))
		c.TLSCert, c.TLSKey = certificate(t, time.Now().AddDate(0, 1, 0))
	})
	address := strings.Replace(strings.TrimPrefix(s.URL, "http://"), "localhost", "127.0.0.1", 1)
	dial := func(c *tls.Config) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if conn, err := (&tls.Dialer{Config: c}).DialContext(ctx, "tcp", address); err == nil {
			conn.Close()
			t.Errorf("a handshake succeeded: %+v", c)
		}
	}
	say := func(text string) {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		apptest.Must(t, err)
		_, err = fmt.Fprint(conn, text)
		apptest.Must(t, err)
		if text != "" {
			_, _ = conn.Read(make([]byte, 512)) // until the server has had enough
		}
		apptest.Must(t, conn.Close())
	}
	for range 3 {
		dial(&tls.Config{ServerName: "localhost"})                                                                                                  //nolint:gosec // nobody vouches for the certificate
		dial(&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})                                     //nolint:gosec // to be refused
		dial(&tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}}) //nolint:gosec // to be refused
		say("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		say("SSH-2.0-client\r\n")
		say("")
	}
	for _, cause := range []string{"certificate", "version", "suite", "plain", "not_tls", "broken"} {
		counted := regexp.MustCompile(`sallyport_tls_handshake_failures_total\{cause="` + cause + `"\} 3\n`)
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			text := get(t, "http://"+metrics+"/metrics")
			if counted.MatchString(text) {
				break
			}
			if time.Now().After(deadline) {
				t.Errorf("cause %s: %q", cause, regexp.MustCompile(`sallyport_tls_handshake.*`).FindAllString(text, -1))
				break
			}
		}
	}
	said := log.take()
	if n := strings.Count(said, "do not believe the certificate"); n != 1 {
		t.Errorf("%d warnings of the certificate: %s", n, said)
	}
	if strings.Contains(said, "many TLS handshakes") {
		t.Error("a few are warned of")
	}
	for range 60 {
		say("SSH-2.0-client\r\n")
	}
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(said, "many TLS handshakes fail") && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		said += log.take()
	}
	if n := strings.Count(said, "many TLS handshakes fail"); n != 1 || !strings.Contains(said, "cause=not_tls") {
		t.Errorf("%d warnings of many: %s", n, said)
	}
}
