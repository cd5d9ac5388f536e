package apps

import (
	"context"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/gate"
	"github.com/sallyport/sallyport/internal/store"
)

// Names are those of the roles and groups of an organisation, by id.
type Names struct{ roles, groups map[string]string }

// NamesOf returns the names that rules are written with. It needs apps.view.
func (s *Service) NamesOf(ctx context.Context, actor sallyport.Actor) (Names, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return Names{}, err
	}
	return namesOf(ctx, s.Acts.Queries, actor.TenantID)
}

func namesOf(ctx context.Context, q store.Queries, tenantID string) (Names, error) {
	n := Names{map[string]string{}, map[string]string{}}
	for _, role := range []sallyport.Role{sallyport.RoleOwner, sallyport.RoleAdmin, sallyport.RoleMember} {
		n.roles[string(role)] = string(role)
	}
	roles, err := q.Roles(ctx, tenantID)
	if err != nil {
		return n, err
	}
	for _, r := range roles {
		n.roles[r.ID] = r.Name
	}
	groups, err := q.Groups(ctx, tenantID)
	for _, g := range groups {
		n.groups[g.ID] = g.Name
	}
	return n, err
}

// id returns the id of an id or a name.
func (n Names) id(of map[string]string, text string) (string, bool) {
	if _, ok := of[text]; ok {
		return text, true
	}
	for id, name := range of {
		if strings.EqualFold(name, text) {
			return id, true
		}
	}
	return "", false
}

// Of returns the name of a role or a group; what is gone keeps its id.
func (n Names) Of(id string) string {
	if name, ok := n.groups[id]; ok {
		return name
	}
	if name, ok := n.roles[id]; ok {
		return name
	}
	return id
}

// Text writes rules as people read and change them.
func (n Names) Text(rules []sallyport.AppRule) string { return gate.Format(rules, n.Of) }
