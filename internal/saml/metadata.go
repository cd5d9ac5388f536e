package saml

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	crewjam "github.com/crewjam/saml"
)

// Metadata is what an identity provider says of itself.
type Metadata struct {
	EntityID     string
	SSO, SLO     []Address           // where to sign in and out
	Certificates []*x509.Certificate // which sign
	NameFormats  []string            // in which it can name people
	ValidUntil   time.Time           // zero where it does not say
}

// Address takes messages of one binding. Answers go to another one, where it names one.
type Address struct{ Binding, URL, Answers string }

// Reading is how metadata is read.
type Reading struct {
	At       time.Time
	EntityID string            // which provider; "" for the only one
	Signer   *x509.Certificate // who must have signed it; nil for nobody
}

// Note is something that an admin should know about metadata, although it can be used.
type Note struct{ Code, Detail string }

// Notes is THE table of notes on metadata, by code.
var Notes = map[string]string{
	"certificate_expired":  "A certificate has expired. It is trusted nevertheless: in metadata it is no more than a key.",
	"certificate_soon":     "A certificate expires within 30 days. The provider will probably change it, and then needs to be set up anew here.",
	"certificate_future":   "A certificate is not valid yet. It is trusted nevertheless.",
	"certificate_sha1":     "A certificate was signed with SHA-1, which is weak. Here it is no more than a key.",
	"certificate_unusable": "A certificate cannot be used: it cannot be read, or its key is neither RSA nor ECDSA.",
	"key_short":            "An RSA key is shorter than 2048 bits. It can be forged with enough effort.",
	"address_http":         "An address is not encrypted: it begins with http.",
	"several":              "The metadata names several identity providers. This one was taken.",
	"signature_unchecked":  "The metadata is signed, but no certificate to check that with was given.",
	"valid_until":          "The metadata says that it is not valid any more.",
	"no_logout":            "The provider has no address to sign out at.",
}

const (
	soon     = 30 * 24 * time.Hour
	shortKey = 2048
)

// ReadMetadata reads the metadata of an identity provider, of which only one is taken.
func ReadMetadata(text []byte, how Reading) (Metadata, []Note, error) {
	text, notes, err := checked(text, how)
	if err != nil {
		return Metadata{}, nil, err
	}
	all, err := entities(text)
	if err != nil {
		return Metadata{}, nil, err
	}
	chosen, count, err := choose(all, how.EntityID)
	if err != nil {
		return Metadata{}, nil, err
	}
	if count > 1 {
		notes = append(notes, Note{"several", chosen.entity.EntityID})
	}
	m, unusable := chosen.metadata()
	if err := m.usable(); err != nil {
		return Metadata{}, nil, err
	}
	return m, slices.Concat(notes, unusable, m.notes(how.At)), nil
}

// checked returns the part of metadata that may be read: all of it or, where a signer is asked for, what it signed.
func checked(text []byte, how Reading) ([]byte, []Note, error) {
	if len(text) > maxMessage {
		return nil, nil, problem("metadata_large", "")
	}
	s, p := (&walk{ids: map[string]bool{}, metadata: true}).read(text)
	if p != nil {
		if p.Code == "malformed" {
			return nil, nil, problem("metadata_malformed", p.Detail)
		}
		return nil, nil, p
	}
	if how.Signer == nil {
		if s.SignedRoot {
			return text, []Note{{"signature_unchecked", s.Weak}}, nil
		}
		return text, nil, nil
	}
	if s.Weak != "" {
		return nil, nil, problem("signed_weakly", s.Weak)
	}
	text, err := crewjam.VerifyMetadataSignature(text, []*x509.Certificate{how.Signer})
	if err != nil {
		return nil, nil, problem("metadata_signature", err.Error())
	}
	return text, nil, nil
}

// entities returns the entities of metadata, whether it is one or groups of them.
func entities(text []byte) ([]crewjam.EntityDescriptor, error) {
	var root struct{ XMLName xml.Name }
	var one crewjam.EntityDescriptor
	var several crewjam.EntitiesDescriptor
	err := xml.Unmarshal(text, &root)
	switch {
	case err != nil:
	case root.XMLName == xml.Name{Space: metadata, Local: "EntityDescriptor"}:
		if err = xml.Unmarshal(text, &one); err == nil {
			return []crewjam.EntityDescriptor{one}, nil
		}
	case root.XMLName == xml.Name{Space: metadata, Local: "EntitiesDescriptor"}:
		if err = xml.Unmarshal(text, &several); err == nil {
			return flat(several, time.Time{}), nil
		}
	default:
		err = fmt.Errorf("the root is %s", root.XMLName.Local)
	}
	return nil, problem("metadata_malformed", err.Error())
}

