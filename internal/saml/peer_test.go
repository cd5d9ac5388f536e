package saml_test

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/saml"
)

// peer is an identity provider that somebody else wrote: samlp.
type peer struct {
	t    testing.TB
	base string
	us   saml.Party
	at   saml.Provider
}

// serve starts one. It ends with the test.
func serve(t testing.TB) *peer {
	t.Helper()
	const dir = "testdata/provider"
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal("the provider that is signed in at is not installed: run npm ci in internal/saml/testdata/provider, as make test does")
	}
	key, err := saml.NewKey("idp", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	both, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	end := bytes.Index(both, []byte("-----BEGIN CERTIFICATE"))
	keyFile, certFile := filepath.Join(t.TempDir(), "key.pem"), filepath.Join(t.TempDir(), "cert.pem")
	for path, text := range map[string][]byte{keyFile: both[:end], certFile: both[end:]} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := &peer{t: t, us: party()}
	p.us.Now = nil
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.us.Cert.Raw})
	service, _ := json.Marshal(map[string]string{"entity": ours, "acs": acs, "slo": slo, "cert": string(cert)})
	cmd := exec.Command("node", "--no-deprecation", "provider.js", keyFile, certFile, string(service))
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
	p.base = "http://127.0.0.1:" + strings.TrimSpace(port)
	_, text := p.get(p.base + "/metadata")
	p.at = saml.Provider{Metadata: []byte(text)}
	return p
}

// get follows no redirect: they lead to us.
func (p *peer) get(address string) (*http.Response, string) {
	p.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(address)
	return p.read(answer, err)
}

func (p *peer) read(answer *http.Response, err error) (*http.Response, string) {
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

func (p *peer) set(settings map[string]any) {
	p.t.Helper()
	text, _ := json.Marshal(maps.Collect(maps.All(settings))) // {} for nil
	answer, err := http.Post(p.base+"/set", "application/json", bytes.NewReader(text))
	p.read(answer, err)
}

var field = regexp.MustCompile(`(?s)name="(SAML\w+|RelayState)"\s+value="([^"]*)"`)

// form reads the form that a browser would post to us.
func form(text string) map[string]string {
	fields := map[string]string{}
	for _, m := range field.FindAllStringSubmatch(text, -1) {
		fields[m[1]] = html.UnescapeString(m[2])
	}
	return fields
}

// signIn asks, and returns what comes back with the id of what was asked.
func (p *peer) signIn() (raw, id string) {
	p.t.Helper()
	out, err := p.us.Request(p.at, saml.Request{RelayState: "rs"}, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	_, text := p.get(out.URL)
	fields := form(text)
	if fields["RelayState"] != "rs" {
		p.t.Fatalf("the relay state came back as %q: %s", fields["RelayState"], text)
	}
	return fields["SAMLResponse"], out.ID
}

func TestPeerMetadata(t *testing.T) {
	p := serve(t)
	m, notes, err := saml.ReadMetadata(p.at.Metadata, saml.Reading{At: time.Now()})
	if err != nil || m.EntityID != p.base+"/metadata" || len(m.SSO) != 2 || len(m.SLO) != 2 || len(m.Certificates) != 1 {
		t.Errorf("%+v %v", m, err)
	}
	for _, n := range notes {
		if n.Code != "address_http" {
			t.Errorf("%+v", n)
		}
	}
}

func TestPeerSignsIn(t *testing.T) {
	p := serve(t)
	der, err := x509.MarshalPKIXPublicKey(p.us.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	cert := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.us.Cert.Raw}))
	encrypted := func(cipher string, more map[string]any) map[string]any {
		all := map[string]any{"encryptionCert": cert, "encryptionPublicKey": public, "encryptionAlgorithm": "http://www.w3.org/" + cipher, "disallowEncryptionWithInsecureAlgorithm": false}
		for k, v := range more {
			all[k] = v
		}
		return all
	}
	for _, c := range []struct {
		name     string
		settings map[string]any
		code     string
	}{
		{"assertion signed", nil, ""},
		{"response signed", map[string]any{"signResponse": true, "signAssertion": false}, ""},
		{"both signed", map[string]any{"signResponse": true}, ""},
		{"encrypted, CBC", encrypted("2001/04/xmlenc#aes256-cbc", nil), ""},
		{"encrypted, GCM", encrypted("2009/xmlenc11#aes256-gcm", nil), ""},
		{"encrypted in a signed one", encrypted("2001/04/xmlenc#aes256-cbc", map[string]any{"signResponse": true}), ""},
		{"nothing signed", map[string]any{"signAssertion": false}, "unsigned"},
		{"wrong audience", map[string]any{"audience": "urn:other"}, "other_service"},
		{"wrong recipient", map[string]any{"recipient": "https://evil.example/acs"}, "destination"},
		{"wrong destination", map[string]any{"destination": "https://evil.example/acs"}, "destination"},
		{"wrong request", map[string]any{"inResponseTo": "id-other"}, "in_response_to"},
		{"wrong issuer", map[string]any{"issuer": "urn:other"}, "other_provider"},
		{"over", map[string]any{"lifetimeInSeconds": -600}, "too_old"},
		{"SHA-1", map[string]any{"signatureAlgorithm": "rsa-sha1", "digestAlgorithm": "sha1"}, "signed_weakly"},
		{"transient", map[string]any{"nameIdentifierFormat": transient}, "subject_transient"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.set(c.settings)
			raw, id := p.signIn()
			tr := &federate.Trace{}
			a, err := p.us.Response(t.Context(), p.at, raw, id, tr)
			if federate.CodeOf(err) != c.code {
				t.Fatalf("got %v, want %q: %+v", err, c.code, tr.Steps)
			}
			if c.code == "" && (a.Subject != "persistent!!!alice-7f3" || a.Email != "alice@example.com" || a.Name != "Alice" || a.SessionID == "" || a.AuthTime.IsZero()) {
				t.Errorf("%+v", a)
			}
			if _, err := p.us.Response(t.Context(), p.at, raw, id, nil); c.code == "" && federate.CodeOf(err) != "replayed" {
				t.Errorf("again: %v", err)
			}
		})
	}
}

