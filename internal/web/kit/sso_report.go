package kit

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/sso"
)

// SSOPath is where admins look after identity providers.
const SSOPath = "/settings/sso"

// ProviderPath is the page of a provider, or that of an act on it.
func ProviderPath(id string, act ...string) string {
	return strings.Join(append([]string{SSOPath, "provider", id}, act...), "/")
}

// ReportView is what a test of an identity provider found.
type ReportView struct {
	Title, Lead string
	Crumb       Anchor
	Tone, Icon  string
	Again       Anchor // where another test is posted
	Problem     string // why it came to nothing; "" where somebody was signed in
	Detail      string
	Verdicts    []VerdictRow
	Said        []SaidRow // by the provider, of who tested it
	Steps       []StepRow
}

// VerdictRow is what would become of somebody.
type VerdictRow struct{ Tone, Icon, Title, Text string }

// SaidRow is one thing that a provider says of somebody.
type SaidRow struct {
	Label  string
	Name   string // of the attribute, for the rules
	Values []string
}

// StepRow is one step of a test.
type StepRow struct {
	ID, Name  string
	Pill      Pill
	Took      string
	Problem   string
	Detail    string
	Sent, Got string
	Open      bool
}

// ShowReport shows what a test found.
func (p *Shell) ShowReport(v *Visit, got sso.Returned) error {
	v.Printer = v.Complete() // it is a page for admins, wherever the provider sends them back to
	view := ViewReport(v.Speaker, got)
	return p.Show(v, http.StatusOK, "sso_report", view.Title, view)
}

// ViewReport is the page of ShowReport.
func ViewReport(s Speaker, got sso.Returned) *ReportView {
	r := got.Test
	v := &ReportView{
		Title: s.T("sso.report.title", "Name", got.Provider.Name), Lead: s.T("sso.report.good"), Tone: "good", Icon: "circle-check",
		Crumb: Anchor{Text: got.Provider.Name, Path: ProviderPath(got.Provider.ID)}, Again: Anchor{Text: s.T("sso.testAgain"), Path: ProviderPath(got.Provider.ID, "test")},
	}
	if r.Problem != nil {
		v.Tone, v.Icon, v.Lead = "bad", "alert-triangle", s.T("sso.report.bad")
		v.Problem, v.Detail = s.ProblemOfProvider(r.Problem), r.Problem.Detail
	}
	for i, step := range r.Steps {
		v.Steps = append(v.Steps, viewStep(s, i, step))
	}
	if r.Assertion != nil {
		v.Verdicts, v.Said = verdicts(s, got), viewSaid(s, *r.Assertion)
	}
	return v
}

// ProblemOfProvider says in words what is wrong with what a provider sent.
func (s Speaker) ProblemOfProvider(p *federate.Problem) string {
	if id := "sso.problem." + p.Code; s.Has(id) {
		return s.T(id)
	}
	return p.Code
}

func viewStep(s Speaker, i int, step federate.Step) StepRow {
	row := StepRow{
		ID: "step-" + strconv.Itoa(i+1), Name: step.Name, Pill: Pill{Tone: "good", Icon: "circle-check", Text: s.T("sso.report.went")}, Sent: step.Sent, Got: step.Got, Took: took(s, step.Took),
	}
	if id := "sso.step." + step.Name; s.Has(id) {
		row.Name = s.T(id)
	}
	if step.Problem != nil {
		row.Pill = Pill{Tone: "bad", Icon: "alert-triangle", Text: s.T("sso.report.failed")}
		row.Problem, row.Detail, row.Open = s.ProblemOfProvider(step.Problem), step.Problem.Detail, true
	}
	return row
}

// took is how long a step took; "" for one that waited for nobody.
func took(s Speaker, d time.Duration) string {
	if d < time.Millisecond {
		return ""
	}
	return s.T("sso.report.took", "Count", s.Number(int(d.Milliseconds())))
}

// verdicts say what would become of who tested it, if they came to sign in for the first time.
func verdicts(s Speaker, got sso.Returned) (out []VerdictRow) {
	add := func(good bool, id string, pairs ...any) {
		row := VerdictRow{Tone: "good", Icon: "circle-check"}
		if !good {
			row.Tone, row.Icon = "warn", "alert-triangle"
		}
		row.Title, row.Text = s.T(id+"Title"), s.T(id+"Text", pairs...)
		out = append(out, row)
	}
	p, r := got.Provider, got.Test
	if p.Use != sso.Organisation {
		return nil
	}
	add(r.Admitted, map[bool]string{true: "sso.report.admitted", false: "sso.report.refused"}[r.Admitted])
	switch {
	case r.Role != "":
		name := r.RoleName
		if id := "role." + string(r.Role); name == "" && s.Has(id) {
			name = s.T(id)
		}
		add(true, "sso.report.role", "Role", cmp.Or(name, string(r.Role)))
	case len(p.Roles) > 0:
		add(false, "sso.report.noRole")
	}
	add(r.Vouched || len(p.Vouches) == 0, map[bool]string{true: "sso.report.vouched", false: "sso.report.unvouched"}[r.Vouched])
	return out
}

// viewSaid lists what a provider says of somebody: first what counts here, then the attributes, which rules can
// be made of.
func viewSaid(s Speaker, a federate.Assertion) (out []SaidRow) {
	add := func(id string, values ...string) {
		values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
		if len(values) > 0 {
			out = append(out, SaidRow{Label: s.T(id), Values: values})
		}
	}
	add("sso.said.subject", a.Subject)
	add("sso.said.name", a.Name)
	add("sso.said.email", a.Email)
	if a.Email != "" {
		add("sso.said.verified", s.T(map[bool]string{true: "sso.said.yes", false: "sso.said.no"}[a.EmailVerified]))
	}
	if !a.AuthTime.IsZero() {
		add("sso.said.authTime", s.Exact(a.AuthTime, s.Zone))
	}
	add("sso.said.acr", a.ACR)
	add("sso.said.amr", a.AMR...)
	var names []string
	for name := range a.Attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		out = append(out, SaidRow{Name: name, Values: a.Attributes[name]})
	}
	return out
}
