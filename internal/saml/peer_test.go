package saml_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/peertest"
	"github.com/sallyport/sallyport/internal/saml"
)

// peer is an identity provider that somebody else wrote: samlp.
type peer struct {
	*peertest.SAML
	t  testing.TB
	us saml.Party
	at saml.Provider
}

// serve starts one. It ends with the test.
func serve(t testing.TB) *peer {
	t.Helper()
	p := &peer{t: t, us: party()}
	p.us.Now = nil
	p.SAML = peertest.StartSAML(t, peertest.Service{Entity: ours, ACS: acs, SLO: slo, Cert: peertest.CertificatePEM(p.us.Cert.Raw)})
	p.at = saml.Provider{Metadata: p.Metadata}
	return p
}

// signIn asks, and returns what comes back with the id of what was asked.
func (p *peer) signIn() (raw, id string) {
	p.t.Helper()
	out, err := p.us.Request(p.at, saml.Request{RelayState: "rs"}, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	_, text := p.Get(out.URL)
	fields := peertest.Form(text)
	if fields["RelayState"] != "rs" {
		p.t.Fatalf("the relay state came back as %q: %s", fields["RelayState"], text)
	}
	return fields["SAMLResponse"], out.ID
}

func TestPeerMetadata(t *testing.T) {
	p := serve(t)
	m, notes, err := saml.ReadMetadata(p.at.Metadata, saml.Reading{At: time.Now()})
	if err != nil || m.EntityID != p.Base+"/metadata" || len(m.SSO) != 2 || len(m.SLO) != 2 || len(m.Certificates) != 1 {
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
	cert := peertest.CertificatePEM(p.us.Cert.Raw)
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
			p.Set(c.settings)
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
		p.Set(settings)
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
	_, text := p.Get(p.Base + "/refuse")
	_, err := p.us.Response(t.Context(), p.at, peertest.Form(text)["SAMLResponse"], asked, nil)
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
	answer, text := p.Get(out.URL)
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
	if left := p.SignedIn(); left != "0" {
		t.Errorf("%s are still signed in there", left)
	}
}

// It asks us to sign somebody out, and takes our answer.
func TestPeerAsksToSignOut(t *testing.T) {
	for name, binding := range map[string]string{"link": "", "form": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"} {
		t.Run(name, func(t *testing.T) {
			p := serve(t)
			if binding != "" {
				p.Set(map[string]any{"binding": binding})
			}
			raw, id := p.signIn()
			a, err := p.us.Response(t.Context(), p.at, raw, id, nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, text := p.Get(p.Base + "/slo")
			in := saml.LogoutMessage{Form: peertest.Form(text)["SAMLRequest"], RelayState: peertest.Form(text)["RelayState"]}
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
			if _, said := p.Get(out.URL); said != "OK" {
				t.Errorf("it says %s", said)
			}
			if left := p.SignedIn(); left != "0" {
				t.Errorf("%s are still signed in there", left)
			}
		})
	}
}
