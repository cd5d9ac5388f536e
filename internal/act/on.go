package act

import (
	"context"

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

// Newcomer is for adding a user with a role.
func Newcomer(role sallyport.Role) On { return On{noun: newcomer, role: role} }

// owner returns the id of the user whom an act concerns, "" for none. ErrNotFound
// when the tenant has no such thing.
func (on On) owner(ctx context.Context, db store.Queries, tenantID string) (string, error) {
	switch on.noun {
	case user:
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

// changesOwners lists the permissions whose acts can change who is an owner. Such acts lock
// the organisation first, so that of two acts that together would leave no owner the
// second sees the first.
var changesOwners = map[access.Permission]bool{access.UsersManage: true, access.PoliciesManage: true}

// toOthers returns ErrForbidden when an admin would act on their own account, where they
// are a user like any other, unless the need allows that.
func (n Need) toOthers(actor sallyport.Actor, u sallyport.User) error {
	if actor.Type == sallyport.ActorUser && u.ID == actor.UserID && !n.Self {
		return sallyport.Refuse(sallyport.CodeForbidden, "nobody does this to their own account")
	}
	return nil
}

// allowed returns nil when the actor may do what n asks to u, who is locked.
func (on On) allowed(actor sallyport.Actor, n Need, u sallyport.User) error {
	target := access.Target{TenantID: actor.TenantID, UserID: u.ID, Role: u.Role}
	switch {
	case n.Permission != "":
		if on.noun == newcomer {
			target.Role = on.role
		}
		if err := access.Allowed(actor, n.Permission, target); err != nil {
			return err
		}
		return n.toOthers(actor, u)
	case on.noun == nobody, actor.Type == sallyport.ActorSystem, actor.Type == sallyport.ActorOperator:
		return nil
	}
	return access.Own(actor, target)
}
