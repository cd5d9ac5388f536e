package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/tenant"
)

func (e *edge) addPolicyVersions() {
	handle(e, get("listPolicyVersions", "/policy/versions", "The versions of the policy, newest first, with what each changed", http.StatusUnprocessableEntity).
		says("25 at a time; before is the nextBefore of the page before.").needs(tenant.NeedView), e.listPolicyVersions)
	handle(e, get("getPolicyVersion", "/policy/versions/{version}", "One version of the policy", http.StatusNotFound, http.StatusUnprocessableEntity).
		says("0 is the default policy.").needs(tenant.NeedView), e.getPolicyVersion)
}

// policyVersion is one version that was saved.
type policyVersion struct {
	Version     int64         `json:"version" minimum:"1"`
	SavedAt     time.Time     `json:"savedAt"`
	SavedBy     string        `json:"savedBy,omitempty" doc:"A user id, operator, or system. Missing when it is not known."`
	SavedByName string        `json:"savedByName,omitempty" doc:"Of a user."`
	Reason      string        `json:"reason,omitempty"`
	Changes     []fieldChange `json:"changes" nullable:"false" doc:"Of a group an empty value leaves a field to the organisation."`
}

func showVersion(v tenant.Version) policyVersion {
	out := policyVersion{Version: v.Number, SavedAt: v.At.UTC(), SavedBy: v.By, Reason: v.Reason, Changes: each(v.Changes, func(c policy.Change) fieldChange { return fieldChange(c) })}
	if v.User.ID != "" {
		out.SavedByName = v.User.Name()
	}
	return out
}

type versionsInput struct {
	Before int64 `query:"before" minimum:"1" doc:"Only versions before this one."`
}

type versionsOutput struct {
	Body struct {
		Items      []policyVersion `json:"items" nullable:"false"`
		NextBefore int64           `json:"nextBefore,omitempty" doc:"For the next page; missing on the last one."`
	} `nameHint:"PolicyVersions"`
}

// versions returns a page of the versions of the organisation's policy, or of a group's.
func (e *edge) versions(ctx context.Context, groupID string, before int64) (*versionsOutput, error) {
	found, more, err := e.Tenants.Versions(ctx, e.actor(ctx), groupID, before)
	var out versionsOutput
	out.Body.Items = each(found, showVersion)
	if more {
		out.Body.NextBefore = found[len(found)-1].Number
	}
	return &out, err
}

func (e *edge) listPolicyVersions(ctx context.Context, in *versionsInput) (*versionsOutput, error) {
	return e.versions(ctx, "", in.Before)
}

type versionInput struct {
	Version int64 `path:"version" minimum:"0"`
}

type versionOutput struct {
	Body struct {
		Version int64          `json:"version" minimum:"0"`
		Fields  policyFieldsOf `json:"fields"`
	} `nameHint:"PolicyVersionFields"`
}

func (e *edge) getPolicyVersion(ctx context.Context, in *versionInput) (*versionOutput, error) {
	values, err := e.Tenants.Version(ctx, e.actor(ctx), "", in.Version)
	if sallyport.CodeOf(err) == sallyport.CodeNotFound {
		return nil, sallyport.ErrNotFound
	}
	var out versionOutput
	out.Body.Version, out.Body.Fields = in.Version, policyFieldsOf(values)
	return &out, err
}
