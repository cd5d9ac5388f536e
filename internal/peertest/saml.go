package peertest

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"html"
	"io"
	"maps"
	"math/big"
	"net/http"
	"regexp"
	"testing"
	"time"
)

// Service is what a provider of SAML knows of us.
type Service struct {
	Entity string `json:"entity"`
	ACS    string `json:"acs"`
	SLO    string `json:"slo"`
	Cert   string `json:"cert"` // PEM
}

// SAML is a provider of the package samlp, where the same person always signs in.
type SAML struct {
	Base     string
	Metadata []byte

	t testing.TB
}

// CertificatePEM is how a Service has a certificate.
func CertificatePEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// StartSAML starts a provider for one service. It ends with the test.
func StartSAML(t testing.TB, s Service) *SAML {
	t.Helper()
	key, cert := newPair()
	about, err := json.Marshal(s)
	Must(err)
	files := write(t, key, cert)
	p := &SAML{t: t}
	p.Base = "http://127.0.0.1:" + node(t, "saml", nil, files[0], files[1], string(about))
	p.readMetadata()
	return p
}

func (p *SAML) readMetadata() {
	p.t.Helper()
	_, text := p.Get(p.Base + "/metadata")
	p.Metadata = []byte(text)
}

// newPair makes a key and a certificate, both as PEM.
func newPair() (key, cert []byte) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	Must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	Must(err)
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)}), []byte(CertificatePEM(der))
}

// Renew gives the provider another key with another certificate, which its new Metadata has.
func (p *SAML) Renew() {
	p.t.Helper()
	key, cert := newPair()
	p.post("/renew", map[string]any{"key": string(key), "cert": string(cert)})
	p.readMetadata()
}

// Set changes how responses are made, by options of samlp.
func (p *SAML) Set(settings map[string]any) {
	p.t.Helper()
	p.post("/set", maps.Collect(maps.All(settings))) // {} for nil
}

// Browser makes the following visits those of a browser with this name. Each has a session of its own.
func (p *SAML) Browser(name string) {
	p.t.Helper()
	p.post("/browser", map[string]any{"name": name})
}

func (p *SAML) post(path string, body map[string]any) {
	p.t.Helper()
	text, err := json.Marshal(body)
	Must(err)
	answer, err := http.Post(p.Base+path, "application/json", bytes.NewReader(text))
	p.read(answer, err)
}

// Get follows no redirect: they lead to us.
func (p *SAML) Get(address string) (*http.Response, string) {
	p.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(address)
	return p.read(answer, err)
}

func (p *SAML) read(answer *http.Response, err error) (*http.Response, string) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 400 {
		p.t.Fatalf("%s: %d %s %v", answer.Request.URL, answer.StatusCode, text, err)
	}
	return answer, string(text)
}

// SignedIn is how many services the browser's session at the provider is signed in at.
func (p *SAML) SignedIn() string {
	p.t.Helper()
	_, left := p.Get(p.Base + "/signed-in")
	return left
}

var field = regexp.MustCompile(`(?s)name="(SAML\w+|RelayState)"\s+value="([^"]*)"`)

// Form reads the form that a browser would post to us.
func Form(text string) map[string]string {
	fields := map[string]string{}
	for _, m := range field.FindAllStringSubmatch(text, -1) {
		fields[m[1]] = html.UnescapeString(m[2])
	}
	return fields
}
