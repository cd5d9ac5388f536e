package admin

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const ssoPath = kit.SSOPath

// providerPath is the page of a provider, or that of an act on it.
func providerPath(id string, act ...string) string { return kit.ProviderPath(id, act...) }

// domainPath is the page of an act on a domain.
func domainPath(domain, act string) string { return ssoPath + "/domain/" + domain + "/" + act }

// ssoRoutes are the identity providers, and the domains whose people sign in there.
func (p *Pages) ssoRoutes() []kit.Route {
	const provider, domain = ssoPath + "/provider/{id}", ssoPath + "/domain/{id}"
	routes := []kit.Route{
		{
			Pattern: "GET " + ssoPath, Guard: kit.SignedIn, Need: sso.NeedView, Do: p.ssoList,
			Entry: kit.Entry{Section: kit.Settings, Words: "nav.sso", Icon: "login"},
		},
		{Pattern: "GET " + ssoPath + "/new", Guard: kit.SignedIn, Need: sso.NeedManage, Do: p.ssoChoose},
		{Pattern: "GET " + ssoPath + "/new/{form}", Guard: kit.SignedIn, Need: sso.NeedManage, Do: p.ssoAddForm},
		{Pattern: "POST " + ssoPath + "/new/{form}", Guard: kit.SignedIn, Need: sso.NeedManage, Keeps: providerFields, Uploads: true, Do: p.ssoAdd},
		{Pattern: "GET " + provider, Guard: kit.SignedIn, Need: sso.NeedView, Do: p.ssoShow},
		{Pattern: "GET " + provider + "/change", Guard: kit.SignedIn, Need: sso.NeedManage, Do: p.ssoChangeForm},
		{Pattern: "POST " + provider + "/change", Guard: kit.SignedIn, Need: sso.NeedManage, Keeps: providerFields, Uploads: true, Do: p.ssoChange},
		{Pattern: "GET " + provider + "/test", Guard: kit.SignedIn, Need: sso.NeedView, Do: p.ssoTested},
		{Pattern: "POST " + provider + "/test", Guard: kit.SignedIn, Need: sso.NeedTest, Do: p.ssoTest},
	}
	return slices.Concat(
		routes,
		p.Confirm(kit.Confirm{Path: provider + "/on", Need: sso.NeedManage, Ask: p.ssoOnAsk, Do: p.ssoSwitch(true)}),
		p.Confirm(kit.Confirm{Path: provider + "/off", Need: sso.NeedManage, Ask: p.ssoOffAsk, Do: p.ssoSwitch(false)}),
		p.Confirm(kit.Confirm{Path: provider + "/remove", Need: sso.NeedManage, Ask: p.ssoRemoveAsk, Do: p.ssoRemove}),
		p.Form(kit.Form{Path: provider + "/domain", Need: sso.NeedManage, Keeps: []string{"domain"}, Fill: p.domainAddForm, Do: p.domainAdd}),
		p.Confirm(kit.Confirm{Path: domain + "/check", Need: sso.NeedManage, Ask: p.domainCheckAsk, Do: p.domainCheck}),
		p.Confirm(kit.Confirm{Path: domain + "/remove", Need: sso.NeedManage, Ask: p.domainRemoveAsk, Do: p.domainRemove}),
	)
}

// ssoView is Settings > Single sign-on.
type ssoView struct {
	Add   *kit.Anchor // nil for who may not, and where there are as many as can be
	Full  string      // that there are
	Rows  []providerRow
	Empty kit.EmptyView
}

// providerRow is one provider.
type providerRow struct {
	Name, Path string
	Status     kit.Pill
	Use        string
	Form       string // that it was filled in by
	Tested     *kit.Moment
	Domains    string
	Test       *kit.Anchor // where a test is posted; nil for who may not
	Change     *kit.Anchor
}

// ssoList shows the providers.
func (p *Pages) ssoList(v *kit.Visit) error {
	actor := p.Actor(v)
	found, err := p.SSO.List(v.R.Context(), actor)
	if err != nil {
		return err
	}
	domains, err := p.SSO.Domains(v.R.Context(), actor)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "sso_list", v.T("sso.heading"), viewProviders(v.Speaker, actor, found, domains))
}

