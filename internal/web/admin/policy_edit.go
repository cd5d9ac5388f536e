package admin

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/preview"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const compliancePath = "/settings/compliance"

// needReview is the need of a change of the policy without its step-up: a review changes nothing.
var needReview = act.Need{Permission: tenant.NeedManage.Permission, Exempt: policy.Harmless}

func (p *Pages) policyRoutes() []kit.Route {
	return []kit.Route{
		{
			Pattern: "GET " + compliancePath, Guard: kit.SignedIn, Need: tenant.NeedView, Do: p.policyEdit,
			Entry: kit.Entry{Section: kit.Settings, Words: "nav.compliance", Icon: "shield-lock"},
		},
		{Pattern: "POST " + compliancePath, Guard: kit.SignedIn, Need: needReview, Keeps: policyNames(), Do: p.policyPropose},
		{Pattern: "GET " + compliancePath + "/presets", Guard: kit.SignedIn, Need: tenant.NeedView, Do: p.policyPresets},
		{Pattern: "POST " + compliancePath + "/presets", Guard: kit.SignedIn, Need: needReview, Do: p.policyPreset},
		{Pattern: "GET " + compliancePath + "/versions", Guard: kit.SignedIn, Need: tenant.NeedView, Do: p.policyVersions},
		{Pattern: "POST " + compliancePath + "/versions", Guard: kit.SignedIn, Need: needReview, Do: p.policyRestore},
		{Pattern: "GET " + compliancePath + "/groups", Guard: kit.SignedIn, Need: tenant.NeedView, Do: p.policyGroups},
		{Pattern: "GET " + compliancePath + "/groups/{id}", Guard: kit.SignedIn, Need: tenant.NeedView, Do: p.policyEdit},
		{Pattern: "POST " + compliancePath + "/groups/{id}", Guard: kit.SignedIn, Need: needReview, Keeps: policyNames(), Do: p.policyPropose},
		{Pattern: "GET " + compliancePath + "/groups/{id}/versions", Guard: kit.SignedIn, Need: tenant.NeedView, Do: p.policyVersions},
		{Pattern: "POST " + compliancePath + "/groups/{id}/versions", Guard: kit.SignedIn, Need: needReview, Do: p.policyRestore},
		{Pattern: "GET " + previewsPath + "/{id}", Guard: kit.SignedIn, Need: needReview, Do: p.policyReview},
		{Pattern: "POST " + previewsPath + "/{id}", Guard: kit.SignedIn, Need: tenant.NeedManage, Keeps: []string{"reason", "word"}, Do: p.policySave},
		{Pattern: "GET " + previewsPath + "/{id}/people", Guard: kit.SignedIn, Need: needReview, Do: p.policyPeople},
	}
}

// policyNames are the fields of the form, which are shown again when a session ended meanwhile.
func policyNames() (names []string) {
	for _, f := range policy.Fields {
		names = append(names, f.Name, ownName(f.Name))
	}
	return append(names, "version")
}

// ownName is the box that says that a group decides a field.
func ownName(field string) string { return "own." + field }

// subject is whose policy a page is about: the organisation's, or a group's.
type subject struct {
	group   sallyport.Group // zero for the organisation
	path    string
	version int64
	updated time.Time
	org     sallyport.Policy
	values  policy.Values // all fields; of a group those that it decides
}

// decidedFor reads the policy that the address is about. A group's id stands in the address.
func (p *Pages) decidedFor(v *kit.Visit) (subject, error) {
	id := ""
	if strings.HasPrefix(v.R.URL.Path, compliancePath+"/groups/") {
		id = v.R.PathValue("id")
	}
	return p.subjectOf(v.R.Context(), p.Actor(v), id)
}

// ofGroup reports whether it is a group's policy.
func (s subject) ofGroup() bool { return s.group.ID != "" }

// edit begins a change of it.
func (s subject) edit() tenant.Edit { return tenant.Edit{GroupID: s.group.ID, Version: s.version} }

// shown are the fields that can be decided.
func (s subject) shown() []policy.Field {
	return slices.DeleteFunc(slices.Clone(policy.Fields), func(f policy.Field) bool { return s.ofGroup() && f.Stricter == policy.ForAll })
}

