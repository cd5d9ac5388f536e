package act

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/store"
)

// On is what an act is done to. It knows whose that is.
type On struct {
	noun noun
	id   string
	role sallyport.Role // of a newcomer
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

// Nobody is for acts on no account: a sign-in that fails, a request for a new
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

// owner returns the id of the user an act is about, "" for nobody. ErrNotFound when
// there is no such thing in the tenant.
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

// power are the permissions whose acts can change who rules. They lock the
// organisation first, so that of two acts which together would leave nobody in
// charge the second sees the first.
var power = map[access.Permission]bool{access.UsersManage: true, access.PoliciesManage: true}

// allowed returns nil when the actor may do what n asks for to u, who is locked.
func (on On) allowed(actor sallyport.Actor, n Need, u sallyport.User) error {
	target := access.Target{TenantID: actor.TenantID, UserID: u.ID, Role: u.Role}
	switch {
	case n.Permission != "":
		if on.noun == newcomer {
			target.Role = on.role
		}
		return access.Allowed(actor, n.Permission, target)
	case on.noun == nobody, actor.Type == sallyport.ActorSystem, actor.Type == sallyport.ActorOperator:
		return nil
	}
	return access.Own(actor, target)
}
