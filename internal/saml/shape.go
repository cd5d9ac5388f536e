package saml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/sallyport/sallyport/internal/federate"
)

// Bounds of what is read from outside.
const (
	maxMessage    = 1 << 20 // bytes of a message or of metadata
	maxDepth      = 48      // of elements; messages have a dozen
	maxElements   = 30000
	maxAttributes = 64 // of one element
	maxNesting    = 3  // of groups of providers in metadata
)

const (
	protocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	assertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	metadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
)

// shape is what a message is made of, before anything of it is trusted.
//
// Signatures are wrapped by moving a signed element to where it counts for the signature but not for the
// reader, and putting a forged one in its place (XSW). So nothing may be anywhere but in its one place,
// whatever its namespace, and everything may be there once.
type shape struct {
	Root            xml.Name
	Issuer          bool // the root has one
	SignedRoot      bool
	Assertions      int
	SignedAssertion bool
	Encrypted       int
	Status          []string // from the outside to the inside
	StatusMessage   string
	Weak            string // in metadata, how its signature was made, if that is not accepted
}

// walk reads a document, element by element.
type walk struct {
	shape
	path     []xml.Name // from the root to where it is
	elements int
	ids      map[string]bool
	inside   int  // the depth of the signature that it is in; 0 outside of one
	metadata bool // in which signatures may be anywhere, and only that of the root is ever looked at
}

// scan reads the shape of a message, or says why it is none.
func scan(text []byte) (shape, *federate.Problem) {
	return (&walk{ids: map[string]bool{}}).read(text)
}

func (w *walk) read(text []byte) (shape, *federate.Problem) {
	if len(text) > maxMessage {
		return w.shape, problem("too_large", "")
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return w.shape, problem("malformed", err.Error())
		}
		if p := w.token(token); p != nil {
			return w.shape, p
		}
	}
	if w.Root.Local == "" {
		return w.shape, problem("malformed", "there is no element")
	}
	return w.shape, nil
}

func (w *walk) token(token xml.Token) *federate.Problem {
	switch t := token.(type) {
	case xml.Directive:
		return problem("dtd", "<!"+string(t))
	case xml.ProcInst:
		if t.Target != "xml" {
			return problem("dtd", "<?"+t.Target)
		}
	case xml.StartElement:
		return w.start(t)
	case xml.EndElement:
		if w.inside == len(w.path) {
			w.inside = 0
		}
		w.path = w.path[:len(w.path)-1]
	case xml.CharData:
		if w.at("Status", "StatusMessage") {
			w.StatusMessage += string(t)
		}
	}
	return nil
}

// at reports whether the walk is in the elements of these names, right below the root.
func (w *walk) at(names ...string) bool {
	if len(w.path) != 1+len(names) {
		return false
	}
	for i, n := range names {
		if w.path[1+i] != (xml.Name{Space: protocol, Local: n}) {
			return false
		}
	}
	return true
}

func (w *walk) start(e xml.StartElement) *federate.Problem {
	if len(w.path) == 0 && w.Root.Local != "" {
		return problem("malformed", "there is more than one root")
	}
	w.path = append(w.path, e.Name)
	w.elements++
	nested := e.Name.Local == "EntitiesDescriptor" && len(w.path) > maxNesting
	if nested || len(w.path) > maxDepth || w.elements > maxElements || len(e.Attr) > maxAttributes {
		return problem("too_large", e.Name.Local)
	}
	if len(w.path) == 1 {
		w.Root = e.Name
	}
	if p := w.attributes(e); p != nil {
		return p
	}
	w.status(e)
	if len(w.path) == 2 && e.Name == (xml.Name{Space: assertion, Local: "Issuer"}) {
		w.Issuer = true
	}
	if w.inside > 0 {
		return w.inSignature(e)
	}
	return w.place(e)
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name == (xml.Name{Local: name}) {
			return a.Value
		}
	}
	return ""
}

// attributes refuses what readers could understand differently: two attributes of one name, and two elements
// of one id.
func (w *walk) attributes(e xml.StartElement) *federate.Problem {
	for i, a := range e.Attr {
		for _, other := range e.Attr[:i] {
			if a.Name == other.Name {
				return problem("malformed", "two attributes "+a.Name.Local)
			}
		}
		if a.Name.Space != "" || !strings.EqualFold(a.Name.Local, "ID") {
			continue
		}
		if w.ids[a.Value] {
			return problem("wrapped", "two elements have the id "+a.Value)
		}
		w.ids[a.Value] = true
	}
	return nil
}

func (w *walk) status(e xml.StartElement) {
	if w.at("Status", "StatusCode") || w.at("Status", "StatusCode", "StatusCode") {
		w.Status = append(w.Status, attribute(e, "Value"))
	}
}

// place refuses the elements that matter where they do not belong. In metadata, nothing but signatures matters.
func (w *walk) place(e xml.StartElement) *federate.Problem {
	depth, right := len(w.path), true
	switch e.Name.Local {
	case "Response", "LogoutRequest", "LogoutResponse":
		right = depth == 1
	case "Assertion":
		right = depth == 1 || depth == 2 && e.Name.Space == assertion && w.Root.Local == "Response"
		w.Assertions++
	case "EncryptedAssertion":
		right = depth == 2 && e.Name.Space == assertion
		w.Encrypted++
	case "Signature":
		right = w.signature(e)
	}
	if !right && !w.metadata {
		return problem("wrapped", e.Name.Local+" in "+w.parent().Local)
	}
	return nil
}

