package admin

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// providerView is the page of one provider.
type providerView struct {
	Crumb     kit.Anchor
	Name      string
	Facts     []string
	Made      kit.Moment
	Status    kit.Pill
	Test      *kit.Anchor // nil for who may not; the same for the next two
	Change    *kit.Anchor
	Acts      []*kit.ConfirmView
	Notice    *kit.Notice
	Addresses []kit.SecretFact
	Settings  []settingRow
	Domains   domainsPart
}

// settingRow is what was decided, in words.
type settingRow struct {
	Label  string
	Values []string
	Mono   bool
}

// domainsPart are the domains of a provider.
type domainsPart struct {
	Add   *kit.Anchor
	Rows  []domainRow
	Empty kit.EmptyView
}

// domainRow is one of them.
type domainRow struct {
	Domain string
	Status kit.Pill
	When   *kit.Moment
	Record []kit.SecretFact // to be set; none once it is proven
	Check  *kit.Anchor      // nil for who may not, and once it is proven
	Remove *kit.ConfirmView
}

// providerFacts is what the page of a provider is made of.
type providerFacts struct {
	sso.Provider
	addresses sso.Addresses
	domains   []sso.Domain // of all providers
	roles     map[sallyport.Role]string
}

// ssoShow shows a provider with its domains.
func (p *Pages) ssoShow(v *kit.Visit) (err error) {
	ctx, actor := v.R.Context(), p.Actor(v)
	f := providerFacts{roles: p.roleNames(v)}
	if f.Provider, err = p.SSO.Get(ctx, actor, v.R.PathValue("id")); err != nil {
		return err
	}
	if f.addresses, err = p.SSO.Addresses(ctx, actor, f.ID); err != nil {
		return err
	}
	if f.domains, err = p.SSO.Domains(ctx, actor); err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "sso_show", f.Provider.Name, viewProvider(v.Speaker, actor, f))
}

// roleNames are the names of the organisation's own roles; none for who may not see them.
func (p *Pages) roleNames(v *kit.Visit) map[sallyport.Role]string {
	names, _ := p.Roles.Names(v.R.Context(), p.Actor(v))
	return names
}

func viewProvider(s kit.Speaker, reader sallyport.Actor, f providerFacts) *providerView {
	v := &providerView{
		Crumb: kit.Anchor{Text: s.T("sso.heading"), Path: ssoPath}, Name: f.Provider.Name, Facts: []string{formName(s, f.Provider), s.T("sso.use." + string(f.Use))},
		Made: s.Moment("sso.made", f.CreatedAt), Status: providerStatus(s, f.Provider), Addresses: addressFacts(s, f.Protocol, f.addresses), Settings: settingRows(s, f),
	}
	may := has(reader, access.SSOManage)
	v.Domains = viewDomains(s, f, may)
	v.Notice = nextStep(s, f.Provider)
	if !may {
		return v
	}
	v.Test, v.Change = &kit.Anchor{Text: s.T("sso.test"), Path: providerPath(f.ID, "test")}, &kit.Anchor{Text: s.T("sso.change"), Path: providerPath(f.ID, "change")}
	if f.Enabled {
		v.Acts = append(v.Acts, askOff(s, f.Provider))
	} else {
		v.Acts = append(v.Acts, askOn(s, f.Provider))
	}
	v.Acts = append(v.Acts, askRemoveProvider(s, f.Provider))
	return v
}

// nextStep says what is left to do; nil for nothing.
func nextStep(s kit.Speaker, p sso.Provider) *kit.Notice {
	var id string
	switch {
	case p.TestedAt.IsZero():
		id = "sso.next.test"
	case !p.Enabled:
		id = "sso.next.switch"
	default:
		return nil
	}
	return &kit.Notice{Tone: "info", Icon: "info-circle", Title: s.T(id + "Title"), Text: s.T(id + "Text")}
}

// addressFacts are our addresses that the provider has to know.
func addressFacts(s kit.Speaker, protocol string, a sso.Addresses) []kit.SecretFact {
	if protocol == sso.SAML {
		return []kit.SecretFact{
			{ID: "our-metadata", Label: s.T("sso.address.metadata"), Value: a.Metadata}, {ID: "our-entity", Label: s.T("sso.address.entity"), Value: a.EntityID},
			{ID: "our-acs", Label: s.T("sso.address.acs"), Value: a.Callback}, {ID: "our-logout", Label: s.T("sso.address.samlLogout"), Value: a.Logout},
		}
	}
	out := []kit.SecretFact{{ID: "our-callback", Label: s.T("sso.address.callback"), Value: a.Callback}}
	if protocol == sso.OpenID {
		out = append(out, kit.SecretFact{ID: "our-logout", Label: s.T("sso.address.logout"), Value: a.Logout})
	}
	return out
}

