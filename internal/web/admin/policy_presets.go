package admin

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// presetsView compares the presets with what holds.
type presetsView struct {
	Crumb    kit.Anchor
	Columns  []presetColumn
	Sections []presetSection
	Manages  bool
}

// presetColumn is one preset.
type presetColumn struct {
	Preset, Name, Lead string
	Differs            string // in how many fields from what holds
	Same               bool
}

// presetSection is a part of the table.
type presetSection struct {
	Title string
	Rows  []presetRow
}

// presetRow is a field with its value now and in each preset.
type presetRow struct {
	Label, Now string
	Cells      []presetMark
}

// policyPresets compares the presets side by side.
func (p *Pages) policyPresets(v *kit.Visit) error {
	s, err := p.decidedFor(v)
	if err != nil {
		return err
	}
	view := viewPresets(v.Speaker, s, has(p.Actor(v), access.PoliciesManage))
	return p.Show(v, http.StatusOK, "policy_presets", v.T("policy.presets"), view)
}

func viewPresets(s kit.Speaker, of subject, manages bool) *presetsView {
	v := &presetsView{Crumb: kit.Anchor{Text: s.T("policy.heading"), Path: compliancePath}, Manages: manages}
	for _, preset := range policy.Presets {
		name, lead := s.PresetName(preset)
		p, _ := policy.For(preset)
		n := len(policy.Changes(of.org, p))
		v.Columns = append(v.Columns, presetColumn{string(preset), name, lead, s.N("policy.differs", n), n == 0})
	}
	for _, section := range policy.Sections {
		title, _ := s.PolicySection(section)
		part := presetSection{Title: title}
		for _, f := range policy.Fields {
			if f.Section() != section {
				continue
			}
			now := policy.Text(f.Get(of.org))
			row := presetRow{Label: s.PolicyField(f.Name), Now: s.PolicyText(f.Name, now)}
			for i, preset := range policy.Presets {
				value := policy.Text(f.In(preset))
				row.Cells = append(row.Cells, presetMark{v.Columns[i].Name, s.PolicyText(f.Name, value), value == now})
			}
			part.Rows = append(part.Rows, row)
		}
		v.Sections = append(v.Sections, part)
	}
	return v
}

// policyPreset leads to the review of a preset. A group, in the field of its name, gets the fields of it that groups can decide.
func (p *Pages) policyPreset(v *kit.Visit) error {
	if err := needReview.ToLook(p.Actor(v)); err != nil {
		return err
	}
	preset := policy.Preset(v.Value("preset"))
	if _, known := policy.For(preset); !known {
		return sallyport.ErrNotFound
	}
	s, err := p.subjectOf(v.R.Context(), p.Actor(v), v.Value("group"))
	if err != nil {
		return err
	}
	return p.startReview(v, s, tenant.Edit{GroupID: s.group.ID, Version: s.version, Preset: preset})
}
