package openid

import (
	"cmp"
	"regexp"
	"strings"
)

// Preset is a form that is filled in for a known provider.
type Preset struct {
	ID     string
	Name   string // as the provider writes it
	Kind   Kind
	Issuer string // with placeholders: {host}, {realm}, {tenant}; "" where it has to be typed
	Host   string // what {host} is for most
	Auth   AuthMethod
	Scopes []string
	Claims Claims
	// ResponseMode is what a request has to ask for, with these scopes.
	ResponseMode string
	// AuthTime says that max_age makes the provider ask again, and say when: it can confirm its users anew.
	AuthTime bool
	Note     string // for whoever sets it up
}

// Presets is THE table of known providers. Where their documents say something is written beside it; what a
// provider publishes in its metadata is not repeated here.
var Presets = []Preset{
	// developers.google.com/identity/openid-connect/openid-connect: the issuer; prompt knows none, consent and
	// select_account; neither max_age nor auth_time is among the parameters and claims.
	{
		ID: "google", Name: "Google", Kind: OpenID, Issuer: "https://accounts.google.com", Scopes: []string{"openid", "email", "profile"},
		Note: "Everybody with a Google account can sign in there. The claim hd names the Workspace organisation of an account.",
	},
	// learn.microsoft.com/entra/identity-platform: "OpenID Connect on the Microsoft identity platform" for the issuer,
	// "Optional claims reference" for email, xms_edov (a Boolean there; some tenants send "1"), auth_time and groups.
	// There is no email_verified, and an admin of any tenant can write any address into email. For "common" and
	// the like the metadata has the issuer .../{tenantid}/v2.0, which no token has: Metadata refuses it.
	{
		ID: "entra", Name: "Microsoft Entra ID", Kind: OpenID, Issuer: "https://login.microsoftonline.com/{tenant}/v2.0", Scopes: []string{"openid", "email", "profile"},
		Claims: Claims{Verified: "xms_edov", VerifiedText: true, Groups: "groups"},
		Note: "Use the tenant ID, not common or organizations. Add the optional claims email and xms_edov to the ID token: addresses are not verified without them. " +
			"Groups come as IDs, and not at all for members of more than 200.",
	},
	// developer.okta.com/docs/api/openapi/okta-oauth: the org authorization server, whose issuer is the address of the
	// organisation; scope and claim groups; auth_time is in each ID token, and max_age is a parameter.
	{
		ID: "okta", Name: "Okta", Kind: OpenID, Issuer: "https://{host}", Scopes: []string{"openid", "email", "profile", "groups"}, Claims: Claims{Groups: "groups"}, AuthTime: true,
		Note: "With a custom authorization server the issuer ends in /oauth2/ and its name. Groups need a groups claim filter of the application.",
	},
	// www.keycloak.org, "Server Administration Guide": issuer of a realm; the mapper "Group Membership" has to be added.
	{
		ID: "keycloak", Name: "Keycloak", Kind: OpenID, Issuer: "https://{host}/realms/{realm}", Scopes: []string{"openid", "email", "profile"}, Claims: Claims{Groups: "groups"}, AuthTime: true,
		Note: "Groups need the mapper Group Membership with the claim name groups.",
	},
	// docs.gitlab.com/integration/openid_connect_provider: auth_time, email, email_verified and groups_direct are in the
	// ID token, other claims at the userinfo endpoint. Its set-up of doorkeeper-openid_connect asks again for max_age.
	{
		ID: "gitlab", Name: "GitLab", Kind: OpenID, Issuer: "https://{host}", Host: "gitlab.com", Scopes: []string{"openid", "email", "profile"},
		Claims: Claims{Groups: "groups_direct"}, AuthTime: true,
	},
	// developer.apple.com/documentation/signinwithapplerestapi: email_verified is a Boolean or the text "true"; with a
	// scope the answer is a form that the browser posts; the name comes in it, once. Neither prompt nor max_age.
	{
		ID: "apple", Name: "Apple", Kind: OpenID, Issuer: "https://appleid.apple.com", Auth: AuthApple, Scopes: []string{"openid", "name", "email"},
		Claims: Claims{VerifiedText: true}, ResponseMode: "form_post",
		Note: "The client ID is that of the Services ID. Apple gives the name only when somebody signs in for the first time. Some addresses are relays of Apple.",
	},
	// docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps, and
	// github.blog/changelog/2025-07-14-pkce-support-for-oauth-and-github-app-authentication.
	{
		ID: "github", Name: "GitHub", Kind: GitHub, Issuer: "https://{host}", Host: "github.com", Auth: AuthPost, Scopes: []string{"read:user", "user:email"},
		Note: "Everybody with a GitHub account can sign in there. For GitHub Enterprise use its host.",
	},
	{ID: "other", Name: "OpenID Connect", Kind: OpenID, Scopes: []string{"openid", "email", "profile"}, AuthTime: true},
}

// What may stand for a placeholder. A tenant is its ID: names like common stand for every organisation there is.
var placeholders = map[string]*regexp.Regexp{
	"host":   regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$`),
	"realm":  regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`),
	"tenant": regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
}

// FillIssuer puts values in the place of placeholders.
func (p Preset) FillIssuer(values map[string]string) (string, error) {
	issuer := p.Issuer
	for name, form := range placeholders {
		place := "{" + name + "}"
		if !strings.Contains(issuer, place) {
			continue
		}
		value := strings.TrimSpace(values[name])
		if name == "host" {
			value = cmp.Or(value, p.Host)
		}
		if name != "realm" {
			value = strings.ToLower(value)
		}
		if !form.MatchString(value) {
			return "", problem(codeIssuerTemplate, name+" cannot be "+said(value))
		}
		issuer = strings.ReplaceAll(issuer, place, value)
	}
	return issuer, nil
}
