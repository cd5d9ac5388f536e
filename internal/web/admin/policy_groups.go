package admin

import (
	"net/http"
	"strings"

	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// policyGroupsView lists what is stricter for groups.
type policyGroupsView struct {
	Crumb  kit.Anchor
	Groups []policyGroupRow
	Empty  kit.EmptyView
}

// policyGroupRow is one group.
type policyGroupRow struct {
	Name, Path string
	People     string
	Stricter   string // what is decided for it, in words; "" for nothing
}

// policyGroups lists the groups with what is decided for them.
func (p *Pages) policyGroups(v *kit.Visit) error {
	found, err := p.Tenants.Groups(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "policy_groups", v.T("policy.groups"), viewPolicyGroups(v.Speaker, found))
}

func viewPolicyGroups(s kit.Speaker, found []tenant.ForGroup) *policyGroupsView {
	v := &policyGroupsView{
		Crumb: kit.Anchor{Text: s.T("policy.heading"), Path: compliancePath},
		Empty: kit.EmptyView{Icon: "users-group", Title: s.T("groups.emptyTitle"), Text: s.T("policyGroups.emptyText"), Action: &kit.Anchor{Text: s.T("nav.groups"), Path: groupsPath}},
	}
	for _, g := range found {
		var parts []string
		for _, f := range policy.Fields {
			if value, ok := g.Values[f.Name]; ok {
				parts = append(parts, s.T("policyGroups.value", "Field", s.PolicyName(f.Name), "Value", s.PolicyValue(f.Name, value)))
			}
		}
		v.Groups = append(v.Groups, policyGroupRow{g.Group.Name, compliancePath + "/groups/" + g.Group.ID, s.N("groups.people", g.Group.Members), strings.Join(parts, " · ")})
	}
	return v
}
