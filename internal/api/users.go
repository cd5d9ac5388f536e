package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/list"
)

func (e *edge) addUsers() {
	users := get("listUsers", "/users", "The users of the organisation", http.StatusForbidden)
	users.Description = "Needs users.view."
	handleList(e, e.behind(users), list.Users, e.listUsers)

	invite := post("inviteUser", "/users", "Invite somebody", withBody(http.StatusForbidden)...)
	invite.Description = "Needs users.manage, and an owner to invite an owner. A link to choose a password is mailed. " +
		"To invite an address again that never accepted mails a new link and ends the former one."
	invite.DefaultStatus = http.StatusCreated
	handle(e, e.behind(invite), e.inviteUser)

	unlock := post("unlockUser", "/users/{id}/unlock", "Lift a user's lock before its time", http.StatusForbidden, http.StatusNotFound)
	unlock.Description = "Needs users.manage. Counts of failed attempts begin anew. A user who is not locked is no error."
	handle(e, e.behind(unlock), e.unlockUser)

	disable := post("disableUser", "/users/{id}/disable", "End a user's access", http.StatusForbidden, http.StatusNotFound, http.StatusConflict)
	disable.Description = "Needs users.manage. Their sessions and pending sign-ins end at once. A user who is disabled already is a conflict, and so is the last owner."
	handle(e, e.behind(disable), e.disableUser)

	enable := post("enableUser", "/users/{id}/enable", "Let a disabled user sign in again", http.StatusForbidden, http.StatusNotFound, http.StatusConflict)
	enable.Description = "Needs users.manage. It revives no session. A user who is not disabled is a conflict."
	handle(e, e.behind(enable), e.enableUser)
}

// userRecord is one user.
type userRecord struct {
	ID                string               `json:"id"`
	TenantID          string               `json:"tenantId"`
	Email             string               `json:"email"`
	FirstName         string               `json:"firstName"`
	LastName          string               `json:"lastName"`
	Role              sallyport.Role       `json:"role"`
	Status            sallyport.UserStatus `json:"status" enum:"active,disabled"`
	PasswordChangedAt time.Time            `json:"passwordChangedAt,omitzero" doc:"Absent when the user has no password."`
	CreatedAt         time.Time            `json:"createdAt"`
	DisabledAt        time.Time            `json:"disabledAt,omitzero"`
}

func (e *edge) listUsers(ctx context.Context, q list.Query) (*pageOutput[userRecord], error) {
	found, err := e.Accounts.List(ctx, e.actor(ctx), q)
	return newPage(found, showUser), err
}

func showUser(u sallyport.User) userRecord {
	return userRecord{
		ID: u.ID, TenantID: u.TenantID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Role: u.Role, Status: u.Status,
		PasswordChangedAt: u.PasswordChangedAt.UTC(), CreatedAt: u.CreatedAt.UTC(), DisabledAt: u.DisabledAt.UTC(),
	}
}

type inviteInput struct {
	Body struct {
		Email     string         `json:"email" doc:"At most 254 bytes."`
		FirstName string         `json:"firstName,omitempty"`
		LastName  string         `json:"lastName,omitempty"`
		Role      sallyport.Role `json:"role,omitempty" enum:"owner,admin,member" default:"member"`
	} `nameHint:"InviteRequest"`
}

type userOutput struct{ Body userRecord }

func (e *edge) inviteUser(ctx context.Context, in *inviteInput) (*userOutput, error) {
	u, err := e.Accounts.Invite(ctx, e.actor(ctx), account.NewUser{
		Email: in.Body.Email, FirstName: in.Body.FirstName, LastName: in.Body.LastName, Role: in.Body.Role,
	})
	return &userOutput{showUser(u)}, err
}

func (e *edge) unlockUser(ctx context.Context, in *idInput) (*struct{}, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return nil, e.Accounts.Unlock(ctx, e.actor(ctx), id)
}

func (e *edge) disableUser(ctx context.Context, in *idInput) (*endedOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := e.Accounts.Disable(ctx, e.actor(ctx), id)
	return &endedOutput{ended{n}}, err
}

func (e *edge) enableUser(ctx context.Context, in *idInput) (*struct{}, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return nil, e.Accounts.Enable(ctx, e.actor(ctx), id)
}