// settingRows are the settings in words; none of what is empty.
func settingRows(s kit.Speaker, f providerFacts) (out []settingRow) {
	add := func(id string, mono bool, values ...string) {
		row := settingRow{Label: s.T(id), Mono: mono}
		for _, v := range values {
			if v != "" {
				row.Values = append(row.Values, v)
			}
		}
		if len(row.Values) > 0 {
			out = append(out, row)
		}
	}
	yes := func(id string, on bool) string {
		if on {
			return s.T(id + "Yes")
		}
		return s.T("sso.said.no")
	}
	p := f.Provider
	add("sso.issuer", true, p.Issuer)
	add("sso.clientId", true, p.ClientID)
	add("sso.scopes", true, strings.Join(p.Scopes, " "))
	add("sso.entityId", true, p.EntityID)
	add("sso.useLabel", false, s.T("sso.use."+string(p.Use)))
	add("sso.button", false, yes("sso.button", p.Button))
	if p.Use == sso.Organisation {
		add("sso.trustEmail", false, yes("sso.trustEmail", p.TrustEmail))
		add("sso.provisionLabel", false, s.T("sso.provision."+string(p.Provision)))
		admits := matchLines(p.Admits)
		if len(admits) == 0 {
			admits = []string{s.T("sso.admitsAll")}
		}
		add("sso.admits", len(p.Admits) > 0, admits...)
		roles := roleLines(s, p.Roles, f.roles)
		if len(roles) == 0 {
			roles = []string{s.T("sso.rolesNone")}
		}
		add("sso.roles", len(p.Roles) > 0, roles...)
		vouches := p.Vouches
		if len(vouches) == 0 {
			vouches = []string{s.T("sso.vouchesNone")}
		}
		add("sso.vouches", len(p.Vouches) > 0, vouches...)
	}
	add("sso.endThere", false, yes("sso.endThere", p.EndThere))
	return out
}

// matchLines writes rules as they are typed: a group, or an attribute and its value.
func matchLines(all []sso.Match) (lines []string) {
	for _, m := range all {
		lines = append(lines, matchLine(m))
	}
	return lines
}

// matchLine writes one. A group whose name has an equals sign begins with one.
func matchLine(m sso.Match) string {
	if m.Attribute == "" && !strings.Contains(m.Value, "=") {
		return m.Value
	}
	return m.Attribute + "=" + m.Value
}

func roleLines(s kit.Speaker, rules []sso.RoleRule, names map[sallyport.Role]string) (lines []string) {
	for _, r := range rules {
		lines = append(lines, matchLine(r.Match)+" = "+cmp.Or(roleName(s, r.Role, names), string(r.Role)))
	}
	return lines
}

func viewDomains(s kit.Speaker, f providerFacts, may bool) domainsPart {
	part := domainsPart{Empty: kit.EmptyView{Icon: "world", Title: s.T("sso.domainsNone"), Text: s.T("sso.domainsNoneText")}}
	if may && len(f.domains) < sso.MaxDomains {
		part.Add = &kit.Anchor{Text: s.T("sso.domainAdd"), Path: providerPath(f.ID, "domain")}
		part.Empty.Action = part.Add
	}
	for _, d := range f.domains {
		if d.ProviderID == f.ID {
			part.Rows = append(part.Rows, viewDomain(s, d, may))
		}
	}
	return part
}

func viewDomain(s kit.Speaker, d sso.Domain, may bool) domainRow {
	row := domainRow{Domain: d.Domain, Status: kit.Pill{Tone: "good", Icon: "circle-check", Text: s.T("sso.proven")}, When: s.Since("sso.provenAt", d.ProvenAt)}
	if d.ProvenAt.IsZero() {
		row.Status, row.When = kit.Pill{Tone: "warn", Icon: "clock", Text: s.T("sso.unproven")}, s.Since("sso.checkedAt", d.CheckedAt)
		id := "record-" + strings.ReplaceAll(d.Domain, ".", "-")
		row.Record = []kit.SecretFact{{ID: id + "-name", Label: s.T("sso.recordName"), Value: d.RecordName}, {ID: id + "-value", Label: s.T("sso.recordValue"), Value: d.Record}}
	}
	if !may {
		return row
	}
	row.Remove = askRemoveDomain(s, d)
	if d.ProvenAt.IsZero() {
		row.Check = &kit.Anchor{Text: s.T("sso.check"), Path: domainPath(d.Domain, "check")}
	}
	return row
}

