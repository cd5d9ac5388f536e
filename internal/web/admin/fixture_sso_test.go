package admin

import (
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/saml"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// identityProviders are providers in every state.
func identityProviders() []sso.Provider {
	ago := func(d time.Duration) time.Time { return kittest.Now.Add(-d) }
	own := sso.Settings{
		Preset: "entra", Use: sso.Organisation, Button: true, Issuer: "https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0", ClientID: "6731de76-14a6-49ae-97bc-6eba6914391e",
		Scopes: []string{"openid", "email", "profile"}, Claims: openid.Claims{Groups: "groups"}, Provision: sso.ForDomains,
		Admits:  []sso.Match{{Value: "Staff"}, {Attribute: "department", Value: "Logistics & <Freight>"}, {Value: "cn=drivers,ou=eu,dc=northwind,dc=example"}},
		Roles:   []sso.RoleRule{{Match: sso.Match{Value: "Administratoren"}, Role: sallyport.RoleAdmin}, {Match: sso.Match{Attribute: "department", Value: "IT"}, Role: sallyport.Role(helpdesk.ID)}},
		Vouches: []string{"amr:mfa", "acr:http://schemas.openid.net/pape/policies/2007/06/multi-factor"}, EndThere: true,
	}
	return []sso.Provider{
		{ID: "idp0", Name: "Northwind", Protocol: sso.OpenID, Enabled: true, Version: 3, CreatedAt: ago(900 * time.Hour), TestedAt: ago(50 * time.Hour), HasSecret: true, Settings: own},
		{
			ID: "idp1", Name: "Verzeichnisdienst der Binnenschifffahrtsverwaltung für Beschäftigte der Außenstellen", Protocol: sso.SAML, Version: 1, CreatedAt: ago(time.Hour), TestedAt: ago(time.Minute),
			Settings: sso.Settings{Preset: samlForm, Use: sso.Organisation, Metadata: "<md:EntityDescriptor entityID=\"https://idp.northwind.example\"/>", Provision: sso.ForNobody, StartsThere: true},
		},
		{ID: "idp2", Name: "GitHub", Protocol: sso.GitHub, Enabled: true, Version: 1, CreatedAt: ago(30 * time.Hour), HasSecret: true, Settings: sso.Settings{
			Preset: "github", Use: sso.Personal, Button: true, Issuer: "https://github.com", ClientID: "Iv1.8a61f9b3a7aba766", Scopes: []string{"read:user", "user:email"}, Provision: sso.ForNobody,
		}},
		{ID: "idp3", Name: "دليل الشركة", Protocol: sso.OpenID, Version: 1, CreatedAt: ago(2 * time.Minute), HasSecret: true, Settings: sso.Settings{
			Preset: "apple", Use: sso.Personal, Issuer: "https://appleid.apple.com", ClientID: "com.northwind.signin", Auth: "apple", TeamID: "A1B2C3D4E5", KeyID: "KEY0123456", Provision: sso.ForNobody,
		}},
	}
}

func ssoDomains() []sso.Domain {
	ago := func(d time.Duration) time.Time { return kittest.Now.Add(-d) }
	domain := func(name string, proven, checked time.Time) sso.Domain {
		return sso.Domain{RecordName: "_sallyport-challenge." + name, SSODomain: store.SSODomain{
			Domain: name, ProviderID: "idp0", Record: "sallyport-domain=Yb0m1xk2Q3bZ9n5wq7d8e6fGhJkLmNoPqRsTuVwXyZ0", CreatedAt: ago(80 * time.Hour), ProvenAt: proven, CheckedAt: checked,
		}}
	}
	return []sso.Domain{
		domain("northwind.example", ago(70*time.Hour), ago(70*time.Hour)),
		domain("binnenschifffahrtsverwaltung-aussenstellen.northwind.example", time.Time{}, ago(5*time.Minute)),
		domain("xn--mnchen-3ya.example", time.Time{}, time.Time{}),
	}
}

func ourAddresses(id string) sso.Addresses {
	base := "https://accounts.northwind.example/sso/" + id
	return sso.Addresses{Callback: base + "/callback", EntityID: base, Metadata: base + "/metadata", Logout: base + "/logout"}
}

// report is what a test of a provider found; with a problem it came to nothing.
func report(wrong *federate.Problem) *sso.Report {
	r := &sso.Report{Problem: wrong}
	r.Add(federate.Step{Name: "discovery", Sent: "GET https://idp.northwind.example/.well-known/openid-configuration", Got: "{\n  \"issuer\": \"https://idp.northwind.example\"\n}", Took: 148 * time.Millisecond})
	r.Add(federate.Step{Name: "authorization", Got: "code=…&state=…"})
	if wrong != nil {
		r.Add(federate.Step{Name: "token", Sent: "POST https://idp.northwind.example/token\nclient_secret=…", Got: "401 Unauthorized\n{\"error\":\"invalid_client\",\"error_description\":\"<script>alert(1)</script>\"}", Took: 1310 * time.Millisecond, Problem: wrong})
		return r
	}
	r.Add(federate.Step{Name: "id_token", Got: strings.Repeat("{\"sub\":\"9f2c\",\"amr\":[\"pwd\",\"mfa\"]} ", 40), Took: 3 * time.Millisecond})
	r.Assertion = &federate.Assertion{
		Subject: "9f2c7d1e-5a52-4f0e-9f7e-0e6c", Email: "amara.okafor@northwind.example", EmailVerified: true, Name: "Amara Okafor", AuthTime: kittest.Now.Add(-time.Minute), ACR: "urn:mace:incommon:iap:silver",
		AMR: []string{"pwd", "mfa"}, Attributes: map[string][]string{"groups": {"Staff", "Administratoren", "cn=drivers,ou=eu,dc=northwind,dc=example"}, "department": {"Logistics & <Freight>"}},
	}
	return r
}

func ssoFixtures() []kittest.Fixture {
	all, domains, roles := identityProviders(), ssoDomains(), map[sallyport.Role]string{sallyport.Role(helpdesk.ID): helpdesk.Name}
	list := func(name string, permissions []string, found ...sso.Provider) kittest.Fixture {
		return inAdmin("sso-"+name, "sso_list", ssoPath, func(s kit.Speaker) any { return viewProviders(s, reader(permissions...), found, domains) })
	}
	show := func(name string, permissions []string, p sso.Provider, domains []sso.Domain) kittest.Fixture {
		return inAdmin("sso-provider-"+name, "sso_show", ssoPath, func(s kit.Speaker) any {
			return viewProvider(s, reader(permissions...), providerFacts{p, ourAddresses(p.ID), domains, roles})
		})
	}
	var full []sso.Provider
	for len(full) < sso.MaxProviders {
		full = append(full, all...)
	}
	confirm := func(name string, ask func(s kit.Speaker) *kit.ConfirmView) kittest.Fixture {
		return inAdmin("sso-"+name, "act_confirm", ssoPath, func(s kit.Speaker) any { return ask(s) })
	}
	out := []kittest.Fixture{
		list("some", nil, all...), list("full", nil, full...), list("view", []string{"sso.view"}, all...), list("none", nil), list("view-none", []string{"sso.view"}),
		inAdmin("sso-choose", "sso_choose", ssoPath, func(s kit.Speaker) any { return viewForms(s) }),
		show("on", nil, all[0], domains), show("saml", nil, all[1], nil), show("untested", nil, all[2], domains), show("view", []string{"sso.view"}, all[0], domains), show("view-none", []string{"sso.view"}, all[1], nil),
		confirm("on", func(s kit.Speaker) *kit.ConfirmView { return askOn(s, all[1]) }), confirm("on-untested", func(s kit.Speaker) *kit.ConfirmView { return askOn(s, all[3]) }),
		confirm("off", func(s kit.Speaker) *kit.ConfirmView { return askOff(s, all[0]) }), confirm("remove", func(s kit.Speaker) *kit.ConfirmView { return askRemoveProvider(s, all[0]) }),
		confirm("domain-check", func(s kit.Speaker) *kit.ConfirmView { return askCheckDomain(s, domains[1]) }),
		confirm("domain-remove", func(s kit.Speaker) *kit.ConfirmView { return askRemoveDomain(s, domains[1]) }),
		inAdmin("sso-domain", "act_form", ssoPath, func(s kit.Speaker) any { return viewDomainForm(s, all[0]) }),
	}
	return append(append(out, ssoForms(all, roles)...), ssoReports(all[0])...)
}

// ssoForms are the form of a provider for each known one, and in every state.
func ssoForms(all []sso.Provider, roles map[sallyport.Role]string) (out []kittest.Fixture) {
	form := func(name string, f providerForm, then func(s kit.Speaker, v *providerFormView)) {
		out = append(out, inAdmin("sso-form-"+name, "sso_form", ssoPath, func(s kit.Speaker) any {
			first := f.fresh()
			if f.of != nil {
				first = f.saved(s)
			}
			v := viewProviderForm(s, f.after(nil, first))
			if then != nil {
				then(s, v)
			}
			return v
		}))
	}
	for _, id := range []string{"google", "entra", "okta", "keycloak", "gitlab", "apple", "github", "other", samlForm} {
		k, _ := formOf(id)
		form("new-"+id, providerForm{form: k, id: "idp9", addresses: ourAddresses("idp9"), roles: roles}, nil)
	}
	for _, p := range all {
		k, _ := formOf(p.Preset)
		form("change-"+p.Preset, providerForm{form: k, of: &p, id: p.ID, addresses: ourAddresses(p.ID), roles: roles}, nil)
	}
	k, _ := formOf(samlForm)
	read := providerForm{form: k, id: "idp9", addresses: ourAddresses("idp9"), read: &readAddress{entity: "https://idp.northwind.example", notes: []saml.Note{{Code: "certificate_soon", Detail: "CN=idp.northwind.example"}, {Code: "no_logout"}}}}
	form("read", read, nil)
	read.read = &readAddress{failed: &federate.Problem{Code: "metadata_unreachable"}}
	form("read-failed", read, nil)
	entra, _ := formOf("entra")
	form("refused", providerForm{form: entra, id: "idp9", addresses: ourAddresses("idp9")}, func(s kit.Speaker, v *providerFormView) {
		refused := sallyport.Invalid(sallyport.FieldError{Field: "issuer", Code: "invalid"}, sallyport.FieldError{Field: "clientId", Code: "required"}, sallyport.FieldError{Field: "groupsClaim", Code: "invalid_characters"}, sallyport.FieldError{Field: "use", Code: "unknown_value"})
		v.ErrorSummary = kit.Problems(s.Printer, v.placed(kit.AsError(refused)), v.fields()...)
		v.Notice = &kit.Notice{Tone: "info", Icon: "info-circle", Title: s.T("unsent.title"), Text: s.T("unsent.text")}
	})
	return out
}

func ssoReports(p sso.Provider) (out []kittest.Fixture) {
	add := func(name string, r *sso.Report, of sso.Provider) {
		out = append(out, inAdmin("sso-report-"+name, "sso_report", ssoPath, func(s kit.Speaker) any { return kit.ViewReport(s, sso.Returned{Provider: of, Test: r}) }))
	}
	good := report(nil)
	good.Admitted, good.Vouched, good.Role = true, true, sallyport.RoleAdmin
	add("good", good, p)
	own := report(nil)
	own.Admitted, own.Role, own.RoleName = true, sallyport.Role(helpdesk.ID), helpdesk.Name
	add("own-role", own, p)
	add("refused", report(nil), p)
	add("personal", report(nil), identityProviders()[2])
	add("failed", report(&federate.Problem{Code: "token_refused", Detail: "invalid_client: the secret is wrong"}), p)
	return out
}
