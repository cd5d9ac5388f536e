package admin

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// versionsView lists the versions of a policy.
type versionsView struct {
	Title   string
	Crumb   kit.Anchor
	Path    string
	Rows    []versionRow
	Older   *kit.Anchor
	Empty   kit.EmptyView
	Restore bool // the reader may go back to one
}

// versionRow is one version.
type versionRow struct {
	Number  int64
	Title   string
	Who     string
	Why     string
	At      kit.Moment
	Changes []changeRow
	Current bool
}

// policyVersions lists the versions of a policy, newest first.
func (p *Pages) policyVersions(v *kit.Visit) error {
	s, err := p.decidedFor(v)
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(v.R.URL.Query().Get("before"), 10, 64) // another text is the first page
	found, more, err := p.Tenants.Versions(v.R.Context(), p.Actor(v), s.group.ID, before)
	if err != nil {
		return err
	}
	view := viewVersions(v.Speaker, s, found, more)
	view.Restore = has(p.Actor(v), access.PoliciesManage)
	return p.Show(v, http.StatusOK, "policy_versions", view.Title, view)
}

func viewVersions(s kit.Speaker, of subject, found []tenant.Version, more bool) *versionsView {
	v := &versionsView{
		Title: s.T("policyVersions.heading"), Crumb: kit.Anchor{Text: s.T("policy.heading"), Path: of.path}, Path: of.path + "/versions",
		Empty: kit.EmptyView{Icon: "history", Title: s.T("policyVersions.emptyTitle"), Text: s.T("policyVersions.emptyText")},
	}
	if of.ofGroup() {
		v.Crumb.Text = s.T("policy.groupHeading", "Group", of.group.Name)
	}
	for _, one := range found {
		row := versionRow{
			Number: one.Number, Title: s.T("policyVersions.version", "Number", one.Number), Who: savedBy(s, one), Why: one.Reason,
			At: s.Moment("policyVersions.saved", one.At), Current: one.Number == of.version,
		}
		for _, c := range one.Changes {
			row.Changes = append(row.Changes, changeRow{Field: c.Field, Label: s.PolicyName(c.Field), Old: s.PolicyText(c.Field, c.Old), New: s.PolicyText(c.Field, c.New)})
		}
		v.Rows = append(v.Rows, row)
	}
	if more {
		v.Older = &kit.Anchor{Text: s.T("policyVersions.older"), Path: kit.WithQuery(v.Path, url.Values{"before": {strconv.FormatInt(found[len(found)-1].Number, 10)}})}
	}
	return v
}

// policyRestore leads to the review of going back to a version.
func (p *Pages) policyRestore(v *kit.Visit) error {
	s, err := p.decidedFor(v)
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(v.Value("version"), 10, 64)
	if err != nil || number < 0 {
		return sallyport.ErrNotFound
	}
	return p.startReview(v, s, tenant.Edit{GroupID: s.group.ID, Version: s.version, Restore: &number})
}
