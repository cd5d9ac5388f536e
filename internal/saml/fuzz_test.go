package saml_test

import (
	"testing"

	"github.com/crewjam/saml/xmlenc"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/saml"
)

// splice puts a text into one of several, over a part of it. Inputs that are short find more in the same time
// than whole documents do, and the documents stay almost good.
func splice(from []string, which byte, at, length uint16, insert string) string {
	text := from[int(which)%len(from)]
	begin := int(at) % (len(text) + 1)
	end := min(begin+int(length), len(text))
	return text[:begin] + insert + text[end:]
}

// seed has edits that say what matters.
func seed(f *testing.F, documents int) {
	f.Helper()
	for i := range documents {
		f.Add(byte(i), uint16(0), uint16(0), "")
		f.Add(byte(i), uint16(0), uint16(0xffff), "<a/>")
		f.Add(byte(i), uint16(0), uint16(0), `<!DOCTYPE x [<!ENTITY e "e">]>`)
		f.Add(byte(i), uint16(100), uint16(0), `<saml:Assertion ID="_a1">`)
		f.Add(byte(i), uint16(400), uint16(20), `<!-- -->`)
		f.Add(byte(i), uint16(900), uint16(1), `" xmlns:ID="`)
	}
}

func worded(t *testing.T, err error) {
	t.Helper()
	if err != nil && saml.Problems[federate.CodeOf(err)] == "" {
		t.Errorf("%v has no words", err)
	}
}

// Whatever comes, it is refused with a code that has words, or it is what was signed.
func FuzzResponse(f *testing.F) {
	from := []string{
		text(newForge(f).signAssertion().response), text(newForge(f).signResponse().response), text(newForge(f).signAssertion().signResponse().response),
		text(newForge(f).signAssertion().encrypt(people().us.Cert, xmlenc.AES256CBC).response),
	}
	seed(f, len(from))
	f.Fuzz(func(t *testing.T, which byte, at, length uint16, insert string) {
		a, err := party().Response(t.Context(), provider(), encode(splice(from, which, at, length, insert)), asked, &federate.Trace{})
		if err == nil && (a.Subject != "persistent!!!alice-7f3" || a.Email != "alice@example.com" || a.ID != "_a1") {
			t.Errorf("took %+v", a)
		}
		worded(t, err)
	})
}

func FuzzReadMetadata(f *testing.F) {
	from := []string{
		string(idpMetadata(theirs, people().idp, people().elliptic)),
		string(group(2, idpMetadata(theirs, people().idp), idpMetadata("urn:b", people().idp))),
	}
	seed(f, len(from))
	f.Fuzz(func(t *testing.T, which byte, at, length uint16, insert string) {
		m, _, err := saml.ReadMetadata([]byte(splice(from, which, at, length, insert)), saml.Reading{At: clock, EntityID: theirs})
		if err == nil && (m.EntityID != theirs || len(m.Certificates) == 0 || len(m.SSO) == 0) {
			t.Errorf("%+v", m)
		}
		worded(t, err)
	})
}

func FuzzReadLogout(f *testing.F) {
	c := people()
	from := []string{
		text(sign(f, c.idp, parse(f, fill(f, logoutRequest)), "")),
		link(f, c.idp, "SAMLRequest", fill(f, logoutRequest), "rs", dsig.RSASHA256SignatureMethod),
		link(f, c.idp, "SAMLResponse", fill(f, logoutResponse), "rs", dsig.RSASHA256SignatureMethod),
	}
	seed(f, len(from))
	f.Fuzz(func(t *testing.T, which byte, at, length uint16, insert string) {
		in := saml.LogoutMessage{Query: splice(from, which, at, length, insert)}
		if int(which)%len(from) == 0 {
			in = saml.LogoutMessage{Form: encode(in.Query)}
		}
		got, err := party().ReadLogout(t.Context(), provider(), in)
		if err == nil && got.Name != "persistent!!!alice-7f3" {
			t.Errorf("took %s", got.Name)
		}
		worded(t, err)
		worded(t, party().ReadLogoutAnswer(provider(), in, asked))
	})
}