// blocked says on a page what stands in the way of an act; any other error is returned.
func (p *Pages) blocked(v *kit.Visit, to string, err error) error {
	if e := kit.AsError(err); e != nil {
		switch e.Obstacle {
		case sallyport.NoProvider:
			return done(v, to, "flash.admin.providerLast", 0)
		case sallyport.NoBreakGlass:
			return done(v, to, "flash.admin.providerNoPasskey", 0)
		case sallyport.TooManyProviders:
			return done(v, to, "flash.admin.providersFull", 0)
		case sallyport.ChangedMeanwhile:
			return done(v, to, "flash.admin.providerMeanwhile", 0)
		}
	}
	return err
}

// providerTo returns the provider of the address, once the reader may change it and has proven enough.
func (p *Pages) providerTo(v *kit.Visit) (sso.Provider, error) {
	if err := p.may(v, sso.NeedManage); err != nil {
		return sso.Provider{}, err
	}
	return p.SSO.Get(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
}

func (p *Pages) ssoOnAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	of, err := p.providerTo(v)
	if err != nil {
		return nil, err
	}
	return askOn(v.Speaker, of), nil
}

func (p *Pages) ssoOffAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	of, err := p.providerTo(v)
	if err != nil {
		return nil, err
	}
	return askOff(v.Speaker, of), nil
}

// ssoSwitch switches a provider on or off.
func (p *Pages) ssoSwitch(on bool) kit.Handler {
	said := map[bool]string{true: "flash.admin.providerOn", false: "flash.admin.providerOff"}[on]
	return func(v *kit.Visit) error {
		page := providerPath(v.R.PathValue("id"))
		if err := p.SSO.Switch(v.R.Context(), p.Actor(v), v.R.PathValue("id"), on); err != nil {
			return p.blocked(v, page, err)
		}
		return done(v, page, said, 0)
	}
}

func askOn(s kit.Speaker, p sso.Provider) *kit.ConfirmView {
	lines := []string{s.T("sso.onText." + string(p.Use))}
	if p.TestedAt.IsZero() {
		lines = append(lines, s.T("sso.onUntested"))
	}
	return &kit.ConfirmView{
		ID: "switch-on", Path: providerPath(p.ID, "on"), Back: providerPath(p.ID), Icon: "circle-check", Text: s.T("sso.switchOn"),
		Title: s.T("sso.onTitle", "Name", p.Name), Lines: lines, Act: s.T("sso.switchOn"), Calm: true,
	}
}

func askOff(s kit.Speaker, p sso.Provider) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "switch-off", Path: providerPath(p.ID, "off"), Back: providerPath(p.ID), Icon: "ban", Text: s.T("sso.switchOff"),
		Title: s.T("sso.offTitle", "Name", p.Name), Lines: []string{s.T("sso.offText")}, Act: s.T("sso.switchOff"),
	}
}

func (p *Pages) ssoRemoveAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	of, err := p.providerTo(v)
	if err != nil {
		return nil, err
	}
	return askRemoveProvider(v.Speaker, of), nil
}

// ssoRemove removes a provider with its domains and the accounts that people linked.
func (p *Pages) ssoRemove(v *kit.Visit) error {
	id := v.R.PathValue("id")
	if err := p.SSO.Remove(v.R.Context(), p.Actor(v), id); err != nil {
		return p.blocked(v, providerPath(id), err)
	}
	return done(v, ssoPath, "flash.admin.providerRemoved", 0)
}

func askRemoveProvider(s kit.Speaker, p sso.Provider) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "remove", Path: providerPath(p.ID, "remove"), Back: providerPath(p.ID), Icon: "trash", Text: s.T("sso.remove"),
		Title: s.T("sso.removeTitle", "Name", p.Name), Lines: []string{s.T("sso.removeText")}, Act: s.T("sso.removeAct"),
	}
}

