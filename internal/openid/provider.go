package openid

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/federate"
)

// Kind is which protocol a provider speaks.
type Kind string

// The kinds of providers.
const (
	OpenID Kind = "openid"
	GitHub Kind = "github" // OAuth 2.0 alone: GitHub's API says who it is
)

// AuthMethod is how we prove to a provider's token endpoint who we are.
type AuthMethod string

// The methods. "" takes the first of these that fits what the provider names.
const (
	AuthBasic AuthMethod = "client_secret_basic"
	AuthPost  AuthMethod = "client_secret_post"
	AuthApple AuthMethod = "apple" // a secret that we sign for each request
	AuthNone  AuthMethod = "none"  // a public client, which PKCE protects
)

// Provider is what an admin configured.
type Provider struct {
	Kind         Kind
	Issuer       string // for GitHub the address of its pages
	ClientID     string
	ClientSecret string // "" for a public client and for Apple
	Auth         AuthMethod
	Apple        AppleKey
	Scopes       []string
	Claims       Claims
}

// AppleKey is what Apple gave for signing secrets.
type AppleKey struct {
	TeamID string
	KeyID  string
	Key    *ecdsa.PrivateKey
}

// Claims are the names of claims where they are not those of OpenID Connect, section 5.1. A name may lead into
// an object: realm_access.roles.
type Claims struct {
	Email string
	Name  string
	// Groups is asked for when it has a name.
	Groups string
	// Verified says whether the address was verified. Only the JSON value true counts, unless VerifiedText: then
	// the texts "true" and "1" do too.
	Verified     string
	VerifiedText bool
}

// standard fills in the names of the specification.
func (c Claims) standard() Claims {
	c.Email, c.Name, c.Verified = cmp.Or(c.Email, "email"), cmp.Or(c.Name, "name"), cmp.Or(c.Verified, verifiedClaim)
	return c
}

const verifiedClaim = "email_verified"

// ParseAppleKey reads the file with a private key that Apple gives (.p8).
func ParseAppleKey(text []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, problem(codeConfiguration, "the key is not a PEM file")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, &federate.Problem{Code: codeConfiguration, Detail: "the key cannot be read", Cause: err}
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, problem(codeConfiguration, "the key is not one for ES256")
	}
	return key, nil
}

// check refuses a provider that nobody could sign in at.
func (c *Client) check(p Provider) *federate.Problem {
	key := p.Apple
	for _, wrong := range []struct {
		is     bool
		detail string
	}{
		{p.Kind != OpenID && p.Kind != GitHub, "the kind is unknown"},
		{p.ClientID == "", "the client ID is missing"},
		{!slices.Contains([]AuthMethod{"", AuthBasic, AuthPost, AuthApple, AuthNone}, p.Auth), "the way to prove who we are is unknown"},
		{p.ClientSecret == "" && (p.Auth == AuthBasic || p.Auth == AuthPost), "the client secret is missing"},
		{p.Auth == AuthApple && (key.TeamID == "" || key.KeyID == "" || key.Key == nil), "the team ID, the key ID or the key is missing"},
		{p.Auth == AuthApple && key.Key != nil && key.Key.Curve != elliptic.P256(), "the key is not one for ES256"},
	} {
		if wrong.is {
			return problem(codeConfiguration, wrong.detail)
		}
	}
	return c.checkIssuer(p.Issuer)
}

// CheckIssuer returns what is wrong with an issuer.
func (c *Client) CheckIssuer(issuer string) error {
	if p := c.checkIssuer(issuer); p != nil {
		return p
	}
	return nil
}

// CheckAddress returns what is wrong with an address that something is read from. Unlike an issuer it may have
// a query.
func (c *Client) CheckAddress(address string) error {
	if p := c.checkAddress("address", address); p != nil {
		return p
	}
	return nil
}

// checkIssuer refuses what cannot be an issuer (Discovery, section 3).
func (c *Client) checkIssuer(issuer string) *federate.Problem {
	if strings.ContainsAny(issuer, "{}") {
		return problem(codeIssuerTemplate, "the issuer has a placeholder: "+said(issuer))
	}
	if strings.Contains(issuer, "?") {
		return problem(codeAddressInsecure, "an issuer has no query: "+said(issuer))
	}
	return c.checkAddress("issuer", issuer)
}

const maxAddress = 2048

// checkAddress refuses an address that nothing may be sent to.
func (c *Client) checkAddress(name, address string) *federate.Problem {
	odd := func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || strings.ContainsFunc(address, odd) ||
		u.Hostname() == "" || u.User != nil || strings.Contains(address, "#") {
		return problem(codeAddressInsecure, name+" is no usable address: "+said(address))
	}
	if u.Scheme == "https" || u.Scheme == "http" && c.allowHTTP && loopback(u.Hostname()) {
		return nil
	}
	return problem(codeAddressInsecure, name+" does not begin with https://: "+said(address))
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() || host == "localhost"
}

// hostOf is for texts of steps: the host of an address that was checked.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if u.Port() != "" {
		return net.JoinHostPort(u.Hostname(), u.Port())
	}
	return u.Hostname()
}