func viewProviders(s kit.Speaker, reader sallyport.Actor, found []sso.Provider, domains []sso.Domain) *ssoView {
	v := &ssoView{Empty: kit.EmptyView{Icon: "login", Title: s.T("sso.emptyTitle"), Text: s.T("sso.emptyText")}}
	may := has(reader, access.SSOManage)
	switch {
	case may && len(found) < sso.MaxProviders:
		v.Add = &kit.Anchor{Text: s.T("sso.add"), Path: ssoPath + "/new"}
		v.Empty.Action = v.Add
	case may:
		v.Full = s.T("sso.full", "Max", strconv.Itoa(sso.MaxProviders))
	}
	for _, one := range found {
		row := providerRow{
			Name: one.Name, Path: providerPath(one.ID), Status: providerStatus(s, one), Use: s.T("sso.use." + string(one.Use)), Form: formName(s, one),
			Tested: s.Since("sso.tested", one.TestedAt), Domains: strings.Join(domainNames(domains, one.ID), ", "),
		}
		if may {
			row.Test, row.Change = &kit.Anchor{Text: s.T("sso.test"), Path: providerPath(one.ID, "test")}, &kit.Anchor{Text: s.T("sso.change"), Path: providerPath(one.ID, "change")}
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// domainNames are those of a provider that are proven.
func domainNames(domains []sso.Domain, providerID string) (names []string) {
	for _, d := range domains {
		if d.ProviderID == providerID && !d.ProvenAt.IsZero() {
			names = append(names, d.Domain)
		}
	}
	return names
}

func providerStatus(s kit.Speaker, p sso.Provider) kit.Pill {
	if p.Enabled {
		return kit.Pill{Tone: "good", Icon: "circle-check", Text: s.T("sso.on")}
	}
	return kit.Pill{Tone: "plain", Icon: "circle-dashed", Text: s.T("sso.off")}
}

// formName is the name of the form that a provider was filled in by, or of its protocol.
func formName(s kit.Speaker, p sso.Provider) string {
	if p.Protocol == sso.SAML {
		return s.T("sso.saml")
	}
	form, _ := formOf(p.Preset)
	return cmp.Or(form.Name, s.T("sso.openid"))
}

// samlForm is the form of providers that speak SAML.
const samlForm = "saml"

// formOf returns the form with an id; false for an unknown one. That of SAML has nothing filled in.
func formOf(id string) (openid.Preset, bool) {
	if id == samlForm {
		return openid.Preset{ID: samlForm, Name: "SAML 2.0"}, true
	}
	at := slices.IndexFunc(openid.Presets, func(f openid.Preset) bool { return f.ID == id })
	if at < 0 {
		return openid.Preset{}, false
	}
	return openid.Presets[at], true
}

// formsView asks which form is to be filled in.
type formsView struct {
	Crumb kit.Anchor
	Forms []formRow
}

// formRow is one of them.
type formRow struct{ Name, Pitch, Path string }

// ssoChoose asks which provider it is.
func (p *Pages) ssoChoose(v *kit.Visit) error {
	if err := p.may(v, sso.NeedManage); err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "sso_choose", v.T("sso.chooseTitle"), viewForms(v.Speaker))
}

func viewForms(s kit.Speaker) *formsView {
	v := &formsView{Crumb: kit.Anchor{Text: s.T("sso.heading"), Path: ssoPath}}
	for _, f := range openid.Presets {
		name := f.Name
		if f.ID == otherForm {
			name = s.T("sso.other")
		}
		v.Forms = append(v.Forms, formRow{name, s.T("sso.pitch." + f.ID), ssoPath + "/new/" + f.ID})
	}
	v.Forms = append(v.Forms, formRow{s.T("sso.saml"), s.T("sso.pitch." + samlForm), ssoPath + "/new/" + samlForm})
	return v
}

// otherForm is that of a provider of OpenID Connect which is not among the known ones.
const otherForm = "other"

// ssoTested leads to the provider whoever asks for a report again.
func (p *Pages) ssoTested(v *kit.Visit) error {
	of, err := p.SSO.Get(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if err != nil {
		return err
	}
	v.Redirect(providerPath(of.ID))
	return nil
}

// ssoTest begins a test: the reader signs in at the provider, and the report is what they come back to. Where
// that fails before, it is shown at once.
func (p *Pages) ssoTest(v *kit.Visit) error {
	id := v.R.PathValue("id")
	out, report, err := p.SSO.AskTest(v.R.Context(), p.Actor(v), id)
	if err != nil {
		return err
	}
	if report == nil {
		return p.Away(v, out)
	}
	of, err := p.SSO.Get(v.R.Context(), p.Actor(v), id)
	if err != nil {
		return err
	}
	return p.ShowReport(v, sso.Returned{Provider: of, Test: report})
}
