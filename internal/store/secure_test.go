package store_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/store"
)

// certificate makes a certificate for a host that is trusted only through its file.
func certificate(t *testing.T, host string) (cert, key []byte, file string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	return cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), file
}

// Another machine must prove who it is. The dialer leads every name to the test's server.
func TestPostgresElsewhereIsVerified(t *testing.T) {
	t.Parallel()
	cert, key, ca := certificate(t, "db.example")
	serve := func(o pgtest.Options) *url.URL {
		s, err := pgtest.Start(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Stop)
		u, err := url.Parse(s.TCPURL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	secure, clear := serve(pgtest.Options{Certificate: cert, Key: key}), serve(pgtest.Options{})
	trusted := "sslrootcert=" + url.QueryEscape(ca)
	for name, c := range map[string]struct {
		server      *url.URL
		host, query string
		says        string // "" when it connects
	}{
		"verified":                   {secure, "db.example", trusted, ""},
		"no TLS":                     {clear, "db.example", trusted, "TLS"},
		"no TLS at an address":       {clear, "192.0.2.7", "", "TLS"},
		"unknown authority":          {secure, "db.example", "", "unknown authority"},
		"another name":               {secure, "other.example", trusted, "valid for db.example"},
		"the second host is another": {secure, "db.example,other.example", "", "unknown authority"},
		"said otherwise, in clear":   {clear, "db.example", "sslmode=disable", ""},
		"said otherwise, unverified": {secure, "db.example", "sslmode=require", ""},
		"this machine":               {clear, "127.0.0.1", "", ""},
		"this machine by name":       {clear, "localhost", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := *c.server
			hosts := strings.Split(c.host, ",")
			for i := range hosts {
				hosts[i] = net.JoinHostPort(hosts[i], u.Port())
			}
			u.Host, u.RawQuery = strings.Join(hosts, ","), c.query
			db, err := store.Open(t.Context(), u.String(), store.Options{Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, c.server.Host)
			}})
			if err == nil {
				defer db.Close()
			}
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

func TestUnverified(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"sallyport.db":                                      "",
		"postgres://u@db.example/x":                         "",
		"postgres://u@db.example/x?sslmode=verify-full":     "",
		"postgres://u@db.example/x?sslmode=require":         "require",
		"postgres://u@db.example/x?sslmode=prefer":          "prefer",
		"postgres://u@10.0.0.2/x?sslmode=disable":           "disable",
		"postgresql://u@localhost,db/x?sslmode=allow":       "allow",
		"postgres://u@127.0.0.1/x?sslmode=disable":          "",
		"postgres://u@[::1]/x?sslmode=disable":              "",
		"postgres:///x?host=/run/postgresql&sslmode=prefer": "",
	} {
		if got := store.Unverified(dsn); got != want {
			t.Errorf("Unverified(%q) = %q, want %q", dsn, got, want)
		}
	}
}
