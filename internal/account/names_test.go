package account_test

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/list"
)

// with is somebody who has these permissions only.
func with(tenantID string, permissions ...string) sallyport.Actor {
	return sallyport.Actor{Type: sallyport.ActorUser, TenantID: tenantID, UserID: "0193", Role: "0193-own", Granted: sallyport.NewPermissions(permissions...)}
}

// Whoever may see what belongs to people is told their names, of the organisation only, and
// nothing else of them.
func TestNames(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		max := a.AddUser(t, "max@corp.test", sallyport.RoleAdmin)
		other := a.AddUserOf(t, a.AddTenant(t, "elsewhere.test").ID, "eve@elsewhere.test", sallyport.RoleMember)
		for permission, may := range map[string]bool{"users.view": true, "sessions.view": true, "devices.view": true, "audit.view": true, "mfa.view": false, "policies.view": false} {
			found, err := a.Accounts.Names(t.Context(), with(max.TenantID, permission), []string{max.ID, other.ID, max.ID, "nobody"})
			if !may {
				if sallyport.CodeOf(err) != sallyport.CodeForbidden {
					t.Errorf("with %s: %v", permission, err)
				}
				continue
			}
			want := sallyport.User{ID: max.ID, TenantID: max.TenantID, Email: max.Email, FirstName: max.FirstName, LastName: max.LastName, Role: max.Role}
			if err != nil || len(found) != 1 || found[max.ID] != want {
				t.Errorf("with %s: %+v %v", permission, found, err)
			}
		}
		if found, err := a.Accounts.Names(t.Context(), with(max.TenantID, "users.view"), nil); err != nil || len(found) != 0 {
			t.Errorf("nobody: %v %v", found, err)
		}
	})
}

// Who is in a group is for who may see people: nobody else filters by it.
func TestOnlyWhoSeesPeopleFiltersByGroup(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.TenantID(t)
		ask := func(table *list.Table) list.Query {
			q, err := table.Parse(url.Values{"groupId": {"0193"}})
			if err != nil {
				t.Fatal(err)
			}
			return q
		}
		for name, read := range map[string]func(context.Context, sallyport.Actor) error{
			"sessions.view": func(ctx context.Context, actor sallyport.Actor) error {
				_, err := a.Sessions.List(ctx, actor, ask(list.Sessions))
				_, attempts := a.Accounts.ListAttempts(ctx, actor, ask(list.Attempts))
				if (err == nil) != (attempts == nil) {
					t.Errorf("sessions: %v, attempts: %v", err, attempts)
				}
				return err
			},
			"devices.view": func(ctx context.Context, actor sallyport.Actor) error {
				_, err := a.Devices.List(ctx, actor, ask(list.Devices))
				return err
			},
		} {
			err := read(t.Context(), with(tenantID, name))
			var e *sallyport.Error
			if !errors.As(err, &e) || e.Code != sallyport.CodeForbidden || e.Permission != "users.view" {
				t.Errorf("with %s: %v", name, err)
			}
			if err := read(t.Context(), with(tenantID, name, "users.view")); err != nil {
				t.Errorf("with %s and users.view: %v", name, err)
			}
		}
	})
}

// The sessions on a device are for who may see sessions.
func TestSessionsOnADeviceNeedTheirPermission(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
		in := a.SignInAs(t, a.Laptop(t), max.Email)
		for _, tt := range []struct {
			permissions []string
			sessions    int
		}{{[]string{"devices.view"}, 0}, {[]string{"devices.view", "sessions.view"}, 1}} {
			d, err := a.Devices.Get(t.Context(), with(max.TenantID, tt.permissions...), in.Session.DeviceID)
			if err != nil || len(d.Sessions) != tt.sessions {
				t.Errorf("with %v: %d sessions, %v", tt.permissions, len(d.Sessions), err)
			}
		}
	})
}
