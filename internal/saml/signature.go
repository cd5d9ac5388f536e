package saml

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/sallyport/sallyport/internal/federate"
)

// verifier checks the signatures of elements for the library, which asks it for each that it relies on, also
// for those of assertions that were encrypted. It returns what was signed, as it was digested: the library
// reads that and nothing else.
type verifier struct {
	signed []string // for the trace: what was signed, and by whom
}

// VerifySignature is what the library would call if there were not the one below.
func (v *verifier) VerifySignature(trusted *dsig.ValidationContext, el *etree.Element) error {
	_, err := v.VerifySignedElement(trusted, el)
	return err
}

// VerifySignedElement tries each pinned key. Which certificate the message brings along does not matter.
func (v *verifier) VerifySignedElement(trusted *dsig.ValidationContext, el *etree.Element) (*etree.Element, error) {
	if p := scanElement(el); p != nil {
		return nil, p
	}
	certs, err := trusted.CertificateStore.Certificates()
	if err != nil {
		return nil, err
	}
	brought := dropKeyInfo(el)
	for _, cert := range certs {
		ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{cert}})
		ctx.IdAttribute, ctx.Clock = trusted.IdAttribute, trusted.Clock
		found, failed := ctx.Validate(el)
		if failed == nil {
			v.signed = append(v.signed, el.Tag+" signed by "+describe(cert))
			return found, nil
		}
		err = failed
	}
	return nil, blame(certs, brought, err)
}

// scanElement checks the shape of an element on its own, as the one of an encrypted assertion, which nobody
// could check before.
func scanElement(el *etree.Element) *federate.Problem {
	doc := etree.NewDocument()
	doc.SetRoot(el.Copy())
	text, err := doc.WriteToBytes()
	if err != nil {
		return problem("malformed", err.Error())
	}
	_, p := scan(text)
	return p
}

// dropKeyInfo removes what a signature tells about its key, and returns the certificate that it names.
func dropKeyInfo(el *etree.Element) *x509.Certificate {
	sig := el.FindElement("./Signature")
	if sig == nil {
		return nil
	}
	var cert *x509.Certificate
	for _, info := range sig.FindElements("./KeyInfo") {
		if c := info.FindElement("./X509Data/X509Certificate"); c != nil {
			cert, _ = parseBase64(c.Text())
		}
		sig.RemoveChild(info)
	}
	return cert
}

// blame says why no key fits. A certificate that nobody has pinned is the usual reason: providers change it.
func blame(certs []*x509.Certificate, brought *x509.Certificate, err error) error {
	if brought == nil {
		return problem("signed_wrongly", err.Error())
	}
	for _, c := range certs {
		if string(c.RawSubjectPublicKeyInfo) == string(brought.RawSubjectPublicKeyInfo) {
			return problem("signed_wrongly", err.Error())
		}
	}
	return problem("unknown_certificate", describe(brought))
}

// describe names a certificate so that admins can find it at their provider.
func describe(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return fmt.Sprintf("%s, SHA-256 %s", c.Subject, strings.ToUpper(hex.EncodeToString(sum[:])))
}

func parseBase64(text string) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// verified is the step of a trace with the signatures that were found to be good.
func (v *verifier) verified(took time.Duration, p *federate.Problem) federate.Step {
	return federate.Step{Name: "signature", Got: strings.Join(v.signed, "\n"), Took: took, Problem: p}
}
