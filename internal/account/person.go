package account

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/contact"
	"github.com/sallyport/sallyport/internal/throttle"
)

// Person is what an admin sees of somebody.
type Person struct {
	sallyport.User
	RoleName string // of a role that the organisation made; "" for built-in ones
	Groups   []sallyport.Group
	Locks    []throttle.Held  // by failed attempts
	Former   []contact.Former // e-mail addresses that are reserved for them, the newest first
}

// Person returns one user of the organisation. It needs users.view.
func (s *Service) Person(ctx context.Context, actor sallyport.Actor, userID string) (p Person, err error) {
	if p.User, err = s.acts.User(ctx, actor.TenantID, userID); err != nil {
		return p, err
	}
	if err := NeedView.ToLook(actor); err != nil {
		return Person{}, err
	}
	if seesFactors(actor) != nil {
		p.User = withoutFactors(p.User)
	}
	if p.Groups, err = s.acts.GroupsOf(ctx, actor.TenantID, userID); err != nil {
		return p, err
	}
	if p.Former, err = s.acts.FormerEmails(ctx, actor.TenantID, userID, s.acts.Now()); err != nil {
		return p, err
	}
	if !p.Role.BuiltIn() {
		r, err := s.acts.Role(ctx, actor.TenantID, string(p.Role))
		if err != nil {
			return p, err
		}
		p.RoleName = r.Name
	}
	policy, err := s.acts.PolicyOf(ctx, actor.TenantID, p.ID)
	if err != nil {
		return p, err
	}
	counters := throttle.Counters{TenantID: actor.TenantID, Policy: policy, Now: s.acts.Now()}
	p.Locks, err = counters.Held(ctx, s.acts.Queries, p.User)
	return p, err
}
