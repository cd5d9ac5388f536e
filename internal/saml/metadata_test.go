package saml_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/xml"
	"slices"
	"strings"
	"testing"
	"time"

	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/saml"
)

func TestReadMetadata(t *testing.T) {
	c := people()
	m, notes, err := saml.ReadMetadata(idpMetadata(theirs, c.idp, c.elliptic, c.idp), saml.Reading{At: clock})
	if err != nil || len(notes) != 0 {
		t.Fatal(notes, err)
	}
	if m.EntityID != theirs || len(m.SSO) != 2 || m.SSO[0].URL != "https://idp.example.com/sso?tenant=1" || m.SLO[0].Answers != "https://idp.example.com/slo/done" {
		t.Errorf("%+v", m)
	}
	if len(m.Certificates) != 2 || !m.Certificates[0].Equal(c.idp.cert) || !slices.Equal(m.NameFormats, []string{persistent}) {
		t.Errorf("%+v", m)
	}
}

// group puts entities into EntitiesDescriptors, one in another.
func group(levels int, entities ...[]byte) []byte {
	inside := bytes.Join(entities, nil)
	for range levels {
		inside = []byte(`<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" ID="_` + rand.Text() + `">` + string(inside) + `</md:EntitiesDescriptor>`)
	}
	return inside
}

func TestMetadataRefused(t *testing.T) {
	c := people()
	one, other := idpMetadata(theirs, c.idp), idpMetadata("urn:other", c.second)
	change := func(old, by string) []byte {
		if !bytes.Contains(one, []byte(old)) {
			t.Fatalf("%q is not in the text", old)
		}
		return bytes.ReplaceAll(one, []byte(old), []byte(by))
	}
	for name, c := range map[string]struct {
		text []byte
		how  saml.Reading
		code string
	}{
		"one":                        {one, saml.Reading{}, ""},
		"one of several":             {group(1, one, other), saml.Reading{EntityID: "urn:other"}, ""},
		"three levels":               {group(3, one), saml.Reading{}, ""},
		"four levels":                {group(4, one), saml.Reading{}, "too_large"},
		"several":                    {group(2, one, other), saml.Reading{}, "metadata_several"},
		"the same one twice":         {group(1, one, one), saml.Reading{EntityID: theirs}, "metadata_several"},
		"another one":                {one, saml.Reading{EntityID: "urn:other"}, "metadata_no_provider"},
		"none":                       {group(1), saml.Reading{}, "metadata_no_provider"},
		"no id":                      {idpMetadata("", people().idp), saml.Reading{}, "metadata_no_provider"},
		"of a service provider":      {change("IDPSSODescriptor", "SPSSODescriptor"), saml.Reading{}, "metadata_no_provider"},
		"SAML 1.1":                   {change(`protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"`, `protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol"`), saml.Reading{}, "metadata_no_provider"},
		"no address":                 {change("md:SingleSignOnService", "md:Other"), saml.Reading{}, "metadata_no_address"},
		"addresses for scripts":      {change("https://idp.example.com/sso", "javascript:alert(1)//"), saml.Reading{}, "metadata_malformed"},
		"addresses with a password":  {change("https://idp", "https://a:b@idp"), saml.Reading{}, "metadata_no_address"},
		"only for SOAP":              {bytes.ReplaceAll(change("bindings:HTTP-Redirect", "bindings:SOAP"), []byte("bindings:HTTP-POST"), []byte("bindings:SOAP")), saml.Reading{}, "metadata_no_address"},
		"no certificate":             {idpMetadata(theirs), saml.Reading{}, "metadata_no_certificate"},
		"only for encryption":        {change(`use="signing"`, `use="encryption"`), saml.Reading{}, "metadata_no_certificate"},
		"a broken certificate":       {change("<ds:X509Certificate>MII", "<ds:X509Certificate>AAA"), saml.Reading{}, "metadata_no_certificate"},
		"not XML":                    {[]byte("hello"), saml.Reading{}, "metadata_malformed"},
		"nothing":                    {nil, saml.Reading{}, "metadata_malformed"},
		"a page":                     {[]byte("<html><body/></html>"), saml.Reading{}, "metadata_malformed"},
		"a document type":            {append([]byte(`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>`), one...), saml.Reading{}, "dtd"},
		"large":                      {append(one, bytes.Repeat([]byte(" "), 1<<20)...), saml.Reading{}, "metadata_large"},
		"deep":                       {change("<md:IDPSSODescriptor ", strings.Repeat("<a>", 50)+strings.Repeat("</a>", 50)+"<md:IDPSSODescriptor "), saml.Reading{}, "too_large"},
		"a signer, but no signature": {one, saml.Reading{Signer: people().idp.cert}, "metadata_signature"},
	} {
		t.Run(name, func(t *testing.T) {
			m, _, err := saml.ReadMetadata(c.text, c.how)
			if federate.CodeOf(err) != c.code {
				t.Errorf("got %v, want %q", err, c.code)
			}
			if err == nil && c.how.EntityID != "" && m.EntityID != c.how.EntityID {
				t.Errorf("took %s", m.EntityID)
			}
		})
	}
}

