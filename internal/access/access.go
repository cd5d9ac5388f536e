// Package access decides who may do what to whom. Every use asks it once; the edges
// only pass the actor on.
//
// People need no permission for their own account. Nobody has access to another tenant:
// such an actor gets "not found" for everything, so that they do not learn which ids
// exist.
package access

import (
	"slices"

	"github.com/sallyport/sallyport"
)

// Permission is something a role allows, named after what it applies to.
type Permission string

// Permissions.
const (
	SessionsView      Permission = "sessions.view"
	SessionsTerminate Permission = "sessions.terminate"
	UsersView         Permission = "users.view"
	UsersManage       Permission = "users.manage"
	MFAView           Permission = "mfa.view"
	MFAManage         Permission = "mfa.manage"
	DevicesView       Permission = "devices.view"
	DevicesManage     Permission = "devices.manage"
	AuditView         Permission = "audit.view"
	PoliciesView      Permission = "policies.view"
	PoliciesManage    Permission = "policies.manage"
)

// roles is the table of built-in roles. Owner and admin differ in the users they may
// act on, see [Allowed].
var roles = map[sallyport.Role][]Permission{
	sallyport.RoleOwner:  {SessionsView, SessionsTerminate, UsersView, UsersManage, MFAView, MFAManage, DevicesView, DevicesManage, AuditView, PoliciesView, PoliciesManage},
	sallyport.RoleAdmin:  {SessionsView, SessionsTerminate, UsersView, UsersManage, MFAView, MFAManage, DevicesView, DevicesManage, AuditView, PoliciesView, PoliciesManage},
	sallyport.RoleMember: {},
}

// Roles returns the built-in roles, strongest first.
func Roles() []sallyport.Role {
	return []sallyport.Role{sallyport.RoleOwner, sallyport.RoleAdmin, sallyport.RoleMember}
}

// PermissionsOf returns what a role allows.
func PermissionsOf(r sallyport.Role) []Permission { return slices.Clone(roles[r]) }

// Target is what an act is done to: a user, or something a user owns.
type Target struct {
	TenantID string
	UserID   string
	Role     sallyport.Role // of the user; "" when it plays no part
}

// Own returns nil when the target is the actor's own, and otherwise ErrNotFound, which
// hides that it exists.
func Own(actor sallyport.Actor, target Target) error {
	if actor.Type == sallyport.ActorUser && actor.UserID != "" &&
		actor.TenantID == target.TenantID && actor.UserID == target.UserID {
		return nil
	}
	return sallyport.ErrNotFound
}

// Allowed returns nil when the actor may do to target what permission allows. ErrNotFound
// when the target is of another tenant; otherwise ErrForbidden, with the permission when
// it is missing. Only an owner may act on an owner.
func Allowed(actor sallyport.Actor, permission Permission, target Target) error {
	if actor.TenantID == "" || actor.TenantID != target.TenantID {
		return sallyport.ErrNotFound
	}
	switch {
	case actor.Type == sallyport.ActorSystem, actor.Type == sallyport.ActorOperator:
		return nil
	case actor.Type != sallyport.ActorUser, !slices.Contains(roles[actor.Role], permission):
		return &sallyport.Error{Code: sallyport.CodeForbidden, Permission: string(permission)}
	case target.Role == sallyport.RoleOwner && actor.Role != sallyport.RoleOwner:
		return sallyport.ErrForbidden
	}
	return nil
}
