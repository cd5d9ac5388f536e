package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
)

// addUserActs adds what admins do to one user.
func (e *edge) addUserActs() {
	role := post("changeUserRole", "/users/{id}/role", "Give a user another role", withBody(http.StatusNotFound, http.StatusConflict)...)
	role.Description = "Nobody gives a role that allows what they may not do themselves, nor takes such a role away. Where policy says so their sessions end. " +
		"The role that they have already is no error. 409 last_owner for the only owner."
	handle(e, role.needs(account.NeedManage), e.changeUserRole)

	unlock := post("unlockUser", "/users/{id}/unlock", "Lift a user's lock before its time", http.StatusNotFound)
	unlock.Description = "Counts of failed attempts begin anew. A user who is not locked is no error."
	handle(e, unlock.needs(account.NeedManage), e.onID(e.Accounts.Unlock))

	disable := post("disableUser", "/users/{id}/disable", "End a user's access", http.StatusNotFound, http.StatusConflict)
	disable.Description = "Their sessions and pending sign-ins end at once. A user who is disabled already is no error. 409 last_owner for the only owner."
	handle(e, disable.needs(account.NeedDisable), e.disableUser)

	enable := post("enableUser", "/users/{id}/enable", "Let a disabled user sign in again, or open a closed account", http.StatusNotFound, http.StatusConflict)
	enable.Description = "It revives no session. An account that was closed because it is in danger gets a link for a new password by mail. An active user is no error."
	handle(e, enable.needs(account.NeedManage), e.onID(e.Accounts.Enable))

	restore := post("restoreUserEmail", "/users/{id}/restore-email", "Give a user the e-mail address back that they had before", http.StatusNotFound, http.StatusConflict)
	restore.Description = "For the seven days in which it is reserved for them. Where two mailboxes claim an account, this decides which one opens it: do it before enableUser. " +
		"Doing it again gives the other one back. 409 no_former_address when there is none any more."
	handle(e, restore.needs(account.NeedManage), e.onID(e.Accounts.RestoreEmail))
}

type changeRoleInput struct {
	ID   string `path:"id"`
	Body struct {
		Role sallyport.Role `json:"role" maxLength:"64" doc:"owner, admin, member, or the id of a role that the organisation made."`
	} `nameHint:"ChangeUserRoleRequest"`
}

func (e *edge) changeUserRole(ctx context.Context, in *changeRoleInput) (*endedOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	n, err := e.Accounts.ChangeRole(ctx, e.actor(ctx), id, in.Body.Role)
	return &endedOutput{ended{n}}, err
}

func (e *edge) disableUser(ctx context.Context, in *idInput) (*endedOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := e.Accounts.Disable(ctx, e.actor(ctx), id)
	return &endedOutput{ended{n}}, err
}
