package notify_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/outbound"
	"github.com/sallyport/sallyport/internal/push"
)

// localhost is a certificate for localhost and who trusts it.
type localhost struct {
	pair      tls.Certificate
	key, cert []byte // PEM
	roots     *x509.CertPool
}

var forLocalhost = sync.OnceValues(func() (*localhost, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	l := &localhost{
		key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), roots: x509.NewCertPool(),
	}
	l.roots.AppendCertsFromPEM(l.cert)
	l.pair, err = tls.X509KeyPair(l.cert, l.key)
	return l, err
})

func onLocalhost(t testing.TB) *localhost {
	t.Helper()
	l, err := forLocalhost()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// client is that of the sender, but for where it may connect to.
func (l *localhost) client(private bool) *http.Client {
	return outbound.Client(outbound.Options{AllowPrivate: private, Timeout: 5 * time.Second, Roots: l.roots})
}

// receiver is a push service that somebody else wrote.
type receiver struct {
	url    string
	client *http.Client
}

// receive starts one. It ends with the test.
func receive(t testing.TB) *receiver {
	t.Helper()
	const dir = "testdata/push"
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal("what pushes are sent to is not installed: run npm ci in internal/notify/testdata/push, as make test does")
	}
	l, tmp := onLocalhost(t), t.TempDir()
	key, cert := filepath.Join(tmp, "key.pem"), filepath.Join(tmp, "cert.pem")
	for path, text := range map[string][]byte{key: l.key, cert: l.cert} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("node", "receiver.js", key, cert)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	stop, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop.Close(); _ = cmd.Wait() })
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return &receiver{"https://localhost:" + strings.TrimSpace(port), l.client(true)}
}

// ask calls the receiver and reads the data of its answer.
func (r *receiver) ask(t testing.TB, path string, body any, into any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := r.client.Post(r.url+path, "application/json", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s %v", path, answer.StatusCode, all, err)
	}
	if err := json.Unmarshal(all, &struct {
		Data any `json:"data"`
	}{into}); err != nil {
		t.Fatal(err)
	}
}

// browser is one that is subscribed at a receiver.
type browser struct {
	Endpoint   string                        `json:"endpoint"`
	ClientHash string                        `json:"clientHash"`
	Keys       struct{ P256dh, Auth string } `json:"keys"`
}

func (b browser) input() push.Input {
	return push.Input{Endpoint: b.Endpoint, P256dh: b.Keys.P256dh, Auth: b.Keys.Auth}
}

// subscribe makes a browser that takes messages signed with this key only.
func (r *receiver) subscribe(t testing.TB, publicKey string) (b browser) {
	t.Helper()
	r.ask(t, "/subscribe", map[string]string{"userVisibleOnly": "true", "applicationServerKey": publicKey}, &b)
	return b
}

// got returns what was pushed to a browser, decrypted.
func (r *receiver) got(t testing.TB, b browser) (messages []string) {
	t.Helper()
	r.ask(t, "/get-notifications", map[string]string{"clientHash": b.ClientHash}, &struct{ Messages *[]string }{&messages})
	return messages
}
