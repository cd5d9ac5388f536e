package handshake

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// pair returns a certificate of localhost with the key, and who vouches for it.
func pair(t *testing.T, key any, public any) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, public, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// agree has a client and a server agree, and returns the suite.
func agree(t *testing.T, server, client *tls.Config) (version, suite uint16, err error) {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	deadline := time.Now().Add(5 * time.Second)
	if err := a.SetDeadline(deadline); err != nil {
		t.Fatal(err)
	}
	if err := b.SetDeadline(deadline); err != nil {
		t.Fatal(err)
	}
	client.ServerName = "localhost"
	failed := make(chan error, 1)
	go func() {
		err := tls.Server(a, server).HandshakeContext(t.Context())
		if err != nil {
			a.Close()
		}
		failed <- err
	}()
	c := tls.Client(b, client)
	if err = c.HandshakeContext(t.Context()); err != nil {
		b.Close()
	}
	if refused := <-failed; err == nil {
		err = refused
	}
	return c.ConnectionState().Version, c.ConnectionState().CipherSuite, err
}

// Of all that Go can speak, either side takes TLS 1.3 and the suites of TLS 1.2 that encrypt and authenticate
// in one, with keys of the connection alone.
func TestSuites(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if !slices.Contains(suite.SupportedVersions, tls.VersionTLS12) {
			continue
		}
		good := strings.Contains(suite.Name, "_ECDHE_") && (strings.Contains(suite.Name, "_GCM_") || strings.Contains(suite.Name, "_POLY1305"))
		certificate, roots := pair(t, rsaKey, rsaKey.Public())
		if strings.Contains(suite.Name, "ECDSA") {
			certificate, roots = pair(t, ecKey, ecKey.Public())
		}
		only := func(c *tls.Config) *tls.Config {
			c.MinVersion, c.MaxVersion, c.CipherSuites = tls.VersionTLS12, tls.VersionTLS12, []uint16{suite.ID}
			return c
		}
		for side, configs := range map[string][2]*tls.Config{
			"server": {Server(certificate), only(&tls.Config{RootCAs: roots})},
			"client": {only(&tls.Config{Certificates: []tls.Certificate{certificate}}), Client(roots)},
		} {
			_, got, err := agree(t, configs[0], configs[1])
			if (err == nil) != good || good && got != suite.ID {
				t.Errorf("%s with %s: %v", side, suite.Name, err)
			}
		}
	}
	certificate, roots := pair(t, ecKey, ecKey.Public())
	if version, _, err := agree(t, Server(certificate), Client(roots)); err != nil || version != tls.VersionTLS13 {
		t.Errorf("with each other: %x, %v", version, err)
	}
	old := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11} //nolint:gosec // must be refused
	if _, _, err := agree(t, Server(certificate), old); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
}

// No other package of the program makes settings of its own.
func TestNobodyElseDecides(t *testing.T) {
	// For tests: providers that others wrote.
	except := []string{"internal/handshake", "internal/peertest", "internal/web/webtest"}
	root := os.DirFS(filepath.Join("..", ".."))
	seen := 0
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (slices.Contains(except, path) || entry.Name() == "node_modules" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		seen++
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.CompositeLit); ok {
				if s, ok := literal.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "Config" {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "tls" {
						t.Errorf("%s makes a tls.Config: take one of package handshake", path)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil || seen < 300 {
		t.Errorf("%d files: %v", seen, err)
	}
}
