package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/tenant"
)

func (e *edge) addPolicy() {
	read := get("getPolicy", "/policy", "What the organisation decided")
	handle(e, read.needs(tenant.NeedView), e.getPolicy)

	errs := withBody(http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	change := patch("changePolicy", "/policy", "Replace fields of the policy", errs...)
	change.Description = "Fields that are left out stay; reason and anyway are no fields, but say why, and that it is to be saved although it locks out an owner or you (409 would_lock_out). If-Match has the ETag of the policy that was read: 412 when it was changed since, " +
		"428 without the header. Fields that contradict each other are refused, each named. Shorter session times apply to live sessions."
	handle(e, change.needs(tenant.NeedManage), e.changePolicy)

	preset := post("applyPreset", "/policy/preset", "Replace the whole policy by a preset", errs...)
	preset.Description = "If-Match, reason and anyway as for changePolicy."
	handle(e, preset.needs(tenant.NeedManage), e.applyPreset)

	restore := post("restorePolicy", "/policy/restore", "Go back to an earlier version of the policy", append(errs, http.StatusNotFound)...)
	restore.Description = "It becomes the newest version. If-Match, reason and anyway as for changePolicy."
	handle(e, restore.needs(tenant.NeedManage), e.restorePolicy)

	handle(e, get("listPolicyFields", "/policy/fields", "What each field of the policy means, its bounds and presets").
		says("Made of the table that the policy is checked with.").signedIn(), listPolicyFields)
}

// policyRecord is a policy, its version and when it was changed. Its fields are those
// of the policy table.
type policyRecord struct {
	version   int64
	updatedAt time.Time
	policy    sallyport.Policy
}

// MarshalJSON writes version and time, then the fields in the order of the table.
func (p policyRecord) MarshalJSON() ([]byte, error) {
	head, err := json.Marshal(struct {
		Version   int64     `json:"version"`
		UpdatedAt time.Time `json:"updatedAt,omitzero"`
	}{p.version, p.updatedAt.UTC()})
	if err != nil {
		return nil, err
	}
	fields, err := json.Marshal(policy.ValuesOf(p.policy))
	if err != nil {
		return nil, err
	}
	return slices.Concat(head[:len(head)-1], []byte(","), fields[1:]), nil
}

// Schema describes what MarshalJSON writes.
func (policyRecord) Schema(r huma.Registry) *huma.Schema {
	s := policySchema()
	s.Required = []string{"version"}
	s.Properties["version"] = &huma.Schema{Type: huma.TypeInteger, Format: "int64", Description: "0 for the default one. The ETag is made of it."}
	s.Properties["updatedAt"] = &huma.Schema{Type: huma.TypeString, Format: "date-time", Description: "Absent while the policy is the default one."}
	for _, f := range policy.Fields {
		bound(s.Properties[f.Name], f)
		s.Required = append(s.Required, f.Name)
	}
	return named(r, "Policy", s)
}

// bound limits a schema to the values that a field can have.
func bound(s *huma.Schema, f policy.Field) {
	switch f.Kind {
	case policy.Switch:
	case policy.Choice:
		s.Enum = options(f)
	case policy.Choices:
		s.Items.Enum = options(f)
	case policy.Words:
		most := policy.MostWords
		s.Items.MinLength, s.Items.MaxLength, s.MaxItems = &f.Min, &f.Max, &most
	default:
		low, high := float64(f.Min), float64(f.Max)
		if f.Kind == policy.Keep {
			low = 0 // what is between 0 and the least number of days is refused by the use
		}
		s.Minimum, s.Maximum = &low, &high
	}
}

func options(f policy.Field) (out []any) {
	for _, o := range f.Options {
		out = append(out, o)
	}
	return out
}

// policyChange has the fields to replace, and what is said of the change.
type policyChange map[string]any

// Schema allows values out of bounds: the use refuses them and names the bounds. The document
// has those, see boundPolicy.
func (policyChange) Schema(huma.Registry) *huma.Schema {
	s := changeSchema()
	s.PrecomputeMessages()
	return s
}

func changeSchema() *huma.Schema {
	s, most := policySchema(), line.MaxLength
	s.Properties["reason"] = &huma.Schema{Type: huma.TypeString, MaxLength: &most, Description: "Why; kept with the version and its events."}
	s.Properties["anyway"] = &huma.Schema{Type: huma.TypeBoolean, Description: "Save it although it locks out an owner, or you."}
	return s
}

// edit returns the change as the use reads it.
func (c policyChange) edit() (e tenant.Edit, anyway bool) {
	e.Fields = map[string]any{}
	for name, value := range c {
		switch name {
		case "reason":
			e.Reason, _ = value.(string)
		case "anyway":
			anyway, _ = value.(bool)
		default:
			e.Fields[name] = value
		}
	}
	return e, anyway
}

func policySchema() *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
	for _, f := range policy.Fields {
		p := &huma.Schema{Type: huma.TypeInteger, Description: f.Means}
		switch f.Kind {
		case policy.Switch:
			p.Type = huma.TypeBoolean
		case policy.Choice:
			p.Type = huma.TypeString
		case policy.Choices, policy.Words:
			p.Type, p.Items = huma.TypeArray, &huma.Schema{Type: huma.TypeString}
		}
		s.Properties[f.Name] = p
	}
	return s
}

