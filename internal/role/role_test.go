package role_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/role"
)

// A role is made, changed and deleted; each is one event, and nothing else is.
func TestRole(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, op := t.Context(), sallyport.Operator(a.TenantID(t))
		var r role.Role
		var err error
		happens := func(what string, do func(), want ...audit.Kind) {
			t.Helper()
			if got := a.Happened(t, do); got != strings.Trim(fmt.Sprint(want), "[]") || err != nil {
				t.Errorf("%s: %q, %v", what, got, err)
			}
		}
		in := role.Input{Name: " Help desk ", Description: "Looks after people", Permissions: []string{"users.view", "users.manage", "users.view"}}
		happens("add", func() { r, err = a.Roles.Add(ctx, op, in) }, audit.RoleCreated)
		if r.Name != "Help desk" || r.Permissions != "users.manage users.view" || !r.Mine {
			t.Errorf("%+v", r)
		}
		happens("no change", func() { _, err = a.Roles.Change(ctx, op, r.ID, in) })
		in.Permissions = nil
		happens("change", func() { r, err = a.Roles.Change(ctx, op, r.ID, in) }, audit.RoleChanged)
		_, err = a.Accounts.Invite(ctx, op, account.NewUser{Email: "new@corp.test", Role: sallyport.Role(r.ID)})
		apptest.Must(t, err)
		if all, err := a.Roles.List(ctx, op); err != nil || len(all) != 4 || all[3].Users != 1 || !all[0].BuiltIn || all[0].Users != 1 {
			t.Errorf("%+v, %v", all, err)
		}
		apptest.Denied(t, "in use", a.Roles.Delete(ctx, op, r.ID), sallyport.CodeConflict)
		u, err := a.Accounts.Find(ctx, op, "new@corp.test")
		apptest.Must(t, err)
		apptest.Must(t, a.Accounts.Withdraw(ctx, op, u.ID))
		happens("delete", func() { err = a.Roles.Delete(ctx, op, r.ID) }, audit.RoleDeleted)
		apptest.Denied(t, "deleted again", a.Roles.Delete(ctx, op, r.ID), sallyport.CodeNotFound)
		_, err = a.Accounts.Invite(ctx, op, account.NewUser{Email: "new@corp.test", Role: sallyport.Role(r.ID)})
		apptest.Denied(t, "given when it is gone", err, sallyport.CodeInvalid)
	})
}

// What is wrong with a role is told by field; a name belongs to one role, in any spelling.
func TestWrongRoles(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, op := t.Context(), sallyport.Operator(a.TenantID(t))
		_, err := a.Roles.Add(ctx, op, role.Input{Name: "Straße"})
		apptest.Must(t, err)
		for _, in := range []role.Input{
			{}, {Name: "STRASSE"}, {Name: " stra\u00dfe "}, {Name: "owner"}, {Name: "OWNER\u200b"}, {Name: "a\nb"}, {Name: strings.Repeat("x", 101)},
			{Name: "New", Description: "a\x00"}, {Name: "New", Permissions: []string{"users.view", "everything"}}, {Name: "New", Permissions: []string{""}},
		} {
			_, err := a.Roles.Add(ctx, op, in)
			apptest.Denied(t, fmt.Sprintf("%.40q", in), err, sallyport.CodeInvalid)
		}
		for _, id := range []string{"owner", "admin", "member", "nothing"} {
			_, err := a.Roles.Change(ctx, op, id, role.Input{Name: "New"})
			apptest.Denied(t, id, err, sallyport.CodeNotFound)
			apptest.Denied(t, id, a.Roles.Delete(ctx, op, id), sallyport.CodeNotFound)
		}
	})
}

// A role that is deleted while it is given stays, or nobody has it.
func TestDeletedWhileGiven(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, op := t.Context(), sallyport.Operator(a.TenantID(t))
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		for i := range 24 {
			r, err := a.Roles.Add(ctx, op, role.Input{Name: fmt.Sprint("Role ", i)})
			apptest.Must(t, err)
			given := make(chan error)
			go func() {
				_, err := a.Accounts.ChangeRole(ctx, op, u.ID, sallyport.Role(r.ID))
				given <- err
			}()
			deleted := a.Roles.Delete(ctx, op, r.ID)
			if err := <-given; (err == nil) == (deleted == nil) {
				t.Fatalf("round %d: given %v, deleted %v", i, err, deleted)
			}
			if p, err := a.Accounts.Person(ctx, op, u.ID); err != nil || deleted == nil && p.Role == sallyport.Role(r.ID) {
				t.Fatalf("round %d: %+v, %v", i, p, err)
			}
		}
	})
}
