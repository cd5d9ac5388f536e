package sso

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/saml"
	"github.com/sallyport/sallyport/internal/token"
)

// Input is what an admin says of a provider.
type Input struct {
	ID       string // only of a new one, whose Addresses were shown before; "" for any
	Name     string
	Protocol string // only of a new one
	Version  int64  // only of a change: that it is based on
	Secret   string // the client secret; "" keeps the present one
	Key      string // Apple's key; "" keeps the present one
	Settings
}

// Bounds of fields.
const (
	maxText  = 1000 // characters
	maxRules = 50
	maxWords = 20
)

// checker collects what is wrong with an input.
type checker struct{ wrong []sallyport.FieldError }

func (c *checker) add(field, code string) {
	c.wrong = append(c.wrong, sallyport.FieldError{Field: field, Code: code})
}

func (c *checker) oneOf(field, value string, of ...string) {
	if !slices.Contains(of, value) {
		c.add(field, "unknown_value")
	}
}

// text returns a value without spaces around it.
func (c *checker) text(field, value string, required bool) string {
	value = strings.TrimSpace(value)
	switch {
	case value == "" && required:
		c.add(field, "required")
	case utf8.RuneCountInString(value) > maxText:
		c.wrong = append(c.wrong, sallyport.FieldError{Field: field, Code: "too_long", Args: map[string]string{"max": strconv.Itoa(maxText)}})
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		c.add(field, "invalid_characters")
	}
	return value
}

func (c *checker) words(field string, all []string) (out []string) {
	for _, w := range all {
		if w = c.text(field, w, false); w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	if len(out) > maxWords {
		c.wrong = append(c.wrong, sallyport.FieldError{Field: field, Code: "too_many", Args: map[string]string{"max": strconv.Itoa(maxWords)}})
	}
	return out
}

// problem adds what a protocol finds wrong.
func (c *checker) problem(field string, err error) {
	if err != nil {
		c.wrong = append(c.wrong, wrong(field, federate.CodeOf(err)))
	}
}

// parse checks every field, and returns the settings of what the protocol has. now is the provider that is
// changed; the zero one for a new one.
func (s *Service) parse(in *Input, now Provider) (Settings, error) {
	c := &checker{}
	name, err := line.Parse("name", in.Name)
	if in.Name = name; err != nil || name == "" {
		c.add("name", "required")
	}
	if in.ID != "" && !token.IsID(in.ID) {
		c.add("id", "invalid")
	}
	c.oneOf("protocol", in.Protocol, OpenID, GitHub, SAML)
	c.oneOf("use", string(in.Use), string(Organisation), string(Personal))
	c.oneOf("provision", string(in.Provision), string(ForNobody), string(ForDomains), string(ForAnybody))
	out := Settings{
		Preset: c.text("preset", in.Preset, false), Use: in.Use, Button: in.Button, TrustEmail: in.TrustEmail, Provision: in.Provision, EndThere: in.EndThere,
		Admits: c.matches(in.Admits), Roles: c.roles(in.Roles), Vouches: c.vouches(in.Vouches),
	}
	if in.Protocol == SAML {
		s.parseSAML(c, in, &out)
	} else {
		s.parseOpenID(c, in, &out)
		c.credentials(in, now)
	}
	if out.Use == Personal { // it says nothing of who belongs here
		out.TrustEmail, out.Provision, out.Admits, out.Roles, out.Vouches = false, ForNobody, nil, nil, nil
	}
	if len(c.wrong) > 0 {
		return out, sallyport.Invalid(c.wrong...)
	}
	return out, nil
}

func (s *Service) parseOpenID(c *checker, in *Input, out *Settings) {
	out.Issuer = strings.TrimSpace(in.Issuer)
	c.problem("issuer", s.OpenID.CheckIssuer(out.Issuer))
	out.ClientID = c.text("clientId", in.ClientID, true)
	c.oneOf("auth", in.Auth, "", string(openid.AuthBasic), string(openid.AuthPost), string(openid.AuthApple), string(openid.AuthNone))
	out.Auth = in.Auth
	out.Scopes = c.words("scopes", in.Scopes)
	out.Claims = openid.Claims{
		Email: c.text("emailClaim", in.Claims.Email, false), Name: c.text("nameClaim", in.Claims.Name, false), Groups: c.text("groupsClaim", in.Claims.Groups, false),
		Verified: c.text("verifiedClaim", in.Claims.Verified, false), VerifiedText: in.Claims.VerifiedText,
	}
	if in.Auth == string(openid.AuthApple) {
		out.TeamID, out.KeyID = c.text("teamId", in.TeamID, true), c.text("keyId", in.KeyID, true)
	}
}

// credentials checks what proves to the provider who we are.
func (c *checker) credentials(in *Input, now Provider) {
	in.Secret = c.text("secret", in.Secret, false)
	switch openid.AuthMethod(in.Auth) {
	case openid.AuthNone:
	case openid.AuthApple:
		if in.Key != "" || !now.HasSecret {
			_, err := openid.ParseAppleKey([]byte(in.Key))
			c.problem("key", err)
		}
	default:
		if in.Secret == "" && !now.HasSecret {
			c.add("secret", "required")
		}
	}
}

func (s *Service) parseSAML(c *checker, in *Input, out *Settings) {
	out.Metadata, out.EntityID = in.Metadata, c.text("entityId", in.EntityID, false)
	_, _, err := saml.ReadMetadata([]byte(in.Metadata), saml.Reading{At: s.Acts.Now(), EntityID: out.EntityID})
	c.problem("metadata", err)
	out.Email, out.Name = c.text("emailAttribute", in.Email, false), c.text("nameAttribute", in.Settings.Name, false)
	out.Groups, out.Subject = c.text("groupsAttribute", in.Groups, false), c.text("subjectAttribute", in.Subject, false)
	out.AnyFormat, out.StartsThere = in.AnyFormat, in.StartsThere
}

func (c *checker) matches(all []Match) (out []Match) {
	for _, m := range all {
		m = Match{c.text("admits", m.Attribute, false), c.text("admits", m.Value, true)}
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	c.few("admits", len(out))
	return out
}

func (c *checker) roles(all []RoleRule) (out []RoleRule) {
	for _, r := range all {
		r.Match = Match{c.text("roles", r.Attribute, false), c.text("roles", r.Value, true)}
		if r.Role == sallyport.RoleOwner || r.Role == "" {
			c.add("roles", "role_not_given")
		}
		out = append(out, r)
	}
	c.few("roles", len(out))
	return out
}

func (c *checker) few(field string, n int) {
	if n > maxRules {
		c.wrong = append(c.wrong, sallyport.FieldError{Field: field, Code: "too_many", Args: map[string]string{"max": strconv.Itoa(maxRules)}})
	}
}

// vouches checks what is trusted of a provider: "amr:" or "acr:" and a value.
func (c *checker) vouches(all []string) []string {
	out := c.words("vouches", all)
	for _, v := range out {
		by, value, _ := strings.Cut(v, ":")
		if by != "amr" && by != "acr" || value == "" {
			c.add("vouches", "amr_or_acr")
		}
	}
	return out
}
