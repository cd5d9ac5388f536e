// Package access decides who may do what to whom. Every use asks it once; the edges
// only pass the actor on.
//
// People need no permission for their own account. Nobody has access to another tenant:
// such an actor gets "not found" for everything, so that they do not learn which ids
// exist.
//
// permission.go has the table of permissions.
package access

import (
	"slices"

	"github.com/sallyport/sallyport"
)

// roles is the table of built-in roles. Owner and admin differ in whom they may act on:
// only an owner acts on an owner, and makes one.
var roles = map[sallyport.Role]sallyport.Permissions{
	sallyport.RoleOwner:  Every,
	sallyport.RoleAdmin:  Every,
	sallyport.RoleMember: "",
}

// Roles returns the built-in roles, strongest first.
func Roles() []sallyport.Role {
	return []sallyport.Role{sallyport.RoleOwner, sallyport.RoleAdmin, sallyport.RoleMember}
}

// Granted returns what a role allows. custom is what it allows where the organisation made
// it; for a built-in role it does not count.
func Granted(r sallyport.Role, custom sallyport.Permissions) sallyport.Permissions {
	if r.BuiltIn() {
		return roles[r]
	}
	return custom
}

// Has returns the permissions of a user, or those of them that the API key allows with which a
// program acts for them.
func Has(actor sallyport.Actor) []string {
	mine := Granted(actor.Role, actor.Granted).Names()
	if actor.KeyID == "" {
		return mine
	}
	return slices.DeleteFunc(mine, func(p string) bool { return !actor.KeyGrants.Has(p) })
}

// Target is what an act is done to: a user, or something a user owns.
type Target struct {
	TenantID string
	UserID   string
	Role     sallyport.Role        // of the user; "" when it plays no part
	Granted  sallyport.Permissions // what the role allows, where the organisation made it
}

// Of returns a user as a target.
func Of(u sallyport.User) Target {
	return Target{TenantID: u.TenantID, UserID: u.ID, Role: u.Role, Granted: u.Granted}
}

// Own returns nil when the target is the actor's own, and otherwise ErrNotFound, which
// hides that it exists. An API key allows what its permissions name; the account of its user is not
// among that: ErrNotByKey.
func Own(actor sallyport.Actor, target Target) error {
	switch {
	case actor.Type != sallyport.ActorUser, actor.UserID == "", actor.TenantID != target.TenantID, actor.UserID != target.UserID:
		return sallyport.ErrNotFound
	case actor.KeyID != "":
		return sallyport.ErrNotByKey
	}
	return nil
}

// Allowed returns nil when the actor may do to target what permission allows. ErrNotFound
// when the target is of another tenant; otherwise ErrForbidden, with the permission when
// it is missing. Nobody acts on somebody stronger.
func Allowed(actor sallyport.Actor, permission Permission, target Target) error {
	if actor.TenantID == "" || actor.TenantID != target.TenantID {
		return sallyport.ErrNotFound
	}
	switch {
	case actor.Type == sallyport.ActorSystem, actor.Type == sallyport.ActorOperator:
		return nil
	case actor.Type != sallyport.ActorUser, !slices.Contains(Has(actor), string(permission)):
		return &sallyport.Error{Code: sallyport.CodeForbidden, Permission: string(permission)}
	case target.Role != "" && !Covers(actor, target.Role, target.Granted):
		return sallyport.ErrForbidden
	}
	return nil
}

// Covers reports whether the actor has everything that a role allows: then they may give it,
// and act on whoever has it. What owners have besides the permissions of admins is that
// nobody else acts on them.
func Covers(actor sallyport.Actor, r sallyport.Role, custom sallyport.Permissions) bool {
	switch {
	case actor.Type == sallyport.ActorSystem, actor.Type == sallyport.ActorOperator:
		return true
	case r == sallyport.RoleOwner:
		return actor.Role == sallyport.RoleOwner && actor.KeyID == ""
	}
	mine := Has(actor)
	for _, name := range Granted(r, custom).Names() {
		if !slices.Contains(mine, name) {
			return false
		}
	}
	return true
}
