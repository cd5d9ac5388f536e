package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/throttle"
)

func (e *edge) addUsers() {
	users := get("listUsers", "/users", "The users of the organisation")
	handleList(e, users.needs(account.NeedView), list.Users, e.listUsers)

	one := get("getUser", "/users/{id}", "One user", http.StatusNotFound)
	one.Description = "With their groups, and what is locked of their account after failed attempts."
	handle(e, one.needs(account.NeedView), e.getUser)

	events := get("listUserEvents", "/users/{id}/events", "What happened on a user's account, newest first", http.StatusNotFound)
	events.Description = "Address, device and place are left out for whoever lacks sessions.view. The audit log of the whole organisation needs audit.view."
	handleListOf(e, events.needs(account.NeedView), list.OwnEvents, e.listUserEvents)
}

// userRecord is one user.
type userRecord struct {
	ID                string               `json:"id"`
	TenantID          string               `json:"tenantId"`
	Email             string               `json:"email,omitempty" format:"email" doc:"Absent for a service account."`
	FirstName         string               `json:"firstName"`
	LastName          string               `json:"lastName"`
	Role              sallyport.Role       `json:"role" doc:"owner, admin, member, or the id of a role that the organisation made."`
	Status            sallyport.UserStatus `json:"status" enum:"active,invited,disabled,closed,service"`
	SecondFactor      sallyport.Strength   `json:"secondFactor,omitempty" enum:"none,weak,strong" doc:"The best active one: weak are codes that are sent, strong an authenticator app and a passkey. Absent, like the three below, without mfa.view."`
	MFARequired       bool                 `json:"mfaRequired,omitempty" doc:"An admin demands a second factor of them, whatever policy says. Absent when not."`
	MFAExemptUntil    time.Time            `json:"mfaExemptUntil,omitzero" doc:"Until when they need not have the one that policy demands."`
	MFAExemptReason   string               `json:"mfaExemptReason,omitempty"`
	Avatar            string               `json:"avatar,omitempty" doc:"Path of their picture, which changes with it. Absent without one."`
	EmailVerifiedAt   time.Time            `json:"emailVerifiedAt,omitzero"`
	LastSignInAt      time.Time            `json:"lastSignInAt,omitzero" doc:"Absent before the first."`
	PasswordChangedAt time.Time            `json:"passwordChangedAt,omitzero" doc:"Absent when the user has no password."`
	PhoneNumber       string               `json:"phoneNumber,omitempty" doc:"In international form, proven by a code."`
	CreatedAt         time.Time            `json:"createdAt"`
	DisabledAt        time.Time            `json:"disabledAt,omitzero"`
	DeletesAt         time.Time            `json:"deletesAt,omitzero" doc:"When the account is deleted at its owner's wish."`
}

func showUser(u sallyport.User) userRecord {
	return userRecord{
		ID: u.ID, TenantID: u.TenantID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Role: u.Role, Status: u.Status,
		SecondFactor: u.SecondFactor, MFARequired: u.MFARequired, MFAExemptUntil: u.MFAExemptUntil.UTC(), MFAExemptReason: u.MFAExemptReason,
		Avatar: avatarPath("/users/"+u.ID, u), EmailVerifiedAt: u.EmailVerifiedAt.UTC(), LastSignInAt: u.LastSignInAt.UTC(),
		PhoneNumber: u.Phone, PasswordChangedAt: u.PasswordChangedAt.UTC(), CreatedAt: u.CreatedAt.UTC(), DisabledAt: u.DisabledAt.UTC(),
		DeletesAt: u.DeletesAt.UTC(),
	}
}

func (e *edge) listUsers(ctx context.Context, q list.Query) (*pageOutput[userRecord], error) {
	found, err := e.Accounts.List(ctx, e.actor(ctx), q)
	return newPage(found, showUser), err
}

// UserFields are those of a user, for a record with more: the document shows no fields of an
// embedded type whose name is not exported.
type UserFields = userRecord

// personRecord is one user as an admin sees them.
type personRecord struct {
	UserFields
	RoleName string        `json:"roleName,omitempty" doc:"Of a role that the organisation made."`
	Groups   []groupRecord `json:"groups" nullable:"false"`
	Locks    []lockRecord  `json:"locks" nullable:"false" doc:"What failed attempts have locked, at the moment; unlockUser lifts them."`
}

// lockRecord is one lock of an account.
type lockRecord struct {
	Proof       string    `json:"proof" enum:"password,second_factor" doc:"What cannot be proven."`
	MethodType  anyMethod `json:"methodType,omitempty" doc:"The only method that is locked; absent when all of that proof are."`
	Strangers   bool      `json:"strangers" doc:"It keeps out devices that never signed in; otherwise it is on one that did, or on a session."`
	LockedUntil time.Time `json:"lockedUntil,omitzero" doc:"Absent where no waiting helps: it takes a new password, setting the method up anew, or an admin."`
}

func showLock(h throttle.Held) lockRecord {
	out := lockRecord{Proof: "password", MethodType: anyMethod(h.Method), Strangers: h.Strangers, LockedUntil: h.Until.UTC()}
	if h.Scope == throttle.Factor || h.Scope == throttle.FactorRun {
		out.Proof = "second_factor"
	}
	if h.Until.Equal(throttle.UntilRecovery) {
		out.LockedUntil = time.Time{}
	}
	return out
}

type personOutput struct{ Body personRecord }

func (e *edge) getUser(ctx context.Context, in *idInput) (*personOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	p, err := e.Accounts.Person(ctx, e.actor(ctx), id)
	if err != nil {
		return nil, err
	}
	return &personOutput{personRecord{
		UserFields: showUser(p.User), RoleName: p.RoleName, Groups: each(p.Groups, showGroup), Locks: each(p.Locks, showLock),
	}}, nil
}

// each shows every value of a list; one without any is empty and not null.
func each[F, T any](from []F, show func(F) T) []T {
	out := make([]T, len(from))
	for i, v := range from {
		out[i] = show(v)
	}
	return out
}

func (e *edge) listUserEvents(ctx context.Context, id string, q list.Query) (*pageOutput[eventRecord], error) {
	found, err := e.Audit.Of(ctx, e.actor(ctx), id, q)
	return newPage(found, showEvent), err
}