// typed returns the text of each field in a form; of a group "" for what is left to the organisation.
func (s subject) typed(form func(name string) []string) map[string]string {
	out := map[string]string{}
	for _, f := range s.shown() {
		values := form(f.Name)
		switch {
		case s.ofGroup() && len(form(ownName(f.Name))) == 0:
			out[f.Name] = ""
		case f.Kind == policy.Switch:
			out[f.Name] = strconv.FormatBool(len(values) > 0)
		case f.Kind == policy.Choices:
			out[f.Name] = strings.Join(values, ",")
		case f.Kind == policy.Words: // as they are stored, so that spaces are no change
			out[f.Name] = strings.Join(strings.FieldsFunc(strings.Join(values, ","), func(r rune) bool { return r == ',' || unicode.IsSpace(r) }), ",")
		case len(values) > 0:
			out[f.Name] = strings.TrimSpace(values[0])
		}
	}
	return out
}

// saved returns the text of each field as some version has it.
func (s subject) saved(values policy.Values) map[string]string {
	out := map[string]string{}
	for _, f := range s.shown() {
		if value, ok := values[f.Name]; ok {
			out[f.Name] = policy.Text(value)
		} else {
			out[f.Name] = ""
		}
	}
	return out
}

// proposed returns the fields of typed that differ from those of a version, as an edit has them.
func (s subject) proposed(base policy.Values, typed map[string]string) map[string]any {
	saved, out := s.saved(base), map[string]any{}
	for name, text := range typed {
		if text == saved[name] {
			continue
		}
		if out[name] = text; text == "" && s.ofGroup() {
			out[name] = nil
		}
	}
	return out
}

// address is the page with a proposal in it, so that it is there again and can be sent to somebody.
func (s subject) address(fields map[string]any) string {
	q := url.Values{}
	for name, value := range fields {
		text := ""
		if value != nil {
			text = policy.Text(value)
		}
		q.Set(name, text)
	}
	return kit.WithQuery(s.path, q)
}

// policyEdit shows every field of a policy, with what is proposed in the address.
func (p *Pages) policyEdit(v *kit.Visit) error {
	s, err := p.decidedFor(v)
	if err != nil {
		return err
	}
	actor := p.Actor(v)
	e := editor{subject: s, manages: has(actor, access.PoliciesManage), text: s.saved(s.values)}
	if again := p.SentBack(v); again != nil && again.Unsent {
		e.notice = again.Notice(v.Speaker)
		e.text = s.typed(func(name string) []string { return strings.Fields(again.Value(name)) })
	}
	proposal := map[string]any{}
	for name, values := range v.R.URL.Query() {
		if f, known := policy.Named(name); known && (!s.ofGroup() || f.Stricter != policy.ForAll) {
			e.text[name] = values[0]
			if proposal[name] = values[0]; values[0] == "" && s.ofGroup() {
				proposal[name] = nil
			}
		}
	}
	if len(proposal) > 0 && e.manages {
		edit := s.edit()
		edit.Fields = proposal
		if _, err := p.Tenants.Plan(v.R.Context(), actor, edit); err != nil {
			if e.refused = kit.AsInvalid(err); e.refused == nil {
				return err
			}
		}
	}
	if e.versions, _, err = p.Tenants.Versions(v.R.Context(), actor, s.group.ID, s.version+1); err != nil {
		return err
	}
	view := e.view(v.Speaker)
	return p.Show(v, http.StatusOK, "policy_edit", view.Title, view)
}

// policyPropose leads from the form to the review of what was changed in it.
func (p *Pages) policyPropose(v *kit.Visit) error {
	s, err := p.decidedFor(v)
	if err != nil {
		return err
	}
	if err := needReview.ToLook(p.Actor(v)); err != nil {
		return err
	}
	version, err := strconv.ParseInt(v.Value("version"), 10, 64)
	if err != nil { // it is not the form
		return kit.RedirectTo(s.path)(v)
	}
	// What the reader changed is what differs from the version that they read, whatever was saved meanwhile.
	base, err := p.Tenants.Version(v.R.Context(), p.Actor(v), s.group.ID, version)
	if err != nil {
		return err
	}
	fields := s.proposed(base, s.typed(v.Values))
	if len(fields) == 0 {
		return done(v, s.path, "flash.admin.policyUnchanged", 0)
	}
	return p.startReview(v, s, tenant.Edit{GroupID: s.group.ID, Version: version, Fields: fields})
}

// startReview begins a preview of an edit, and leads to its page; back to the form where something is wrong.
func (p *Pages) startReview(v *kit.Visit, s subject, e tenant.Edit) error {
	found, err := p.Previews.Start(v.R.Context(), p.Actor(v), e)
	switch {
	case kit.AsInvalid(err) != nil && len(e.Fields) > 0:
		v.Redirect(s.address(e.Fields))
		return nil
	case err != nil:
		return err
	}
	v.Redirect(previewsPath + "/" + found.ID)
	return nil
}

