package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/list"
)

func (e *edge) addUsers() {
	users := get("listUsers", "/users", "The users of the organisation")
	handleList(e, users.needs(account.NeedView), list.Users, e.listUsers)

	invite := post("inviteUser", "/users", "Invite somebody", withBody(http.StatusTooManyRequests)...)
	invite.Description = "It takes an owner to invite an owner. A link to choose a password is mailed. " +
		"An address that is invited already is answered with 200 and gets no other mail; with resend it gets a new link, which ends the former one. " +
		"429 when the address, or you, had too many in a day."
	invite.DefaultStatus = http.StatusCreated
	handle(e, invite.needs(account.NeedManage), e.inviteUser)
	responses := e.huma.OpenAPI().Paths[invite.Path].Post.Responses
	responses["200"] = &huma.Response{Description: "It is invited already.", Content: responses["201"].Content}

	unlock := post("unlockUser", "/users/{id}/unlock", "Lift a user's lock before its time", http.StatusNotFound)
	unlock.Description = "Counts of failed attempts begin anew. A user who is not locked is no error."
	handle(e, unlock.needs(account.NeedManage), e.unlockUser)

	disable := post("disableUser", "/users/{id}/disable", "End a user's access", http.StatusNotFound, http.StatusConflict)
	disable.Description = "Their sessions and pending sign-ins end at once. A user who is disabled already is no error. 409 last_owner for the only owner."
	handle(e, disable.needs(account.NeedDisable), e.disableUser)

	enable := post("enableUser", "/users/{id}/enable", "Let a disabled user sign in again, or open a closed account", http.StatusNotFound, http.StatusConflict)
	enable.Description = "It revives no session. An account that was closed because it is in danger gets a link for a new password by mail. An active user is no error."
	handle(e, enable.needs(account.NeedManage), e.enableUser)
}

// userRecord is one user.
type userRecord struct {
	ID                string               `json:"id"`
	TenantID          string               `json:"tenantId"`
	Email             string               `json:"email" format:"email"`
	FirstName         string               `json:"firstName"`
	LastName          string               `json:"lastName"`
	Role              sallyport.Role       `json:"role"`
	Status            sallyport.UserStatus `json:"status" enum:"active,disabled,closed"`
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
		Email     string         `json:"email" format:"email" maxLength:"254" doc:"At most 254 bytes."`
		FirstName string         `json:"firstName,omitempty" maxLength:"100"`
		LastName  string         `json:"lastName,omitempty" maxLength:"100"`
		Role      sallyport.Role `json:"role,omitempty" enum:"owner,admin,member" default:"member"`
		Resend    bool           `json:"resend,omitempty" doc:"Mail a new link to somebody who is invited already."`
	} `nameHint:"InviteRequest"`
}

type invitedOutput struct {
	Status int
	Body   userRecord
}

func (e *edge) inviteUser(ctx context.Context, in *inviteInput) (*invitedOutput, error) {
	n := account.NewUser{Email: in.Body.Email, FirstName: in.Body.FirstName, LastName: in.Body.LastName, Role: in.Body.Role}
	if in.Body.Resend {
		u, err := e.Accounts.Invite(ctx, e.actor(ctx), n)
		return &invitedOutput{http.StatusCreated, showUser(u)}, err
	}
	u, added, err := e.Accounts.InviteOnce(ctx, e.actor(ctx), n)
	if added {
		return &invitedOutput{http.StatusCreated, showUser(u)}, err
	}
	return &invitedOutput{http.StatusOK, showUser(u)}, err
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
