package openid_test

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
	"log"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/outbound"
)

// localhost is a certificate for localhost and who trusts it.
type localhost struct {
	pair      tls.Certificate
	key, cert []byte // PEM
	roots     *x509.CertPool
}

var onLocalhost = sync.OnceValue(func() *localhost {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(err)
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	must(err)
	l := &localhost{
		key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), roots: x509.NewCertPool(),
	}
	l.roots.AppendCertsFromPEM(l.cert)
	l.pair, err = tls.X509KeyPair(l.cert, l.key)
	must(err)
	return l
})

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// client is the guarded one; private ones may be reached, since the tests run there.
func (l *localhost) client(private bool) *http.Client {
	return outbound.Client(outbound.Options{AllowPrivate: private, Timeout: 5 * time.Second, Roots: l.roots})
}

// serve starts a server for localhost.
func (l *localhost) serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{l.pair}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // some clients hang up, as they should
	s.StartTLS()
	t.Cleanup(s.Close)
	s.URL = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	return s
}

// peer is a provider that somebody else wrote.
type peer struct {
	t      testing.TB
	url    string
	client *openid.Client
	ahead  atomic.Int64 // of the client's clock, in seconds
	logout chan string  // what was posted there
	jar    *cookiejar.Jar
}

const redirectURI = "https://app.example/callback"

// peerProvider starts one. It ends with the test.
func peerProvider(t testing.TB) *peer {
	t.Helper()
	const dir = "testdata/provider"
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal("the provider for the tests is not installed: run npm ci in internal/openid/testdata/provider, as make test does")
	}
	p := &peer{t: t, logout: make(chan string, 10)}
	p.forget()
	receiver := onLocalhost().serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.logout <- r.PostFormValue("logout_token")
	}))
	key, cert := filepath.Join(t.TempDir(), "key.pem"), filepath.Join(t.TempDir(), "cert.pem")
	must(os.WriteFile(key, onLocalhost().key, 0o600))
	must(os.WriteFile(cert, onLocalhost().cert, 0o600))
	cmd := exec.Command("node", "--no-warnings", "provider.js", key, cert, redirectURI, receiver.URL+"/logout")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "NODE_EXTRA_CA_CERTS="+cert)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stop, err := cmd.StdinPipe()
	must(err)
	out, err := cmd.StdoutPipe()
	must(err)
	must(cmd.Start())
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
	p.url = "https://localhost:" + strings.TrimSpace(port)
	p.client = openid.New(openid.Config{HTTP: onLocalhost().client(true), Now: func() time.Time { return time.Now().Add(time.Duration(p.ahead.Load()) * time.Second) }})
	return p
}

// forget gives the browser no cookies.
func (p *peer) forget() { p.jar, _ = cookiejar.New(nil) }

// control changes how the provider behaves.
func (p *peer) control(changes map[string]any) {
	p.t.Helper()
	text, err := json.Marshal(changes)
	must(err)
	answer, err := onLocalhost().client(true).Post(p.url+"/control", "application/json", bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	answer.Body.Close()
}

// provider is what an admin would configure.
func (p *peer) provider(clientID string) openid.Provider {
	o := openid.Provider{Kind: openid.OpenID, Issuer: p.url, ClientID: clientID, ClientSecret: "a secret: of + letters%", Scopes: []string{"email", "profile"}}
	if clientID == "public" {
		o.ClientSecret = ""
	}
	if clientID == "post" {
		o.Auth = openid.AuthPost
	}
	return o
}

func newRequest() openid.Request {
	return openid.Request{
		State: rand.Text(), Nonce: rand.Text(), Verifier: rand.Text() + rand.Text(), RedirectURI: redirectURI, MaxAge: -1, Started: time.Now(),
	}
}

// browser follows redirects until it comes to the application.
func (p *peer) browser() *http.Client {
	return &http.Client{
		Jar: p.jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: onLocalhost().roots}},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if strings.HasPrefix(r.URL.String(), redirectURI) {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
}

var (
	action = regexp.MustCompile(`action="([^"]+)"`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
	abort  = regexp.MustCompile(`href="([^"]+/abort)"`)
)

// visit goes through the provider's pages: login as somebody, then yes or no. It returns where it was sent.
func (p *peer) visit(to, login string, consent bool) *url.URL {
	p.t.Helper()
	b := p.browser()
	answer, err := b.Get(to)
	for range 6 {
		if err != nil {
			p.t.Fatal(err)
		}
		page, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if back, err := answer.Location(); err == nil {
			return back
		}
		form := url.Values{"login": {login}, "password": {"x"}, "logout": {"yes"}}
		for _, m := range hidden.FindAllStringSubmatch(string(page), -1) {
			form.Set(m[1], m[2])
		}
		next := action.FindStringSubmatch(string(page))
		if next == nil {
			p.t.Fatalf("%d, no form: %s", answer.StatusCode, page)
		}
		if form.Get("prompt") == "consent" && !consent {
			answer, err = b.Get(abort.FindStringSubmatch(string(page))[1])
			continue
		}
		answer, err = b.PostForm(next[1], form)
	}
	p.t.Fatal("the provider asks for ever")
	return nil
}

// back goes to the provider and comes back with an answer.
func (p *peer) back(o openid.Provider, r openid.Request, consent bool) openid.Callback {
	p.t.Helper()
	to, err := p.client.AuthURL(p.t.Context(), o, r, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	cb, err := openid.ParseCallback(p.visit(to, "ada", consent).Query())
	if err != nil {
		p.t.Fatal(err)
	}
	return cb
}

func (p *peer) signIn(o openid.Provider, r openid.Request) (federate.Assertion, error) {
	p.t.Helper()
	return p.client.Finish(p.t.Context(), o, r, p.back(o, r, true), nil)
}
