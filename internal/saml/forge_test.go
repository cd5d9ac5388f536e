package saml_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml/xmlenc"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/saml"
)

var (
	clock   = time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC)
	ours    = "https://login.example.org/sso/saml/7"
	acs     = ours + "/acs"
	slo     = ours + "/slo"
	theirs  = "https://idp.example.com/metadata"
	asked   = "id-0123456789abcdef"
	success = "urn:oasis:names:tc:SAML:2.0:status:Success"
)

const (
	persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	transient  = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	emailForm  = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
)

// signer is somebody with a key: an identity provider, or who pretends to be one.
type signer struct {
	key  crypto.Signer
	cert *x509.Certificate
}

func newSigner(t testing.TB, key crypto.Signer, ends time.Time) *signer {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "idp"}, NotBefore: ends.AddDate(-5, 0, 0), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{key, cert}
}

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// cast are the keys of all tests, which take long to make.
type cast struct {
	idp, second, mallory, elliptic, expired *signer
	us                                      saml.Key
}

var people = sync.OnceValue(func() *cast {
	t := &testing.T{}
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	later := clock.AddDate(3, 0, 0)
	us, err := saml.NewKey(ours, clock)
	if err != nil {
		panic(err)
	}
	return &cast{
		idp: newSigner(t, rsaKey(t), later), second: newSigner(t, rsaKey(t), later), mallory: newSigner(t, rsaKey(t), later),
		elliptic: newSigner(t, ec, later), expired: newSigner(t, rsaKey(t), clock.AddDate(0, 0, -1)), us: us,
	}
})

// idpMetadata is that of an identity provider with these keys.
func idpMetadata(entity string, keys ...*signer) []byte {
	var b strings.Builder
	b.WriteString(`<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="` + entity + `"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">`)
	for _, k := range keys {
		b.WriteString(`<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(k.cert.Raw) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`)
	}
	b.WriteString(`<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/slo" ResponseLocation="https://idp.example.com/slo/done"/>`)
	b.WriteString(`<md:NameIDFormat>` + persistent + `</md:NameIDFormat>`)
	b.WriteString(`<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso?tenant=1"/>`)
	b.WriteString(`<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/>`)
	b.WriteString(`</md:IDPSSODescriptor></md:EntityDescriptor>`)
	return []byte(b.String())
}

// memory is what a caller's database does.
type memory struct {
	mu   sync.Mutex
	used map[string]time.Time
	err  error
}

func (m *memory) Consume(_ context.Context, id string, expires time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	if m.used == nil {
		m.used = map[string]time.Time{}
	}
	if _, ok := m.used[id]; ok {
		return saml.ErrReplayed
	}
	m.used[id] = expires
	return nil
}

// party is us, with nothing used yet.
func party() saml.Party {
	us := people().us
	return saml.Party{EntityID: ours, ACS: acs, SLO: slo, Key: us.Private, Cert: us.Cert, Now: func() time.Time { return clock }, Replays: &memory{}}
}

func provider(keys ...*signer) saml.Provider {
	if len(keys) == 0 {
		keys = []*signer{people().idp}
	}
	return saml.Provider{Metadata: idpMetadata(theirs, keys...)}
}

// forge is a response in the making. The zero value of newForge is a good one; tests change it and sign.
type forge struct {
	t        testing.TB
	by       *signer
	response *etree.Element
}