func (w *walk) parent() xml.Name {
	if len(w.path) < 2 {
		return xml.Name{}
	}
	return w.path[len(w.path)-2]
}

// signature notes a signature that belongs to the root or to the assertion, which may have one each.
func (w *walk) signature(e xml.StartElement) bool {
	if e.Name.Space != dsig.Namespace {
		return false
	}
	w.inside = len(w.path)
	taken := &w.SignedRoot
	if len(w.path) == 3 && w.parent() == (xml.Name{Space: assertion, Local: "Assertion"}) {
		taken = &w.SignedAssertion
	} else if len(w.path) != 2 {
		return false
	}
	again := *taken && w.Assertions < 2 // of more than one assertion none is taken
	*taken = true
	return !again
}

// signed is THE table of what a signature is made of. Of elements that name an algorithm it has those that are
// accepted. Whatever else it holds could be an Object with a statement that nobody checks.
var signed = map[string][]string{
	"SignedInfo": nil, "Reference": nil, "Transforms": nil, "DigestValue": nil, "SignatureValue": nil, "InclusiveNamespaces": nil,
	"CanonicalizationMethod": {
		string(dsig.CanonicalXML10ExclusiveAlgorithmId), string(dsig.CanonicalXML10ExclusiveWithCommentsAlgorithmId),
		string(dsig.CanonicalXML10RecAlgorithmId), string(dsig.CanonicalXML11AlgorithmId),
	},
	"Transform": {
		string(dsig.EnvelopedSignatureAltorithmId),
		string(dsig.CanonicalXML10ExclusiveAlgorithmId), string(dsig.CanonicalXML10ExclusiveWithCommentsAlgorithmId),
	},
	"SignatureMethod": {
		dsig.RSASHA256SignatureMethod, dsig.RSASHA384SignatureMethod, dsig.RSASHA512SignatureMethod,
		dsig.ECDSASHA256SignatureMethod, dsig.ECDSASHA384SignatureMethod, dsig.ECDSASHA512SignatureMethod,
	},
	"DigestMethod": {
		"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512",
	},
}

// inSignature refuses what does not belong into a signature. What tells about its key is never read.
func (w *walk) inSignature(e xml.StartElement) *federate.Problem {
	for _, above := range w.path[w.inside:] {
		if above.Local == "KeyInfo" {
			return w.place(e)
		}
	}
	accepted, known := signed[e.Name.Local]
	algorithm := attribute(e, "Algorithm")
	switch {
	case !known && !w.metadata:
		return problem("wrapped", e.Name.Local+" in a signature")
	case accepted == nil || slices.Contains(accepted, algorithm):
		return nil
	case !w.metadata:
		return problem("signed_weakly", e.Name.Local+" "+algorithm)
	case w.inside == 2:
		w.Weak = e.Name.Local + " " + algorithm
	}
	return nil
}

// words is THE table of the status codes that providers send.
var words = map[string]string{
	crewjam.StatusRequester:                "the provider says that the request was at fault",
	crewjam.StatusResponder:                "the provider says that it is at fault itself",
	crewjam.StatusVersionMismatch:          "the provider does not speak SAML 2.0",
	crewjam.StatusAuthnFailed:              "the user could not be signed in there",
	crewjam.StatusInvalidAttrNameOrValue:   "an attribute was not understood",
	crewjam.StatusInvalidNameIDPolicy:      "the provider cannot name the user in the format that was asked for",
	crewjam.StatusNoAuthnContext:           "the provider cannot sign the user in as strongly as was asked for",
	crewjam.StatusNoAvailableIDP:           "the provider that it relies on is out of reach",
	crewjam.StatusNoPassive:                "the user would have to be asked",
	crewjam.StatusNoSupportedIDP:           "the provider knows no other one that was asked for",
	crewjam.StatusPartialLogout:            "not all sessions were ended",
	crewjam.StatusProxyCountExceeded:       "too many providers rely on each other",
	crewjam.StatusRequestDenied:            "the provider understood the request and denied it",
	crewjam.StatusRequestUnsupported:       "the provider does not support the request",
	crewjam.StatusRequestVersionDeprecated: "the version of the request is too old",
	crewjam.StatusRequestVersionTooHigh:    "the version of the request is too new",
	crewjam.StatusRequestVersionTooLow:     "the version of the request is too old",
	crewjam.StatusResourceNotRecognized:    "the provider does not know what was asked for",
	crewjam.StatusTooManyResponses:         "the answer would be too long",
	crewjam.StatusUnknownAttrProfile:       "the provider does not know this kind of attributes",
	crewjam.StatusUnknownPrincipal:         "the provider does not know the user",
	crewjam.StatusUnsupportedBinding:       "the provider cannot answer in the way that was asked for",
}

// statusWords says what status codes mean.
func statusWords(codes []string) string {
	if len(codes) == 0 {
		return "there is no status"
	}
	said := make([]string, len(codes))
	for i, c := range codes {
		said[i] = c[strings.LastIndex(c, ":")+1:]
		if w := words[c]; w != "" {
			said[i] += " (" + w + ")"
		}
	}
	return strings.Join(said, ", ")
}

// refusal is the problem of a message whose status is not success.
func (s shape) refusal() *federate.Problem {
	if len(s.Status) > 0 && s.Status[0] == crewjam.StatusSuccess {
		return nil
	}
	detail := statusWords(s.Status)
	if m := strings.TrimSpace(s.StatusMessage); m != "" {
		detail += ": " + m
	}
	return problem("refused_there", detail)
}
