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
	"github.com/sallyport/sallyport/internal/sso"
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

// Plan is what an edit makes of the policy as it is now.
type Plan struct {
	Version   int64            // of the policy as it is
	Group     sallyport.Group  // whose policy is edited; zero for the organisation's
	Org, Next sallyport.Policy // the organisation's, before and after
	// What is decided for the group, before and after.
	OfGroup, NextOfGroup policy.Values
	Changes              []policy.Change
}

// Plan returns what an edit would do, without doing it, on top of the policy as it is now, whichever version the edit names. It needs
// policies.manage, and no step-up. Errors are those of Save.
func (s *Service) Plan(ctx context.Context, actor sallyport.Actor, e Edit) (Plan, error) {
	if err := NeedManage.ToLook(actor); err != nil {
		return Plan{}, err
	}
	org, err := s.acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return Plan{}, err
	}
	row, err := s.acts.GroupPolicy(ctx, actor.TenantID, e.GroupID)
	if err != nil {
		return Plan{}, err
	}
	return e.plan(ctx, s.acts.Queries, edited{actor.TenantID, row}, org)
}

// Save makes a version of the policy that follows the one that the edit names. It needs
// policies.manage and a step-up. CodeInvalid lists every field that is unknown, out of
// range or contradictory; ErrNotFound for a group or a version that is not there; a conflict
// ([sallyport.ChangedMeanwhile]) when somebody has saved a newer version, and when single sign-on
// shall be required and there is not what [sso.Enough] asks for.
func (s *Service) Save(ctx context.Context, actor sallyport.Actor, e Edit) (saved Saved, err error) {
	if e.Reason, err = line.Parse("reason", e.Reason); err != nil {
		return saved, err
	}
	err = s.acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		saved, err = e.save(ctx, a)
		return err
	})
	return saved, err
}

func (e Edit) save(ctx context.Context, a *act.Act) (Saved, error) {
	if e.GroupID != "" { // who comes into it meanwhile gets the times of one policy or the other
		if _, err := a.LockGroup(ctx, a.Actor.TenantID, e.GroupID); err != nil {
			return Saved{}, err
		}
	}
	row, err := a.GroupPolicy(ctx, a.Actor.TenantID, e.GroupID)
	if err != nil {
		return Saved{}, err
	}
	if row.Version != e.Version {
		return Saved{}, sallyport.Blocked(sallyport.ChangedMeanwhile)
	}
	p, err := e.plan(ctx, a.Queries, edited{a.Actor.TenantID, row}, a.Policy)
	if err != nil {
		return Saved{}, err
	}
	saved := Saved{p.Version, p.Changes}
	if len(p.Changes) == 0 {
		return saved, nil
	}
	if p.Next.SSORequired && !p.Org.SSORequired { // or nobody could sign in
		if err := sso.Enough(ctx, a.Queries, a.Actor.TenantID); err != nil {
			return saved, err
		}
	}
	e.note(a, p)
	saved.Version++
	if err := e.store(ctx, a, p, saved.Version); err != nil {
		return saved, err
	}
	strictest, _ := policy.Strictest(p.Next, p.NextOfGroup)
	return saved, a.Shorten(ctx, strictest, store.SessionTimes{GroupID: e.GroupID})
}

// edited is the policy that an edit changes, as it is stored.
type edited struct {
	tenantID string
	row      store.PolicyRow
}

// plan makes the next policy of the one that is edited. org is the organisation's.
func (e Edit) plan(ctx context.Context, db store.Queries, of edited, org sallyport.Policy) (p Plan, err error) {
	tenantID, row := of.tenantID, of.row
	p.Version, p.Org, p.Next = row.Version, org, org
	if e.GroupID == "" {
		if p.Org, err = act.ReadPolicy(row); err != nil {
			return p, err
		}
		if p.Next, err = e.next(ctx, db, tenantID, p.Org); err != nil {
			return p, err
		}
		p.Changes = policy.Changes(p.Org, p.Next)
		return p, fitsGroups(ctx, db, tenantID, p.Next)
	}
	if p.Group, err = db.Group(ctx, tenantID, e.GroupID); err != nil {
		return p, err
	}
	if p.OfGroup, err = act.ReadGroupPolicy(row); err != nil {
		return p, err
	}
	if p.NextOfGroup, err = e.nextOfGroup(ctx, db, tenantID, p.OfGroup); err != nil {
		return p, err
	}
	p.Changes = policy.GroupChanges(p.OfGroup, p.NextOfGroup)
	return p, policy.Fits(org, p.NextOfGroup)
}

// note notes an event for each field that changes.
func (e Edit) note(a *act.Act, p Plan) {
	for _, c := range p.Changes {
		data := append(act.Given("reason", e.Reason), "field", c.Field, "old", c.Old, "new", c.New)
		if e.GroupID == "" {
			a.Note(audit.PolicyChanged, act.About{}, data...)
		} else {
			a.Note(audit.GroupPolicyChanged, act.About{Target: e.GroupID}, append(data, "name", p.Group.Name)...)
		}
	}
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
func fitsGroups(ctx context.Context, db store.Queries, tenantID string, p sallyport.Policy) error {
	rows, err := db.GroupPolicies(ctx, tenantID)
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

// store keeps a version.
func (e Edit) store(ctx context.Context, a *act.Act, p Plan, version int64) error {
	values := p.NextOfGroup
	if e.GroupID == "" {
		values = policy.ValuesOf(p.Next)
	}
	body, err := json.Marshal(values)
	if err != nil {
		return err
	}
	demands, _ := p.NextOfGroup["mfaEnforced"].(string)
	return a.SavePolicy(ctx, store.PolicyVersion{
		TenantID: a.Actor.TenantID, GroupID: e.GroupID, Version: version, Body: string(body), Reason: e.Reason, SavedBy: act.By(a.Actor), SavedAt: a.Now,
	}, demands)
}
