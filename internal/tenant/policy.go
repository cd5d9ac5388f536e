// Package tenant is what an organisation decides for itself: its policy.
//
// A policy is versioned: whoever saves one says which version they have seen, so
// that two admins do not undo each other. Each field that changes is an event
// with its old and new value. Session times that get shorter apply to the
// sessions there are, in the same transaction.
package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Service reads and changes what tenants decided.
type Service struct {
	db  *store.Store
	now func() time.Time
}

// New returns a service.
func New(db *store.Store, now func() time.Time) *Service { return &Service{db, now} }

// Policy returns the tenant's policy. A policy that cannot be read is an error,
// never the default: whoever asks must refuse.
func (s *Service) Policy(ctx context.Context, tenantID string) (sallyport.Policy, error) {
	row, err := s.db.Policy(ctx, tenantID)
	if err != nil {
		return sallyport.Policy{}, err
	}
	return decode(row)
}

// decode reads a stored policy. Fields that are younger than it have their default.
func decode(row store.PolicyRow) (sallyport.Policy, error) {
	if row.Version == 0 {
		return policy.Default(), nil
	}
	var values map[string]any
	if err := json.Unmarshal([]byte(row.Body), &values); err != nil {
		return sallyport.Policy{}, unreadable(err)
	}
	if values == nil { // "null", which is no policy
		return sallyport.Policy{}, unreadable(errors.New("it is empty"))
	}
	p, err := policy.Merge(policy.Default(), values)
	if err != nil {
		return sallyport.Policy{}, unreadable(err)
	}
	return p, nil
}

// unreadable is a fault of the installation: whoever signs in, or saves a policy,
// did not enter anything invalid, and the database does answer.
func unreadable(err error) error {
	return &sallyport.Error{Code: sallyport.CodeInternal, Detail: "the stored policy cannot be read", Err: err}
}

// Current is a policy with what saving the next one needs.
type Current struct {
	Policy    sallyport.Policy
	Version   int64 // 0 for the default policy
	UpdatedAt time.Time
}

// Read returns the actor's tenant's policy. It needs policies.view.
func (s *Service) Read(ctx context.Context, actor sallyport.Actor) (Current, error) {
	if err := access.Allowed(actor, access.PoliciesView, access.Target{TenantID: actor.TenantID}); err != nil {
		return Current{}, err
	}
	row, err := s.db.Policy(ctx, actor.TenantID)
	if err != nil {
		return Current{}, err
	}
	p, err := decode(row)
	return Current{p, row.Version, row.UpdatedAt}, err
}

// Save replaces the fields given by name, in the policy of the given version. It
// needs policies.manage. The error is CodeInvalid with every field that is
// unknown, out of bounds or contradictory, and ErrConflict when somebody else
// saved meanwhile. It returns what changed.
func (s *Service) Save(ctx context.Context, actor sallyport.Actor, version int64, fields map[string]any) ([]policy.Change, error) {
	return s.change(ctx, actor, version, func(p sallyport.Policy) (sallyport.Policy, error) { return policy.Merge(p, fields) })
}

// Apply replaces the whole policy by a preset. It needs policies.manage; an
// unknown preset is CodeInvalid. It returns what changed.
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
	if err := access.Allowed(actor, access.PoliciesManage, access.Target{TenantID: actor.TenantID}); err != nil {
		return nil, err
	}
	now := s.now()
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		row, err := tx.Policy(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		if row.Version != version {
			return sallyport.ErrConflict
		}
		old, err := decode(row)
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
		return save(ctx, tx, actor, version, p, changes, now)
	})
	return changes, err
}

func save(ctx context.Context, tx *store.Tx, actor sallyport.Actor, version int64, p sallyport.Policy, changes []policy.Change, now time.Time) error {
	body, err := json.Marshal(policy.ValuesOf(p))
	if err != nil {
		return err
	}
	if err := tx.SavePolicy(ctx, actor.TenantID, version, string(body), now); err != nil {
		return err
	}
	for _, native := range []bool{false, true} {
		lifetime, idle := policy.SessionTimes(p, native, sallyport.DeviceMobile)
		if err := tx.ShortenSessions(ctx, actor.TenantID, native, lifetime, idle); err != nil {
			return err
		}
	}
	var events []sallyport.Event
	for _, c := range changes {
		e := audit.New(actor, audit.PolicyChanged, now)
		e.Data = map[string]string{"field": c.Field, "old": c.Old, "new": c.New}
		events = append(events, e)
	}
	return audit.Append(ctx, tx, events...)
}
