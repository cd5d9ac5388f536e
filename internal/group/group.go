// Package group holds the acts on groups: named sets of users. A group allows nothing by
// itself; filters, policies, apps and single sign-on ask who is in one.
package group

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// What is needed to view groups, and to change them and who is in them.
var (
	NeedView   = act.Need{Permission: access.UsersView}
	NeedManage = act.Need{Permission: access.UsersManage, StepUp: policy.ManageUsers}
	// NeedMembers allows an admin to put themselves into a group, which allows nothing.
	NeedMembers = act.Need{Permission: access.UsersManage, StepUp: policy.ManageUsers, Self: true}
)

// Service handles the groups of all tenants.
type Service struct{ acts *act.Runner }

// New returns a service.
func New(acts *act.Runner) *Service { return &Service{acts} }

// List returns all groups, by name. It needs users.view.
func (s *Service) List(ctx context.Context, actor sallyport.Actor) ([]sallyport.Group, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	return s.acts.Groups(ctx, actor.TenantID)
}

// OfEach returns which of the groups in all some users are in, by their ids. It needs users.view.
func (s *Service) OfEach(ctx context.Context, actor sallyport.Actor, all []sallyport.Group, userIDs []string) (map[string][]sallyport.Group, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	in, err := s.acts.Memberships(ctx, actor.TenantID, userIDs)
	out := make(map[string][]sallyport.Group, len(in))
	for user, ids := range in {
		for _, g := range all {
			if slices.Contains(ids, g.ID) {
				out[user] = append(out[user], g)
			}
		}
	}
	return out, err
}

// Get returns one group. It needs users.view.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (sallyport.Group, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return sallyport.Group{}, err
	}
	return s.acts.Group(ctx, actor.TenantID, id)
}

// Add makes an empty group. It needs users.manage and a step-up. CodeInvalid when the name is
// missing, too long or another group has it.
func (s *Service) Add(ctx context.Context, actor sallyport.Actor, name, description string) (g sallyport.Group, err error) {
	if g, err = build(name, description); err != nil {
		return g, err
	}
	g.TenantID, g.ID, g.CreatedAt = actor.TenantID, token.NewID(), s.acts.Now()
	return g, s.acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		a.Note(audit.GroupCreated, act.About{Target: g.ID}, "name", g.Name)
		return taken(a.AddGroup(ctx, g))
	})
}

// Change gives a group another name and description. It needs users.manage and a step-up.
func (s *Service) Change(ctx context.Context, actor sallyport.Actor, id, name, description string) (g sallyport.Group, err error) {
	built, err := build(name, description)
	if err != nil {
		return g, err
	}
	err = s.acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		if g, err = a.Group(ctx, actor.TenantID, id); err != nil {
			return err
		}
		if g.Name == built.Name && g.Description == built.Description {
			return nil
		}
		g.Name, g.Description = built.Name, built.Description
		a.Note(audit.GroupChanged, act.About{Target: id}, "name", g.Name)
		return taken(a.ChangeGroup(ctx, g))
	})
	return g, err
}

// Delete deletes a group; those in it stay what they are. It needs users.manage and a step-up, and
// policies.manage too where the group has a policy, which ends with it.
func (s *Service) Delete(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		g, err := a.LockGroup(ctx, actor.TenantID, id)
		if err != nil {
			return err
		}
		if err := mayRelax(ctx, a, id); err != nil {
			return err
		}
		a.Note(audit.GroupDeleted, act.About{Target: id}, "name", g.Name)
		return a.DropGroup(ctx, actor.TenantID, id)
	})
}

// maxBatch is how many users one call adds or removes at most.
const maxBatch = 200

// AddMembers puts users into a group, all of them or none. It returns how many were not in it.
// Where the group's policy has shorter times, their sessions get them.
// It needs users.manage and a step-up. ErrNotFound when the group or one of the users is not
// there; CodeInvalid for more than 200 users.
func (s *Service) AddMembers(ctx context.Context, actor sallyport.Actor, id string, userIDs []string) (n int, err error) {
	return s.members(ctx, actor, id, userIDs, move{audit.GroupJoined, func(a *act.Act) (bool, error) {
		added, err := a.AddMember(ctx, actor.TenantID, id, a.User.ID, a.Now)
		if err != nil || !added {
			return added, err
		}
		return true, shorten(ctx, a, id)
	}})
}

// RemoveMembers takes users out of a group, all of them or none. It returns how many were in
// it. Needs and errors are those of AddMembers; and it needs policies.manage too where the group has a policy, which
// holds for them no more.
func (s *Service) RemoveMembers(ctx context.Context, actor sallyport.Actor, id string, userIDs []string) (n int, err error) {
	return s.members(ctx, actor, id, userIDs, move{audit.GroupLeft, func(a *act.Act) (bool, error) {
		if err := mayRelax(ctx, a, id); err != nil {
			return false, err
		}
		return a.DropMember(ctx, actor.TenantID, id, a.User.ID)
	}})
}

// move puts the user of an act into a group, or takes them out, and reports whether it changed
// anything.
type move struct {
	kind audit.Kind
	do   func(*act.Act) (bool, error)
}

func (s *Service) members(ctx context.Context, actor sallyport.Actor, id string, userIDs []string, m move) (n int, err error) {
	userIDs = slices.Compact(slices.Sorted(slices.Values(userIDs)))
	if len(userIDs) == 0 || len(userIDs) > maxBatch || userIDs[0] == "" {
		return 0, sallyport.Invalid(sallyport.FieldError{Field: "userIds", Code: "out_of_range", Args: map[string]string{"min": "1", "max": "200"}})
	}
	batch := make([]act.On, len(userIDs))
	for i, u := range userIDs {
		batch[i] = act.User(u)
	}
	err = s.acts.Each(ctx, actor, batch, NeedMembers, func(a *act.Act, userID string) error {
		if userID == userIDs[0] {
			n = 0
		}
		g, err := a.LockGroup(ctx, actor.TenantID, id)
		if err != nil {
			return err
		}
		moved, err := m.do(a)
		if moved {
			n++
			a.Note(m.kind, act.About{Target: id}, "name", g.Name)
		}
		return err
	})
	return n, err
}

// mayRelax returns nil when the actor may take people out of what policy decides for a group: otherwise whoever
// manages users, and they themselves, could leave a stricter policy behind.
func mayRelax(ctx context.Context, a *act.Act, id string) error {
	row, err := a.GroupPolicy(ctx, a.Actor.TenantID, id)
	if err != nil {
		return err
	}
	values, err := act.ReadGroupPolicy(row)
	if err != nil || len(values) == 0 {
		return err
	}
	return act.Need{Permission: access.PoliciesManage}.ToLook(a.Actor)
}

// shorten applies the session times of a group to who comes into it.
func shorten(ctx context.Context, a *act.Act, id string) error {
	row, err := a.GroupPolicy(ctx, a.User.TenantID, id)
	if err != nil || row.Version == 0 {
		return err
	}
	values, err := act.ReadGroupPolicy(row)
	if err != nil {
		return err
	}
	p, _ := policy.Strictest(a.Policy, values)
	return a.Shorten(ctx, p, store.SessionTimes{UserID: a.User.ID})
}

func build(name, description string) (g sallyport.Group, err error) {
	g.Name, err = line.Parse("name", name)
	if err == nil && g.Name == "" {
		err = sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "required"})
	}
	if err != nil {
		return g, err
	}
	g.Description, err = line.Parse("description", description)
	return g, err
}

// taken says of a name that another group has it.
func taken(err error) error {
	if errors.Is(err, sallyport.ErrConflict) {
		return sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "taken"})
	}
	return err
}
