package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/saml"
	"github.com/sallyport/sallyport/internal/sso"
)

func (e *edge) addIdentityProviders() {
	handle(e, get("listIdentityProviders", "/identity-providers", "The identity providers of the organisation, by name").needs(sso.NeedView), e.listIdentityProviders)
	handle(e, get("getIdentityProvider", "/identity-providers/{id}", "One identity provider", http.StatusNotFound).needs(sso.NeedView), e.getIdentityProvider)

	add := post("addIdentityProvider", "/identity-providers", "Add an identity provider", withBody(http.StatusConflict)...)
	add.Description = "It is off until it is switched on. 422 taken when one has the name, so that a repeated call makes no second one. An organisation can have twenty. A test needs a browser: begin it on the page of the provider."
	add.DefaultStatus = http.StatusCreated
	handle(e, add.needs(sso.NeedManage), e.addIdentityProvider)

	handle(e, post("changeIdentityProvider", "/identity-providers/{id}", "Change an identity provider", withBody(http.StatusNotFound, http.StatusConflict)...).
		says("It replaces every field; a secret or a key that is absent stays what it is. It has to be tested again. 409 when somebody has changed it since the version that the call names.").needs(sso.NeedManage), e.changeIdentityProvider)
	handle(e, post("switchIdentityProvider", "/identity-providers/{id}/switch", "Switch an identity provider on or off", withBody(http.StatusNotFound, http.StatusConflict)...).
		says("409 for the last tested one while policy requires single sign-on. A repeated call changes nothing.").needs(sso.NeedManage), e.switchIdentityProvider)
	handle(e, post("removeIdentityProvider", "/identity-providers/{id}/remove", "Remove an identity provider, its domains and the accounts that people linked", http.StatusNotFound, http.StatusConflict).
		says("409 for the last tested one while policy requires single sign-on. A repeated call answers 404.").needs(sso.NeedManage), e.onID(e.SSO.Remove))
	handle(e, post("readProviderMetadata", "/provider-metadata", "Read the metadata of a provider that speaks SAML at an address", withBody()...).
		says("Nothing is stored: the answer is for a call that adds or changes a provider.").needs(sso.NeedTest), e.readProviderMetadata)
}

func (e *edge) addSSODomains() {
	handle(e, get("listSsoDomains", "/sso-domains", "The domains whose people sign in at a provider").needs(sso.NeedView), e.listSSODomains)
	add := post("addSsoDomain", "/sso-domains", "Lead the people of a domain to a provider", withBody(http.StatusNotFound, http.StatusConflict)...)
	add.Description = "It counts once its TXT record was found: see proveSsoDomain. 422 taken when the organisation has the domain already."
	add.DefaultStatus = http.StatusCreated
	handle(e, add.needs(sso.NeedManage), e.addSSODomain)
	handle(e, post("proveSsoDomain", "/sso-domains/prove", "Look for the record of a domain", withBody(http.StatusNotFound)...).
		says("422 record_missing while the DNS does not have it. A domain that was proven stays so.").needs(sso.NeedManage), e.proveSSODomain)
	handle(e, post("removeSsoDomain", "/sso-domains/remove", "Lead the people of a domain to no provider any more", withBody(http.StatusNotFound)...).
		says("A repeated call answers 404.").needs(sso.NeedManage), e.removeSSODomain)
}

// providerMatch is something that a provider says of somebody.
type providerMatch struct {
	Attribute string `json:"attribute,omitempty" maxLength:"1000" doc:"Name of the attribute or claim. Absent for the groups."`
	Value     string `json:"value" minLength:"1" maxLength:"1000"`
}

// providerRoleRule gives a role to those who match.
type providerRoleRule struct {
	Attribute string `json:"attribute,omitempty" maxLength:"1000" doc:"Name of the attribute or claim. Absent for the groups."`
	Value     string `json:"value" minLength:"1" maxLength:"1000"`
	Role      string `json:"role" minLength:"1" maxLength:"100" doc:"A built-in role or the id of one of the organisation's own; never owner."`
}

