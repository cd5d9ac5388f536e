// Package tenant holds what an organisation decides for itself: its policy.
//
// A policy is versioned: to save one the caller states the version they have read, so that
// two admins do not overwrite each other. Each changed field is an event with its old and
// new value. Shorter session times also apply to existing sessions, in the same
// transaction.
package tenant

import (
	"context"
	"encoding/json"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
)

// What is needed to read the policy, and to change it.
var (
	NeedView   = act.Need{Permission: access.PoliciesView}
	NeedManage = act.Need{Permission: access.PoliciesManage, StepUp: policy.ManagePolicy}
)

// Service reads and changes the settings of tenants.
type Service struct{ acts *act.Runner }

// New returns a service.
func New(acts *act.Runner) *Service { return &Service{acts} }

// Policy returns the tenant's policy. A policy that cannot be read is an error, never the
// default: the caller must refuse.
func (s *Service) Policy(ctx context.Context, tenantID string) (sallyport.Policy, error) {
	return s.acts.Policy(ctx, tenantID)
}

// Current is a policy with its version, which saving needs.
type Current struct {
	Policy    sallyport.Policy
	Version   int64 // 0 for the default policy
	UpdatedAt time.Time
}

// Read returns the policy of the actor's tenant. It needs policies.view.
func (s *Service) Read(ctx context.Context, actor sallyport.Actor) (Current, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return Current{}, err
	}
	row, err := s.acts.Queries.Policy(ctx, actor.TenantID)
	if err != nil {
		return Current{}, err
	}
	p, err := act.ReadPolicy(row)
	return Current{p, row.Version, row.UpdatedAt}, err
}

// Save replaces the given fields in the given version of the policy, and returns what
// changed. It needs policies.manage and a step-up. CodeInvalid lists every field that is unknown, out of
// range or contradictory; ErrConflict when somebody has saved a newer version.
func (s *Service) Save(ctx context.Context, actor sallyport.Actor, version int64, fields map[string]any) ([]policy.Change, error) {
	return s.change(ctx, actor, version, func(p sallyport.Policy) (sallyport.Policy, error) { return policy.Merge(p, fields) })
}

// Apply replaces the whole policy by a preset, and returns what changed. It needs
// policies.manage and a step-up; CodeInvalid for an unknown preset.
func (s *Service) Apply(ctx context.Context, actor sallyport.Actor, version int64, preset policy.Preset) ([]policy.Change, error) {
	return s.change(ctx, actor, version, func(sallyport.Policy) (sallyport.Policy, error) {
		p, ok := policy.For(preset)
		if !ok {
			return p, sallyport.Invalid(sallyport.FieldError{Field: "preset", Code: "not_an_option"})
		}
		return p, nil
	})
}

func (s *Service) change(ctx context.Context, actor sallyport.Actor, version int64, next func(sallyport.Policy) (sallyport.Policy, error)) (changes []policy.Change, err error) {
	err = s.acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		row, err := a.Queries.Policy(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		if row.Version != version {
			return sallyport.Blocked(sallyport.ChangedMeanwhile)
		}
		old, err := act.ReadPolicy(row)
		if err != nil {
			return err
		}
		p, err := next(old)
		if err != nil {
			return err
		}
		if changes = policy.Changes(old, p); len(changes) == 0 {
			return nil
		}
		for _, c := range changes {
			a.Note(audit.PolicyChanged, act.About{}, "field", c.Field, "old", c.Old, "new", c.New)
		}
		return save(ctx, a, version, p)
	})
	return changes, err
}

// save stores a policy that follows version, and shortens existing sessions to its times.
func save(ctx context.Context, a *act.Act, version int64, p sallyport.Policy) error {
	body, err := json.Marshal(policy.ValuesOf(p))
	if err != nil {
		return err
	}
	if err := a.SavePolicy(ctx, a.Actor.TenantID, version, string(body), a.Now); err != nil {
		return err
	}
	for _, native := range []bool{false, true} {
		lifetime, idle := policy.SessionTimes(p, native, sallyport.DeviceMobile)
		if err := a.ShortenSessions(ctx, a.Actor.TenantID, native, lifetime, idle); err != nil {
			return err
		}
	}
	return nil
}