// flat returns the entities of a group and of the groups in it, none valid for longer than those around it.
func flat(g crewjam.EntitiesDescriptor, until time.Time) (all []crewjam.EntityDescriptor) {
	until = earliest(until, g.ValidUntil)
	for _, e := range g.EntityDescriptors {
		e.ValidUntil = earliest(e.ValidUntil, &until)
		all = append(all, e)
	}
	for _, inner := range g.EntitiesDescriptors {
		all = append(all, flat(inner, until)...)
	}
	return all
}

// earliest is the earlier one of two times that may both be missing.
func earliest(a time.Time, b *time.Time) time.Time {
	if b == nil || b.IsZero() || !a.IsZero() && a.Before(*b) {
		return a
	}
	return *b
}

// idp is an identity provider among the entities of metadata.
type idp struct {
	entity crewjam.EntityDescriptor
	role   crewjam.IDPSSODescriptor
}

// choose returns the identity provider that was asked for, and how many there are.
func choose(all []crewjam.EntityDescriptor, id string) (idp, int, error) {
	var found, fit []idp
	var ids []string
	for _, e := range all {
		for _, role := range e.IDPSSODescriptors {
			if !slices.Contains(strings.Fields(role.ProtocolSupportEnumeration), protocol) {
				continue
			}
			found, ids = append(found, idp{e, role}), append(ids, e.EntityID)
			if id == "" || e.EntityID == id {
				fit = append(fit, idp{e, role})
			}
			break // an entity is one provider
		}
	}
	switch {
	case len(fit) == 0:
		return idp{}, 0, problem("metadata_no_provider", strings.Join(ids, " "))
	case len(fit) > 1:
		return idp{}, 0, problem("metadata_several", strings.Join(ids, " "))
	}
	return fit[0], len(found), nil
}

// metadata is what is kept of a provider, with notes on certificates that are not.
func (i idp) metadata() (Metadata, []Note) {
	m := Metadata{
		EntityID: i.entity.EntityID, ValidUntil: earliest(i.entity.ValidUntil, i.role.ValidUntil),
		SSO: addresses(i.role.SingleSignOnServices), SLO: addresses(i.role.SingleLogoutServices),
	}
	for _, f := range i.role.NameIDFormats {
		m.NameFormats = append(m.NameFormats, strings.TrimSpace(string(f)))
	}
	return m, m.certificates(i.role)
}

// addresses are those that a browser can be sent to.
func addresses(endpoints []crewjam.Endpoint) (usable []Address) {
	for _, e := range endpoints {
		a := Address{Binding: strings.TrimSpace(e.Binding), URL: e.Location, Answers: e.ResponseLocation}
		if a.Answers == "" {
			a.Answers = a.URL
		}
		if (a.Binding == redirect || a.Binding == post) && forBrowsers(a.URL) && forBrowsers(a.Answers) {
			usable = append(usable, a)
		}
	}
	return usable
}

func forBrowsers(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.Fragment == ""
}

// preferred returns the address to send something to. The one that takes it in a link comes first: browsers follow
// it without a form.
func preferred(all []Address) (Address, bool) {
	for _, binding := range []string{redirect, post} {
		for _, a := range all {
			if a.Binding == binding {
				return a, true
			}
		}
	}
	return Address{}, false
}

// certificates takes those that sign, and notes those that cannot be used.
func (m *Metadata) certificates(role crewjam.IDPSSODescriptor) (unusable []Note) {
	for _, k := range role.KeyDescriptors {
		if k.Use != "" && k.Use != "signing" {
			continue
		}
		for _, c := range k.KeyInfo.X509Data.X509Certificates {
			cert, err := parseBase64(c.Data)
			switch {
			case err != nil:
				unusable = append(unusable, Note{"certificate_unusable", err.Error()})
			case cert.PublicKeyAlgorithm != x509.RSA && cert.PublicKeyAlgorithm != x509.ECDSA:
				unusable = append(unusable, Note{"certificate_unusable", describe(cert)})
			case !slices.ContainsFunc(m.Certificates, cert.Equal):
				m.Certificates = append(m.Certificates, cert)
			}
		}
	}
	return unusable
}

