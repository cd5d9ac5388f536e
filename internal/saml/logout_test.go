package saml_test

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // to see it refused
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/saml"
)

// link makes a signed link of a message, as the binding has it.
func link(t testing.TB, by *signer, field, message, relayState, algorithm string) string {
	t.Helper()
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, 9)
	io.WriteString(w, message)
	w.Close()
	query := field + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(packed.Bytes()))
	if relayState != "" {
		query += "&RelayState=" + url.QueryEscape(relayState)
	}
	query += "&SigAlg=" + url.QueryEscape(algorithm)
	hash, sum := crypto.SHA256, sha256.Sum256([]byte(query))
	digest := sum[:]
	if algorithm == dsig.RSASHA1SignatureMethod {
		weak := sha1.Sum([]byte(query))
		hash, digest = crypto.SHA1, weak[:]
	}
	signature, err := by.key.Sign(rand.Reader, digest, hash)
	if err != nil {
		t.Fatal(err)
	}
	return query + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
}

const logoutRequest = `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_l1" Version="2.0" IssueInstant="NOW" Destination="SLO" NotOnOrAfter="LATER"><saml:Issuer>THEIRS</saml:Issuer><saml:NameID Format="PERSISTENT">alice-7f3</saml:NameID><samlp:SessionIndex>s-42</samlp:SessionIndex><samlp:SessionIndex>s-43</samlp:SessionIndex></samlp:LogoutRequest>`

const logoutResponse = `<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_o1" Version="2.0" IssueInstant="NOW" Destination="SLO" InResponseTo="ASKED"><saml:Issuer>THEIRS</saml:Issuer><samlp:Status><samlp:StatusCode Value="SUCCESS"/></samlp:Status></samlp:LogoutResponse>`

func fill(t testing.TB, text string, changes ...string) string {
	t.Helper()
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("%q is not in the text", changes[i])
		}
		text = strings.ReplaceAll(text, changes[i], changes[i+1])
	}
	return strings.NewReplacer("SLO", slo, "ASKED", asked, "THEIRS", theirs, "SUCCESS", success, "PERSISTENT", persistent,
		"NOW", stamp(clock), "LATER", stamp(clock.Add(5*time.Minute))).Replace(text)
}

// posted signs a message in its XML.
func posted(t testing.TB, by *signer, message, method string) saml.LogoutMessage {
	t.Helper()
	return saml.LogoutMessage{Form: encode(text(sign(t, by, parse(t, message), method))), RelayState: "rs"}
}

func TestReadLogout(t *testing.T) {
	c := people()
	ask := fill(t, logoutRequest)
	for name, in := range map[string]saml.LogoutMessage{
		"link": {Query: link(t, c.idp, "SAMLRequest", ask, "rs", dsig.RSASHA256SignatureMethod)},
		"form": posted(t, c.idp, ask, ""),
	} {
		t.Run(name, func(t *testing.T) {
			p := party()
			got, err := p.ReadLogout(t.Context(), provider(), in)
			if err != nil || got.ID != "_l1" || got.Name != "persistent!!!alice-7f3" || strings.Join(got.Sessions, " ") != "s-42 s-43" || got.RelayState != "rs" {
				t.Fatalf("%+v %v", got, err)
			}
			if _, err := p.ReadLogout(t.Context(), provider(), in); federate.CodeOf(err) != "replayed" {
				t.Errorf("again: %v", err)
			}
		})
	}
}

