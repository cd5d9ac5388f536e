package tenant

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Edit is what an admin wants to change of the policy of the organisation, or of a group's.
type Edit struct {
	GroupID string // "" for the organisation's
	Version int64  // that they have read
	// Preset and Restore (a version, 0 for the default policy) replace everything, before Fields does its part.
	Preset  policy.Preset // "" for none
	Restore *int64        // nil for none
	// Fields are replaced, as decoded from JSON or text. In a group's, nil leaves a field to the organisation.
	Fields map[string]any
	Reason string // at most 100 characters; "" for none
}

// Saved says what saving changed. Of a group's, "" stands for a field that is left to the organisation.
type Saved struct {
	Version int64 // the one before when nothing changed
	Changes []policy.Change
}

// Save makes a version of the policy that follows the one that the edit names. It needs
// policies.manage and a step-up. CodeInvalid lists every field that is unknown, out of
// range or contradictory; ErrNotFound for a group or a version that is not there; a conflict
// ([sallyport.ChangedMeanwhile]) when somebody has saved a newer version.
func (s *Service) Save(ctx context.Context, actor sallyport.Actor, e Edit) (saved Saved, err error) {
	if e.Reason, err = line.Parse("reason", e.Reason); err != nil {
		return saved, err
	}
	err = s.acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		row, err := a.GroupPolicy(ctx, actor.TenantID, e.GroupID)
		if err != nil {
			return err
		}
		if row.Version != e.Version {
			return sallyport.Blocked(sallyport.ChangedMeanwhile)
		}
		saved = Saved{Version: row.Version}
		if e.GroupID == "" {
			err = e.saveOrganisation(ctx, a, row, &saved)
		} else {
			err = e.saveGroup(ctx, a, row, &saved)
		}
		return err
	})
	return saved, err
}

// saveOrganisation replaces the policy that holds for everybody.
func (e Edit) saveOrganisation(ctx context.Context, a *act.Act, row store.PolicyRow, saved *Saved) error {
	old, err := act.ReadPolicy(row)
	if err != nil {
		return err
	}
	p, err := e.next(ctx, a.Queries, a.Actor.TenantID, old)
	if err != nil {
		return err
	}
	if err := fitsGroups(ctx, a, p); err != nil {
		return err
	}
	if saved.Changes = policy.Changes(old, p); len(saved.Changes) == 0 {
		return nil
	}
	for _, c := range saved.Changes {
		a.Note(audit.PolicyChanged, act.About{}, append(act.Given("reason", e.Reason), "field", c.Field, "old", c.Old, "new", c.New)...)
	}
	if err := e.store(ctx, a, policy.ValuesOf(p), saved); err != nil {
		return err
	}
	return a.Shorten(ctx, p, store.SessionTimes{})
}

// saveGroup replaces what is decided for a group.
func (e Edit) saveGroup(ctx context.Context, a *act.Act, row store.PolicyRow, saved *Saved) error {
	g, err := a.Group(ctx, a.Actor.TenantID, e.GroupID)
	if err != nil {
		return err
	}
	old, err := act.ReadGroupPolicy(row)
	if err != nil {
		return err
	}
	values, err := e.nextOfGroup(ctx, a.Queries, a.Actor.TenantID, old)
	if err != nil {
		return err
	}
	org := a.Policy
	if err := policy.Fits(org, values); err != nil {
		return err
	}
	if saved.Changes = policy.GroupChanges(old, values); len(saved.Changes) == 0 {
		return nil
	}
	for _, c := range saved.Changes {
		a.Note(audit.GroupPolicyChanged, act.About{Target: g.ID}, append(act.Given("reason", e.Reason), "name", g.Name, "field", c.Field, "old", c.Old, "new", c.New)...)
	}
	if err := e.store(ctx, a, values, saved); err != nil {
		return err
	}
	p, _ := policy.Strictest(org, values)
	return a.Shorten(ctx, p, store.SessionTimes{GroupID: g.ID})
}

// next returns the policy that an edit makes of one.
func (e Edit) next(ctx context.Context, db store.Queries, tenantID string, old sallyport.Policy) (p sallyport.Policy, err error) {
	p = old
	switch {
	case e.Preset != "":
		var known bool
		if p, known = policy.For(e.Preset); !known {
			return p, errNoPreset
		}
	case e.Restore != nil:
		row, err := e.restored(ctx, db, tenantID)
		if err != nil {
			return p, err
		}
		if p, err = act.ReadPolicy(row); err != nil {
			return p, err
		}
	}
	return policy.Merge(p, e.Fields)
}

// nextOfGroup returns what an edit makes of a group's fields.
func (e Edit) nextOfGroup(ctx context.Context, db store.Queries, tenantID string, old policy.Values) (policy.Values, error) {
	values := map[string]any(maps.Clone(old))
	switch {
	case e.Preset != "":
		if _, known := policy.For(e.Preset); !known {
			return nil, errNoPreset
		}
		values = policy.PresetForGroup(e.Preset)
	case e.Restore != nil:
		row, err := e.restored(ctx, db, tenantID)
		if err != nil {
			return nil, err
		}
		if values, err = act.ReadGroupPolicy(row); err != nil {
			return nil, err
		}
	}
	for name, value := range e.Fields {
		if values[name] = value; value == nil {
			delete(values, name)
			if _, known := policy.Named(name); !known {
				values[name] = value // is refused by its name
			}
		}
	}
	return policy.ParseGroup(values)
}

var errNoPreset = sallyport.Invalid(sallyport.FieldError{Field: "preset", Code: "not_an_option"})

// restored returns the version that an edit goes back to.
func (e Edit) restored(ctx context.Context, db store.Queries, tenantID string) (store.PolicyRow, error) {
	if *e.Restore == 0 {
		return store.PolicyRow{}, nil
	}
	v, err := db.PolicyVersion(ctx, tenantID, e.GroupID, *e.Restore)
	return store.PolicyRow{Version: v.Version, Body: v.Body}, err
}

// fitsGroups returns CodeInvalid when a group's policy could not hold together with the
// organisation's next one.
func fitsGroups(ctx context.Context, a *act.Act, p sallyport.Policy) error {
	rows, err := a.GroupPolicies(ctx, a.Actor.TenantID)
	if err != nil {
		return err
	}
	for _, row := range rows {
		values, err := act.ReadGroupPolicy(row)
		if err != nil {
			return err
		}
		if err := policy.Fits(p, values); err != nil {
			return err
		}
	}
	return nil
}

// store keeps the version that follows the one that the edit was made from.
func (e Edit) store(ctx context.Context, a *act.Act, values policy.Values, saved *Saved) error {
	body, err := json.Marshal(values)
	if err != nil {
		return err
	}
	saved.Version++
	demands, _ := values["mfaEnforced"].(string)
	return a.SavePolicy(ctx, store.PolicyVersion{
		TenantID: a.Actor.TenantID, GroupID: e.GroupID, Version: saved.Version, Body: string(body), Reason: e.Reason, SavedBy: act.By(a.Actor), SavedAt: a.Now,
	}, demands)
}
