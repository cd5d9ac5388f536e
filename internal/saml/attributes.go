package saml

import (
	"slices"
	"strings"

	crewjam "github.com/crewjam/saml"

	"github.com/sallyport/sallyport/internal/federate"
)

// Usual names of attributes, the first one that is there counts. Friendly names are for people and never
// decide (SAML core, section 2.7.3.1).
var (
	usualEmail = []string{
		"urn:oid:0.9.2342.19200300.100.1.3", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "email", "mail", "emailAddress", "Email", "User.email",
	}
	usualName = []string{
		"urn:oid:2.16.840.1.113730.3.1.241", "http://schemas.microsoft.com/identity/claims/displayname", "displayName", "name", "urn:oid:2.5.4.3", "cn",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
	}
	usualLocale = []string{"urn:oid:2.16.840.1.113730.3.1.39", "preferredLanguage", "locale"}
)

// values reads the attributes of an assertion as text. What is configured comes first, so that the bound of
// all of them together does not cost it. A value that is too long is left out: a part of it would be another value.
func (at Provider) values(a *crewjam.Assertion) (said map[string][]string, left int) {
	var all []crewjam.Attribute
	for _, s := range a.AttributeStatements {
		all = append(all, s.Attributes...)
	}
	configured := []string{at.Subject, at.Email, at.Name, at.Groups}
	slices.SortStableFunc(all, func(a, b crewjam.Attribute) int {
		return later(configured, a.Name) - later(configured, b.Name)
	})
	said, taken := map[string][]string{}, 0
	for _, one := range all {
		for _, v := range one.Values {
			text := textOf(v)
			if one.Name == "" || text == "" {
				continue
			}
			if taken == federate.MaxAttributes || len(text) > federate.MaxValue || len(one.Name) > federate.MaxValue {
				left++
				continue
			}
			said[one.Name] = append(said[one.Name], text)
			taken++
		}
	}
	return said, left
}

// later is where a name is in a list; all that are not in it come after it.
func later(names []string, name string) int {
	if i := slices.Index(names, name); i >= 0 {
		return i
	}
	return len(names)
}

func textOf(v crewjam.AttributeValue) string {
	if v.NameID != nil { // eduPersonTargetedID
		return strings.TrimSpace(v.NameID.Value)
	}
	return strings.TrimSpace(v.Value)
}

// first is the first value of the attribute that is configured, or else of a usual one.
func first(said map[string][]string, configured string, usual []string) string {
	if configured != "" {
		usual = []string{configured}
	}
	for _, name := range usual {
		if len(said[name]) > 0 {
			return said[name][0]
		}
	}
	return ""
}

// email is the address that the provider says somebody has.
func (at Provider) email(said map[string][]string, id *crewjam.NameID) string {
	if e := first(said, at.Email, usualEmail); e != "" || at.Email != "" {
		return e
	}
	if id != nil && formats[id.Format] == "email" {
		return strings.TrimSpace(id.Value)
	}
	return ""
}