func TestLogoutRefused(t *testing.T) {
	c := people()
	sha := dsig.RSASHA256SignatureMethod
	asLink := func(by *signer, changes ...string) saml.LogoutMessage {
		return saml.LogoutMessage{Query: link(t, by, "SAMLRequest", fill(t, logoutRequest, changes...), "rs", sha)}
	}
	good := asLink(c.idp)
	query := func(change func(string) string) saml.LogoutMessage {
		return saml.LogoutMessage{Query: change(good.Query)}
	}
	replace := func(old, by string) saml.LogoutMessage {
		return query(func(q string) string {
			if !strings.Contains(q, old) {
				t.Fatalf("%q is not in the link", old)
			}
			return strings.Replace(q, old, by, 1)
		})
	}
	for name, c := range map[string]struct {
		in   saml.LogoutMessage
		code string
	}{
		"a link that is not signed": {query(func(q string) string { return q[:strings.Index(q, "&SigAlg")] }), "unsigned"},
		"no algorithm":              {query(func(q string) string { return q[:strings.Index(q, "&SigAlg")] + q[strings.Index(q, "&Signature"):] }), "unsigned"},
		"another relay state":       {replace("RelayState=rs", "RelayState=other"), "signed_wrongly"},
		"the message twice":         {query(func(q string) string { return q + "&" + q }), "malformed"},
		"a signature inside of a link": {saml.LogoutMessage{Query: func() string {
			q := link(t, c.idp, "SAMLRequest", text(sign(t, c.idp, parse(t, fill(t, logoutRequest)), "")), "rs", sha)
			return q[:strings.Index(q, "&SigAlg")]
		}()}, "unsigned"},
		"a link by somebody else":   {asLink(c.mallory), "signed_wrongly"},
		"a link with SHA-1":         {saml.LogoutMessage{Query: link(t, c.idp, "SAMLRequest", fill(t, logoutRequest), "rs", dsig.RSASHA1SignatureMethod)}, "signed_weakly"},
		"a form that is not signed": {saml.LogoutMessage{Form: encode(fill(t, logoutRequest))}, "unsigned"},
		"a form by somebody else":   {posted(t, c.mallory, fill(t, logoutRequest), ""), "unknown_certificate"},
		"a form with SHA-1":         {posted(t, c.idp, fill(t, logoutRequest), dsig.RSASHA1SignatureMethod), "signed_weakly"},
		"a form that was changed":   {saml.LogoutMessage{Form: encode(strings.Replace(text(sign(t, c.idp, parse(t, fill(t, logoutRequest)), "")), "alice", "mallory", 1))}, "signed_wrongly"},
		"a wrapped form": {saml.LogoutMessage{Form: func() string {
			signed := sign(t, c.idp, parse(t, fill(t, logoutRequest)), "")
			forged := parse(t, fill(t, logoutRequest, "_l1", "_l2", "alice-7f3", "mallory"))
			forged.InsertChildAt(1, signed.SelectElement("Signature").Copy())
			child(forged, "samlp:Extensions", signed)
			return encode(text(forged))
		}()}, "wrapped"},

		"another destination": {asLink(c.idp, `"SLO"`, `"https://evil.example/slo"`), "destination"},
		"no destination":      {asLink(c.idp, ` Destination="SLO"`, ""), "destination"},
		"another issuer":      {asLink(c.idp, "THEIRS", "urn:other"), "other_provider"},
		"no issuer":           {asLink(c.idp, "<saml:Issuer>THEIRS</saml:Issuer>", ""), "other_provider"},
		"old":                 {asLink(c.idp, "NOW", stamp(clock.Add(-301*time.Second))), "too_old"},
		"over":                {asLink(c.idp, "LATER", stamp(clock.Add(-121*time.Second))), "too_old"},
		"from the future":     {asLink(c.idp, "NOW", stamp(clock.Add(121*time.Second))), "not_yet"},
		"nobody":              {asLink(c.idp, `<saml:NameID Format="PERSISTENT">alice-7f3</saml:NameID>`, ""), "incomplete"},
		"no id":               {asLink(c.idp, ` ID="_l1"`, ""), "incomplete"},
		"a response":          {saml.LogoutMessage{Query: link(t, c.idp, "SAMLRequest", fill(t, logoutResponse), "rs", sha)}, "malformed"},
		"a document type":     {asLink(c.idp, "<samlp:LogoutRequest", "<!DOCTYPE x><samlp:LogoutRequest"), "dtd"},
		"a bomb":              {asLink(c.idp, "alice-7f3", strings.Repeat("a", 5<<20)), "too_large"},
		"nothing":             {saml.LogoutMessage{}, "malformed"},
		"not packed":          {saml.LogoutMessage{Query: "SAMLRequest=aGVsbG8%3D&SigAlg=" + url.QueryEscape(sha) + "&Signature=eA%3D%3D"}, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			p := party()
			got, err := p.ReadLogout(t.Context(), provider(), c.in)
			if federate.CodeOf(err) != c.code {
				t.Errorf("got %v for %q, want %s", err, got.Name, c.code)
			}
			if n := len(p.Replays.(*memory).used); n != 0 {
				t.Errorf("%d ids are noted as used", n)
			}
		})
	}
}

