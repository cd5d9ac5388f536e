package saml

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"time"

	crewjam "github.com/crewjam/saml"

	"github.com/sallyport/sallyport/internal/federate"
)

// Response reads the answer of a provider: raw is the field SAMLResponse of the form that the browser posted,
// and expectedID the ID of the request that this browser made, "" if it made none.
//
// An error that is no federate.Problem is ours. SAML has no word for a verified address, so EmailVerified is
// never set: whether the provider's word is good for an address is for its admin to say.
func (p Party) Response(ctx context.Context, at Provider, raw, expectedID string, tr *federate.Trace) (federate.Assertion, error) {
	x, err := p.begin(at, tr)
	if err != nil {
		return federate.Assertion{}, err
	}
	began := time.Now()
	text, s, err := x.open(raw, expectedID)
	tr.Add(federate.Step{Name: "response", Got: shown(text), Took: time.Since(began), Problem: asProblem(err)})
	if err != nil {
		return federate.Assertion{}, err
	}
	began = time.Now()
	got, err := x.verify(text, s, expectedID)
	tr.Add(x.verifier.verified(time.Since(began), asProblem(err)))
	if err != nil {
		return federate.Assertion{}, hide(s, x.verifier, err)
	}
	began = time.Now()
	a, note, err := x.assertion(got)
	if err == nil {
		err = x.consume(ctx)
	}
	tr.Add(federate.Step{Name: "assertion", Got: shownElement(got) + note, Took: time.Since(began), Problem: asProblem(err)})
	if err != nil {
		return federate.Assertion{}, err
	}
	return a, nil
}

// open decodes a response and judges what can be judged without knowing who wrote it.
func (x *exchange) open(raw, expectedID string) ([]byte, shape, error) {
	text, p := decode(raw)
	if p != nil {
		return nil, shape{}, p
	}
	s, p := scan(text)
	if p == nil {
		p = x.judge(s, expectedID)
	}
	if p != nil {
		return text, s, p
	}
	return text, s, nil
}

func decode(raw string) ([]byte, *federate.Problem) {
	if len(raw) > base64.StdEncoding.EncodedLen(maxMessage)*78/76 { // with line breaks
		return nil, problem("too_large", "")
	}
	text, err := base64.StdEncoding.DecodeString(raw)
	if err != nil {
		return nil, problem("malformed", err.Error())
	}
	return text, nil
}

// judge looks at the shape of a response. The status comes first: what a refusal carries is never read.
func (x *exchange) judge(s shape, expectedID string) *federate.Problem {
	if s.Root.Space != protocol || s.Root.Local != "Response" {
		return problem("malformed", "the root is "+s.Root.Local)
	}
	if p := s.refusal(); p != nil {
		return p
	}
	if s.Assertions+s.Encrypted != 1 {
		return problem("assertion_count", fmt.Sprint(s.Assertions+s.Encrypted))
	}
	if !s.SignedRoot && !s.SignedAssertion && s.Encrypted == 0 {
		return problem("unsigned", "")
	}
	if expectedID == "" && !x.at.Unsolicited {
		return problem("unsolicited", "")
	}
	return nil
}

// verify has the library check everything that it checks.
func (x *exchange) verify(text []byte, s shape, expectedID string) (*crewjam.Assertion, error) {
	var expected []string
	if expectedID != "" {
		expected = []string{expectedID}
	}
	// An answer to a request names it, also where others are taken. Whether they are was judged before.
	x.sp.AllowIDPInitiated = expectedID == ""
	got, err := x.sp.ParseXMLResponse(text, expected, x.sp.AcsURL)
	if err != nil {
		return nil, refused(err, "malformed")
	}
	// The library lets a response without an issuer pass (SAML profiles, section 4.1.4.2).
	if (s.SignedRoot || s.Encrypted > 0) && !s.Issuer {
		return nil, problem("incomplete", "the response has no issuer")
	}
	return got, nil
}

// hide makes all reasons why an encrypted assertion was refused before its signature held look the same. Who
// sends changed ciphertext of somebody else and hears which reason it was can decrypt it (Jager and
// Somorovsky, 2011). The trace of an admin's test has the reason.
func hide(s shape, v *verifier, err error) error {
	if s.Encrypted > 0 && !s.SignedRoot && len(v.signed) == 0 && decrypted(err) {
		return problem("decryption", "")
	}
	return err
}

// decrypted reports whether a refusal may have come after decrypting. Those of what is around it come before.
func decrypted(err error) bool {
	switch federate.CodeOf(err) {
	case "other_provider", "destination", "in_response_to", "too_old", "not_yet", "refused_there":
		return false
	}
	return true
}

// assertion takes what was verified over. The note says what was left out.
func (x *exchange) assertion(got *crewjam.Assertion) (a federate.Assertion, note string, err error) {
	said, left := x.at.values(got)
	if left > 0 {
		note = fmt.Sprintf("\n%d values of attributes were left out: too many, or too long", left)
	}
	subject, p := x.subject(got.Subject.NameID, said)
	if p != nil {
		return a, note, p
	}
	login, p := x.login(got.AuthnStatements)
	if p != nil {
		return a, note, p
	}
	a = federate.Assertion{
		Issuer: x.metadata.EntityID, Subject: subject, ID: got.ID, Expires: x.once.until,
		Email: x.at.email(said, got.Subject.NameID), Name: first(said, x.at.Name, usualName), Locale: first(said, "", usualLocale),
		Attributes: said, AuthTime: login.AuthnInstant, SessionID: login.SessionIndex,
		Hint: writeHint(got.Subject.NameID, login.SessionIndex),
	}
	if class := login.AuthnContext.AuthnContextClassRef; class != nil {
		a.ACR = strings.TrimSpace(class.Value)
	}
	return a, note, nil
}

// login is the newest sign-in that an assertion tells of. The library looks at none of its times.
func (x *exchange) login(all []crewjam.AuthnStatement) (newest crewjam.AuthnStatement, p *federate.Problem) {
	for i, s := range all {
		if i == 0 || s.AuthnInstant.After(newest.AuthnInstant) {
			newest = s
		}
	}
	now := x.sp.Clock.Now()
	if newest.AuthnInstant.After(now.Add(skew)) {
		return newest, problem("not_yet", "AuthnInstant "+newest.AuthnInstant.Format(time.RFC3339))
	}
	if end := newest.SessionNotOnOrAfter; end != nil && !now.Before(end.Add(skew)) {
		return newest, problem("too_old", "SessionNotOnOrAfter "+end.Format(time.RFC3339))
	}
	return newest, nil
}

// tedious is what a trace leaves out: it is long, and without it nobody can use the message.
var tedious = regexp.MustCompile(`(<(?:\w+:)?(?:SignatureValue|X509Certificate|CipherValue)\b[^>]*>)[^<]*`)

func shown(text []byte) string {
	return tedious.ReplaceAllString(string(text), "$1…")
}

func shownElement(m message) string {
	text, err := written(m)
	if err != nil {
		return ""
	}
	return shown(text)
}
