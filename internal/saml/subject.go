package saml

import (
	"encoding/json"
	"net/url"
	"strings"

	crewjam "github.com/crewjam/saml"

	"github.com/sallyport/sallyport/internal/federate"
)

// formats is THE table of short names for formats of NameIDs. Others are named by their address.
var formats = map[string]string{
	"":                                       "unspecified", // which is what its absence means
	string(crewjam.UnspecifiedNameIDFormat):  "unspecified",
	string(crewjam.PersistentNameIDFormat):   "persistent",
	string(crewjam.TransientNameIDFormat):    "transient",
	string(crewjam.EmailAddressNameIDFormat): "email",
	"urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName":            "x509",
	"urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName": "windows",
	"urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos":                   "kerberos",
}

const ofAttribute = "attribute" // no format has this name

// nameOf folds a NameID into one text, so that the same value in another format or of another qualifier is
// somebody else: format!qualifier!our qualifier!value. A qualifier that says what its absence means is left out
// (SAML core, section 8.3.7).
func (x *exchange) nameOf(id *crewjam.NameID) string {
	format, ok := formats[id.Format]
	if !ok {
		format = "=" + url.QueryEscape(id.Format) // which no short name begins with
	}
	other := func(qualifier, usual string) string {
		if qualifier == usual {
			return ""
		}
		return url.QueryEscape(qualifier)
	}
	return strings.Join([]string{format, other(id.NameQualifier, x.metadata.EntityID), other(id.SPNameQualifier, x.party.EntityID), id.Value}, "!")
}

// subject says who somebody is at the provider, for good.
func (x *exchange) subject(id *crewjam.NameID, said map[string][]string) (string, *federate.Problem) {
	name, p := "", (*federate.Problem)(nil)
	if x.at.Subject != "" {
		name, p = x.subjectAttribute(said[x.at.Subject])
	} else {
		name, p = x.subjectNameID(id)
	}
	if p == nil && len(name) > federate.MaxValue {
		p = problem("subject_long", "")
	}
	return name, p
}

func (x *exchange) subjectAttribute(values []string) (string, *federate.Problem) {
	if len(values) != 1 || values[0] == "" {
		return "", problem("subject_missing", x.at.Subject)
	}
	return ofAttribute + "!" + url.QueryEscape(x.at.Subject) + "!" + values[0], nil
}

func (x *exchange) subjectNameID(id *crewjam.NameID) (string, *federate.Problem) {
	switch {
	case id == nil || strings.TrimSpace(id.Value) == "":
		return "", problem("subject_missing", "NameID")
	case formats[id.Format] == "transient":
		return "", problem("subject_transient", "")
	case formats[id.Format] != "persistent" && !x.at.AnyFormat:
		return "", problem("subject_not_persistent", id.Format)
	}
	return x.nameOf(id), nil
}

// hint is what federate.Assertion.Hint holds: whom, and which session, a request to sign out is about.
type hint struct {
	Value           string `json:"value"`
	Format          string `json:"format,omitempty"`
	NameQualifier   string `json:"name_qualifier,omitempty"`
	SPNameQualifier string `json:"sp_name_qualifier,omitempty"`
	Session         string `json:"session,omitempty"`
}

func writeHint(id *crewjam.NameID, session string) string {
	if id == nil {
		return ""
	}
	text, err := json.Marshal(hint{id.Value, id.Format, id.NameQualifier, id.SPNameQualifier, session})
	if err != nil {
		return "" // a struct of strings
	}
	return string(text)
}

func readHint(text string) (*crewjam.NameID, string, error) {
	var h hint
	if err := json.Unmarshal([]byte(text), &h); err != nil || h.Value == "" {
		return nil, "", problem("logout_hint", "")
	}
	return &crewjam.NameID{Value: h.Value, Format: h.Format, NameQualifier: h.NameQualifier, SPNameQualifier: h.SPNameQualifier}, h.Session, nil
}
