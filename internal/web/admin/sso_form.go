package admin

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/saml"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// providerFields are the fields of the form that are shown again: neither secrets, nor metadata, which is long.
var providerFields = []string{
	"id", "name", "host", "realm", "tenant", "issuer", "clientId", "auth", "scopes", "teamId", "keyId", "emailClaim", "nameClaim", "groupsClaim", "verifiedClaim",
	"address", "entityId", "emailAttribute", "nameAttribute", "groupsAttribute", "subjectAttribute", "anyFormat", "startsThere",
	"use", "button", "trustEmail", "provision", "admits", "roles", "vouches", "endThere",
}

// providerForm is what the form of a provider is made of.
type providerForm struct {
	form      openid.Preset
	of        *sso.Provider // that is changed; nil for a new one
	id        string
	addresses sso.Addresses
	roles     map[sallyport.Role]string
	typed     func(name string) string // what stands in the fields
	read      *readAddress             // what was read at an address; nil where nothing was
}

// readAddress is what was found where metadata is published.
type readAddress struct {
	entity string
	notes  []saml.Note
	failed *federate.Problem
}

// providerFormView is the form of a provider.
type providerFormView struct {
	Title, Lead  string
	Crumb        kit.Anchor
	Path, Back   string
	Act          string
	ID           string // of a new one
	Version      int64  // of one that is changed
	Note         string // on the known provider
	Addresses    []kit.SecretFact
	Address      *kit.Field // where metadata is read; nil for who publishes none
	Read         *kit.Notice
	ReadNotes    []string
	Sections     []formSection
	ErrorSummary *kit.ErrorSummary
	Notice       *kit.Notice
}

// formSection is a part of the form.
type formSection struct {
	ID, Title, Lead string
	Fields          []*kit.Field
	More            []*kit.Field // that few need
	Org             bool         // only for the organisation's own
}

// fields are those of all sections.
func (v *providerFormView) fields() (all []*kit.Field) {
	for _, s := range v.Sections {
		all = append(append(all, s.Fields...), s.More...)
	}
	return all
}

// ssoAddForm asks what a new provider is. Its id is decided now: its addresses are set at the provider, before
// that tells what is asked here.
func (p *Pages) ssoAddForm(v *kit.Visit) error {
	f, err := p.newProvider(v, token.NewID())
	if err != nil {
		return err
	}
	again := p.SentBack(v)
	if id := again.Value("id"); token.IsID(id) {
		if f, err = p.newProvider(v, id); err != nil {
			return err
		}
	}
	return p.showProviderForm(v, f.after(again, f.fresh()), again)
}

// newProvider is the form of the address for a provider with an id.
func (p *Pages) newProvider(v *kit.Visit, id string) (f providerForm, err error) {
	if err := p.may(v, sso.NeedManage); err != nil {
		return f, err
	}
	known := false
	if f.form, known = formOf(v.R.PathValue("form")); !known {
		return f, sallyport.ErrNotFound
	}
	f.id, f.roles = id, p.roleNames(v)
	f.addresses, err = p.SSO.Addresses(v.R.Context(), p.Actor(v), id)
	return f, err
}

// ssoChangeForm asks what a provider shall be from now on.
func (p *Pages) ssoChangeForm(v *kit.Visit) error {
	f, err := p.changedProvider(v)
	if err != nil {
		return err
	}
	again := p.SentBack(v)
	return p.showProviderForm(v, f.after(again, f.saved(v.Speaker)), again)
}

func (p *Pages) changedProvider(v *kit.Visit) (f providerForm, err error) {
	of, err := p.providerTo(v)
	if err != nil {
		return f, err
	}
	f.of, f.id, f.roles = &of, of.ID, p.roleNames(v)
	known := false
	if f.form, known = formOf(of.Preset); !known || of.Protocol == sso.SAML {
		f.form, _ = formOf(map[bool]string{true: samlForm, false: otherForm}[of.Protocol == sso.SAML])
	}
	f.addresses, err = p.SSO.Addresses(v.R.Context(), p.Actor(v), of.ID)
	return f, err
}

// after has what was typed before a session ended, or else what stands in the form at first.
func (f providerForm) after(again *kit.Again, first map[string]string) providerForm {
	f.typed = func(name string) string { return first[name] }
	if again != nil && again.Unsent {
		f.typed = func(name string) string {
			if name == "metadata" {
				return first[name]
			}
			return again.Value(name)
		}
	}
	return f
}

func (p *Pages) showProviderForm(v *kit.Visit, f providerForm, again *kit.Again) error {
	view := viewProviderForm(v.Speaker, f)
	view.Notice = again.Notice(v.Speaker)
	return p.Show(v, http.StatusOK, "sso_form", view.Title, view)
}

// ssoAdd adds a provider.
func (p *Pages) ssoAdd(v *kit.Visit) error {
	id := v.Value("id")
	if !token.IsID(id) {
		id = token.NewID()
	}
	f, err := p.newProvider(v, id)
	if err != nil {
		return err
	}
	return p.posted(v, f, func(in sso.Input) (string, error) {
		made, err := p.SSO.Add(v.R.Context(), p.Actor(v), in)
		return made.ID, err
	}, "flash.admin.providerAdded")
}

