package tenant

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/policy"
)

// ForGroup is what an organisation decided for the people in one of its groups.
type ForGroup struct {
	Group     sallyport.Group
	Values    policy.Values // the fields that are decided for it
	Version   int64         // 0 when nothing was ever saved
	UpdatedAt time.Time
}

// Groups returns all groups, by name, with what was decided for them. It needs policies.view.
func (s *Service) Groups(ctx context.Context, actor sallyport.Actor) ([]ForGroup, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	groups, err := s.acts.Groups(ctx, actor.TenantID)
	if err != nil {
		return nil, err
	}
	rows, err := s.acts.GroupPolicies(ctx, actor.TenantID)
	if err != nil {
		return nil, err
	}
	out := make([]ForGroup, len(groups))
	for i, g := range groups {
		out[i] = ForGroup{Group: g, Values: policy.Values{}}
		for _, row := range rows {
			if row.GroupID != g.ID {
				continue
			}
			out[i].Version, out[i].UpdatedAt = row.Version, row.UpdatedAt
			if out[i].Values, err = act.ReadGroupPolicy(row); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// ReadGroup returns what was decided for one group. It needs policies.view.
func (s *Service) ReadGroup(ctx context.Context, actor sallyport.Actor, id string) (ForGroup, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return ForGroup{}, err
	}
	g, err := s.acts.Group(ctx, actor.TenantID, id)
	if err != nil {
		return ForGroup{}, err
	}
	row, err := s.acts.GroupPolicy(ctx, actor.TenantID, id)
	if err != nil {
		return ForGroup{}, err
	}
	values, err := act.ReadGroupPolicy(row)
	return ForGroup{g, values, row.Version, row.UpdatedAt}, err
}

// Stricter is a field of a person's policy that a group of theirs makes stricter.
type Stricter struct {
	Field string
	Value any // of the type of [policy.Field.Get]
	Group sallyport.Group
}

// Of returns the policy of a person, and which of its fields a group of theirs decides. It needs policies.view.
func (s *Service) Of(ctx context.Context, actor sallyport.Actor, userID string) (sallyport.Policy, []Stricter, error) {
	if _, err := s.acts.User(ctx, actor.TenantID, userID); err != nil {
		return sallyport.Policy{}, nil, err
	}
	if err := NeedView.ToLook(actor); err != nil {
		return sallyport.Policy{}, nil, err
	}
	org, err := s.acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return org, nil, err
	}
	groups, err := s.acts.GroupsOf(ctx, actor.TenantID, userID)
	if err != nil {
		return org, nil, err
	}
	rows, err := s.acts.GroupPolicies(ctx, actor.TenantID)
	if err != nil {
		return org, nil, err
	}
	var values []policy.Values
	var whose []sallyport.Group
	for _, row := range rows { // in the order of act.Policies: the first of two groups that contradict each other decides
		for _, g := range groups {
			if g.ID != row.GroupID {
				continue
			}
			v, err := act.ReadGroupPolicy(row)
			if err != nil {
				return org, nil, err
			}
			values, whose = append(values, v), append(whose, g)
		}
	}
	p, decides := policy.Strictest(org, values...)
	var out []Stricter
	for _, f := range policy.Fields {
		if i, ok := decides[f.Name]; ok {
			out = append(out, Stricter{f.Name, f.Get(p), whose[i]})
		}
	}
	return p, out, nil
}