// providerClaims are the names of claims of OpenID Connect.
type providerClaims struct {
	Email        string `json:"email,omitempty" maxLength:"1000"`
	Name         string `json:"name,omitempty" maxLength:"1000"`
	Groups       string `json:"groups,omitempty" maxLength:"1000"`
	Verified     string `json:"verified,omitempty" maxLength:"1000" doc:"The one that says that the address is verified."`
	VerifiedText bool   `json:"verifiedText,omitempty" doc:"It may be the text true or 1."`
}

// providerFields are what an admin decides about a provider, but for secrets.
type providerFields struct {
	Name   string `json:"name" minLength:"1" maxLength:"100"`
	Preset string `json:"preset,omitempty" maxLength:"100" doc:"Name of the form that it was filled in by."`
	Use    string `json:"use" enum:"organisation,personal" doc:"organisation: it says who belongs here; personal: people link an account of theirs."`
	Button bool   `json:"button,omitempty" doc:"The sign-in page has a button."`

	Issuer   string          `json:"issuer,omitempty" maxLength:"2048" doc:"Of OpenID Connect; for GitHub the address of its pages."`
	ClientID string          `json:"clientId,omitempty" maxLength:"1000"`
	Auth     string          `json:"auth,omitempty" enum:"client_secret_basic,client_secret_post,apple,none" doc:"How we prove who we are. Absent for what the provider names."`
	Scopes   []string        `json:"scopes,omitempty" nullable:"false"`
	Claims   *providerClaims `json:"claims,omitempty"`
	TeamID   string          `json:"teamId,omitempty" maxLength:"1000" doc:"Apple."`
	KeyID    string          `json:"keyId,omitempty" maxLength:"1000" doc:"Apple."`

	Metadata         string `json:"metadata,omitempty" maxLength:"50000" doc:"Of a provider that speaks SAML, as XML. Where it is longer, set it on the page."`
	EntityID         string `json:"entityId,omitempty" maxLength:"1000" doc:"Which provider of the metadata, where it names several."`
	EmailAttribute   string `json:"emailAttribute,omitempty" maxLength:"1000"`
	NameAttribute    string `json:"nameAttribute,omitempty" maxLength:"1000"`
	GroupsAttribute  string `json:"groupsAttribute,omitempty" maxLength:"1000"`
	SubjectAttribute string `json:"subjectAttribute,omitempty" maxLength:"1000" doc:"Names somebody for good, where there is no persistent NameID."`
	AnyNameID        bool   `json:"anyNameId,omitempty" doc:"A NameID of any format names somebody for good there."`
	StartsThere      bool   `json:"startsThere,omitempty" doc:"People may begin at the provider."`

	TrustEmail   bool               `json:"trustEmail,omitempty" doc:"The addresses that it names are those of its people, also where it does not call them verified."`
	Provision    string             `json:"provision" enum:"nobody,domains,anybody" doc:"For whom an account is made at the first sign-in; domains: for verified addresses of proven domains."`
	Admits       []providerMatch    `json:"admits,omitempty" nullable:"false" doc:"One of them has to fit. Absent for everybody."`
	Roles        []providerRoleRule `json:"roles,omitempty" nullable:"false" doc:"The first that fits is the role, at each sign-in. Absent where the organisation gives roles itself."`
	Vouches      []string           `json:"vouches,omitempty" nullable:"false" doc:"What counts as a second factor: amr: or acr: and a value."`
	SignOutThere bool               `json:"signOutThere,omitempty" doc:"Signing out here signs out there as well."`
}

// ProviderFields are those, for a body with more.
type ProviderFields = providerFields