func TestReadLogoutAnswer(t *testing.T) {
	c := people()
	for name, one := range map[string]struct {
		changes  []string
		by       *signer
		expected string
		code     string
	}{
		"good":               {nil, c.idp, asked, ""},
		"of another request": {nil, c.idp, "id-other", "in_response_to"},
		"of no request":      {[]string{` InResponseTo="ASKED"`, ""}, c.idp, "", "in_response_to"},
		"by somebody else":   {nil, c.mallory, asked, "unknown_certificate"},
		"refused":            {[]string{"SUCCESS", "urn:oasis:names:tc:SAML:2.0:status:Responder"}, c.idp, asked, "refused_there"},
		"another issuer":     {[]string{"THEIRS", "urn:other"}, c.idp, asked, "other_provider"},
		"old":                {[]string{"NOW", stamp(clock.Add(-301 * time.Second))}, c.idp, asked, "too_old"},
		"another address":    {[]string{`"SLO"`, `"https://evil.example/slo"`}, c.idp, asked, "destination"},
	} {
		t.Run(name, func(t *testing.T) {
			message := fill(t, logoutResponse, one.changes...)
			if err := party().ReadLogoutAnswer(provider(), posted(t, one.by, message, ""), one.expected); federate.CodeOf(err) != one.code {
				t.Errorf("form: got %v, want %q", err, one.code)
			}
			in := saml.LogoutMessage{Query: link(t, one.by, "SAMLResponse", message, "", dsig.RSASHA256SignatureMethod)}
			want := strings.Replace(one.code, "unknown_certificate", "signed_wrongly", 1) // a link says nothing of its key
			if err := party().ReadLogoutAnswer(provider(), in, one.expected); federate.CodeOf(err) != want {
				t.Errorf("link: got %v, want %q", err, want)
			}
		})
	}
}

// sentTo reads what a link holds, and checks its signature with our certificate.
func sentTo(t testing.TB, out saml.Out, field string) (message string, values url.Values) {
	t.Helper()
	u, err := url.Parse(out.URL)
	if err != nil {
		t.Fatal(err)
	}
	values = u.Query()
	signed := u.RawQuery[strings.Index(u.RawQuery, field+"="):strings.Index(u.RawQuery, "&Signature=")]
	signature, _ := base64.StdEncoding.DecodeString(values.Get("Signature"))
	if err := people().us.Cert.CheckSignature(people().us.Cert.SignatureAlgorithm, []byte(signed), signature); err != nil {
		t.Errorf("the signature of %s: %v", out.URL, err)
	}
	packed, _ := base64.StdEncoding.DecodeString(values.Get(field))
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text), values
}

func TestLogout(t *testing.T) {
	a, err := answer(t, provider(), newForge(t).signAssertion().raw())
	if err != nil {
		t.Fatal(err)
	}
	p := party()
	out, err := p.Logout(provider(), a.Hint, "rs 1")
	if err != nil {
		t.Fatal(err)
	}
	text, values := sentTo(t, out, "SAMLRequest")
	var got crewjam.LogoutRequest
	if err := xml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.NameID.Value != "alice-7f3" || got.NameID.Format != persistent || got.SessionIndex.Value != "s-42" || got.ID != out.ID || got.Destination != "https://idp.example.com/slo" || values.Get("RelayState") != "rs 1" {
		t.Errorf("%s %v", text, values)
	}
	if strings.Contains(text, "Signature") {
		t.Error("a link's message is signed inside")
	}
	if name := p.NameOf(a.Issuer, a.Hint); name != a.Subject {
		t.Errorf("its name is %s", name)
	}
	for _, hint := range []string{"", "{}", "x"} {
		if _, err := p.Logout(provider(), hint, ""); federate.CodeOf(err) != "logout_hint" || p.NameOf(theirs, hint) != "" {
			t.Errorf("hint %q: %v", hint, err)
		}
	}
	none := saml.Provider{Metadata: bytes.ReplaceAll(idpMetadata(theirs, people().idp), []byte("SingleLogoutService"), []byte("ManageNameIDService"))}
	if _, err := p.Logout(none, a.Hint, ""); federate.CodeOf(err) != "no_logout" {
		t.Error(err)
	}
	if _, err := p.AnswerLogout(none, "_l1", "", true); federate.CodeOf(err) != "no_logout" {
		t.Error(err)
	}
}

// Answers go to their own address, and by a form where the provider takes none else.
func TestAnswerLogout(t *testing.T) {
	out, err := party().AnswerLogout(provider(), "_l1", "rs", true)
	if err != nil || !strings.HasPrefix(out.URL, "https://idp.example.com/slo/done?SAMLResponse=") {
		t.Fatal(out, err)
	}
	if text, _ := sentTo(t, out, "SAMLResponse"); !strings.Contains(text, `InResponseTo="_l1"`) || !strings.Contains(text, success) {
		t.Error(text)
	}
	byForm := saml.Provider{Metadata: bytes.Replace(idpMetadata(theirs, people().idp), []byte("HTTP-Redirect"), []byte("HTTP-POST"), 1)}
	out, err = party().AnswerLogout(byForm, "_l1", "rs", false)
	if err != nil || out.URL != "https://idp.example.com/slo/done" || out.Form["RelayState"] != "rs" {
		t.Fatal(out, err)
	}
	raw, _ := base64.StdEncoding.DecodeString(out.Form["SAMLResponse"])
	if !strings.Contains(string(raw), "PartialLogout") || strings.Contains(string(raw), "status:Success") {
		t.Errorf("%s", raw)
	}
	checkEnveloped(t, string(raw))
}