// ssoChange changes one.
func (p *Pages) ssoChange(v *kit.Visit) error {
	f, err := p.changedProvider(v)
	if err != nil {
		return err
	}
	return p.posted(v, f, func(in sso.Input) (string, error) {
		_, err := p.SSO.Change(v.R.Context(), p.Actor(v), f.id, in)
		return f.id, err
	}, "flash.admin.providerChanged")
}

// posted does what a form asks for. It is shown again as the answer to what is refused, and to an address that
// was read: metadata is too long to be kept meanwhile.
func (p *Pages) posted(v *kit.Visit, f providerForm, act func(sso.Input) (string, error), said string) error {
	f.typed = v.Value
	if v.Value("read") != "" {
		return p.readMetadata(v, f)
	}
	in, err := f.input(v)
	if err == nil {
		var id string
		if id, err = act(in); err == nil {
			return done(v, providerPath(id), said, 0)
		}
	}
	refused := kit.AsRefused(err)
	if refused == nil {
		return p.blocked(v, map[bool]string{true: ssoPath, false: providerPath(f.id)}[f.of == nil], err)
	}
	view := viewProviderForm(v.Speaker, f)
	view.ErrorSummary = kit.Problems(v.Printer, view.placed(refused), view.fields()...)
	for _, one := range view.fields() {
		one.Focus = false // it is on what is wrong
	}
	return p.Show(v, http.StatusUnprocessableEntity, "sso_form", view.Title, view)
}

// placed has what is wrong with an issuer at the first of the fields that it is made of.
func (v *providerFormView) placed(err *sallyport.Error) *sallyport.Error {
	out := *err
	out.Fields = nil
	for _, e := range err.Fields {
		if e.Field == "issuer" {
			e.Field = v.issuerField()
		}
		out.Fields = append(out.Fields, e)
	}
	return &out
}

func (v *providerFormView) issuerField() string {
	for _, f := range v.fields() {
		if _, piece := pieces[f.Name]; piece || f.Name == "issuer" {
			return f.Name
		}
	}
	return "name" // an issuer that nobody types: its form is wrong
}

// readMetadata fills the form in with what is published at an address.
func (p *Pages) readMetadata(v *kit.Visit, f providerForm) error {
	text, found, notes, err := p.SSO.ReadAddress(v.R.Context(), p.Actor(v), strings.TrimSpace(v.Value("address")))
	f.read = &readAddress{entity: found.EntityID, notes: notes}
	if err != nil {
		if f.read.failed, _ = federate.ProblemOf(err); f.read.failed == nil {
			return err
		}
	}
	typed := f.typed
	f.typed = func(name string) string {
		if name == "metadata" && text != nil {
			return string(text)
		}
		return typed(name)
	}
	view := viewProviderForm(v.Speaker, f)
	return p.Show(v, http.StatusOK, "sso_form", view.Title, view)
}

// fresh is what stands in the form of a new provider.
func (f providerForm) fresh() map[string]string {
	k := f.form
	out := map[string]string{
		"name": k.Name, "host": k.Host, "issuer": k.Issuer, "auth": string(k.Auth), "scopes": strings.Join(k.Scopes, " "),
		"emailClaim": k.Claims.Email, "nameClaim": k.Claims.Name, "groupsClaim": k.Claims.Groups, "verifiedClaim": k.Claims.Verified,
		"use": string(sso.Organisation), "button": "yes", "provision": string(sso.ForNobody),
	}
	if k.ID == otherForm || k.ID == samlForm {
		out["name"] = ""
	}
	if forAnybody[k.ID] {
		out["use"] = string(sso.Personal)
	}
	return out
}

// forAnybody are the providers where everybody can have an account: none of them says who belongs to an
// organisation, unless somebody makes rules.
var forAnybody = map[string]bool{"google": true, "github": true, "apple": true}

// saved is what stands in the form of a provider that is there.
func (f providerForm) saved(s kit.Speaker) map[string]string {
	p := f.of
	yes := func(on bool) string { return map[bool]string{true: "yes"}[on] }
	return map[string]string{
		"name": p.Name, "issuer": p.Issuer, "clientId": p.ClientID, "auth": p.Auth, "scopes": strings.Join(p.Scopes, " "), "teamId": p.TeamID, "keyId": p.KeyID,
		"emailClaim": p.Claims.Email, "nameClaim": p.Claims.Name, "groupsClaim": p.Claims.Groups, "verifiedClaim": p.Claims.Verified,
		"metadata": p.Metadata, "entityId": p.EntityID, "emailAttribute": p.Email, "nameAttribute": p.Settings.Name, "groupsAttribute": p.Groups, "subjectAttribute": p.Subject,
		"anyFormat": yes(p.AnyFormat), "startsThere": yes(p.StartsThere),
		"use": string(p.Use), "button": yes(p.Button), "trustEmail": yes(p.TrustEmail), "provision": string(p.Provision), "admits": strings.Join(matchLines(p.Admits), "\n"),
		"roles": strings.Join(roleLines(s, p.Roles, f.roles), "\n"), "vouches": strings.Join(p.Vouches, "\n"), "endThere": yes(p.EndThere),
	}
}