func (f providerFields) input() sso.Input {
	in := sso.Input{Name: f.Name, Settings: sso.Settings{
		Preset: f.Preset, Use: sso.Use(f.Use), Button: f.Button, Issuer: f.Issuer, ClientID: f.ClientID, Auth: f.Auth, Scopes: f.Scopes, TeamID: f.TeamID, KeyID: f.KeyID,
		Metadata: f.Metadata, EntityID: f.EntityID, Email: f.EmailAttribute, Name: f.NameAttribute, Groups: f.GroupsAttribute, Subject: f.SubjectAttribute,
		AnyFormat: f.AnyNameID, StartsThere: f.StartsThere, TrustEmail: f.TrustEmail, Provision: sso.Provision(f.Provision), Vouches: f.Vouches, EndThere: f.SignOutThere,
		Admits: each(f.Admits, func(m providerMatch) sso.Match { return sso.Match(m) }),
		Roles: each(f.Roles, func(r providerRoleRule) sso.RoleRule {
			return sso.RoleRule{Match: sso.Match{Attribute: r.Attribute, Value: r.Value}, Role: sallyport.Role(r.Role)}
		}),
	}}
	if f.Claims != nil {
		in.Claims = openid.Claims(*f.Claims)
	}
	return in
}

func fieldsOfProvider(p sso.Provider) providerFields {
	f := providerFields{
		Name: p.Name, Preset: p.Preset, Use: string(p.Use), Button: p.Button, Issuer: p.Issuer, ClientID: p.ClientID, Auth: p.Auth, Scopes: p.Scopes, TeamID: p.TeamID, KeyID: p.KeyID,
		Metadata: p.Metadata, EntityID: p.EntityID, EmailAttribute: p.Email, NameAttribute: p.Settings.Name, GroupsAttribute: p.Groups, SubjectAttribute: p.Subject,
		AnyNameID: p.AnyFormat, StartsThere: p.StartsThere, TrustEmail: p.TrustEmail, Provision: string(p.Provision), Vouches: p.Vouches, SignOutThere: p.Settings.EndThere,
		Admits: each(p.Admits, func(m sso.Match) providerMatch { return providerMatch(m) }),
		Roles:  each(p.Roles, func(r sso.RoleRule) providerRoleRule { return providerRoleRule{r.Attribute, r.Value, string(r.Role)} }),
	}
	if p.Claims != (openid.Claims{}) {
		claims := providerClaims(p.Claims)
		f.Claims = &claims
	}
	return f
}

// providerRecord is an identity provider. Its secrets are in no answer.
type providerRecord struct {
	ID       string `json:"id"`
	Protocol string `json:"protocol" enum:"openid,github,saml"`
	ProviderFields
	Enabled   bool      `json:"on" doc:"People can sign in there."`
	Version   int64     `json:"version" minimum:"1" doc:"For the next change."`
	CreatedAt time.Time `json:"createdAt"`
	CreatedBy string    `json:"createdBy,omitempty" doc:"Id of a user. Absent for the operator."`
	ChangedAt time.Time `json:"changedAt"`
	TestedAt  time.Time `json:"testedAt,omitzero" doc:"When somebody last signed in there with these settings. Absent for never."`
	HasSecret bool      `json:"hasSecret" doc:"A secret or a key is kept."`

	Callback string `json:"callbackUrl" doc:"Our address that the provider sends browsers back to."`
	Us       string `json:"ourEntityId" doc:"SAML: our name; our metadata is at it, followed by /metadata."`
	Logout   string `json:"logoutUrl" doc:"Our address where the provider says that somebody signed out there."`
}

func (e *edge) showProvider(ctx context.Context, p sso.Provider) (providerRecord, error) {
	a, err := e.SSO.Addresses(ctx, e.actor(ctx), p.ID)
	return providerRecord{
		ID: p.ID, Protocol: p.Protocol, ProviderFields: fieldsOfProvider(p), Enabled: p.Enabled, Version: p.Version, CreatedAt: p.CreatedAt.UTC(), CreatedBy: p.CreatedBy,
		ChangedAt: p.ChangedAt.UTC(), TestedAt: p.TestedAt.UTC(), HasSecret: p.HasSecret, Callback: a.Callback, Us: a.EntityID, Logout: a.Logout,
	}, err
}

