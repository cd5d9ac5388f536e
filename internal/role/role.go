// Package role holds the acts on roles that organisations make of permissions. Giving one to
// somebody is an act of package account.
package role

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/token"
)

// What is needed to view roles, and to make, change and delete them.
var (
	NeedView   = act.Need{Permission: access.RolesView}
	NeedManage = act.Need{Permission: access.RolesManage, StepUp: policy.ManageRoles}
)

// Service handles the roles of all tenants.
type Service struct{ acts *act.Runner }

// New returns a service.
func New(acts *act.Runner) *Service { return &Service{acts} }

// Role is a role with how many have it.
type Role struct {
	sallyport.CustomRole      // of a built-in one the id only, and what it allows
	BuiltIn              bool // it can be neither changed nor deleted
	Users                int  // how many have it
	Mine                 bool // the actor has everything that it allows, so may give it
}

// List returns all roles: the built-in ones, strongest first, then those of the organisation by
// name. It needs roles.view.
func (s *Service) List(ctx context.Context, actor sallyport.Actor) ([]Role, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	return s.list(ctx, actor)
}

// Given returns the roles that the actor may give, in the order of List. Whoever may manage
// people may read it.
func (s *Service) Given(ctx context.Context, actor sallyport.Actor) ([]Role, error) {
	if err := access.Allowed(actor, access.UsersManage, access.Target{TenantID: actor.TenantID}); err != nil {
		return nil, err
	}
	all, err := s.list(ctx, actor)
	return slices.DeleteFunc(all, func(r Role) bool { return !r.Mine }), err
}

func (s *Service) list(ctx context.Context, actor sallyport.Actor) ([]Role, error) {
	custom, err := s.acts.Roles(ctx, actor.TenantID)
	if err != nil {
		return nil, err
	}
	users, err := s.acts.CountByRole(ctx, actor.TenantID)
	if err != nil {
		return nil, err
	}
	var out []Role
	for _, r := range access.Roles() {
		out = append(out, Role{
			CustomRole: sallyport.CustomRole{TenantID: actor.TenantID, ID: string(r), Permissions: access.Granted(r, "")},
			BuiltIn:    true, Users: users[r], Mine: access.Covers(actor, r, ""),
		})
	}
	for _, r := range custom {
		id := sallyport.Role(r.ID)
		out = append(out, Role{CustomRole: r, Users: users[id], Mine: access.Covers(actor, id, r.Permissions)})
	}
	return out, nil
}

// Names returns the names of the organisation's roles by id. Whoever may view people reads it.
func (s *Service) Names(ctx context.Context, actor sallyport.Actor) (map[sallyport.Role]string, error) {
	if err := access.Allowed(actor, access.UsersView, access.Target{TenantID: actor.TenantID}); err != nil {
		return nil, err
	}
	custom, err := s.acts.Roles(ctx, actor.TenantID)
	names := make(map[sallyport.Role]string, len(custom))
	for _, r := range custom {
		names[sallyport.Role(r.ID)] = r.Name
	}
	return names, err
}

// Get returns one role. It needs roles.view.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (Role, error) {
	all, err := s.List(ctx, actor)
	if err != nil {
		return Role{}, err
	}
	i := slices.IndexFunc(all, func(r Role) bool { return r.ID == id })
	if i < 0 {
		return Role{}, sallyport.ErrNotFound
	}
	return all[i], nil
}

// Input is what a role is made of.
type Input struct {
	Name        string   // at most line.MaxLength characters; no other role has it
	Description string   // "" for none
	Permissions []string // names of the table in package access
}

// Add makes a role. It needs roles.manage and a step-up. CodeInvalid lists every wrong field;
// ErrForbidden when the role would allow what the actor lacks.
func (s *Service) Add(ctx context.Context, actor sallyport.Actor, in Input) (r Role, err error) {
	built, err := in.build()
	if err != nil {
		return r, err
	}
	built.TenantID, built.ID, built.CreatedAt = actor.TenantID, token.NewID(), s.acts.Now()
	err = s.acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		if err := covered(a, built); err != nil {
			return err
		}
		a.Note(audit.RoleCreated, act.About{Target: built.ID}, "name", built.Name, "permissions", string(built.Permissions))
		return taken(a.AddRole(ctx, built))
	})
	return Role{CustomRole: built, Mine: true}, err
}