// editor is what the form of a policy is made of.
type editor struct {
	subject
	manages  bool
	text     map[string]string // what stands in the fields
	refused  *sallyport.Error  // what is wrong with it; nil for nothing
	notice   *kit.Notice
	versions []tenant.Version // the newest ones, newest first: whose values they are
}

// policyView is Settings > Compliance.
type policyView struct {
	Title, Lead  string
	Crumb        *kit.Anchor
	Path         string
	Version      int64
	Saved        string // by whom and when
	Why          string
	Links        []kit.Anchor
	Sections     []policySection
	ForAll       []string     // fields that no group decides
	Group        string       // id of the group whose policy it is; "" for the organisation's
	Presets      []kit.Option // that a group's can begin with
	Manages      bool
	Changed      int // fields that differ from the saved ones
	CountText    string
	One, Many    string // how a script says how many they are
	ErrorSummary *kit.ErrorSummary
	Notice       *kit.Notice
}

// policySection is a part of the form.
type policySection struct {
	ID, Title, Lead string
	Fields          []*policyField
}

// policyField is one row of the form.
type policyField struct {
	kit.Field
	Kind     string
	Min, Max int
	Unit     string
	Bounds   string
	On       bool
	Was      string // what is saved, in words
	From     string // where that comes from
	Saved    string // the same as the form has it
	Changed  bool
	Marks    []presetMark
	Off      bool // it cannot be chosen

	Group    bool // it stands in the form of a group
	Own      bool // and is decided there
	OwnName  string
	Stricter string // which value is the stricter one
	Org      string // the organisation's value, in words
}

// presetMark is the value of a field in a preset.
type presetMark struct {
	Preset, Value string
	Same          bool // as the one in the form
}

func (e editor) view(s kit.Speaker) *policyView {
	v := &policyView{
		Title: s.T("policy.heading"), Lead: s.T("policy.lead"), Path: e.path, Version: e.version, Manages: e.manages, Notice: e.notice,
		Saved: s.T("policy.neverSaved"),
		Links: []kit.Anchor{
			{Text: s.T("policy.presets"), Path: compliancePath + "/presets"},
			{Text: s.T("policy.groups"), Path: compliancePath + "/groups"},
			{Text: s.T("policy.versions"), Path: e.path + "/versions"},
		},
	}
	if e.ofGroup() {
		v.Title, v.Lead, v.Crumb = s.T("policy.groupHeading", "Group", e.group.Name), s.N("policy.groupLead", e.group.Members), &kit.Anchor{Text: s.T("policy.groups"), Path: compliancePath + "/groups"}
		v.Links = []kit.Anchor{{Text: s.T("policy.members"), Path: groupPath(e.group.ID)}, {Text: s.T("policy.versions"), Path: e.path + "/versions"}}
		v.Saved, v.Group = s.T("policy.groupNeverSaved"), e.group.ID
		for _, preset := range policy.Presets {
			name, _ := s.PresetName(preset)
			v.Presets = append(v.Presets, kit.Option{Value: string(preset), Text: name})
		}
		for _, f := range policy.Fields {
			if f.Stricter == policy.ForAll {
				v.ForAll = append(v.ForAll, s.PolicyName(f.Name))
			}
		}
	}
	if len(e.versions) > 0 {
		last := e.versions[0]
		v.Saved, v.Why = s.T("policy.saved", "Version", last.Number, "Who", savedBy(s, last), "When", s.Exact(last.At, s.Zone)), last.Reason
	}
	saved, fields := e.saved(e.values), []*kit.Field{}
	for _, name := range policy.Sections {
		title, lead := s.PolicySection(name)
		section := policySection{ID: name, Title: title, Lead: lead}
		for _, f := range e.shown() {
			if f.Section() != name {
				continue
			}
			row := e.field(s, f, saved[f.Name])
			if row.Changed {
				v.Changed++
			}
			fields, section.Fields = append(fields, &row.Field), append(section.Fields, row)
		}
		if len(section.Fields) > 0 {
			v.Sections = append(v.Sections, section)
		}
	}
	v.One, v.Many = s.N("policy.changed", 1), strings.Replace(s.N("policy.changed", 1000), s.Number(1000), "{count}", 1)
	if v.Changed > 0 {
		v.CountText = s.N("policy.changed", v.Changed)
	}
	if e.refused != nil {
		v.ErrorSummary = kit.Problems(s.Printer, inWords(s, e.refused), fields...)
	}
	return v
}

