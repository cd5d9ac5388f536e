package access_test

import (
	"errors"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
)

func TestAllowed(t *testing.T) {
	user := func(tenant string, role sallyport.Role) sallyport.Actor {
		return sallyport.Actor{Type: sallyport.ActorUser, TenantID: tenant, UserID: "u1", Role: role}
	}
	on := func(role sallyport.Role) access.Target {
		return access.Target{TenantID: "t1", UserID: "u2", Role: role}
	}
	for _, tt := range []struct {
		name   string
		actor  sallyport.Actor
		target access.Target
		want   sallyport.Code
	}{
		{"owner on member", user("t1", sallyport.RoleOwner), on(sallyport.RoleMember), ""},
		{"owner on owner", user("t1", sallyport.RoleOwner), on(sallyport.RoleOwner), ""},
		{"admin on member", user("t1", sallyport.RoleAdmin), on(sallyport.RoleMember), ""},
		{"admin on admin", user("t1", sallyport.RoleAdmin), on(sallyport.RoleAdmin), ""},
		{"admin on owner", user("t1", sallyport.RoleAdmin), on(sallyport.RoleOwner), sallyport.CodeForbidden},
		{"member on member", user("t1", sallyport.RoleMember), on(sallyport.RoleMember), sallyport.CodeForbidden},
		{"unknown role", user("t1", "superuser"), on(sallyport.RoleMember), sallyport.CodeForbidden},
		{"owner of another tenant", user("t2", sallyport.RoleOwner), on(sallyport.RoleMember), sallyport.CodeNotFound},
		{"nobody", sallyport.Actor{}, access.Target{}, sallyport.CodeNotFound},
		{"anonymous", sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: "t1"}, on(sallyport.RoleMember), sallyport.CodeForbidden},
		{"operator", sallyport.Operator("t1"), on(sallyport.RoleOwner), ""},
		{"operator elsewhere", sallyport.Operator("t2"), on(sallyport.RoleOwner), sallyport.CodeNotFound},
		{"system", sallyport.System("t1"), on(sallyport.RoleOwner), ""},
	} {
		if got := sallyport.CodeOf(access.Allowed(tt.actor, access.SessionsTerminate, tt.target)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// The error names the permission, if that is what is missing.
func TestRefusalNamesThePermission(t *testing.T) {
	for role, want := range map[sallyport.Role]string{sallyport.RoleMember: string(access.UsersManage), sallyport.RoleAdmin: ""} {
		actor := sallyport.Actor{Type: sallyport.ActorUser, TenantID: "t1", UserID: "u1", Role: role}
		err := access.Allowed(actor, access.UsersManage, access.Target{TenantID: "t1", UserID: "u2", Role: sallyport.RoleOwner})
		var refused *sallyport.Error
		if !errors.As(err, &refused) || !errors.Is(err, sallyport.ErrForbidden) || refused.Permission != want {
			t.Errorf("%s: %#v, want %q", role, err, want)
		}
	}
}

func TestOwn(t *testing.T) {
	me := sallyport.Actor{Type: sallyport.ActorUser, TenantID: "t1", UserID: "u1"}
	for name, tt := range map[string]struct {
		actor  sallyport.Actor
		target access.Target
		ok     bool
	}{
		"mine":            {me, access.Target{TenantID: "t1", UserID: "u1"}, true},
		"another user's":  {me, access.Target{TenantID: "t1", UserID: "u2"}, false},
		"another tenant":  {me, access.Target{TenantID: "t2", UserID: "u1"}, false},
		"anonymous empty": {sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: "t1"}, access.Target{TenantID: "t1"}, false},
	} {
		if err := access.Own(tt.actor, tt.target); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
