package account

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/session"
)

// naming are the needs of which one is enough to be told whose a thing is: a list of sessions or
// devices names people.
var naming = []act.Need{NeedView, session.NeedView, device.NeedView, {Permission: access.AuditView}}

// Names returns users by id with their name, address and picture, and with the role that says who may act
// on them, but nothing else of them. Ids of nobody are left out. It needs users.view,
// sessions.view, devices.view or audit.view.
func (s *Service) Names(ctx context.Context, actor sallyport.Actor, ids []string) (map[string]sallyport.User, error) {
	if !slices.ContainsFunc(naming, func(n act.Need) bool { return n.ToLook(actor) == nil }) {
		return nil, NeedView.ToLook(actor)
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	found, err := s.acts.UsersByID(ctx, actor.TenantID, ids)
	for id, u := range found {
		found[id] = sallyport.User{
			ID: u.ID, TenantID: u.TenantID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Role: u.Role, Granted: u.Granted,
			Avatar: u.Avatar,
		}
	}
	return found, err
}
