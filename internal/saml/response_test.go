package saml_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml/xmlenc"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/saml"
)

// What a good response says.
func TestResponse(t *testing.T) {
	tr := &federate.Trace{}
	p := party()
	a, err := p.Response(t.Context(), provider(), newForge(t).signAssertion().raw(), asked, tr)
	if err != nil {
		t.Fatal(err)
	}
	if a.Issuer != theirs || a.Subject != "persistent!!!alice-7f3" || a.ID != "_a1" || a.Email != "alice@example.com" || a.Name != "Alice" || a.EmailVerified {
		t.Errorf("%+v", a)
	}
	if !a.AuthTime.Equal(clock.Add(-time.Minute)) || a.SessionID != "s-42" || a.ACR != "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport" {
		t.Errorf("%+v", a)
	}
	if got := fmt.Sprint(a.Attributes["groups"]); got != "[staff admins]" || !a.Expires.After(clock) {
		t.Errorf("groups %s, expires %s", got, a.Expires)
	}
	var steps []string
	for _, s := range tr.Steps {
		steps = append(steps, s.Name)
		if s.Problem != nil || s.Got == "" {
			t.Errorf("step %s: got %q, %v", s.Name, s.Got, s.Problem)
		}
	}
	if got := strings.Join(steps, " "); got != "metadata response signature assertion" {
		t.Errorf("steps %s", got)
	}
	if got := tr.Steps[1].Got; !strings.Contains(got, "alice-7f3") || !strings.Contains(got, "<ds:SignatureValue>…</ds:SignatureValue>") {
		t.Errorf("the trace shows %s", got)
	}
	if !strings.Contains(tr.Steps[2].Got, "Assertion signed by CN=idp, SHA-256 ") {
		t.Errorf("the trace shows %s", tr.Steps[2].Got)
	}
}

// Either signature is enough, whichever of the pinned keys made it.
func TestAccepted(t *testing.T) {
	c := people()
	noKeyInfo := func(f *forge) *forge {
		for _, info := range f.response.FindElements("//KeyInfo") {
			info.Parent().RemoveChild(info)
		}
		return f
	}
	for name, raw := range map[string]func() string{
		"assertion signed":            func() string { return newForge(t).signAssertion().raw() },
		"response signed":             func() string { return newForge(t).signResponse().raw() },
		"both signed":                 func() string { return newForge(t).signAssertion().signResponse().raw() },
		"SHA-512":                     func() string { return newForge(t).signAssertion(dsig.RSASHA512SignatureMethod).raw() },
		"ECDSA":                       func() string { return newForge(t).with(c.elliptic).signAssertion().raw() },
		"a second key":                func() string { return newForge(t).with(c.second).signResponse().raw() },
		"which key is not said":       func() string { return noKeyInfo(newForge(t).with(c.second).signAssertion()).raw() },
		"the certificate has expired": func() string { return newForge(t).with(c.expired).signAssertion().raw() },
		"encrypted, CBC":              func() string { return newForge(t).signAssertion().encrypt(c.us.Cert, xmlenc.AES256CBC).raw() },
		"encrypted, GCM":              func() string { return newForge(t).signAssertion().encrypt(c.us.Cert, xmlenc.AES128GCM).raw() },
		"encrypted in a signed one":   func() string { return newForge(t).encrypt(c.us.Cert, xmlenc.AES256CBC).signResponse().raw() },
		"encrypted and both signed": func() string {
			return newForge(t).signAssertion().encrypt(c.us.Cert, xmlenc.AES256GCM).signResponse().raw()
		},
		"a slow clock":               func() string { return newForge(t, "LATER", stamp(clock.Add(-119*time.Second))).signAssertion().raw() },
		"a fast clock":               func() string { return newForge(t, "EARLIER", stamp(clock.Add(119*time.Second))).signAssertion().raw() },
		"made four minutes ago":      func() string { return newForge(t, "NOW", stamp(clock.Add(-4*time.Minute))).signAssertion().raw() },
		"no destination, not signed": func() string { return newForge(t, ` Destination="ACS"`, "").signAssertion().raw() },
		"line breaks in the base64":  func() string { return wrap(newForge(t).signAssertion().raw()) },
		"another audience besides": func() string {
			return newForge(t, "<saml:Audience>OURS", "<saml:Audience>urn:x</saml:Audience><saml:Audience>OURS").signAssertion().raw()
		},
		"the issuer's qualifier": func() string {
			return newForge(t, "<saml:NameID ", `<saml:NameID NameQualifier="THEIRS" SPNameQualifier="OURS" `).signAssertion().raw()
		},
		"a comment in the NameID": func() string { return newForge(t, "alice-7f3", "alice<!-- -->-7f3").signAssertion().raw() },
		"a comment put in later":  func() string { return newForge(t).signAssertion().change("alice-7f3", "alice<!--x-->-7f3").raw() },
		"an XML declaration": func() string {
			return encode(`<?xml version="1.0" encoding="UTF-8"?>` + text(newForge(t).signAssertion().response))
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := answer(t, provider(c.idp, c.second, c.elliptic, c.expired), raw())
			if err != nil || a.Subject != "persistent!!!alice-7f3" {
				t.Errorf("%+v %v", a.Subject, err)
			}
		})
	}
}