func TestPeerTampered(t *testing.T) {
	p := serve(t)
	for _, settings := range []map[string]any{nil, {"signResponse": true, "signAssertion": false}} {
		p.set(settings)
		raw, id := p.signIn()
		text, _ := base64.StdEncoding.DecodeString(raw)
		for old, by := range map[string]string{"alice-7f3": "mallory", "alice@example.com": "mallory@example.com"} {
			changed := encode(strings.Replace(string(text), old, by, 1))
			if _, err := p.us.Response(t.Context(), p.at, changed, id, nil); federate.CodeOf(err) != "signed_wrongly" {
				t.Errorf("%s: %v", old, err)
			}
		}
		if _, err := p.us.Response(t.Context(), p.at, raw, "id-other", nil); federate.CodeOf(err) != "in_response_to" {
			t.Error(err)
		}
		if _, err := p.us.Response(t.Context(), p.at, raw, "", nil); federate.CodeOf(err) != "unsolicited" {
			t.Error(err)
		}
		if _, err := p.us.Response(t.Context(), p.at, raw, id, nil); err != nil {
			t.Error(err)
		}
	}
	_, text := p.get(p.base + "/refuse")
	_, err := p.us.Response(t.Context(), p.at, form(text)["SAMLResponse"], asked, nil)
	if federate.CodeOf(err) != "refused_there" || !strings.Contains(err.Error(), "Responder") {
		t.Errorf("refused: %v", err)
	}
}

// We sign out there, and it answers.
func TestPeerLogout(t *testing.T) {
	p := serve(t)
	raw, id := p.signIn()
	a, err := p.us.Response(t.Context(), p.at, raw, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.us.Logout(p.at, a.Hint, "rs")
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(out.URL, "RelayState=rs", "RelayState=x", 1)
	if answer, err := http.Get(forged); err != nil || answer.StatusCode < 400 {
		t.Error("it takes requests that were changed, so the next one proves nothing")
	}
	answer, text := p.get(out.URL)
	to, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || to.RawQuery == "" || !strings.HasPrefix(to.String(), slo) {
		t.Fatalf("it sent us to %s: %s", to, text)
	}
	if err := p.us.ReadLogoutAnswer(p.at, saml.LogoutMessage{Query: to.RawQuery}, "id-other"); federate.CodeOf(err) != "in_response_to" {
		t.Error(err)
	}
	if err := p.us.ReadLogoutAnswer(p.at, saml.LogoutMessage{Query: to.RawQuery}, out.ID); err != nil {
		t.Error(err)
	}
	if _, left := p.get(p.base + "/signed-in"); left != "0" {
		t.Errorf("%s are still signed in there", left)
	}
}

// It asks us to sign somebody out, and takes our answer.
func TestPeerAsksToSignOut(t *testing.T) {
	for name, binding := range map[string]string{"link": "", "form": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"} {
		t.Run(name, func(t *testing.T) {
			p := serve(t)
			if binding != "" {
				p.set(map[string]any{"binding": binding})
			}
			raw, id := p.signIn()
			a, err := p.us.Response(t.Context(), p.at, raw, id, nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, text := p.get(p.base + "/slo")
			in := saml.LogoutMessage{Form: form(text)["SAMLRequest"], RelayState: form(text)["RelayState"]}
			if to, err := url.Parse(answer.Header.Get("Location")); binding == "" && err == nil {
				in = saml.LogoutMessage{Query: to.RawQuery}
			}
			ask, err := p.us.ReadLogout(t.Context(), p.at, in)
			if err != nil || ask.Name != p.us.NameOf(a.Issuer, a.Hint) || len(ask.Sessions) != 1 || ask.Sessions[0] != a.SessionID || ask.RelayState == "" {
				t.Fatalf("%+v %v", ask, err)
			}
			if _, err := p.us.ReadLogout(t.Context(), p.at, in); federate.CodeOf(err) != "replayed" {
				t.Errorf("again: %v", err)
			}
			out, err := p.us.AnswerLogout(p.at, ask.ID, ask.RelayState, true)
			if err != nil {
				t.Fatal(err)
			}
			if _, said := p.get(out.URL); said != "OK" {
				t.Errorf("it says %s", said)
			}
			if _, left := p.get(p.base + "/signed-in"); left != "0" {
				t.Errorf("%s are still signed in there", left)
			}
		})
	}
}
