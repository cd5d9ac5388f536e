package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/tenant"
)

func (e *edge) addGroupPolicies() {
	handle(e, get("listGroupPolicies", "/policy/groups", "What is decided more strictly for groups").
		says("All groups, by name. Of somebody in several groups the strictest value of each field holds, or the organisation's where that is stricter.").needs(tenant.NeedView), e.listGroupPolicies)
	handle(e, get("getGroupPolicy", "/policy/groups/{id}", "What is decided more strictly for one group", http.StatusNotFound).needs(tenant.NeedView), e.getGroupPolicy)

	errs := withBody(http.StatusNotFound, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	change := patch("changeGroupPolicy", "/policy/groups/{id}", "Replace fields of a group's policy", errs...)
	change.Description = "Fields that are left out stay; null leaves a field to the organisation (RFC 7396). The rest is as for changePolicy. Sessions of its members get shorter times at once."
	handle(e, change.needs(tenant.NeedManage), e.changeGroupPolicy)

	preset := post("applyPresetToGroup", "/policy/groups/{id}/preset", "Replace a group's policy by a preset", errs...)
	preset.Description = "By the fields of it that groups can decide. If-Match, reason and anyway as for changePolicy."
	handle(e, preset.needs(tenant.NeedManage), e.applyGroupPreset)

	restore := post("restoreGroupPolicy", "/policy/groups/{id}/restore", "Go back to an earlier version of a group's policy", errs...)
	restore.Description = "It becomes the newest version. If-Match, reason and anyway as for changePolicy."
	handle(e, restore.needs(tenant.NeedManage), e.restoreGroupPolicy)

	handle(e, get("listGroupPolicyVersions", "/policy/groups/{id}/versions", "The versions of a group's policy, newest first", http.StatusNotFound, http.StatusUnprocessableEntity).
		needs(tenant.NeedView), e.listGroupPolicyVersions)
	handle(e, get("getUserPolicy", "/users/{id}/policy", "The policy that holds for somebody, and which of it a group of theirs decides", http.StatusNotFound).
		needs(tenant.NeedView), e.getUserPolicy)
}

// policyFieldsOf are fields of a policy, by name.
type policyFieldsOf policy.Values

// MarshalJSON writes the fields in the order of the table.
func (f policyFieldsOf) MarshalJSON() ([]byte, error) { return policy.Values(f).MarshalJSON() }

// Schema has all fields, of which some may be missing.
func (policyFieldsOf) Schema(r huma.Registry) *huma.Schema {
	s := policySchema()
	for _, f := range policy.Fields {
		bound(s.Properties[f.Name], f)
	}
	return named(r, "PolicyFieldValues", s)
}

// groupPolicy is what is decided for a group.
type groupPolicy struct {
	GroupID   string         `json:"groupId"`
	Name      string         `json:"name"`
	UserCount int            `json:"userCount" minimum:"0" doc:"How many are in it."`
	Version   int64          `json:"version" minimum:"0" doc:"0 when nothing was ever decided. The ETag is made of it."`
	UpdatedAt time.Time      `json:"updatedAt,omitzero"`
	Fields    policyFieldsOf `json:"fields" doc:"The fields that are decided for it."`
}

func showGroupPolicy(g tenant.ForGroup) groupPolicy {
	return groupPolicy{g.Group.ID, g.Group.Name, g.Group.Members, g.Version, g.UpdatedAt.UTC(), policyFieldsOf(g.Values)}
}

type groupPoliciesOutput struct {
	Body struct {
		Items []groupPolicy `json:"items" nullable:"false"`
	} `nameHint:"GroupPolicies"`
}

func (e *edge) listGroupPolicies(ctx context.Context, _ *struct{}) (*groupPoliciesOutput, error) {
	found, err := e.Tenants.Groups(ctx, e.actor(ctx))
	var out groupPoliciesOutput
	out.Body.Items = each(found, showGroupPolicy)
	return &out, err
}

type groupPolicyOutput struct {
	ETag string `header:"ETag" doc:"For If-Match of a change."`
	Body groupPolicy
}

func (e *edge) getGroupPolicy(ctx context.Context, in *idInput) (*groupPolicyOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	g, err := e.Tenants.ReadGroup(ctx, e.actor(ctx), id)
	return &groupPolicyOutput{policyTag(g.Version), showGroupPolicy(g)}, err
}

// groupPolicyChange has the fields to replace; null leaves one to the organisation.
type groupPolicyChange policyChange

// Schema is that of policyChange without the fields of the organisation alone.
func (groupPolicyChange) Schema(huma.Registry) *huma.Schema {
	s := changeSchema()
	for _, f := range policy.Fields {
		if p := s.Properties[f.Name]; f.Stricter == policy.ForAll {
			delete(s.Properties, f.Name)
		} else {
			p.Nullable = true
		}
	}
	s.PrecomputeMessages()
	return s
}

type changeGroupPolicyInput struct {
	ID string `path:"id"`
	MatchInput
	Body groupPolicyChange
}

func (e *edge) changeGroupPolicy(ctx context.Context, in *changeGroupPolicyInput) (*policyChangedOutput, error) {
	edit, anyway := policyChange(in.Body).edit()
	return e.onGroupPolicy(ctx, in.ID, in.MatchInput, edit, anyway)
}

type groupPresetInput struct {
	ID string `path:"id"`
	MatchInput
	Body presetRequest
}

func (e *edge) applyGroupPreset(ctx context.Context, in *groupPresetInput) (*policyChangedOutput, error) {
	return e.onGroupPolicy(ctx, in.ID, in.MatchInput, tenant.Edit{Preset: in.Body.Preset, Reason: in.Body.Reason}, in.Body.Anyway)
}

type groupRestoreInput struct {
	ID string `path:"id"`
	MatchInput
	Body restoreRequest
}

func (e *edge) restoreGroupPolicy(ctx context.Context, in *groupRestoreInput) (*policyChangedOutput, error) {
	return e.onGroupPolicy(ctx, in.ID, in.MatchInput, tenant.Edit{Restore: &in.Body.Version, Reason: in.Body.Reason}, in.Body.Anyway)
}

// onGroupPolicy saves an edit of a group's policy.
func (e *edge) onGroupPolicy(ctx context.Context, id string, match MatchInput, edit tenant.Edit, anyway bool) (_ *policyChangedOutput, err error) {
	if edit.GroupID, err = (idInput{id}).id(); err != nil {
		return nil, err
	}
	return e.onPolicy(ctx, match, edit, anyway)
}

type groupVersionsInput struct {
	ID     string `path:"id"`
	Before int64  `query:"before" minimum:"1" doc:"Only versions before this one."`
}

func (e *edge) listGroupPolicyVersions(ctx context.Context, in *groupVersionsInput) (*versionsOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	return e.versions(ctx, id, in.Before)
}

// stricterField is a field that a group makes stricter.
type stricterField struct {
	Field     string `json:"field"`
	GroupID   string `json:"groupId"`
	GroupName string `json:"groupName"`
}

type userPolicyOutput struct {
	Body struct {
		Fields   policyFieldsOf  `json:"fields" doc:"All of them, as they hold for this user."`
		Stricter []stricterField `json:"stricter" nullable:"false" doc:"Which of them a group decides."`
	} `nameHint:"UserPolicy"`
}

func (e *edge) getUserPolicy(ctx context.Context, in *idInput) (*userPolicyOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	p, stricter, err := e.Tenants.Of(ctx, e.actor(ctx), id)
	var out userPolicyOutput
	out.Body.Fields = policyFieldsOf(policy.ValuesOf(p))
	out.Body.Stricter = each(stricter, func(s tenant.Stricter) stricterField { return stricterField{s.Field, s.Group.ID, s.Group.Name} })
	return &out, err
}
