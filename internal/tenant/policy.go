// Package tenant holds what an organisation decides for itself: its policy, what it decides
// more strictly for its groups, and what its pages and mails look like.
//
// A policy is versioned: to save one the caller states the version they have read, so that
// two admins do not overwrite each other. Every version is kept, with who saved it and why. Each
// changed field is an event with its old and new value. Shorter session times also apply to
// existing sessions, in the same transaction.
package tenant

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
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

// PolicyOf returns the policy of a user: the strictest of the tenant's and of those of their groups.
func (s *Service) PolicyOf(ctx context.Context, tenantID, userID string) (sallyport.Policy, error) {
	return s.acts.PolicyOf(ctx, tenantID, userID)
}

// PoliciesOf returns the policies of some users.
func (s *Service) PoliciesOf(ctx context.Context, tenantID string, userIDs []string) (act.Policies, error) {
	return s.acts.PoliciesOf(ctx, tenantID, userIDs)
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
