package admin

import (
	"strings"

	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// viewProviderForm is the form of a provider, or of a new one.
func viewProviderForm(s kit.Speaker, f providerForm) *providerFormView {
	b := fieldsOf{s, f}
	name := f.form.Name
	if f.form.ID == otherForm {
		name = s.T("sso.other")
	}
	v := &providerFormView{
		Title: s.T("sso.addTitle", "Name", name), Lead: s.T("sso.addLead"), Crumb: kit.Anchor{Text: s.T("sso.heading"), Path: ssoPath},
		Path: ssoPath + "/new/" + f.form.ID, Back: ssoPath, Act: s.T("sso.addAct"), ID: f.id,
		Addresses: addressFacts(s, f.protocol(), f.addresses), Sections: []formSection{b.connection(), b.everybody(), b.organisation()},
	}
	if id := "sso.note." + f.form.ID; s.Has(id) {
		v.Note = s.T(id)
	}
	if f.of != nil {
		v.Title, v.Lead, v.Act, v.ID, v.Version = s.T("sso.changeTitle", "Name", f.of.Name), s.T("sso.changeLead"), s.T("sso.changeAct"), "", f.of.Version
		v.Crumb, v.Path, v.Back = kit.Anchor{Text: f.of.Name, Path: providerPath(f.id)}, providerPath(f.id, "change"), providerPath(f.id)
	}
	if f.form.ID == samlForm {
		v.Address = b.plain("address", "sso.metadataAddress")
		v.Address.Optional, v.Address.Type, v.Address.InputMode, v.Address.MaxLength = true, "url", "url", 2048
		v.Read, v.ReadNotes = viewRead(s, f.read)
	}
	return v
}

func (f providerForm) protocol() string {
	if f.form.ID == samlForm {
		return sso.SAML
	}
	return string(f.form.Kind)
}

// viewRead says what was found at an address.
func viewRead(s kit.Speaker, r *readAddress) (*kit.Notice, []string) {
	switch {
	case r == nil:
		return nil, nil
	case r.failed != nil:
		return &kit.Notice{Tone: "danger", Icon: "alert-circle", Title: s.T("sso.readFailed"), Text: s.ProblemOfProvider(r.failed)}, nil
	}
	var notes []string
	for _, n := range r.notes {
		text := s.T("sso.note." + n.Code)
		if n.Detail != "" {
			text += " (" + n.Detail + ")"
		}
		notes = append(notes, text)
	}
	return &kit.Notice{Tone: "success", Icon: "circle-check", Title: s.T("sso.readTitle"), Text: s.T("sso.readText", "Name", r.entity)}, notes
}

// fieldsOf makes the fields of a form, with what was typed.
type fieldsOf struct {
	kit.Speaker
	providerForm
}

// plain is a field for what is not prose. Its hint is optional.
func (b fieldsOf) plain(name, label string) *kit.Field {
	f := kit.TextField(name, b.T(label), b.typed(name), "off")
	f.Plain, f.MaxLength = true, 1000
	if hint := label + "Hint"; b.Has(hint) {
		f.Hint = b.T(hint)
	}
	return &f
}

func (b fieldsOf) optional(name, label string) *kit.Field {
	f := b.plain(name, label)
	f.Optional = true
	return f
}

func (b fieldsOf) area(name, label string, rows int) *kit.Field {
	return &kit.Field{Name: name, Label: b.T(label), Type: "textarea", Rows: rows, Optional: true, Value: b.typed(name), Hint: b.T(label + "Hint")}
}

// box is one thing that is so or not.
func (b fieldsOf) box(name, label string) *kit.Field {
	return &kit.Field{Name: name, Label: b.T(label), Type: "checkbox", Options: []kit.Option{{Value: "yes", Text: b.T(label + "Yes"), Help: b.T(label + "Hint"), On: b.typed(name) == "yes"}}}
}

func (b fieldsOf) choice(name, label, family string, values ...string) *kit.Field {
	f := &kit.Field{Name: name, Label: b.T(label), Type: "radio"}
	for _, value := range values {
		f.Options = append(f.Options, kit.Option{Value: value, Text: b.T(family + value), Help: b.T(family + value + "Text")})
	}
	f.Choose(b.typed(name))
	return f
}

// secret is one that is never shown again.
func (b fieldsOf) secret() *kit.Field {
	f := kit.PasswordField("secret", b.T("sso.secret"), "off")
	f.MaxLength = 1000
	if b.of != nil && b.of.HasSecret {
		f.Optional, f.Hint = true, b.T("sso.secretKept")
	}
	return &f
}

func (b fieldsOf) connection() formSection {
	name := kit.TextField("name", b.T("field.name"), b.typed("name"), "off")
	name.MaxLength, name.Hint, name.Focus = line.MaxLength, b.T("sso.nameHint"), b.of == nil && b.read == nil
	part := formSection{ID: "connection", Title: b.T("sso.connection"), Lead: b.T("sso.connectionLead"), Fields: []*kit.Field{&name}}
	if b.form.ID == samlForm {
		metadata := b.area("metadata", "sso.metadata", 8)
		metadata.Optional = false
		part.Fields = append(part.Fields, metadata)
		part.More = []*kit.Field{
			b.optional("entityId", "sso.entityId"), b.optional("emailAttribute", "sso.attribute.email"), b.optional("nameAttribute", "sso.attribute.name"),
			b.optional("groupsAttribute", "sso.attribute.groups"), b.optional("subjectAttribute", "sso.attribute.subject"), b.box("anyFormat", "sso.anyFormat"), b.box("startsThere", "sso.startsThere"),
		}
		return part
	}
	part.Fields = append(append(part.Fields, b.issuerFields()...), b.plain("clientId", "sso.clientId"))
	if b.form.Auth == openid.AuthApple {
		key := b.area("key", "sso.key", 6)
		key.Value, key.Optional = "", b.of != nil && b.of.HasSecret
		if key.Optional {
			key.Hint = b.T("sso.secretKept")
		}
		part.Fields = append(part.Fields, b.plain("teamId", "sso.teamId"), b.plain("keyId", "sso.keyId"), key)
	} else {
		part.Fields = append(part.Fields, b.secret())
	}
	part.More = b.claims()
	return part
}

// issuerFields ask for the issuer: for its pieces where the form knows how it is written.
func (b fieldsOf) issuerFields() (out []*kit.Field) {
	if b.of != nil || b.form.Issuer == "" {
		f := b.plain("issuer", "sso.issuer")
		f.Type, f.InputMode, f.MaxLength = "url", "url", 2048
		return []*kit.Field{f}
	}
	for _, piece := range []string{"host", "tenant", "realm"} {
		if strings.Contains(b.form.Issuer, "{"+piece+"}") {
			out = append(out, b.plain(piece, "sso.piece."+piece))
		}
	}
	return out
}

// claims are the names of what the provider says, which the known forms have filled in.
func (b fieldsOf) claims() []*kit.Field {
	out := []*kit.Field{b.optional("scopes", "sso.scopes")}
	if b.form.ID == otherForm {
		auth := &kit.Field{Name: "auth", Label: b.T("sso.auth"), Type: "select", Options: []kit.Option{{Value: "", Text: b.T("sso.authAny")}}}
		for _, m := range []openid.AuthMethod{openid.AuthBasic, openid.AuthPost, openid.AuthNone} {
			auth.Options = append(auth.Options, kit.Option{Value: string(m), Text: b.T("sso.auth." + string(m))})
		}
		auth.Choose(b.typed("auth"))
		out = append(out, auth)
	}
	if b.form.Kind == openid.OpenID {
		out = append(out, b.optional("groupsClaim", "sso.claim.groups"), b.optional("emailClaim", "sso.claim.email"), b.optional("nameClaim", "sso.claim.name"), b.optional("verifiedClaim", "sso.claim.verified"))
	}
	return out
}

func (b fieldsOf) everybody() formSection {
	return formSection{ID: "use-part", Title: b.T("sso.whom"), Lead: b.T("sso.whomLead"), Fields: []*kit.Field{
		b.choice("use", "sso.useLabel", "sso.use.", string(sso.Organisation), string(sso.Personal)), b.box("button", "sso.button"), b.box("endThere", "sso.endThere"),
	}}
}

func (b fieldsOf) organisation() formSection {
	return formSection{ID: "organisation-part", Title: b.T("sso.organisation"), Lead: b.T("sso.organisationLead"), Org: true, Fields: []*kit.Field{
		b.choice("provision", "sso.provisionLabel", "sso.provision.", string(sso.ForNobody), string(sso.ForDomains), string(sso.ForAnybody)),
		b.area("admits", "sso.admits", 3), b.area("roles", "sso.roles", 3), b.area("vouches", "sso.vouches", 3), b.box("trustEmail", "sso.trustEmail"),
	}}
}
