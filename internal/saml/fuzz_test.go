package saml_test

import (
	"strings"
	"testing"

	"github.com/crewjam/saml/xmlenc"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/saml"
)

// Whatever comes, it is refused with a code that has words, or it is what was signed.
func FuzzResponse(f *testing.F) {
	f.Add(text(newForge(f).signAssertion().response))
	f.Add(text(newForge(f).signResponse().response))
	f.Add(text(newForge(f).signAssertion().encrypt(people().us.Cert, xmlenc.AES256CBC).response))
	f.Add(`<!DOCTYPE x><samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>`)
	f.Fuzz(func(t *testing.T, message string) {
		a, err := party().Response(t.Context(), provider(), encode(message), asked, &federate.Trace{})
		if err == nil && a.Subject != "persistent!!!alice-7f3" {
			t.Errorf("took %s", a.Subject)
		}
		if err != nil && !has(saml.Problems, federate.CodeOf(err)) {
			t.Errorf("%v has no words", err)
		}
	})
}

func FuzzReadMetadata(f *testing.F) {
	f.Add(string(idpMetadata(theirs, people().idp, people().elliptic)), "")
	f.Add(string(group(2, idpMetadata(theirs, people().idp), idpMetadata("urn:b", people().idp))), theirs)
	f.Fuzz(func(t *testing.T, text, entity string) {
		m, _, err := saml.ReadMetadata([]byte(text), saml.Reading{At: clock, EntityID: entity})
		if err == nil && (m.EntityID == "" || len(m.Certificates) == 0 || len(m.SSO) == 0) {
			t.Errorf("%+v", m)
		}
		if err != nil && !has(saml.Problems, federate.CodeOf(err)) {
			t.Errorf("%v has no words", err)
		}
	})
}

func FuzzReadLogout(f *testing.F) {
	c := people()
	f.Add(link(f, c.idp, "SAMLRequest", fill(f, logoutRequest), "rs", dsig.RSASHA256SignatureMethod), "")
	f.Add("", text(sign(f, c.idp, parse(f, fill(f, logoutRequest)), "")))
	f.Fuzz(func(t *testing.T, query, form string) {
		in := saml.LogoutMessage{Query: query, Form: encode(form)}
		got, err := party().ReadLogout(t.Context(), provider(), in)
		if err == nil && got.Name != "persistent!!!alice-7f3" {
			t.Errorf("took %s", got.Name)
		}
		if err != nil && !has(saml.Problems, federate.CodeOf(err)) {
			t.Errorf("%v has no words", err)
		}
		_ = party().ReadLogoutAnswer(provider(), saml.LogoutMessage{Query: query, Form: encode(strings.Clone(form))}, asked)
	})
}