// domainAddForm asks for a domain.
func (p *Pages) domainAddForm(v *kit.Visit) (*kit.FormView, error) {
	of, err := p.providerTo(v)
	if err != nil {
		return nil, err
	}
	return viewDomainForm(v.Speaker, of), nil
}

func viewDomainForm(s kit.Speaker, p sso.Provider) *kit.FormView {
	domain := kit.TextField("domain", s.T("sso.domain"), "", "off")
	domain.MaxLength, domain.Focus, domain.Plain, domain.Hint = 253, true, true, s.T("sso.domainHint")
	return &kit.FormView{
		Path: providerPath(p.ID, "domain"), Back: providerPath(p.ID), Icon: "world", Title: s.T("sso.domainAdd"), Lead: s.T("sso.domainAddLead", "Name", p.Name),
		Fields: []*kit.Field{&domain}, Act: s.T("sso.domainAdd"),
	}
}

// domainAdd adds it; it counts once its record is found.
func (p *Pages) domainAdd(v *kit.Visit) error {
	of, err := p.providerTo(v)
	if err != nil {
		return err
	}
	if _, err := p.SSO.AddDomain(v.R.Context(), p.Actor(v), of.ID, v.Value("domain")); err != nil {
		return p.blocked(v, providerPath(of.ID), err)
	}
	return done(v, providerPath(of.ID), "flash.admin.domainAdded", 0)
}

// domainTo returns the domain of the address, once the reader may change it and has proven enough.
func (p *Pages) domainTo(v *kit.Visit) (sso.Domain, error) {
	if err := p.may(v, sso.NeedManage); err != nil {
		return sso.Domain{}, err
	}
	all, err := p.SSO.Domains(v.R.Context(), p.Actor(v))
	for _, d := range all {
		if d.Domain == v.R.PathValue("id") {
			return d, nil
		}
	}
	if err == nil {
		err = sallyport.ErrNotFound
	}
	return sso.Domain{}, err
}

func (p *Pages) domainCheckAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	d, err := p.domainTo(v)
	if err != nil {
		return nil, err
	}
	return askCheckDomain(v.Speaker, d), nil
}

func askCheckDomain(s kit.Speaker, d sso.Domain) *kit.ConfirmView {
	return &kit.ConfirmView{
		Path: domainPath(d.Domain, "check"), Back: providerPath(d.ProviderID), Icon: "world", Title: s.T("sso.checkTitle", "Domain", d.Domain),
		Lines: []string{s.T("sso.checkText", "Record", d.RecordName)}, Act: s.T("sso.check"), Calm: true,
	}
}

// domainCheck looks for the record of a domain.
func (p *Pages) domainCheck(v *kit.Visit) error {
	d, err := p.domainTo(v)
	if err != nil {
		return err
	}
	_, err = p.SSO.ProveDomain(v.R.Context(), p.Actor(v), d.Domain)
	switch e := (*sallyport.Error)(nil); {
	case err == nil:
		return done(v, providerPath(d.ProviderID), "flash.admin.domainProven", 0)
	case errors.As(err, &e) && e.Code == sallyport.CodeInvalid:
		return done(v, providerPath(d.ProviderID), "flash.admin.domainMissing", 0)
	}
	return err
}

func (p *Pages) domainRemoveAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	d, err := p.domainTo(v)
	if err != nil {
		return nil, err
	}
	return askRemoveDomain(v.Speaker, d), nil
}

// domainRemove takes a domain away.
func (p *Pages) domainRemove(v *kit.Visit) error {
	d, err := p.domainTo(v)
	if err != nil {
		return err
	}
	if err := p.SSO.RemoveDomain(v.R.Context(), p.Actor(v), d.Domain); err != nil {
		return err
	}
	return done(v, providerPath(d.ProviderID), "flash.admin.domainRemoved", 0)
}

func askRemoveDomain(s kit.Speaker, d sso.Domain) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "remove-" + strings.ReplaceAll(d.Domain, ".", "-"), Path: domainPath(d.Domain, "remove"), Back: providerPath(d.ProviderID), Icon: "trash", Text: s.T("sso.domainRemove"),
		Label: s.T("sso.domainRemoveLabel", "Domain", d.Domain), Title: s.T("sso.domainRemoveTitle", "Domain", d.Domain), Lines: []string{s.T("sso.domainRemoveText")}, Act: s.T("sso.domainRemoveAct"),
	}
}
