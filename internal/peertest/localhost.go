// Package peertest starts identity providers that others wrote, so that tests of single sign-on do not only
// agree with what we think of the protocols: oidc-provider for OpenID Connect and samlp for SAML. Both are
// processes of Node.js that end with the test, and have their packages in testdata of openid and saml.
package peertest

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/outbound"
)

// Localhost is a certificate for localhost and who trusts it.
type Localhost struct {
	Roots     *x509.CertPool
	pair      tls.Certificate
	key, cert []byte // PEM
}

// OnLocalhost returns the certificate of this process.
var OnLocalhost = sync.OnceValue(func() *Localhost {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	Must(err)
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	Must(err)
	l := &Localhost{
		key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), Roots: x509.NewCertPool(),
	}
	l.Roots.AppendCertsFromPEM(l.cert)
	l.pair, err = tls.X509KeyPair(l.cert, l.key)
	Must(err)
	return l
})

// Must panics on an error that no test is about.
func Must(err error) {
	if err != nil {
		panic(err)
	}
}

// Client is the guarded one; private ones may be reached, since the tests run there.
func (l *Localhost) Client(private bool) *http.Client {
	return outbound.Client(outbound.Options{AllowPrivate: private, Timeout: 5 * time.Second, Roots: l.Roots})
}

// Serve starts a server for localhost.
func (l *Localhost) Serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{l.pair}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // some clients hang up, as they should
	s.StartTLS()
	t.Cleanup(s.Close)
	s.URL = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	return s
}

// node starts provider.js in the testdata of a package. It returns the port, which the program prints.
func node(t testing.TB, pkg string, env []string, args ...string) string {
	t.Helper()
	dir := filepath.Join("..", pkg, "testdata", "provider") // every package that uses it is beside that one
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Fatalf("the provider for the tests is not installed: run npm ci in internal/%s/testdata/provider, as make test does", pkg)
	}
	cmd := exec.Command("node", append([]string{"--no-warnings", "provider.js"}, args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stop, err := cmd.StdinPipe()
	Must(err)
	out, err := cmd.StdoutPipe()
	Must(err)
	Must(cmd.Start())
	t.Cleanup(func() {
		stop.Close()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(complaints.String())
		}
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(port)
}

// write puts files into a directory of the test, and returns their paths.
func write(t testing.TB, files ...[]byte) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i, text := range files {
		paths = append(paths, filepath.Join(dir, string(rune('a'+i))+".pem"))
		Must(os.WriteFile(paths[i], text, 0o600))
	}
	return paths
}