// inWords gives the fields that an error names as being in contradiction their labels.
func inWords(s kit.Speaker, err *sallyport.Error) *sallyport.Error {
	out := *err
	out.Fields = slices.Clone(err.Fields)
	for i, f := range out.Fields {
		if other := f.Args["field"]; other != "" {
			out.Fields[i].Args = map[string]string{"field": s.PolicyName(other)}
		}
	}
	return &out
}

// savedBy names who saved a version.
func savedBy(s kit.Speaker, v tenant.Version) string {
	switch {
	case v.User.ID != "":
		return v.User.Name()
	case v.By == string(sallyport.ActorOperator):
		return s.T("policy.byOperator")
	}
	return s.T("policy.bySomebody")
}

// field is one row of the form.
func (e editor) field(s kit.Speaker, f policy.Field, saved string) *policyField {
	text := e.text[f.Name]
	row := &policyField{
		Field: kit.Field{Name: f.Name, Label: s.PolicyField(f.Name), Hint: s.PolicyHelp(f.Name), Value: text},
		Kind:  kindOf(f), Min: f.Min, Max: f.Max, On: text == "true", Saved: saved, Changed: text != saved, Was: s.PolicyText(f.Name, saved),
		Group: e.ofGroup(), Own: text != "", OwnName: ownName(f.Name), Off: !e.manages,
	}
	if f.Kind == policy.Keep {
		row.Min = 0
	}
	row.Unit, row.Bounds = boundsOf(s, f)
	row.From = e.from(s, f, saved)
	chosen := strings.Split(text, ",")
	for _, o := range f.Options {
		row.Options = append(row.Options, kit.Option{Value: o, Text: s.PolicyText(f.Name, o), On: slices.Contains(chosen, o)})
	}
	row.Marks = marksOf(s, f, text)
	if e.ofGroup() {
		row.Stricter = s.T("policy.stricter." + string(f.Stricter))
		org := policy.Text(f.Get(e.org))
		if row.Org = s.PolicyText(f.Name, org); text == "" { // so that a value is there when it is chosen to be decided
			row.Value, row.On = org, org == "true"
			for i, o := range row.Options {
				row.Options[i].On = slices.Contains(strings.Split(org, ","), o.Value)
			}
		}
	}
	return row
}

// from says where the saved value of a field comes from: the version that changed it last, or the default. "" where the
// organisation decides it instead of the group, or the version is older than those at hand.
func (e editor) from(s kit.Speaker, f policy.Field, saved string) string {
	for _, one := range e.versions {
		if slices.ContainsFunc(one.Changes, func(c policy.Change) bool { return c.Field == f.Name && c.New == saved && saved != "" }) {
			return s.T("policy.from", "Version", one.Number, "Who", savedBy(s, one))
		}
	}
	if !e.ofGroup() && saved == policy.Text(f.Default) {
		return s.T("policy.fromDefault")
	}
	return ""
}

// marksOf are the values of a field in the presets; presets with the same one share a mark.
func marksOf(s kit.Speaker, f policy.Field, text string) (marks []presetMark) {
	at := map[string]int{}
	for _, preset := range policy.Presets {
		name, _ := s.PresetName(preset)
		value := policy.Text(f.In(preset))
		if i, there := at[value]; there {
			marks[i].Preset += ", " + name
			continue
		}
		at[value] = len(marks)
		marks = append(marks, presetMark{name, s.PolicyText(f.Name, value), value == text})
	}
	return marks
}

// kindOf is the kind of control of a field.
func kindOf(f policy.Field) string {
	switch f.Kind {
	case policy.Switch:
		return "switch"
	case policy.Choice:
		return "choice"
	case policy.Choices:
		return "choices"
	case policy.Words:
		return "words"
	}
	return "number"
}

// boundsOf returns the unit of a number, and between what it has to be.
func boundsOf(s kit.Speaker, f policy.Field) (unit, bounds string) {
	switch f.Kind {
	case policy.Minutes:
		unit = s.T("policy.unit.minutes")
	case policy.Days, policy.Keep:
		unit = s.T("policy.unit.days")
	case policy.Number:
	default:
		return "", ""
	}
	least, most := strconv.Itoa(f.Min), strconv.Itoa(f.Max)
	key := cmp.Or(map[bool]string{f.Kind == policy.Keep: "policy.boundsOrZero"}[true], "policy.bounds")
	return unit, s.T(key, "Min", least, "Max", most)
}

// dangerWords are what has to be typed before a change that locks somebody out.
func dangerWords(s kit.Speaker) string { return s.T("policy.word") }

// effectAnchor leads to the people of an effect.
func effectAnchor(id string, e preview.Effect) string {
	return kit.WithQuery(previewsPath+"/"+id+"/people", url.Values{"effect": {string(e)}})
}