// checkEnveloped checks the signature of a message with our certificate.
func checkEnveloped(t testing.TB, message string) {
	t.Helper()
	us := people().us
	ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{us.Cert}})
	ctx.Clock = dsig.NewFakeClockAt(clock)
	if _, err := ctx.Validate(parse(t, message)); err != nil {
		t.Errorf("%s: %v", message, err)
	}
}

func TestRequest(t *testing.T) {
	tr := &federate.Trace{}
	out, err := party().Request(provider(), saml.Request{RelayState: "rs", ForceAuthn: true, NameHint: "alice@example.com"}, tr)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.URL, "https://idp.example.com/sso?tenant=1&SAMLRequest=") || out.Form != nil || out.ID == "" {
		t.Errorf("%+v", out)
	}
	text, values := sentTo(t, out, "SAMLRequest")
	for _, want := range []string{`ID="` + out.ID + `"`, `ForceAuthn="true"`, ">alice@example.com<", `AssertionConsumerServiceURL="` + acs + `"`, `Format="` + persistent + `"`, `>` + ours + `<`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %s", text, want)
		}
	}
	if values.Get("RelayState") != "rs" || values.Get("SigAlg") != dsig.RSASHA256SignatureMethod {
		t.Error(values)
	}
	if len(tr.Steps) != 2 || tr.Steps[1].Name != "request" || !strings.Contains(tr.Steps[1].Sent, "AuthnRequest") {
		t.Errorf("%+v", tr.Steps)
	}
	plain, err := party().Request(saml.Provider{Metadata: idpMetadata(theirs, people().idp), AnyFormat: true}, saml.Request{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := sentTo(t, plain, "SAMLRequest"); strings.Contains(text, "ForceAuthn") || strings.Contains(text, "Subject") || strings.Contains(text, "nameid-format:p") || plain.ID == out.ID {
		t.Error(text)
	}
	if _, err := party().Request(provider(), saml.Request{RelayState: strings.Repeat("x", 81)}, nil); err == nil {
		t.Error("a relay state was taken that providers may cut")
	}
}

func TestRequestByForm(t *testing.T) {
	byForm := saml.Provider{Metadata: bytes.ReplaceAll(idpMetadata(theirs, people().idp), []byte("HTTP-Redirect"), []byte("SOAP"))}
	out, err := party().Request(byForm, saml.Request{RelayState: "rs"}, nil)
	if err != nil || out.URL != "https://idp.example.com/sso" || out.Form["RelayState"] != "rs" {
		t.Fatal(out, err)
	}
	raw, _ := base64.StdEncoding.DecodeString(out.Form["SAMLRequest"])
	checkEnveloped(t, string(raw))
}

// The library's identity provider takes our requests, and we take its answers.
func TestLibraryAsProvider(t *testing.T) {
	c, p := people(), party()
	own, err := p.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	var us crewjam.EntityDescriptor
	if err := xml.Unmarshal(own, &us); err != nil {
		t.Fatal(err)
	}
	idp := &crewjam.IdentityProvider{Key: c.idp.key, Certificate: c.idp.cert, Clock: dsig.NewFakeClockAt(clock), ServiceProviderProvider: known{&us}}
	idp.MetadataURL, idp.SSOURL = *mustURL(theirs), *mustURL("https://idp.example.com/sso")
	text, err := xml.Marshal(idp.Metadata())
	if err != nil {
		t.Fatal(err)
	}
	at := saml.Provider{Metadata: text, AnyFormat: true}
	out, err := p.Request(at, saml.Request{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ask, err := crewjam.NewIdpAuthnRequest(idp, &http.Request{Method: http.MethodGet, URL: mustURL(out.URL)})
	if err != nil {
		t.Fatal(err)
	}
	ask.Now = clock
	if err := ask.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := (crewjam.DefaultAssertionMaker{}).MakeAssertion(ask, &crewjam.Session{ID: "s", Index: "s-9", CreateTime: clock, NameID: "alice", NameIDFormat: "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", UserEmail: "alice@example.com"}); err != nil {
		t.Fatal(err)
	}
	if err := ask.MakeResponse(); err != nil {
		t.Fatal(err)
	}
	form, err := ask.PostBinding()
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Response(t.Context(), at, form.SAMLResponse, out.ID, nil)
	if err != nil || a.Subject != "unspecified!!!alice" || a.SessionID != "s-9" {
		t.Errorf("%+v %v", a, err)
	}
}

type known struct{ sp *crewjam.EntityDescriptor }

func (k known) GetServiceProvider(*http.Request, string) (*crewjam.EntityDescriptor, error) {
	return k.sp, nil
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}
