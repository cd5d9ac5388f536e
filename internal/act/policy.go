package act

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

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
	var values map[string]any
	if err := json.Unmarshal([]byte(row.Body), &values); err != nil {
		return sallyport.Policy{}, unreadable(err)
	}
	if values == nil { // JSON null is no policy
		return sallyport.Policy{}, unreadable(errors.New("it is empty"))
	}
	p, err := policy.Merge(policy.Default(), values)
	if err != nil {
		return sallyport.Policy{}, unreadable(err)
	}
	return p, nil
}

// unreadable makes a broken policy an internal error: the person did not enter
// anything invalid, and the database does answer.
func unreadable(err error) error {
	return &sallyport.Error{Code: sallyport.CodeInternal, Detail: "the stored policy cannot be read", Err: err}
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