// Change replaces what a role is made of; those who have it have the new permissions with the
// next request. It needs roles.manage and a step-up. ErrForbidden when the role allows, or would
// allow, what the actor lacks; ErrNotFound for built-in roles too.
func (s *Service) Change(ctx context.Context, actor sallyport.Actor, id string, in Input) (r Role, err error) {
	built, err := in.build()
	if err != nil {
		return r, err
	}
	err = s.acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		old, err := a.Role(ctx, actor.TenantID, id)
		if err != nil {
			return err
		}
		if err := errors.Join(covered(a, old), covered(a, built)); err != nil {
			return sallyport.ErrForbidden
		}
		users, err := a.CountByRole(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		built.TenantID, built.ID, built.CreatedAt = old.TenantID, old.ID, old.CreatedAt
		if r = (Role{CustomRole: built, Mine: true, Users: users[sallyport.Role(id)]}); built == old {
			return nil
		}
		a.Note(audit.RoleChanged, act.About{Target: id}, "name", built.Name, "old", string(old.Permissions), "new", string(built.Permissions))
		return taken(a.ChangeRole(ctx, built))
	})
	return r, err
}

// Delete deletes a role that nobody has. It needs roles.manage and a step-up. ErrConflict with
// RoleInUse while somebody has it.
func (s *Service) Delete(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		r, err := a.Role(ctx, actor.TenantID, id)
		if err != nil {
			return err
		}
		if err := covered(a, r); err != nil {
			return err
		}
		users, err := a.CountByRole(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		services, err := a.ServiceAccounts(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		if users[sallyport.Role(id)] > 0 || slices.ContainsFunc(services, func(u sallyport.User) bool { return u.OwnedBy == sallyport.Role(id) }) {
			return sallyport.Blocked(sallyport.RoleInUse)
		}
		a.Note(audit.RoleDeleted, act.About{Target: id}, "name", r.Name)
		return a.DropRole(ctx, actor.TenantID, id)
	})
}

// covered returns ErrForbidden when a role allows what the actor of the act lacks.
func covered(a *act.Act, r sallyport.CustomRole) error {
	if !access.Covers(a.Actor, sallyport.Role(r.ID), r.Permissions) {
		return sallyport.ErrForbidden
	}
	return nil
}

// taken says of a name that another role has it.
func taken(err error) error {
	if errors.Is(err, sallyport.ErrConflict) {
		return sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "taken"})
	}
	return err
}

// build checks every field.
func (in Input) build() (r sallyport.CustomRole, err error) {
	var wrong []sallyport.FieldError
	read := func(field, text string) string {
		text, err := line.Parse(field, text)
		var e *sallyport.Error
		if errors.As(err, &e) {
			wrong = append(wrong, e.Fields...)
		}
		return text
	}
	r.Name, r.Description = read("name", in.Name), read("description", in.Description)
	if r.Name == "" && len(wrong) == 0 {
		wrong = append(wrong, sallyport.FieldError{Field: "name", Code: "required"})
	}
	if sallyport.Role(email.Key(r.Name)).BuiltIn() {
		wrong = append(wrong, sallyport.FieldError{Field: "name", Code: "taken"})
	}
	if slices.ContainsFunc(in.Permissions, func(name string) bool { return !access.Known(name) }) {
		wrong = append(wrong, sallyport.FieldError{Field: "permissions", Code: "unknown_value"})
	}
	if wrong != nil {
		return r, sallyport.Invalid(wrong...)
	}
	r.Permissions = sallyport.NewPermissions(in.Permissions...)
	return r, nil
}