// usable says what is missing to sign in there.
func (m *Metadata) usable() error {
	if _, ok := preferred(m.SSO); !ok {
		return problem("metadata_no_address", m.EntityID)
	}
	if len(m.Certificates) == 0 {
		return problem("metadata_no_certificate", m.EntityID)
	}
	if m.EntityID == "" {
		return problem("metadata_no_provider", "")
	}
	return nil
}

// notes are what an admin should know.
func (m *Metadata) notes(at time.Time) (notes []Note) {
	for _, c := range m.Certificates {
		notes = append(notes, certificateNotes(c, at)...)
	}
	for _, a := range slices.Concat(m.SSO, m.SLO) {
		if strings.HasPrefix(a.URL, "http:") || strings.HasPrefix(a.Answers, "http:") {
			notes = append(notes, Note{"address_http", a.URL})
		}
	}
	if !m.ValidUntil.IsZero() && m.ValidUntil.Before(at) {
		notes = append(notes, Note{"valid_until", m.ValidUntil.UTC().Format(time.RFC3339)})
	}
	if len(m.SLO) == 0 {
		notes = append(notes, Note{"no_logout", ""})
	}
	return notes
}

func certificateNotes(c *x509.Certificate, at time.Time) (notes []Note) {
	note := func(code string, is bool, detail string) {
		if is {
			notes = append(notes, Note{code, detail})
		}
	}
	end := describe(c) + ", " + c.NotAfter.UTC().Format(time.RFC3339)
	note("certificate_expired", at.After(c.NotAfter), end)
	note("certificate_soon", !at.After(c.NotAfter) && at.Add(soon).After(c.NotAfter), end)
	note("certificate_future", at.Before(c.NotBefore), describe(c)+", "+c.NotBefore.UTC().Format(time.RFC3339))
	note("certificate_sha1", c.SignatureAlgorithm == x509.SHA1WithRSA || c.SignatureAlgorithm == x509.ECDSAWithSHA1, describe(c))
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok {
		note("key_short", key.N.BitLen() < shortKey, fmt.Sprintf("%s, %d bits", describe(c), key.N.BitLen()))
	}
	return notes
}

// descriptor is what the library needs to know of a provider.
func (m *Metadata) descriptor() *crewjam.EntityDescriptor {
	role := crewjam.IDPSSODescriptor{}
	for _, c := range m.Certificates {
		role.KeyDescriptors = append(role.KeyDescriptors, crewjam.KeyDescriptor{Use: "signing", KeyInfo: crewjam.KeyInfo{
			X509Data: crewjam.X509Data{X509Certificates: []crewjam.X509Certificate{{Data: base64.StdEncoding.EncodeToString(c.Raw)}}},
		}})
	}
	return &crewjam.EntityDescriptor{EntityID: m.EntityID, IDPSSODescriptors: []crewjam.IDPSSODescriptor{role}}
}

// summary is what a trace shows of metadata.
func (m *Metadata) summary() string {
	if m.EntityID == "" {
		return ""
	}
	lines := []string{m.EntityID}
	for _, a := range m.SSO {
		lines = append(lines, a.Binding+" "+a.URL)
	}
	for _, c := range m.Certificates {
		lines = append(lines, describe(c)+", until "+c.NotAfter.UTC().Format(time.RFC3339))
	}
	return strings.Join(lines, "\n")
}

// Metadata is our own, for the provider.
func (p Party) Metadata() ([]byte, error) {
	acs, err := exactURL(p.ACS)
	if err != nil {
		return nil, err
	}
	slo, err := exactURL(p.SLO)
	if err != nil {
		return nil, err
	}
	own := (&crewjam.ServiceProvider{
		EntityID: p.EntityID, Key: p.Key, Certificate: p.Cert, AcsURL: *acs, SloURL: *slo, SignatureMethod: signsWith,
		AssertionConsumerServiceBindings: []string{post}, MetadataOmitValidUntil: true, LogoutBindings: p.logoutBindings(),
	}).Metadata()
	own.SPSSODescriptors[0].NameIDFormats = []crewjam.NameIDFormat{crewjam.PersistentNameIDFormat, crewjam.EmailAddressNameIDFormat}
	text, err := xml.MarshalIndent(own, "", "  ")
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), text...), nil
}
