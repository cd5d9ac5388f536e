package account

import (
	"context"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
)

// ChangeRole gives somebody another role. Where policy says so their sessions
// end; it returns how many. They are told by mail, once they have joined. It needs users.manage and a step-up. ErrForbidden when the former or
// the new role allows what the actor lacks; CodeInvalid when there is no such role; CodeLastOwner
// for the only owner. The role that they have already is no error.
func (s *Service) ChangeRole(ctx context.Context, actor sallyport.Actor, userID string, role sallyport.Role) (sessions int, err error) {
	err = s.acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		sessions = 0
		if err := a.MayGive(ctx, role); err != nil || a.User.Role == role {
			return err
		}
		if err := anotherOwner(ctx, a); err != nil {
			return err
		}
		if err := a.SetRole(ctx, a.User.TenantID, userID, role); err != nil {
			return act.Conflict(err)
		}
		if a.Policy.SessionRevokeOnRoleChange {
			if sessions, err = a.RevokeSessions(ctx, act.Sessions{}, act.ReasonRoleChanged); err != nil {
				return err
			}
		}
		old, err := roleName(ctx, a, a.User.Role)
		if err != nil {
			return err
		}
		name, err := roleName(ctx, a, role)
		if err != nil {
			return err
		}
		a.Note(audit.UserRoleChanged, act.About{}, "old", old, "new", name, "sessions", strconv.Itoa(sessions))
		if a.User.Status == sallyport.UserInvited {
			return nil
		}
		return a.Tell(ctx, act.Alert{Kind: notify.RoleChanged, Data: named(role, name)})
	})
	return sessions, err
}

// named returns what a mail says of a role: a built-in one in the language of its reader.
func named(role sallyport.Role, name string) notify.Data {
	if role.BuiltIn() {
		return notify.Data{Role: name}
	}
	return notify.Data{RoleName: name}
}

// roleName returns what a role is called in the log: a built-in one by its value, one of the
// organisation by the name that it has now.
func roleName(ctx context.Context, a *act.Act, role sallyport.Role) (string, error) {
	if role.BuiltIn() {
		return string(role), nil
	}
	r, err := a.Role(ctx, a.Actor.TenantID, string(role))
	if _, err = act.Ignore(err); err != nil {
		return "", err
	}
	return r.Name, nil
}
