package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/preview"
	"github.com/sallyport/sallyport/internal/tenant"
)

// needPolicyPreview is the need of a change of the policy without its step-up: a preview changes nothing.
var needPolicyPreview = act.Need{Permission: tenant.NeedManage.Permission, Exempt: policy.Harmless}

func (e *edge) addPreviews() {
	start := post("previewPolicy", "/policy/preview", "What a change of the policy would have done in the last 30 days", withBody(http.StatusConflict, http.StatusNotFound)...)
	start.Description = "Nothing changes. Every sign-in and session of the last 30 days is decided again, under the policy in force and under the changed one. " +
		"A small organisation's answer is finished; of a larger one ask getPolicyPreview until status is not running. Kept for seven days. 409 previews_under_way for a fourth at once."
	start.DefaultStatus = http.StatusCreated
	handle(e, start.needs(needPolicyPreview), e.previewPolicy)
	handle(e, get("getPolicyPreview", "/policy/preview/{id}", "How far a preview is, and what it found", http.StatusNotFound).needs(needPolicyPreview), e.getPolicyPreview)
	handle(e, get("listPolicyPreviewPeople", "/policy/preview/{id}/people", "Whom a change would have affected", http.StatusNotFound, http.StatusUnprocessableEntity).
		says("Needs users.view too. The first 1000 people of each effect are kept by name; all are counted. 100 at a time; after is the nextAfter of the page before.").needs(needPolicyPreview), e.listPreviewPeople)
}

// effect is what a change does to somebody, with all of them in the document.
type effect preview.Effect

// Schema lists all effects.
func (effect) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, e := range preview.Effects {
		s.Enum = append(s.Enum, string(e))
	}
	return s
}

// effectCount is how many people a change affects in one way.
type effectCount struct {
	Effect effect `json:"effect"`
	People int64  `json:"people" minimum:"1"`
	Times  int64  `json:"times" minimum:"1" doc:"How often altogether."`
}

// unknownEffect is what a preview cannot know.
type unknownEffect struct {
	Field string `json:"field,omitempty" doc:"Missing for what concerns the whole change."`
	Why   string `json:"why" enum:"next_password,next_codes,waiting,unlocking,display,role_changes,acts,devices,elsewhere,removal,unfinished,looser,before"`
	Count int64  `json:"count,omitempty" doc:"Of sign-ins that cannot be decided again, for before."`
}

// lockOut is somebody whom a change would lock out, and who could undo it.
type lockOut struct {
	UserID string `json:"userId"`
	Name   string `json:"name"`
	You    bool   `json:"you"`
	Effect effect `json:"effect" doc:"refused: for the device. enrols: where nothing that the policy allows can be set up. ended: your session, at once."`
}

// policyPreview is what a change would have done.
type policyPreview struct {
	ID        string          `json:"id"`
	Status    string          `json:"status" enum:"running,finished,failed"`
	GroupID   string          `json:"groupId,omitempty" doc:"Whose policy is changed; missing for the organisation's."`
	Version   int64           `json:"version" minimum:"0" doc:"Of the policy that it was compared with."`
	Changes   []fieldChange   `json:"changes" nullable:"false"`
	Total     int64           `json:"total" minimum:"0" doc:"People."`
	Done      int64           `json:"done" minimum:"0" doc:"Of them, so far."`
	Since     time.Time       `json:"since" doc:"What happened before is not looked at."`
	StartedAt time.Time       `json:"startedAt"`
	EndedAt   time.Time       `json:"endedAt,omitzero"`
	Effects   []effectCount   `json:"effects" nullable:"false"`
	Unknown   []unknownEffect `json:"unknown" nullable:"false"`
	LocksOut  []lockOut       `json:"locksOut" nullable:"false" doc:"Owners and you: saving it then takes anyway."`
}