type providerListOutput struct {
	Body struct {
		Items []providerRecord `json:"items" nullable:"false"`
	} `nameHint:"IdentityProviderList"`
}

type providerOutput struct{ Body providerRecord }

func (e *edge) listIdentityProviders(ctx context.Context, _ *struct{}) (*providerListOutput, error) {
	found, err := e.SSO.List(ctx, e.actor(ctx))
	out := &providerListOutput{}
	out.Body.Items = []providerRecord{}
	for _, p := range found {
		r, err := e.showProvider(ctx, p)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, r)
	}
	return out, err
}

func (e *edge) getIdentityProvider(ctx context.Context, in *idInput) (*providerOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return e.answerProvider(ctx)(e.SSO.Get(ctx, e.actor(ctx), id))
}

// answerProvider makes an answer of what a use returned.
func (e *edge) answerProvider(ctx context.Context) func(sso.Provider, error) (*providerOutput, error) {
	return func(p sso.Provider, err error) (*providerOutput, error) {
		if err != nil {
			return nil, err
		}
		r, err := e.showProvider(ctx, p)
		return &providerOutput{r}, err
	}
}

type addProviderInput struct {
	Body struct {
		ProviderFields
		Protocol string `json:"protocol" enum:"openid,github,saml"`
		Secret   string `json:"secret,omitempty" maxLength:"1000" doc:"The client secret. It comes in no answer."`
		Key      string `json:"key,omitempty" maxLength:"10000" doc:"Apple's private key, as PEM. It comes in no answer."`
	} `nameHint:"IdentityProviderRequest"`
}

func (e *edge) addIdentityProvider(ctx context.Context, in *addProviderInput) (*providerOutput, error) {
	input := in.Body.input()
	input.Protocol, input.Secret, input.Key = in.Body.Protocol, in.Body.Secret, in.Body.Key
	return e.answerProvider(ctx)(e.SSO.Add(ctx, e.actor(ctx), input))
}

type changeProviderInput struct {
	ID   string `path:"id"`
	Body struct {
		ProviderFields
		Version int64  `json:"version" minimum:"1" doc:"The version that the change is based on."`
		Secret  string `json:"secret,omitempty" maxLength:"1000" doc:"Another client secret. Absent for the present one."`
		Key     string `json:"key,omitempty" maxLength:"10000" doc:"Another private key of Apple's. Absent for the present one."`
	} `nameHint:"IdentityProviderChange"`
}

func (e *edge) changeIdentityProvider(ctx context.Context, in *changeProviderInput) (*providerOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	input := in.Body.input()
	input.Version, input.Secret, input.Key = in.Body.Version, in.Body.Secret, in.Body.Key
	return e.answerProvider(ctx)(e.SSO.Change(ctx, e.actor(ctx), id, input))
}

type switchProviderInput struct {
	ID   string `path:"id"`
	Body struct {
		Enabled bool `json:"on"`
	} `nameHint:"IdentityProviderSwitch"`
}

func (e *edge) switchIdentityProvider(ctx context.Context, in *switchProviderInput) (*struct{}, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	return nil, e.SSO.Switch(ctx, e.actor(ctx), id, in.Body.Enabled)
}

type readMetadataInput struct {
	Body struct {
		Address string `json:"address" format:"uri" maxLength:"2048" doc:"Where the provider publishes it: https, and a public address."`
	} `nameHint:"ProviderMetadataRequest"`
}

// metadataNote is what an admin should know about metadata that can be used.
type metadataNote struct {
	Code   string `json:"code" enum:"certificate_expired,certificate_soon,certificate_future,certificate_sha1,certificate_unusable,key_short,address_http,several,signature_unchecked,valid_until,no_logout"`
	Detail string `json:"detail,omitempty"`
}