// named adds a schema to the components and returns a reference to it.
func named(r huma.Registry, name string, s *huma.Schema) *huma.Schema {
	s.PrecomputeMessages()
	r.Map()[name] = s
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

type policyOutput struct {
	ETag string `header:"ETag" doc:"For If-Match of a change."`
	Body policyRecord
}

func (e *edge) getPolicy(ctx context.Context, _ *struct{}) (*policyOutput, error) {
	c, err := e.Tenants.Read(ctx, e.actor(ctx))
	return &policyOutput{policyTag(c.Version), policyRecord{c.Version, c.UpdatedAt, c.Policy}}, err
}

// policyChanged is the new version of a policy and the fields that changed.
type policyChanged struct {
	Version int64         `json:"version" doc:"The one before when nothing changed."`
	Changes []fieldChange `json:"changes" nullable:"false"`
}

type fieldChange struct {
	Field string `json:"field"`
	Old   string `json:"old" doc:"As text; lists are separated by commas."`
	New   string `json:"new"`
}

type policyChangedOutput struct {
	ETag string `header:"ETag" doc:"For If-Match of the next change."`
	Body policyChanged
}

func showSaved(saved tenant.Saved, err error) (*policyChangedOutput, error) {
	out := policyChanged{saved.Version, make([]fieldChange, 0, len(saved.Changes))}
	for _, c := range saved.Changes {
		out.Changes = append(out.Changes, fieldChange(c))
	}
	return &policyChangedOutput{policyTag(out.Version), out}, err
}

type changePolicyInput struct {
	MatchInput
	Body policyChange
}

func (e *edge) changePolicy(ctx context.Context, in *changePolicyInput) (*policyChangedOutput, error) {
	edit, anyway := in.Body.edit()
	return e.onPolicy(ctx, in.MatchInput, edit, anyway)
}

type presetRequest struct {
	Preset policy.Preset `json:"preset" enum:"strict,aal2,balanced,managed,default"`
	remark
}

type presetInput struct {
	MatchInput
	Body presetRequest
}

// remark is what is said of a change of the policy.
type remark struct {
	Reason string `json:"reason,omitempty" maxLength:"100" doc:"Why; kept with the version and its events."`
	Anyway bool   `json:"anyway,omitempty" doc:"Save it although it locks out an owner, or you."`
}

type restoreRequest struct {
	Version int64 `json:"version" minimum:"0" doc:"0 for the default policy; of a group for nothing of its own."`
	remark
}

type restoreInput struct {
	MatchInput
	Body restoreRequest
}

func (e *edge) restorePolicy(ctx context.Context, in *restoreInput) (*policyChangedOutput, error) {
	return e.onPolicy(ctx, in.MatchInput, tenant.Edit{Restore: &in.Body.Version, Reason: in.Body.Reason}, in.Body.Anyway)
}

func (e *edge) applyPreset(ctx context.Context, in *presetInput) (*policyChangedOutput, error) {
	return e.onPolicy(ctx, in.MatchInput, tenant.Edit{Preset: in.Body.Preset, Reason: in.Body.Reason}, in.Body.Anyway)
}

// policyField is one row of the policy table.
type policyField struct {
	Name    string         `json:"name"`
	Kind    string         `json:"kind" enum:"number,switch,minutes,days,keep,choice,choices,words"`
	Min     *int           `json:"min,omitempty" doc:"Of numbers, minutes and days, and of the length of words. Of how long something is kept: 0, for ever, is possible too."`
	Max     *int           `json:"max,omitempty"`
	Options []string       `json:"options,omitempty" nullable:"false" doc:"Of choices."`
	Means   string         `json:"means"`
	Presets map[string]any `json:"presets" doc:"The value in each preset."`
}

// kinds has the API's name for each kind of policy field.
var kinds = map[policy.Kind]string{
	policy.Number: "number", policy.Switch: "switch", policy.Minutes: "minutes", policy.Days: "days", policy.Keep: "keep", policy.Choice: "choice", policy.Choices: "choices", policy.Words: "words",
}

type policyFieldsOutput struct {
	Body struct {
		Items []policyField `json:"items" nullable:"false"`
	} `nameHint:"PolicyFields"`
}

func listPolicyFields(context.Context, *struct{}) (*policyFieldsOutput, error) {
	var out policyFieldsOutput
	for _, f := range policy.Fields {
		row := policyField{Name: f.Name, Kind: kinds[f.Kind], Options: f.Options, Means: f.Means, Presets: map[string]any{
			string(policy.PresetDefault): f.Default, string(policy.PresetStrict): f.Strict,
			string(policy.PresetBalanced): f.Balanced, string(policy.PresetManaged): f.Managed, string(policy.PresetAAL2): f.AAL2,
		}}
		if f.Max > 0 {
			row.Min, row.Max = &f.Min, &f.Max
		}
		out.Body.Items = append(out.Body.Items, row)
	}
	return &out, nil
}
