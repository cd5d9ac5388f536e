package sso

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
)

// Protocols.
const (
	OpenID = "openid"
	GitHub = "github"
	SAML   = "saml"
)

// Use is whom a provider is for.
type Use string

// Uses.
const (
	// Organisation: it says who belongs here. It may make accounts, give roles and vouch for second factors,
	// and it is what counts where policy requires single sign-on.
	Organisation Use = "organisation"
	// Personal: people link an account of theirs, beside their password.
	Personal Use = "personal"
)

// Provision says for whom an account is made at the first sign-in.
type Provision string

// Provisions.
const (
	ForNobody  Provision = "nobody"
	ForDomains Provision = "domains" // addresses of domains that the organisation has proven
	ForAnybody Provision = "anybody" // whom the provider signs in
)

// Settings is what an admin decides about a provider, besides its name.
type Settings struct {
	Preset string `json:"preset,omitempty"` // name of the form it was filled in by
	Use    Use    `json:"use"`
	Button bool   `json:"button,omitempty"` // offered to everybody who signs in

	Issuer   string        `json:"issuer,omitempty"` // OpenID Connect, GitHub
	ClientID string        `json:"clientId,omitempty"`
	Auth     string        `json:"auth,omitempty"`
	Scopes   []string      `json:"scopes,omitempty"`
	Claims   openid.Claims `json:"claims,omitzero"`
	TeamID   string        `json:"teamId,omitempty"` // Apple
	KeyID    string        `json:"keyId,omitempty"`  // Apple

	Metadata  string `json:"metadata,omitempty"` // SAML
	EntityID  string `json:"entityId,omitempty"`
	Email     string `json:"email,omitempty"` // attributes
	Name      string `json:"name,omitempty"`
	Groups    string `json:"groups,omitempty"`
	Subject   string `json:"subject,omitempty"`
	AnyFormat bool   `json:"anyFormat,omitempty"`
	// StartsThere: people may begin at the provider. What it sends then is no more than a wish: they are sent
	// back with a request of ours, which their browser is tied to.
	StartsThere bool `json:"startsThere,omitempty"`

	TrustEmail bool       `json:"trustEmail,omitempty"` // the addresses that it names are those of its people
	Provision  Provision  `json:"provision"`
	Admits     []Match    `json:"admits,omitempty"`  // who may come in: one of them fits; none for everybody
	Roles      []RoleRule `json:"roles,omitempty"`   // the first that fits is the role; none where the organisation gives roles itself
	Vouches    []string   `json:"vouches,omitempty"` // what counts as a second factor: "amr:mfa", "acr:…"
	EndThere   bool       `json:"endThere,omitempty"`
}

// Match is something that a provider says of somebody.
type Match struct {
	Attribute string `json:"attribute,omitempty"` // "" for the groups
	Value     string `json:"value"`
}

// RoleRule gives a role to those who match. It never is that of an owner.
type RoleRule struct {
	Match
	Role sallyport.Role `json:"role"`
}

// Provider is one that an organisation has.
type Provider struct {
	ID, Name  string
	Protocol  string
	Enabled   bool
	Version   int64
	CreatedAt time.Time
	CreatedBy string // user id; "" for the operator
	ChangedAt time.Time
	TestedAt  time.Time // when somebody last signed in there with these settings; zero for never
	HasSecret bool
	Settings

	row store.IdentityProvider
}

func show(row store.IdentityProvider) (Provider, error) {
	p := Provider{
		ID: row.ID, Name: row.Name, Protocol: row.Protocol, Enabled: row.Enabled, Version: row.Version, CreatedAt: row.CreatedAt, CreatedBy: row.CreatedBy,
		ChangedAt: row.ChangedAt, TestedAt: row.TestedAt, HasSecret: len(row.Secrets) > 0, row: row,
	}
	if err := json.Unmarshal([]byte(row.Settings), &p.Settings); err != nil {
		return p, fmt.Errorf("sso: the settings of provider %s cannot be read: %w", row.ID, err)
	}
	return p, nil
}

// Fresh reports whether the provider can prove anew who somebody is, and say when it did. What is not known
// by a form of it is asked.
func (p Provider) Fresh() bool {
	if p.Protocol == SAML {
		return true
	}
	i := slices.IndexFunc(openid.Presets, func(k openid.Preset) bool { return k.ID == p.Preset })
	return p.Protocol == OpenID && (i < 0 || openid.Presets[i].AuthTime)
}

// groups is the name of the attribute that lists the groups of somebody.
func (p Provider) groups() string {
	if p.Protocol == SAML {
		return p.Groups
	}
	return p.Claims.Groups
}

// fits reports whether a provider has said something of somebody.
func (p Provider) fits(m Match, a federate.Assertion) bool {
	name := m.Attribute
	if name == "" {
		name = p.groups()
	}
	return name != "" && slices.Contains(a.Attributes[name], m.Value)
}

// admits reports whether the rules let somebody in.
func (p Provider) admits(a federate.Assertion) bool {
	return len(p.Admits) == 0 || slices.ContainsFunc(p.Admits, func(m Match) bool { return p.fits(m, a) })
}

// role returns the role that the rules give somebody; "" where they give none.
func (p Provider) role(a federate.Assertion) sallyport.Role {
	for _, r := range p.Roles {
		if p.fits(r.Match, a) {
			return r.Role
		}
	}
	return ""
}

// vouched reports whether the provider has seen a second factor, by what its admin trusts of it.
func (p Provider) vouched(a federate.Assertion) bool {
	return p.Use == Organisation && slices.ContainsFunc(p.Vouches, func(v string) bool {
		by, value, _ := strings.Cut(v, ":")
		switch by {
		case "amr":
			return slices.Contains(a.AMR, value)
		case "acr":
			return a.ACR == value
		}
		return false
	})
}

// verified reports whether the address is that of who signed in.
func (p Provider) verified(a federate.Assertion) bool {
	return a.Email != "" && (a.EmailVerified || p.TrustEmail)
}

// secrets is what is sealed of a provider.
type secrets struct {
	Client string `json:"client,omitempty"` // the client secret
	Key    string `json:"key,omitempty"`    // PEM: Apple's key, or ours with its certificate for SAML
}

func placeOf(tenantID, id string) seal.Place {
	return seal.Place{Column: "identity_providers.secrets", TenantID: tenantID, ID: id}
}

func (s *Service) open(p Provider) (out secrets, err error) {
	if len(p.row.Secrets) == 0 {
		return out, nil
	}
	text, err := s.Keys.Open(placeOf(p.row.TenantID, p.ID), p.row.Secrets)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(text, &out)
}

func (s *Service) sealed(tenantID, id string, in secrets) ([]byte, error) {
	if in == (secrets{}) {
		return nil, nil
	}
	text, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	return s.Keys.Seal(placeOf(tenantID, id), text)
}