func TestMetadataSignature(t *testing.T) {
	c := people()
	unsigned := strings.Replace(string(idpMetadata(theirs, c.idp)), "<md:EntityDescriptor ", `<md:EntityDescriptor ID="_m" `, 1)
	good := text(sign(t, c.mallory, parse(t, unsigned), ""))
	weak := text(sign(t, c.mallory, parse(t, unsigned), dsig.RSASHA1SignatureMethod))
	forged := strings.Replace(good, "https://idp.example.com/slo", "https://evil.example/slo", 1)
	for name, c := range map[string]struct {
		text   string
		signer *signer
		code   string
	}{
		"signed":                  {good, c.mallory, ""},
		"signed, nobody asks":     {good, nil, ""},
		"changed":                 {forged, c.mallory, "metadata_signature"},
		"changed, nobody asks":    {forged, nil, ""},
		"signed by somebody else": {good, c.second, "metadata_signature"},
		"SHA-1":                   {weak, c.mallory, "signed_weakly"},
	} {
		how := saml.Reading{At: clock}
		if c.signer != nil {
			how.Signer = c.signer.cert
		}
		_, notes, err := saml.ReadMetadata([]byte(c.text), how)
		if federate.CodeOf(err) != c.code {
			t.Errorf("%s: got %v, want %q", name, err, c.code)
		}
		if unchecked := len(notes) == 1 && notes[0].Code == "signature_unchecked"; unchecked != (c.signer == nil) {
			t.Errorf("%s: %v", name, notes)
		}
	}
}

func TestMetadataNotes(t *testing.T) {
	c := people()
	short, _ := rsa.GenerateKey(rand.Reader, 1024)
	at := func(s *signer, changes ...string) []string {
		text := strings.NewReplacer(changes...).Replace(string(idpMetadata(theirs, s)))
		_, notes, err := saml.ReadMetadata([]byte(text), saml.Reading{At: clock})
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, n := range notes {
			if saml.Notes[n.Code] == "" {
				t.Errorf("%s has no words", n.Code)
			}
			codes = append(codes, n.Code)
		}
		return codes
	}
	broken := base64.StdEncoding.EncodeToString(c.second.cert.Raw[:100])
	for _, c := range []struct {
		want string
		got  []string
	}{
		{"", at(c.idp)},
		{"certificate_expired", at(c.expired)},
		{"certificate_soon", at(newSigner(t, c.idp.key, clock.AddDate(0, 0, 29)))},
		{"certificate_future", at(newSigner(t, c.idp.key, clock.AddDate(6, 0, 0)))},
		{"key_short", at(newSigner(t, short, clock.AddDate(1, 0, 0)))},
		{"address_http", at(c.idp, "https://idp.example.com/sso?", "http://idp.example.com/sso?")},
		{"address_http", at(c.idp, "https://idp.example.com/slo/done", "http://idp.example.com/slo/done")},
		{"valid_until", at(c.idp, "entityID=", `validUntil="2026-11-01T00:00:00Z" entityID=`)},
		{"valid_until", at(c.idp, "protocolSupport", `validUntil="2026-11-01T00:00:00Z" protocolSupport`)},
		{"no_logout", at(c.idp, "SingleLogoutService", "ManageNameIDService")},
		{"certificate_unusable", at(c.idp, "<ds:X509Data>", "<ds:X509Data><ds:X509Certificate>"+broken+"</ds:X509Certificate>")},
	} {
		if got := strings.Join(c.got, " "); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	until := strings.Replace(string(group(1, idpMetadata(theirs, c.idp), idpMetadata("urn:b", c.idp))), "ID=", `validUntil="2026-11-01T00:00:00Z" ID=`, 1)
	_, notes, err := saml.ReadMetadata([]byte(until), saml.Reading{At: clock, EntityID: theirs})
	if err != nil || len(notes) != 2 || notes[0].Code != "several" || notes[1].Code != "valid_until" {
		t.Errorf("%v %v", notes, err)
	}
}

// Ours can be read by the library's identity provider, and says what we do.
func TestOwnMetadata(t *testing.T) {
	text, err := party().Metadata()
	if err != nil {
		t.Fatal(err)
	}
	var m crewjam.EntityDescriptor
	if err := xml.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	sp := m.SPSSODescriptors[0]
	if m.EntityID != ours || len(sp.AssertionConsumerServices) != 1 || sp.AssertionConsumerServices[0].Location != acs || len(sp.SingleLogoutServices) != 2 || !*sp.AuthnRequestsSigned || len(sp.KeyDescriptors) != 2 {
		t.Errorf("%s", text)
	}
	if strings.Contains(string(text), "validUntil") || strings.Contains(string(text), "PRIVATE") {
		t.Errorf("%s", text)
	}
	p := party()
	p.SLO = ""
	if text, err := p.Metadata(); err != nil || strings.Contains(string(text), "SingleLogoutService") {
		t.Errorf("%s %v", text, err)
	}
	p.ACS = "https://login.example.org/ä"
	if _, err := p.Metadata(); err == nil {
		t.Error("an address that is sent in other letters was taken")
	}
}

func TestKey(t *testing.T) {
	us := people().us
	if us.Private.N.BitLen() != 3072 || us.Cert.Subject.CommonName != ours || us.Cert.NotAfter.Before(clock.AddDate(10, 0, -1)) {
		t.Errorf("%d bits, %s, until %s", us.Private.N.BitLen(), us.Cert.Subject, us.Cert.NotAfter)
	}
	text, err := us.PEM()
	if err != nil {
		t.Fatal(err)
	}
	again, err := saml.ParseKey(text)
	if err != nil || !again.Private.Equal(us.Private) || !again.Cert.Equal(us.Cert) {
		t.Errorf("read again: %v", err)
	}
	other, err := saml.NewKey("urn:x", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	mixed, _ := saml.Key{Private: other.Private, Cert: us.Cert}.PEM()
	for _, bad := range [][]byte{nil, []byte("x"), text[:len(text)/2], text[len(text)/2:], mixed} {
		if _, err := saml.ParseKey(bad); err == nil {
			t.Errorf("%.40q was taken", bad)
		}
	}
}