func wrap(s string) string {
	var b strings.Builder
	for ; len(s) > 76; s = s[76:] {
		b.WriteString(s[:76] + "\r\n")
	}
	return b.String() + s
}

// evil is an assertion about somebody else, which nobody signed.
func evil(f *forge) *etree.Element {
	e := f.assertion().Copy()
	if sig := e.SelectElement("Signature"); sig != nil {
		e.RemoveChild(sig)
	}
	e.CreateAttr("ID", "_evil")
	e.FindElement("./Subject/NameID").SetText("mallory")
	return e
}

func child(parent *etree.Element, tag string, inside ...*etree.Element) *etree.Element {
	el := parent.CreateElement(tag)
	for _, i := range inside {
		el.AddChild(i)
	}
	return el
}

// wrapping is THE table of ways to move a signed element away and put a forged one into its place.
var wrapping = map[string]struct {
	code string
	make func(*testing.T) *forge
}{
	"a forged one before": {"assertion_count", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		f.response.InsertChildAt(f.assertion().Index(), evil(f))
		return f
	}},
	"a forged one after": {"assertion_count", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		f.response.AddChild(evil(f))
		return f
	}},
	"two that are signed": {"assertion_count", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		e := evil(f)
		f.response.AddChild(sign(t, f.by, e, ""))
		return f
	}},
	"two in a signed response": {"assertion_count", func(t *testing.T) *forge {
		f := newForge(t)
		f.response.AddChild(evil(f))
		return f.signResponse()
	}},
	"a forged one inside of the signed one": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		f.assertion().AddChild(evil(f))
		return f
	}},
	"the signed one inside of a forged one": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		e, old := evil(f), f.assertion()
		f.response.RemoveChild(old)
		e.AddChild(old)
		f.response.AddChild(e)
		return f
	}},
	"the signed one in Extensions": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		e, old := evil(f), f.assertion()
		f.response.RemoveChild(old)
		f.response.AddChild(e)
		child(f.response, "samlp:Extensions", old)
		return f
	}},
	"a forged one in Extensions": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		x := f.response.CreateElement("samlp:Extensions")
		x.AddChild(evil(f))
		f.response.RemoveChild(x)
		f.response.InsertChildAt(1, x)
		return f
	}},
	"the signed one in the signature's Object": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		e, old := evil(f), f.assertion()
		sig := old.SelectElement("Signature")
		old.RemoveChild(sig)
		f.response.RemoveChild(old)
		child(sig, "ds:Object", old)
		e.InsertChildAt(1, sig)
		f.response.AddChild(e)
		return f
	}},
	"a forged one in the signature's Object": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		child(f.assertion().SelectElement("Signature"), "ds:Object", evil(f))
		return f
	}},
	"a forged one in the KeyInfo": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		f.response.FindElement("//KeyInfo").AddChild(evil(f))
		return f
	}},
	"an empty Object": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		child(f.assertion().SelectElement("Signature"), "ds:Object")
		return f
	}},
	"a signed response inside of a forged one": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signResponse()
		old := f.response
		forged := newForge(t, "alice-7f3", "mallory", `ID="_r1"`, `ID="_r2"`, `ID="_a1"`, `ID="_a2"`)
		sig := old.SelectElement("Signature")
		old.RemoveChild(sig)
		child(sig, "ds:Object", old)
		forged.response.InsertChildAt(1, sig)
		return forged
	}},
	"a signed response beside": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signResponse()
		forged := newForge(t, "alice-7f3", "mallory", `ID="_r1"`, `ID="_r2"`, `ID="_a1"`, `ID="_a2"`)
		sig := f.response.SelectElement("Signature").Copy()
		forged.response.InsertChildAt(1, sig)
		child(forged.response, "samlp:Extensions", f.response)
		return forged
	}},
	"two signatures on one": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		old := f.assertion()
		sig := old.SelectElement("Signature").Copy()
		old.InsertChildAt(1, sig)
		return f
	}},
	"two elements of one id": {"wrapped", func(t *testing.T) *forge {
		return newForge(t).signAssertion().change(`<samlp:Status>`, `<samlp:Status Id="_a1">`)
	}},
	"a signature that is of something else": {"signed_wrongly", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		e, old := evil(f), f.assertion()
		e.InsertChildAt(1, old.SelectElement("Signature").Copy())
		f.response.RemoveChild(old)
		f.response.AddChild(e)
		return f
	}},
	"a signature of the response that is of the assertion": {"signed_wrongly", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		old := f.assertion()
		sig := old.SelectElement("Signature")
		old.RemoveChild(sig)
		f.response.InsertChildAt(1, sig)
		return f
	}},
	"a forged one encrypted beside": {"assertion_count", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		keep := f.assertion().Copy()
		f.assertion().FindElement("./Subject/NameID").SetText("mallory")
		f.encrypt(people().us.Cert, xmlenc.AES256GCM)
		f.response.AddChild(keep)
		return f
	}},
	"an assertion of another namespace": {"wrapped", func(t *testing.T) *forge {
		return newForge(t).signAssertion().change("<samlp:Status>", `<samlp:Extensions><Assertion xmlns="urn:x"/></samlp:Extensions><samlp:Status>`)
	}},
	"a second response": {"wrapped", func(t *testing.T) *forge {
		return newForge(t).signAssertion().change("<samlp:Status>", `<samlp:Extensions><samlp:Response/></samlp:Extensions><samlp:Status>`)
	}},
	"a signature in Extensions": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		child(f.response, "samlp:Extensions", f.assertion().SelectElement("Signature").Copy())
		return f
	}},
	"a signature of another namespace": {"wrapped", func(t *testing.T) *forge {
		return newForge(t).signAssertion().change("<samlp:Status>", `<x:Signature xmlns:x="urn:x"/><samlp:Status>`)
	}},
	"the forged one counts by its prefix": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t).signAssertion()
		return f.change("<samlp:Status>", `<x:Assertion xmlns:x="urn:x"/><samlp:Status>`)
	}},
}

