package act

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/store"
)

// On is what an act is done to. From it follows whose account is locked.
type On struct {
	noun noun
	id   string
	role sallyport.Role // of a new user
}

type noun int

const (
	nobody noun = iota
	user
	session
	device
	newcomer
	tenant
	addressee
)

// Nobody is for acts without an account: a failed sign-in, a request for a new
// password, the set-up.
var Nobody = On{}

// Tenant is for acts on the organisation itself.
var Tenant = On{noun: tenant}

// User is for acts on an account.
func User(id string) On { return On{noun: user, id: id} }

// Session is for acts on a session, whose user is locked.
func Session(id string) On { return On{noun: session, id: id} }

// Device is for acts on a device, whose owner is locked.
func Device(id string) On { return On{noun: device, id: id} }

// Addressee is for a mail that reminds somebody of something. That is no act on them, so it
// may be somebody stronger than the actor, or the actor.
func Addressee(id string) On { return On{noun: addressee, id: id} }

// Newcomer is for adding a user with a role.
func Newcomer(role sallyport.Role) On { return On{noun: newcomer, role: role} }

// owner returns the id of the user whom an act concerns, "" for none. ErrNotFound
// when the tenant has no such thing.
func (on On) owner(ctx context.Context, db store.Queries, tenantID string) (string, error) {
	switch on.noun {
	case user, addressee:
		return on.id, nil
	case session:
		v, err := db.Session(ctx, tenantID, on.id)
		return v.UserID, err
	case device:
		d, err := db.Device(ctx, tenantID, on.id)
		return d.UserID, err
	}
	return "", nil
}

// changesOwners lists the permissions whose acts can change who is an owner, or what roles
// allow. Such acts lock the organisation first, so that of two acts that together would leave
// no owner the second sees the first.
var changesOwners = map[access.Permission]bool{access.UsersManage: true, access.RolesManage: true, access.PoliciesManage: true}

// toOthers returns ErrForbidden when an admin would act on their own account, where they
// are a user like any other, unless the need allows that.
func (n Need) toOthers(actor sallyport.Actor, u sallyport.User) error {
	if actor.Type == sallyport.ActorUser && u.ID == actor.UserID && !n.Self {
		return sallyport.Refuse(sallyport.CodeForbidden, "nobody does this to their own account")
	}
	return nil
}

// target returns what the act of on is done to, for a user who is locked. A newcomer's role is
// read here; CodeInvalid when there is no such role.
func (a *Act) target(ctx context.Context, on On) (access.Target, error) {
	if on.noun == addressee {
		return access.Target{TenantID: a.Actor.TenantID}, nil
	}
	if on.noun != newcomer {
		t := access.Of(a.User)
		t.TenantID = a.Actor.TenantID
		return t, nil
	}
	t := access.Target{TenantID: a.Actor.TenantID, Role: on.role}
	if on.role.BuiltIn() {
		return t, nil
	}
	r, err := a.Role(ctx, a.Actor.TenantID, string(on.role))
	if errors.Is(err, sallyport.ErrNotFound) {
		err = sallyport.Invalid(sallyport.FieldError{Field: "role", Code: "unknown_role"})
	}
	t.Granted = r.Permissions
	return t, err
}

// allowed returns nil when the actor may do what n asks to the act's user, who is locked.
func (a *Act) allowed(ctx context.Context, on On, n Need) error {
	target, err := a.target(ctx, on)
	switch {
	case err != nil && (n.Permission == "" || access.Allowed(a.Actor, n.Permission, access.Target{TenantID: a.Actor.TenantID}) == nil):
		return err
	case n.Permission != "":
		if err := access.Allowed(a.Actor, n.Permission, target); err != nil {
			return err
		}
		return n.toOthers(a.Actor, a.User)
	case on.noun == nobody, a.Actor.Type == sallyport.ActorSystem, a.Actor.Type == sallyport.ActorOperator:
		return nil
	}
	return access.Own(a.Actor, target)
}

// MayGive returns nil when the actor may give somebody a role: it allows nothing that they lack.
// ErrForbidden otherwise; CodeInvalid when there is no such role.
func (a *Act) MayGive(ctx context.Context, role sallyport.Role) error {
	t, err := a.target(ctx, Newcomer(role))
	if err == nil && !access.Covers(a.Actor, t.Role, t.Granted) {
		err = sallyport.ErrForbidden
	}
	return err
}
