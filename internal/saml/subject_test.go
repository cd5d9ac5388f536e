package saml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crewjam/saml/xmlenc"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/saml"
)

const nameID = `<saml:NameID Format="PERSISTENT">alice-7f3</saml:NameID>`

// The same value of another format or qualifier is somebody else, and what its absence means is not.
func TestSubject(t *testing.T) {
	subject := func(change string, set func(*saml.Provider)) string {
		at := provider()
		set(&at)
		a, err := answer(t, at, newForge(t, nameID, change).signAssertion().raw())
		if err != nil {
			return federate.CodeOf(err)
		}
		return a.Subject
	}
	anyFormat := func(p *saml.Provider) { p.AnyFormat = true }
	byAttribute := func(p *saml.Provider) { p.Subject = "groups" }
	byMail := func(p *saml.Provider) { p.Subject = "mail" }
	for _, c := range []struct {
		id, want string
		set      func(*saml.Provider)
	}{
		{nameID, "persistent!!!alice-7f3", func(*saml.Provider) {}},
		{`<saml:NameID Format="PERSISTENT" NameQualifier="THEIRS" SPNameQualifier="OURS">alice-7f3</saml:NameID>`, "persistent!!!alice-7f3", anyFormat},
		{`<saml:NameID Format="PERSISTENT" NameQualifier="urn:a!b">alice</saml:NameID>`, "persistent!urn%3Aa%21b!!alice", anyFormat},
		{`<saml:NameID Format="PERSISTENT" SPNameQualifier="urn:affiliation">alice</saml:NameID>`, "persistent!!urn%3Aaffiliation!alice", anyFormat},
		{`<saml:NameID Format="` + emailForm + `">alice-7f3</saml:NameID>`, "email!!!alice-7f3", anyFormat},
		{`<saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">alice-7f3</saml:NameID>`, "unspecified!!!alice-7f3", anyFormat},
		{`<saml:NameID>alice-7f3</saml:NameID>`, "unspecified!!!alice-7f3", anyFormat},
		{`<saml:NameID Format="urn:own!format">alice-7f3</saml:NameID>`, "=urn%3Aown%21format!!!alice-7f3", anyFormat},
		{`<saml:NameID Format="persistent">alice-7f3</saml:NameID>`, "subject_not_persistent", func(*saml.Provider) {}},
		{`<saml:NameID Format="` + transient + `">x</saml:NameID>`, "subject_transient", anyFormat},
		{`<saml:NameID Format="` + transient + `">x</saml:NameID>`, "attribute!mail!alice@example.com", byMail},
		{nameID, "subject_missing", byAttribute},                                  // which has two values
		{nameID, "subject_missing", func(p *saml.Provider) { p.Subject = "uid" }}, // a friendly name
	} {
		if got := subject(c.id, c.set); got != c.want {
			t.Errorf("%s: %s, want %s", c.id, got, c.want)
		}
	}
}

// A format of its own cannot be told to look like one that has a short name, or like an attribute.
func TestFormatsDoNotCollide(t *testing.T) {
	at := provider()
	at.AnyFormat = true
	seen := map[string]string{}
	for _, format := range []string{"persistent", "email", "attribute", "urn:x!y", "urn:x", persistent, emailForm} {
		a, err := answer(t, at, newForge(t, "PERSISTENT", format).signAssertion().raw())
		if err != nil {
			t.Fatal(format, err)
		}
		if other, ok := seen[a.Subject]; ok {
			t.Errorf("%s and %s are both %s", format, other, a.Subject)
		}
		seen[a.Subject] = format
	}
}

func TestAttributes(t *testing.T) {
	at := provider()
	at.AnyFormat = true
	for _, c := range []struct {
		name, email, who string
		changes          []string
		set              func(*saml.Provider)
	}{
		{"usual names", "alice@example.com", "Alice", nil, nil},
		{"by their oid", "a@b.example", "A", []string{`Name="mail"`, `Name="urn:oid:0.9.2342.19200300.100.1.3"`, "alice@example.com", "a@b.example", `Name="displayName"`, `Name="urn:oid:2.16.840.1.113730.3.1.241"`, ">Alice<", ">A<"}, nil},
		{"configured", "staff", "alice@example.com", nil, func(p *saml.Provider) { p.Email, p.Name = "groups", "mail" }},
		{"configured, but missing", "", "", nil, func(p *saml.Provider) { p.Email, p.Name = "x", "y" }},
		{"the name is an address", "alice@id.example", "Alice", []string{"PERSISTENT", emailForm, "alice-7f3", "alice@id.example", `Name="mail"`, `Name="x"`}, nil},
		{"spaces around", "alice@example.com", "Alice", []string{">Alice<", "> Alice\n<"}, nil},
		{"empty values", "alice@example.com", "", []string{">Alice<", "> <"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := at
			if c.set != nil {
				c.set(&at)
			}
			a, err := answer(t, at, newForge(t, c.changes...).signAssertion().raw())
			if err != nil || a.Email != c.email || a.Name != c.who {
				t.Errorf("%q %q %v", a.Email, a.Name, err)
			}
		})
	}
}

// There is room for what is configured, however much else comes, and nothing is cut to another value.
func TestAttributesAreBounded(t *testing.T) {
	at, many := provider(), strings.Builder{}
	for i := range 300 {
		fmt.Fprintf(&many, `<saml:Attribute Name="a%d"><saml:AttributeValue>v</saml:AttributeValue></saml:Attribute>`, i)
	}
	long := `<saml:Attribute Name="long"><saml:AttributeValue>` + strings.Repeat("x", federate.MaxValue+1) + `</saml:AttributeValue></saml:Attribute>`
	at.Groups, at.Email = "groups", "mail"
	tr := &federate.Trace{}
	raw := newForge(t, "<saml:AttributeStatement>", "<saml:AttributeStatement>"+long+many.String()).signAssertion().raw()
	a, err := party().Response(t.Context(), at, raw, asked, tr)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range a.Attributes {
		n += len(v)
	}
	if n != federate.MaxAttributes || len(a.Attributes["groups"]) != 2 || a.Email == "" || a.Attributes["long"] != nil {
		t.Errorf("%d values, groups %v, %d of the long one", n, a.Attributes["groups"], len(a.Attributes["long"]))
	}
}

// An encrypted attribute, and the value of another kind.
func TestAttributeKinds(t *testing.T) {
	raw := newForge(t, "<saml:AttributeValue>Alice<", `<saml:AttributeValue><saml:NameID>targeted</saml:NameID><`).signAssertion().encrypt(people().us.Cert, xmlenc.AES256GCM).raw()
	a, err := answer(t, provider(), raw)
	if err != nil || a.Name != "targeted" {
		t.Errorf("%q %v", a.Name, err)
	}
}

// The newest sign-in counts.
func TestNewestSignIn(t *testing.T) {
	older := `<saml:AuthnStatement AuthnInstant="` + stamp(clock.Add(-9*3600e9)) + `" SessionIndex="s-1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:old</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`
	a, err := answer(t, provider(), newForge(t, "</saml:AuthnStatement>", "</saml:AuthnStatement>"+older).signAssertion().raw())
	if err != nil || a.SessionID != "s-42" || a.ACR == "urn:old" {
		t.Errorf("%+v %v", a, err)
	}
}