func showPreview(p preview.Preview) policyPreview {
	return policyPreview{
		ID: p.ID, Status: string(p.Status), GroupID: p.Edit.GroupID, Version: p.Against, Total: p.Total, Done: p.Done,
		Since: p.Since.UTC(), StartedAt: p.StartedAt.UTC(), EndedAt: p.EndedAt.UTC(),
		Changes:  each(p.Changes, func(c policy.Change) fieldChange { return fieldChange(c) }),
		Effects:  each(p.Counts, func(c preview.Count) effectCount { return effectCount{effect(c.Effect), c.People, c.Times} }),
		Unknown:  each(p.Unknown, func(u preview.Unknown) unknownEffect { return unknownEffect{u.Field, string(u.Why), u.Count} }),
		LocksOut: each(p.Dangers, func(d preview.Danger) lockOut { return lockOut{d.UserID, d.Name, d.Self, effect(d.Effect)} }),
	}
}

type policyPreviewOutput struct{ Body policyPreview }

type policyPreviewInput struct {
	Body struct {
		GroupID string         `json:"groupId,omitempty" maxLength:"64" doc:"Whose policy is changed; missing for the organisation's."`
		Preset  policy.Preset  `json:"preset,omitempty" enum:"strict,aal2,balanced,managed,default" doc:"That replaces everything first."`
		Restore *int64         `json:"restore,omitempty" minimum:"0" doc:"A version that replaces everything first."`
		Fields  map[string]any `json:"fields,omitempty" nullable:"false" doc:"As for changePolicy, or changeGroupPolicy."`
	} `nameHint:"PolicyPreviewRequest"`
}

func (e *edge) previewPolicy(ctx context.Context, in *policyPreviewInput) (*policyPreviewOutput, error) {
	p, err := e.Previews.Start(ctx, e.actor(ctx), tenant.Edit{GroupID: in.Body.GroupID, Preset: in.Body.Preset, Restore: in.Body.Restore, Fields: in.Body.Fields})
	return &policyPreviewOutput{showPreview(p)}, err
}

func (e *edge) getPolicyPreview(ctx context.Context, in *idInput) (*policyPreviewOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	p, err := e.Previews.Get(ctx, e.actor(ctx), id)
	return &policyPreviewOutput{showPreview(p)}, err
}

// affected is somebody whom a change would have affected.
type affected struct {
	UserID    string    `json:"userId"`
	Email     string    `json:"email,omitempty" doc:"Missing, as the names, for a user who is gone."`
	FirstName string    `json:"firstName,omitempty"`
	LastName  string    `json:"lastName,omitempty"`
	Times     int64     `json:"times" minimum:"1"`
	LastAt    time.Time `json:"lastAt" doc:"The last time in the 30 days."`
}

type previewPeopleInput struct {
	ID     string `path:"id"`
	Effect effect `query:"effect" required:"true" doc:"Whose people."`
	After  string `query:"after" maxLength:"64" doc:"The nextAfter of the page before."`
}

type previewPeopleOutput struct {
	Body struct {
		Items     []affected `json:"items" nullable:"false"`
		NextAfter string     `json:"nextAfter,omitempty" doc:"For the next page; missing on the last one."`
	} `nameHint:"PolicyPreviewPeople"`
}

// peoplePage is how many people one page has.
const peoplePage = 100

func (e *edge) listPreviewPeople(ctx context.Context, in *previewPeopleInput) (*previewPeopleOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	found, err := e.Previews.People(ctx, e.actor(ctx), id, preview.Which{Effect: preview.Effect(in.Effect), After: in.After, Limit: peoplePage})
	var out previewPeopleOutput
	out.Body.Items = each(found, func(p preview.Person) affected {
		return affected{p.User.ID, p.User.Email, p.User.FirstName, p.User.LastName, p.Times, p.Last.UTC()}
	})
	if len(found) == peoplePage {
		out.Body.NextAfter = found[peoplePage-1].User.ID
	}
	return &out, err
}
