package dashboard

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/throttle"
)

// NeedLocked is the need for seeing whose accounts are locked.
var NeedLocked = act.Need{Permission: access.UsersView}

// LockedUser is somebody whose account is locked by failed attempts.
type LockedUser struct {
	sallyport.User
	Locks []throttle.Held
}

// ListLocked returns a page of those whose accounts are locked, for strangers, on a device or in a
// session. It needs users.view.
func (s *Service) ListLocked(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[LockedUser], error) {
	none := list.Page[LockedUser]{}
	if err := NeedLocked.ToLook(actor); err != nil {
		return none, err
	}
	if _, err := s.counted(ctx, actor.TenantID, &Overview{}); err != nil {
		return none, err
	}
	now := s.acts.Now()
	found, err := s.acts.ListLocked(ctx, actor.TenantID, now, q)
	if err != nil {
		return none, err
	}
	ids := make([]string, len(found.Rows))
	for i, u := range found.Rows {
		ids[i] = u.ID
	}
	policies, err := s.acts.PoliciesOf(ctx, actor.TenantID, ids)
	if err != nil {
		return none, err
	}
	out := list.Page[LockedUser]{Next: found.Next, Searched: found.Searched}
	for _, u := range found.Rows {
		counters := throttle.Counters{TenantID: actor.TenantID, Policy: policies.Of(u.ID), Now: now}
		locks, err := counters.Held(ctx, s.acts.Queries, u)
		if err != nil {
			return none, err
		}
		if len(locks) > 0 { // not lifted since it was counted
			out.Rows = append(out.Rows, LockedUser{u, locks})
		}
	}
	return out, nil
}