func TestWrapping(t *testing.T) {
	for name, c := range wrapping {
		t.Run(name, func(t *testing.T) {
			a, err := answer(t, provider(), c.make(t).raw())
			if federate.CodeOf(err) != c.code {
				t.Errorf("got %v for %q, want %s", err, a.Subject, c.code)
			}
		})
	}
}

// In a response whose signature holds nobody but the provider could have wrapped anything; in an encrypted
// assertion, anybody who could before it was encrypted.
func TestWrappedInsideOfEncryption(t *testing.T) {
	f := newForge(t).signAssertion()
	child(f.assertion().SelectElement("Signature"), "ds:Object", evil(f))
	tr := &federate.Trace{}
	_, err := party().Response(t.Context(), provider(), f.encrypt(people().us.Cert, xmlenc.AES256GCM).raw(), asked, tr)
	if federate.CodeOf(err) != "decryption" {
		t.Errorf("got %v", err)
	}
	if got := tr.Steps[2].Problem; got == nil || got.Code != "wrapped" {
		t.Errorf("the trace says %v", got)
	}
}

// hmac is a signature with the public certificate as the secret.
func hmac(f *forge) *forge {
	return f.signAssertion().change(dsig.RSASHA256SignatureMethod, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
}

// refusals is THE table of responses that must not be taken.
var refusals = map[string]struct {
	code string
	make func(*testing.T) *forge
}{
	"nothing is signed":           {"unsigned", func(t *testing.T) *forge { return newForge(t) }},
	"changed after it was signed": {"signed_wrongly", func(t *testing.T) *forge { return newForge(t).signAssertion().change("alice-7f3", "mallory") }},
	"response changed after":      {"signed_wrongly", func(t *testing.T) *forge { return newForge(t).signResponse().change("alice-7f3", "mallory") }},
	"a good assertion, a bad response": {"signed_wrongly", func(t *testing.T) *forge {
		return newForge(t).signAssertion().signResponse().change("<samlp:StatusCode ", `<samlp:StatusCode x="" `)
	}},
	"a good response, a bad assertion": {"unknown_certificate", func(t *testing.T) *forge {
		return newForge(t).with(people().mallory).signAssertion().with(people().idp).signResponse()
	}},
	"signed by somebody else": {"unknown_certificate", func(t *testing.T) *forge { return newForge(t).with(people().mallory).signAssertion() }},
	"somebody else, who hides it": {"signed_wrongly", func(t *testing.T) *forge {
		f := newForge(t).with(people().mallory).signAssertion()
		info := f.response.FindElement("//KeyInfo")
		info.Parent().RemoveChild(info)
		return f
	}},
	"somebody else under the provider's certificate": {"signed_wrongly", func(t *testing.T) *forge {
		f := newForge(t).with(people().mallory).signAssertion()
		f.response.FindElement("//X509Certificate").SetText(base64.StdEncoding.EncodeToString(people().idp.cert.Raw))
		return f
	}},
	"SHA-1": {"signed_weakly", func(t *testing.T) *forge { return newForge(t).signAssertion(dsig.RSASHA1SignatureMethod) }},
	"SHA-1 of the digest alone": {"signed_weakly", func(t *testing.T) *forge {
		return newForge(t).signAssertion().change("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1")
	}},
	"HMAC": {"signed_weakly", func(t *testing.T) *forge { return hmac(newForge(t)) }},
	"no algorithm": {"signed_weakly", func(t *testing.T) *forge {
		return newForge(t).signAssertion().change(dsig.RSASHA256SignatureMethod, "")
	}},
	"a transform that rewrites": {"signed_weakly", func(t *testing.T) *forge {
		return newForge(t).signAssertion().change("http://www.w3.org/2000/09/xmldsig#enveloped-signature", "http://www.w3.org/TR/1999/REC-xslt-19991116")
	}},
	"the whole document is referenced": {"signed_wrongly", func(t *testing.T) *forge { return newForge(t).signAssertion().change(`URI="#_a1"`, `URI=""`) }},

	"another destination": {"destination", func(t *testing.T) *forge {
		return newForge(t, `Destination="ACS"`, `Destination="https://evil.example/acs"`).signAssertion()
	}},
	"signed, without a destination": {"destination", func(t *testing.T) *forge { return newForge(t, ` Destination="ACS"`, "").signResponse() }},
	"another recipient": {"destination", func(t *testing.T) *forge {
		return newForge(t, `Recipient="ACS"`, `Recipient="https://evil.example/acs"`).signAssertion()
	}},
	"no recipient": {"destination", func(t *testing.T) *forge { return newForge(t, ` Recipient="ACS"`, "").signAssertion() }},
	"another audience": {"other_service", func(t *testing.T) *forge {
		return newForge(t, "<saml:Audience>OURS", "<saml:Audience>urn:x").signAssertion()
	}},
	"no audience": {"other_service", func(t *testing.T) *forge {
		return newForge(t, "<saml:AudienceRestriction><saml:Audience>OURS</saml:Audience></saml:AudienceRestriction>", "").signAssertion()
	}},
	"a second audience without us": {"other_service", func(t *testing.T) *forge {
		return newForge(t, "</saml:AudienceRestriction>", "</saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>urn:x</saml:Audience></saml:AudienceRestriction>").signAssertion()
	}},
	"answers another request": {"in_response_to", func(t *testing.T) *forge { return newForge(t, "ASKED", "id-other").signAssertion() }},
	"the assertion answers another": {"in_response_to", func(t *testing.T) *forge {
		return newForge(t, `Recipient="ACS" InResponseTo="ASKED"`, `Recipient="ACS" InResponseTo="id-other"`).signAssertion()
	}},
	"the assertion answers none": {"in_response_to", func(t *testing.T) *forge {
		return newForge(t, `Recipient="ACS" InResponseTo="ASKED"`, `Recipient="ACS"`).signAssertion()
	}},
	"answers no request": {"in_response_to", func(t *testing.T) *forge { return newForge(t, ` InResponseTo="ASKED"`, "").signAssertion() }},

	"the response of another issuer": {"other_provider", func(t *testing.T) *forge {
		return newForge(t, `"><saml:Issuer>THEIRS</saml:Issuer><samlp`, `"><saml:Issuer>urn:other</saml:Issuer><samlp`).signAssertion()
	}},
	"the assertion of another issuer": {"other_provider", func(t *testing.T) *forge {
		return newForge(t, `<saml:Issuer>THEIRS</saml:Issuer><saml:Subject>`, `<saml:Issuer>urn:other</saml:Issuer><saml:Subject>`).signAssertion()
	}},
	"a signed response without issuer": {"incomplete", func(t *testing.T) *forge {
		f := newForge(t, `"><saml:Issuer>THEIRS</saml:Issuer><samlp:Status>`, `"><samlp:Status>`)
		return f.signResponse()
	}},

	"too early": {"not_yet", func(t *testing.T) *forge {
		return newForge(t, "EARLIER", stamp(clock.Add(121*time.Second))).signAssertion()
	}},
	"the conditions are over": {"too_old", func(t *testing.T) *forge {
		return newForge(t, `NotBefore="EARLIER" NotOnOrAfter="LATER"`, `NotOnOrAfter="`+stamp(clock.Add(-121*time.Second))+`"`).signAssertion()
	}},
	"the confirmation is over": {"too_old", func(t *testing.T) *forge {
		return newForge(t, `NotOnOrAfter="LATER" Recipient`, `NotOnOrAfter="`+stamp(clock.Add(-121*time.Second))+`" Recipient`).signAssertion()
	}},
	"the confirmation has no end": {"too_old", func(t *testing.T) *forge {
		return newForge(t, `NotOnOrAfter="LATER" Recipient`, `Recipient`).signAssertion()
	}},
	"the confirmation is too early": {"not_yet", func(t *testing.T) *forge {
		return newForge(t, `NotOnOrAfter="LATER" Recipient`, `NotBefore="`+stamp(clock.Add(121*time.Second))+`" NotOnOrAfter="LATER" Recipient`).signAssertion()
	}},
	"made long ago": {"too_old", func(t *testing.T) *forge {
		return newForge(t, "NOW", stamp(clock.Add(-301*time.Second))).signAssertion()
	}},
	"made in the future": {"not_yet", func(t *testing.T) *forge {
		return newForge(t, "NOW", stamp(clock.Add(121*time.Second))).signAssertion()
	}},
	"signs in in the future": {"not_yet", func(t *testing.T) *forge {
		return newForge(t, `AuthnInstant="EARLIER"`, `AuthnInstant="`+stamp(clock.Add(121*time.Second))+`"`).signAssertion()
	}},
	"the session there is over": {"too_old", func(t *testing.T) *forge {
		return newForge(t, `SessionIndex="s-42"`, `SessionIndex="s-42" SessionNotOnOrAfter="`+stamp(clock.Add(-121*time.Second))+`"`).signAssertion()
	}},

	"not a bearer": {"incomplete", func(t *testing.T) *forge { return newForge(t, "cm:bearer", "cm:holder-of-key").signAssertion() }},
	"no confirmation": {"incomplete", func(t *testing.T) *forge {
		return newForge(t, `<saml:SubjectConfirmationData NotOnOrAfter="LATER" Recipient="ACS" InResponseTo="ASKED"/>`, "").signAssertion()
	}},
	"no sign-in": {"incomplete", func(t *testing.T) *forge { return newForge(t, "saml:AuthnStatement", "saml:Other").signAssertion() }},
	"a condition nobody knows": {"unsupported", func(t *testing.T) *forge {
		return newForge(t, "<saml:AudienceRestriction>", `<saml:Condition/><saml:AudienceRestriction>`).signAssertion()
	}},
	"SAML 1.1": {"unsupported", func(t *testing.T) *forge { return newForge(t, `Version="2.0"`, `Version="1.1"`).signAssertion() }},
	"another message": {"malformed", func(t *testing.T) *forge {
		f := newForge(t, "samlp:Response", "samlp:LogoutResponse")
		f.response.RemoveChild(f.assertion())
		return f.signResponse()
	}},
	"wrapped in another message": {"wrapped", func(t *testing.T) *forge {
		return newForge(t, "samlp:Response", "samlp:ArtifactResponse").signAssertion()
	}},
	"no assertion": {"assertion_count", func(t *testing.T) *forge {
		f := newForge(t)
		f.response.RemoveChild(f.assertion())
		return f.signResponse()
	}},

	"encrypted for somebody else": {"decryption", func(t *testing.T) *forge {
		return newForge(t).signAssertion().encrypt(people().mallory.cert, xmlenc.AES256GCM)
	}},
	"encrypted, changed": {"decryption", func(t *testing.T) *forge {
		return newForge(t).signAssertion().change("alice-7f3", "mallory").encrypt(people().us.Cert, xmlenc.AES256CBC)
	}},
	"encrypted, not signed": {"decryption", func(t *testing.T) *forge { return newForge(t).encrypt(people().us.Cert, xmlenc.AES256GCM) }},
	"encrypted, by somebody else": {"decryption", func(t *testing.T) *forge {
		return newForge(t).with(people().mallory).signAssertion().encrypt(people().us.Cert, xmlenc.AES256GCM)
	}},
	"encrypted, SHA-1": {"decryption", func(t *testing.T) *forge {
		return newForge(t).signAssertion(dsig.RSASHA1SignatureMethod).encrypt(people().us.Cert, xmlenc.AES256GCM)
	}},
	"encrypted in 3DES": {"decryption", func(t *testing.T) *forge {
		return newForge(t).signAssertion().encrypt(people().us.Cert, xmlenc.TripleDES)
	}},
	"encrypted, for another audience": {"other_service", func(t *testing.T) *forge {
		return newForge(t, "<saml:Audience>OURS", "<saml:Audience>urn:x").signAssertion().encrypt(people().us.Cert, xmlenc.AES256GCM)
	}},
	"encrypted, answers another": {"in_response_to", func(t *testing.T) *forge {
		return newForge(t, "ASKED", "id-other").signAssertion().encrypt(people().us.Cert, xmlenc.AES256GCM)
	}},
	"encrypted, response without issuer": {"incomplete", func(t *testing.T) *forge {
		return newForge(t, `"><saml:Issuer>THEIRS</saml:Issuer><samlp:Status>`, `"><samlp:Status>`).signAssertion().encrypt(people().us.Cert, xmlenc.AES256GCM)
	}},

	"transient":     {"subject_transient", func(t *testing.T) *forge { return newForge(t, "PERSISTENT", transient).signAssertion() }},
	"an address":    {"subject_not_persistent", func(t *testing.T) *forge { return newForge(t, "PERSISTENT", emailForm).signAssertion() }},
	"no format":     {"subject_not_persistent", func(t *testing.T) *forge { return newForge(t, ` Format="PERSISTENT"`, "").signAssertion() }},
	"an empty name": {"subject_missing", func(t *testing.T) *forge { return newForge(t, "alice-7f3", " ").signAssertion() }},
	"a long name":   {"subject_long", func(t *testing.T) *forge { return newForge(t, "alice-7f3", strings.Repeat("a", 1020)).signAssertion() }},
	"no name": {"incomplete", func(t *testing.T) *forge {
		return newForge(t, `<saml:NameID Format="PERSISTENT">alice-7f3</saml:NameID>`, "").signAssertion()
	}},

	"refused there": {"refused_there", func(t *testing.T) *forge {
		f := newForge(t, "SUCCESS", "urn:oasis:names:tc:SAML:2.0:status:Responder")
		f.response.RemoveChild(f.assertion())
		return f.signResponse()
	}},
	"refused, with an assertion": {"refused_there", func(t *testing.T) *forge {
		return newForge(t, "SUCCESS", "urn:oasis:names:tc:SAML:2.0:status:Requester").signAssertion()
	}},
	"refused, signed, with a forged assertion": {"refused_there", func(t *testing.T) *forge {
		f := newForge(t, "SUCCESS", "urn:oasis:names:tc:SAML:2.0:status:Responder")
		e := evil(f)
		f.response.RemoveChild(f.assertion())
		f.signResponse()
		f.response.AddChild(e)
		return f
	}},
	"refused, signed, with one in a second Object": {"wrapped", func(t *testing.T) *forge {
		f := newForge(t, "SUCCESS", "urn:oasis:names:tc:SAML:2.0:status:Responder")
		e := evil(f)
		f.response.RemoveChild(f.assertion())
		f.signResponse()
		second := f.response.SelectElement("Signature").Copy()
		child(second, "ds:Object", e)
		f.response.AddChild(second)
		return f
	}},
	"no status": {"refused_there", func(t *testing.T) *forge {
		return newForge(t, `<samlp:StatusCode Value="SUCCESS"/>`, "").signAssertion()
	}},
}

func TestRefused(t *testing.T) {
	for name, c := range refusals {
		t.Run(name, func(t *testing.T) {
			p := party()
			a, err := p.Response(t.Context(), provider(), c.make(t).raw(), asked, nil)
			if federate.CodeOf(err) != c.code {
				t.Errorf("got %v for %q, want %s", err, a.Subject, c.code)
			}
			if n := len(p.Replays.(*memory).used); n != 0 {
				t.Errorf("%d ids are noted as used", n)
			}
		})
	}
}

// What the provider says of why it refused is told in words.
func TestRefusalInWords(t *testing.T) {
	f := newForge(t, `<samlp:StatusCode Value="SUCCESS"/>`, `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode><samlp:StatusMessage>try again</samlp:StatusMessage>`)
	_, err := answer(t, provider(), f.raw())
	p, _ := errors.AsType[*federate.Problem](err)
	if want := "Responder (the provider says that it is at fault itself), AuthnFailed (the user could not be signed in there): try again"; p == nil || p.Detail != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Whoever can change ciphertext must not hear what became of it.
func TestDecryptionTellsNothing(t *testing.T) {
	var said []string
	for name, c := range refusals {
		if c.code == "decryption" {
			_, err := answer(t, provider(), c.make(t).raw())
			said = append(said, err.Error())
			if err.Error() != said[0] || errors.Unwrap(err) != nil {
				t.Errorf("%s: %v, others say %s", name, err, said[0])
			}
		}
	}
	f := newForge(t).signAssertion().encrypt(people().us.Cert, xmlenc.AES256CBC)
	for _, v := range f.response.FindElements("//CipherValue") {
		raw, _ := base64.StdEncoding.DecodeString(v.Text())
		raw[len(raw)-20] ^= 1
		v.SetText(base64.StdEncoding.EncodeToString(raw))
		if _, err := answer(t, provider(), f.raw()); err == nil || err.Error() != said[0] {
			t.Errorf("%v, others say %s", err, said[0])
		}
	}
}

// A document that costs much is refused before it does.
func TestCostly(t *testing.T) {
	inside := func(s string) string {
		return encode(strings.Replace(text(newForge(t).signAssertion().response), "<samlp:Status>", s+"<samlp:Status>", 1))
	}
	signed := text(newForge(t).signAssertion().response)
	for name, c := range map[string]struct{ raw, code string }{
		"a document type":          {encode(`<!DOCTYPE x>` + signed), "dtd"},
		"an entity":                {encode(`<!DOCTYPE x [<!ENTITY e "alice">]>` + strings.Replace(signed, "alice", "&e;", 1)), "dtd"},
		"entities of entities":     {encode(`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>` + strings.Replace(signed, "alice", "&c;", 1)), "dtd"},
		"an external entity":       {encode(`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + strings.Replace(signed, "alice", "&e;", 1)), "dtd"},
		"an entity nobody defined": {encode(strings.Replace(signed, "alice", "&e;", 1)), "malformed"},
		"a processing instruction": {inside(`<?xml-stylesheet href="x"?>`), "dtd"},
		"deep":                     {inside(strings.Repeat("<a>", 60) + strings.Repeat("</a>", 60)), "too_large"},
		"very deep":                {inside(strings.Repeat("<a>", 100000) + strings.Repeat("</a>", 100000)), "too_large"},
		"many elements":            {inside(strings.Repeat("<a/>", 40000)), "too_large"},
		"many attributes":          {inside("<a" + strings.Repeat(` b=""`, 70) + "/>"), "too_large"},
		"many namespaces":          {inside("<a>" + strings.Repeat(`<b xmlns:a="a" xmlns:b="b" xmlns:c="c">`, 30) + strings.Repeat("</b>", 30) + "</a>"), "malformed"},
		"five megabytes":           {inside(strings.Repeat(" ", 5<<20)), "too_large"},
		"a little too much":        {inside(strings.Repeat(" ", 1<<20)), "too_large"},
		"two attributes of a name": {encode(strings.Replace(signed, `ID="_a1"`, `ID="_a1" ID="_a2"`, 1)), "malformed"},
		"two roots":                {encode(signed + signed), "malformed"},
		"something after the root": {encode(signed + "<a/>"), "malformed"},
		"nothing":                  {"", "malformed"},
		"much that is not base64":  {strings.Repeat("<", 5<<20), "too_large"},
		"not base64":               {"<xml/>", "malformed"},
		"not XML":                  {encode("hello"), "malformed"},
		"cut off":                  {encode(signed[:len(signed)-20]), "malformed"},
		"another encoding":         {encode(`<?xml version="1.0" encoding="UTF-16"?>` + signed), "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := answer(t, provider(), c.raw)
			if federate.CodeOf(err) != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// An assertion counts once, however often it comes, and whatever it is wrapped in.
func TestReplay(t *testing.T) {
	p, at := party(), provider()
	f := newForge(t).signAssertion()
	var won, replayed atomic.Int32
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			switch _, err := p.Response(t.Context(), at, f.raw(), asked, nil); {
			case err == nil:
				won.Add(1)
			case federate.CodeOf(err) == "replayed":
				replayed.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || replayed.Load() != 63 {
		t.Errorf("%d were taken and %d refused", won.Load(), replayed.Load())
	}
	if _, err := p.Response(t.Context(), at, f.change(`ID="_r1"`, `ID="_r2"`).raw(), asked, nil); federate.CodeOf(err) != "replayed" {
		t.Errorf("in another response: %v", err)
	}
	for id, until := range p.Replays.(*memory).used {
		if len(id) != 43 || until.Before(clock.Add(5*time.Minute)) {
			t.Errorf("%q is kept until %s", id, until)
		}
	}
}

// An id is of one provider: another one cannot use it up.
func TestReplayIsOfOneProvider(t *testing.T) {
	p, other := party(), "https://other.example/metadata"
	if _, err := p.Response(t.Context(), provider(), newForge(t).signAssertion().raw(), asked, nil); err != nil {
		t.Fatal(err)
	}
	at := saml.Provider{Metadata: idpMetadata(other, people().second)}
	if _, err := p.Response(t.Context(), at, newForge(t, "THEIRS", other).with(people().second).signAssertion().raw(), asked, nil); err != nil {
		t.Errorf("another provider's assertion of the same id: %v", err)
	}
}

// What cannot be noted is not taken, and that is no fault of the provider.
func TestReplaysOutOfReach(t *testing.T) {
	p := party()
	p.Replays.(*memory).err = errors.New("the database is away")
	_, err := p.Response(t.Context(), provider(), newForge(t).signAssertion().raw(), asked, nil)
	if err == nil || federate.CodeOf(err) != "" {
		t.Errorf("got %v", err)
	}
}

func TestUnsolicited(t *testing.T) {
	raw := newForge(t, ` InResponseTo="ASKED"`, "").signAssertion().raw()
	open := provider()
	open.Unsolicited = true
	for _, c := range []struct {
		name, raw, expected, code string
		at                        saml.Provider
	}{
		{"not allowed", raw, "", "unsolicited", provider()},
		{"allowed", raw, "", "", open},
		{"allowed, but this browser asked", raw, asked, "in_response_to", open},
		{"allowed, but it answers somebody", newForge(t).signAssertion().raw(), "", "in_response_to", open},
		{"allowed, but the assertion answers somebody", newForge(t, `Destination="ACS" InResponseTo="ASKED"`, `Destination="ACS"`).signAssertion().raw(), "", "in_response_to", open},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := party().Response(t.Context(), c.at, c.raw, c.expected, nil); federate.CodeOf(err) != c.code {
				t.Errorf("got %v, want %q", err, c.code)
			}
		})
	}
}

// The valid response of a provider is none of another one.
func TestAnotherProvider(t *testing.T) {
	c, other := people(), "https://other.example/metadata"
	theirOwn := newForge(t, "THEIRS", other).with(c.second).signAssertion().raw()
	if _, err := answer(t, saml.Provider{Metadata: idpMetadata(other, c.second)}, theirOwn); err != nil {
		t.Fatal(err)
	}
	if _, err := answer(t, provider(), theirOwn); federate.CodeOf(err) != "other_provider" {
		t.Errorf("by its own name: %v", err)
	}
	if _, err := answer(t, provider(), newForge(t).with(c.second).signAssertion().raw()); federate.CodeOf(err) != "unknown_certificate" {
		t.Errorf("by the name of this one: %v", err)
	}
	// Two providers may share a key, as tenants of one service do.
	if _, err := answer(t, provider(), newForge(t, "THEIRS", other).signAssertion().raw()); federate.CodeOf(err) != "other_provider" {
		t.Errorf("with the same key: %v", err)
	}
}