// input is what the form says.
func (f providerForm) input(v *kit.Visit) (in sso.Input, err error) {
	is := func(name string) bool { return v.Value(name) == "yes" }
	in.ID, in.Name, in.Secret, in.Key = f.id, v.Value("name"), v.Value("secret"), v.Value("key")
	in.Protocol = map[bool]string{true: sso.SAML, false: string(f.form.Kind)}[f.form.ID == samlForm]
	in.Version, _ = strconv.ParseInt(v.Value("version"), 10, 64)
	in.Settings = sso.Settings{
		Preset: f.form.ID, Use: sso.Use(v.Value("use")), Button: is("button"), TrustEmail: is("trustEmail"), Provision: sso.Provision(v.Value("provision")), EndThere: is("endThere"),
		Admits: parseMatches(v.Value("admits")), Roles: f.parseRoles(v.Speaker, v.Value("roles")), Vouches: linesOf(v.Value("vouches")),
	}
	if in.Protocol == sso.SAML {
		in.Metadata, in.EntityID, in.Email, in.Settings.Name = v.Value("metadata"), v.Value("entityId"), v.Value("emailAttribute"), v.Value("nameAttribute")
		in.Groups, in.Subject, in.AnyFormat, in.StartsThere = v.Value("groupsAttribute"), v.Value("subjectAttribute"), is("anyFormat"), is("startsThere")
		return in, nil
	}
	in.ClientID, in.Auth, in.Scopes, in.TeamID, in.KeyID = v.Value("clientId"), v.Value("auth"), strings.Fields(v.Value("scopes")), v.Value("teamId"), v.Value("keyId")
	in.Claims = f.form.Claims
	if f.form.ID != otherForm { // the form knows it, and does not ask
		in.Auth = string(f.form.Auth)
	}
	if f.of != nil {
		in.Claims.VerifiedText = f.of.Claims.VerifiedText
	}
	in.Claims.Email, in.Claims.Name, in.Claims.Groups, in.Claims.Verified = v.Value("emailClaim"), v.Value("nameClaim"), v.Value("groupsClaim"), v.Value("verifiedClaim")
	in.Issuer, err = f.issuer(v)
	return in, err
}

// pieces are the placeholders of issuers, and the code of a value that cannot be one.
var pieces = map[string]string{"host": "invalid_host", "realm": "invalid_characters", "tenant": "invalid"}

// issuer is the one that was typed, or is made of pieces.
func (f providerForm) issuer(v *kit.Visit) (string, error) {
	if f.of != nil || f.form.Issuer == "" {
		return v.Value("issuer"), nil
	}
	values := map[string]string{}
	for piece := range pieces {
		values[piece] = v.Value(piece)
	}
	issuer, err := f.form.FillIssuer(values)
	if problem, ok := federate.ProblemOf(err); ok {
		piece, _, _ := strings.Cut(problem.Detail, " ")
		return "", sallyport.Invalid(sallyport.FieldError{Field: piece, Code: cmp.Or(pieces[piece], "invalid")})
	}
	return issuer, err
}

// linesOf are the lines of a text that say something.
func linesOf(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// parseMatch reads what matchLine writes.
func parseMatch(line string) sso.Match {
	attribute, value, ok := strings.Cut(line, "=")
	if !ok {
		return sso.Match{Value: strings.TrimSpace(line)}
	}
	return sso.Match{Attribute: strings.TrimSpace(attribute), Value: strings.TrimSpace(value)}
}

func parseMatches(text string) (all []sso.Match) {
	for _, line := range linesOf(text) {
		all = append(all, parseMatch(line))
	}
	return all
}

// parseRoles reads what roleLines writes: what comes after the last equals sign is a role, by its name or id. The
// use refuses one that is unknown.
func (f providerForm) parseRoles(s kit.Speaker, text string) (all []sso.RoleRule) {
	for _, line := range linesOf(text) {
		rule := sso.RoleRule{Match: sso.Match{Value: line}}
		if at := strings.LastIndex(line, "="); at >= 0 {
			rule.Match, rule.Role = parseMatch(strings.TrimSpace(line[:at])), f.roleNamed(s, strings.TrimSpace(line[at+1:]))
		}
		all = append(all, rule)
	}
	return all
}

// roleNamed returns the id of a role; "" for an unknown one.
func (f providerForm) roleNamed(s kit.Speaker, name string) sallyport.Role {
	for _, r := range []sallyport.Role{sallyport.RoleOwner, sallyport.RoleAdmin, sallyport.RoleMember} {
		if strings.EqualFold(name, string(r)) || strings.EqualFold(name, roleName(s, r, nil)) {
			return r
		}
	}
	for id, own := range f.roles {
		if strings.EqualFold(name, own) {
			return id
		}
	}
	if token.IsID(name) {
		return sallyport.Role(name)
	}
	return ""
}
