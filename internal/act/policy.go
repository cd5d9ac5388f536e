package act

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Policies are what an organisation decided for everybody, and what it decided for the groups
// that some of its users are in.
type Policies struct {
	org sallyport.Policy
	of  map[string][]policy.Values // by user id
}

// Of returns the policy of a user among those that the policies were read for: for each field the strictest
// value. "" is nobody in particular, for whom the organisation's holds.
func (p Policies) Of(userID string) sallyport.Policy {
	out, _ := policy.Strictest(p.org, p.of[userID]...)
	return out
}

// policies reads the policies of some users.
func (r *Runner) policies(ctx context.Context, db store.Queries, tenantID string, userIDs ...string) (out Policies, err error) {
	userIDs = slices.DeleteFunc(slices.Clone(userIDs), func(id string) bool { return id == "" })
	rows, err := db.PoliciesFor(ctx, tenantID, userIDs)
	if err != nil {
		return out, err
	}
	out.org, out.of = policy.Default(), map[string][]policy.Values{}
	for _, row := range rows {
		if row.GroupID == "" {
			if out.org, err = ReadPolicy(row.PolicyRow); err != nil {
				return out, err
			}
			continue
		}
		values, err := ReadGroupPolicy(row.PolicyRow)
		if err != nil {
			return out, err
		}
		out.of[row.UserID] = append(out.of[row.UserID], values)
	}
	if r.policy != nil {
		out.org, err = r.policy(ctx, db, tenantID)
	}
	return out, err
}

// Whose is a group with the policy that holds at least for those in it, or the organisation with its own.
type Whose struct {
	GroupID string // "" for everybody in the organisation
	Policy  sallyport.Policy
}

// EachPolicy returns org, the policy of an organisation, and then the strictest of it and each
// group's. Rules that jobs apply are applied by each of them in turn.
func (r *Runner) EachPolicy(ctx context.Context, tenantID string, org sallyport.Policy) ([]Whose, error) {
	rows, err := r.GroupPolicies(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	out := []Whose{{"", org}}
	for _, row := range rows {
		values, err := ReadGroupPolicy(row)
		if err != nil {
			return nil, err
		}
		p, _ := policy.Strictest(org, values)
		out = append(out, Whose{row.GroupID, p})
	}
	return out, nil
}

// StoredPolicy returns the policy that a tenant saved, or the default one when it
// saved none.
func StoredPolicy(ctx context.Context, db store.Queries, tenantID string) (sallyport.Policy, error) {
	row, err := db.Policy(ctx, tenantID)
	if err != nil {
		return sallyport.Policy{}, err
	}
	return ReadPolicy(row)
}

// ReadPolicy reads a stored policy. Fields added after it was saved get their default.
func ReadPolicy(row store.PolicyRow) (sallyport.Policy, error) {
	if row.Version == 0 {
		return policy.Default(), nil
	}
	values, err := readValues(row)
	if err != nil {
		return sallyport.Policy{}, err
	}
	p, err := policy.Merge(policy.Default(), values)
	if err != nil {
		return sallyport.Policy{}, unreadable(err)
	}
	return p, nil
}

// ReadGroupPolicy reads the stored policy of a group: the fields that it decides.
func ReadGroupPolicy(row store.PolicyRow) (policy.Values, error) {
	if row.Version == 0 {
		return policy.Values{}, nil
	}
	values, err := readValues(row)
	if err != nil {
		return nil, err
	}
	out, err := policy.ParseGroup(values)
	if err != nil {
		return nil, unreadable(err)
	}
	return out, nil
}

func readValues(row store.PolicyRow) (map[string]any, error) {
	var values map[string]any
	if err := json.Unmarshal([]byte(row.Body), &values); err != nil {
		return nil, unreadable(err)
	}
	if values == nil { // JSON null is no policy
		return nil, unreadable(errors.New("it is empty"))
	}
	return policy.Stored(values), nil
}

// unreadable makes a broken policy an internal error: the person did not enter
// anything invalid, and the database does answer.
func unreadable(err error) error {
	return &sallyport.Error{Code: sallyport.CodeInternal, Detail: "the stored policy cannot be read", Err: err}
}

// Shorten applies the times of a policy to live sessions, of which whose says which: it needs no
// tenant and no times. It extends none.
func (a *Act) Shorten(ctx context.Context, p sallyport.Policy, whose store.SessionTimes) error {
	for _, native := range []bool{false, true} {
		whose.TenantID, whose.Native = a.Actor.TenantID, native
		whose.Lifetime, whose.Idle = policy.SessionTimes(p, native, sallyport.DeviceMobile)
		if err := a.ShortenSessions(ctx, whose); err != nil {
			return err
		}
	}
	return nil
}

// EachTenant calls do for every organisation with its policy, for recurring work. After an error the
// others follow, unless ctx ended.
func (r *Runner) EachTenant(ctx context.Context, do func(sallyport.Tenant, sallyport.Policy) error) error {
	tenants, err := r.Tenants(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, t := range tenants {
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
		p, err := r.Policy(ctx, t.ID)
		if err == nil {
			err = do(t, p)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}