const good = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r1" Version="2.0" IssueInstant="NOW" Destination="ACS" InResponseTo="ASKED"><saml:Issuer>THEIRS</saml:Issuer><samlp:Status><samlp:StatusCode Value="SUCCESS"/></samlp:Status><saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1" Version="2.0" IssueInstant="NOW"><saml:Issuer>THEIRS</saml:Issuer><saml:Subject><saml:NameID Format="PERSISTENT">alice-7f3</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="LATER" Recipient="ACS" InResponseTo="ASKED"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="EARLIER" NotOnOrAfter="LATER"><saml:AudienceRestriction><saml:Audience>OURS</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="EARLIER" SessionIndex="s-42"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="mail" FriendlyName="uid"><saml:AttributeValue>alice@example.com</saml:AttributeValue></saml:Attribute><saml:Attribute Name="displayName"><saml:AttributeValue>Alice</saml:AttributeValue></saml:Attribute><saml:Attribute Name="groups"><saml:AttributeValue>staff</saml:AttributeValue><saml:AttributeValue>admins</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion></samlp:Response>`

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// newForge makes a response that nobody has signed. Changes are pairs of what to replace in its text, which
// must be there.
func newForge(t testing.TB, changes ...string) *forge {
	t.Helper()
	text := good
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("%q is not in the text", changes[i])
		}
		text = strings.ReplaceAll(text, changes[i], changes[i+1])
	}
	text = strings.NewReplacer("ACS", acs, "ASKED", asked, "THEIRS", theirs, "OURS", ours, "SUCCESS", success, "PERSISTENT", persistent,
		"NOW", stamp(clock), "EARLIER", stamp(clock.Add(-time.Minute)), "LATER", stamp(clock.Add(5*time.Minute))).Replace(text)
	return &forge{t: t, by: people().idp, response: parse(t, text)}
}

func parse(t testing.TB, text string) *etree.Element {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		t.Fatal(err)
	}
	return doc.Root()
}

func text(el *etree.Element) string {
	doc := etree.NewDocument()
	doc.SetRoot(el.Copy())
	s, err := doc.WriteToString()
	if err != nil {
		panic(err)
	}
	return s
}

func (f *forge) assertion() *etree.Element { return f.response.SelectElement("Assertion") }

// with changes who signs.
func (f *forge) with(by *signer) *forge {
	f.by = by
	return f
}

// sign signs an element, and puts the signature where SAML wants it.
func sign(t testing.TB, by *signer, el *etree.Element, method string) *etree.Element {
	t.Helper()
	ctx, err := dsig.NewSigningContext(by.key, [][]byte{by.cert.Raw})
	if err != nil {
		t.Fatal(err)
	}
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if method == "" {
		method = dsig.RSASHA256SignatureMethod
		if _, ok := by.key.(*ecdsa.PrivateKey); ok {
			method = dsig.ECDSASHA256SignatureMethod
		}
	}
	if err := ctx.SetSignatureMethod(method); err != nil {
		t.Fatal(err)
	}
	signed, err := ctx.SignEnveloped(el)
	if err != nil {
		t.Fatal(err)
	}
	sig := signed.Child[len(signed.Child)-1]
	signed.Child = signed.Child[:len(signed.Child)-1] // which the library added without telling it its parent
	signed.InsertChildAt(1, sig)
	return parse(t, text(signed))
}

// signAssertion signs the assertion in its place.
func (f *forge) signAssertion(method ...string) *forge {
	f.t.Helper()
	old := f.assertion()
	at := old.Index()
	signed := sign(f.t, f.by, old, strings.Join(method, ""))
	f.response.RemoveChildAt(at)
	f.response.InsertChildAt(at, signed)
	return f
}

func (f *forge) signResponse(method ...string) *forge {
	f.t.Helper()
	f.response = sign(f.t, f.by, f.response, strings.Join(method, ""))
	return f
}

// encrypt encrypts the assertion.
func (f *forge) encrypt(to *x509.Certificate, cipher xmlenc.BlockCipher) *forge {
	f.t.Helper()
	old := f.assertion()
	how := xmlenc.OAEP()
	how.BlockCipher, how.DigestMethod = cipher, &xmlenc.SHA1
	data, err := how.Encrypt(to, []byte(text(old)), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	data.CreateAttr("Type", "http://www.w3.org/2001/04/xmlenc#Element")
	wrapped := etree.NewElement("saml:EncryptedAssertion")
	wrapped.AddChild(data)
	f.response.RemoveChild(old)
	f.response.AddChild(wrapped)
	return f
}

// raw is what the browser posts.
func (f *forge) raw() string { return encode(text(f.response)) }

// change replaces in what was signed already.
func (f *forge) change(pairs ...string) *forge {
	f.t.Helper()
	s := text(f.response)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			f.t.Fatalf("%q is not in the text", pairs[i])
		}
		s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
	}
	f.response = parse(f.t, s)
	return f
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// answer reads a response as one to the request that was made.
func answer(t testing.TB, at saml.Provider, raw string) (federate.Assertion, error) {
	t.Helper()
	return party().Response(t.Context(), at, raw, asked, nil)
}