type metadataOutput struct {
	Body struct {
		Metadata string         `json:"metadata"`
		EntityID string         `json:"entityId"`
		Notes    []metadataNote `json:"notes" nullable:"false"`
	} `nameHint:"ProviderMetadata"`
}

func (e *edge) readProviderMetadata(ctx context.Context, in *readMetadataInput) (*metadataOutput, error) {
	text, m, notes, err := e.SSO.ReadAddress(ctx, e.actor(ctx), in.Body.Address)
	if p, ok := federate.ProblemOf(err); ok { // it is what was sent that is wrong
		err = sallyport.Invalid(sallyport.FieldError{Field: "address", Code: "sso_" + p.Code})
	}
	out := &metadataOutput{}
	out.Body.Metadata, out.Body.EntityID = string(text), m.EntityID
	out.Body.Notes = each(notes, func(n saml.Note) metadataNote { return metadataNote(n) })
	return out, err
}

// ssoDomainRecord is a domain whose people sign in at a provider.
type ssoDomainRecord struct {
	Domain      string    `json:"domain"`
	ProviderID  string    `json:"providerId"`
	RecordName  string    `json:"recordName" doc:"Name of the TXT record that shows that the domain is the organisation's."`
	RecordValue string    `json:"recordValue"`
	CreatedAt   time.Time `json:"createdAt"`
	ProvenAt    time.Time `json:"provenAt,omitzero" doc:"When the record was found. Absent until then."`
	CheckedAt   time.Time `json:"checkedAt,omitzero" doc:"When it was last looked for. Absent for never."`
}

func showSSODomain(d sso.Domain) ssoDomainRecord {
	return ssoDomainRecord{d.Domain, d.ProviderID, d.RecordName, d.Record, d.CreatedAt.UTC(), d.ProvenAt.UTC(), d.CheckedAt.UTC()}
}

type ssoDomainListOutput struct {
	Body struct {
		Items []ssoDomainRecord `json:"items" nullable:"false"`
	} `nameHint:"SsoDomainList"`
}

type ssoDomainOutput struct{ Body ssoDomainRecord }

func (e *edge) listSSODomains(ctx context.Context, _ *struct{}) (*ssoDomainListOutput, error) {
	found, err := e.SSO.Domains(ctx, e.actor(ctx))
	out := &ssoDomainListOutput{}
	out.Body.Items = each(found, showSSODomain)
	return out, err
}

type addSSODomainInput struct {
	Body struct {
		Domain     string `json:"domain" minLength:"1" maxLength:"253"`
		ProviderID string `json:"providerId" minLength:"1" maxLength:"64"`
	} `nameHint:"SsoDomainRequest"`
}

func (e *edge) addSSODomain(ctx context.Context, in *addSSODomainInput) (*ssoDomainOutput, error) {
	id, err := idInput{in.Body.ProviderID}.id()
	if err != nil {
		return nil, err
	}
	d, err := e.SSO.AddDomain(ctx, e.actor(ctx), id, in.Body.Domain)
	return &ssoDomainOutput{showSSODomain(d)}, err
}

type ssoDomainInput struct {
	Body struct {
		Domain string `json:"domain" minLength:"1" maxLength:"253"`
	} `nameHint:"SsoDomainName"`
}

func (e *edge) proveSSODomain(ctx context.Context, in *ssoDomainInput) (*ssoDomainOutput, error) {
	d, err := e.SSO.ProveDomain(ctx, e.actor(ctx), in.Body.Domain)
	return &ssoDomainOutput{showSSODomain(d)}, err
}

func (e *edge) removeSSODomain(ctx context.Context, in *ssoDomainInput) (*struct{}, error) {
	return nil, e.SSO.RemoveDomain(ctx, e.actor(ctx), in.Body.Domain)
}
