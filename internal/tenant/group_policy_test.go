package tenant_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/tenant"
)

type fields = map[string]any

// What is decided for a group holds for those in it, from then on and for the sessions that they have, and for nobody else.
func TestGroupPolicyHolds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.StoredPolicies()
		ctx, op := t.Context(), sallyport.Operator(a.TenantID(t))
		in, out := a.AddUser(t, "in@corp.test", sallyport.RoleMember), a.AddUser(t, "out@corp.test", sallyport.RoleMember)
		late := a.AddUser(t, "late@corp.test", sallyport.RoleMember)
		g, err := a.Groups.Add(ctx, op, "Finance", "")
		apptest.Must(t, err)
		_, err = a.Groups.AddMembers(ctx, op, g.ID, []string{in.ID})
		apptest.Must(t, err)
		for _, who := range []string{"in@corp.test", "out@corp.test", "late@corp.test"} {
			a.SignInAs(t, a.Laptop(t), who)
		}
		times := func(u sallyport.User) string {
			s := a.LiveSessions(t, u.ID)[0]
			return fmt.Sprint(s.IdleTimeout, s.ExpiresAt.Sub(s.CreatedAt))
		}
		before := times(out)
		happened := a.Happened(t, func() {
			_, err = a.Tenants.Save(ctx, op, tenant.Edit{GroupID: g.ID, Fields: fields{"sessionIdleWebMinutes": 1440, "sessionLifetimeMinutes": 4320, "mfaEnforced": "everyone"}, Reason: "Audit"})
		})
		apptest.Must(t, err)
		if want := fmt.Sprint(audit.GroupPolicyChanged, " ", audit.GroupPolicyChanged, " ", audit.GroupPolicyChanged); happened != want {
			t.Errorf("events %q", happened)
		}
		if short := fmt.Sprint(24*time.Hour, 72*time.Hour); times(in) != short || times(out) != before || times(late) != before {
			t.Errorf("sessions: %s in the group, %s and %s outside", times(in), times(out), times(late))
		}
		if _, err = a.Groups.AddMembers(ctx, op, g.ID, []string{late.ID}); err != nil || times(late) != times(in) {
			t.Errorf("who comes into it: %s, %v", times(late), err)
		}
		for address, want := range map[string]signin.State{"in@corp.test": signin.Enrol, "late@corp.test": signin.Enrol, "out@corp.test": signin.Done} {
			if r, err := a.Try(ctx, a.Laptop(t), address, apptest.Password); err != nil || r.State != want {
				t.Errorf("%s: %s, %v", address, r.State, err)
			}
		}
		overview, err := a.Factors.Overview(ctx, op)
		missing, errToo := a.Factors.NotEnrolled(ctx, op, list.NotEnrolled.First())
		if err != nil || errToo != nil || overview.Required != 2 || len(missing.Rows) != 2 {
			t.Errorf("%d must enrol, %d are listed, %v", overview.Required, len(missing.Rows), errors.Join(err, errToo))
		}
		p, stricter, err := a.Tenants.Of(ctx, op, in.ID)
		if err != nil || p.SessionLifetime != 72*time.Hour || len(stricter) != 4 || stricter[0].Group.Name != "Finance" { // apps idle no longer than that either
			t.Errorf("%v, %v, %v", p.SessionLifetime, stricter, err)
		}
		if _, stricter, err = a.Tenants.Of(ctx, op, out.ID); err != nil || len(stricter) > 0 {
			t.Errorf("outside: %v, %v", stricter, err)
		}
	})
}

// The stricter trust of a device that a group asks for holds for acts of those in it, on whomever.
func TestGroupPolicyOfActors(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.StoredPolicies()
		ctx, op := t.Context(), sallyport.Operator(a.TenantID(t))
		inside, outside := a.AddUser(t, "inside@corp.test", sallyport.RoleAdmin), a.AddUser(t, "outside@corp.test", sallyport.RoleAdmin)
		g, err := a.Groups.Add(ctx, op, "Admins", "")
		apptest.Must(t, err)
		_, err = a.Groups.AddMembers(ctx, op, g.ID, []string{inside.ID})
		apptest.Must(t, err)
		_, err = a.Tenants.Save(ctx, op, tenant.Edit{GroupID: g.ID, Fields: fields{"deviceMinTrust": 2}})
		apptest.Must(t, err)
		member := a.AddUser(t, "member@corp.test", sallyport.RoleMember)
		act := func(address, on string) error {
			me := apptest.Actor(a.SignInAs(t, a.Laptop(t), address))
			_, err := a.Factors.ResetOf(ctx, me, on, apptest.Grounds)
			return err
		}
		if err := act("inside@corp.test", member.ID); sallyport.CodeOf(err) != sallyport.CodeDeviceNotTrusted && sallyport.CodeOf(err) != sallyport.CodeStepUp {
			t.Errorf("an admin in the group: %v", err)
		}
		if err := act("outside@corp.test", member.ID); err != nil {
			t.Errorf("an admin outside of it: %v", err)
		}
		if err := act("outside@corp.test", inside.ID); err != nil {
			t.Errorf("an admin outside, on one inside: %v", err)
		}
		_ = outside
	})
}

// Who manages users alone cannot take anybody, or themselves, out of what policy decides for a group.
func TestLeavingAStricterPolicy(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, op := t.Context(), sallyport.Operator(a.TenantID(t))
		desk, err := a.Roles.Add(ctx, op, role.Input{Name: "Desk", Permissions: []string{"users.view", "users.manage"}})
		apptest.Must(t, err)
		u := a.AddUser(t, "desk@corp.test", sallyport.RoleMember)
		_, err = a.Accounts.ChangeRole(ctx, op, u.ID, sallyport.Role(desk.ID))
		apptest.Must(t, err)
		plain, err := a.Groups.Add(ctx, op, "Plain", "")
		apptest.Must(t, err)
		strict, err := a.Groups.Add(ctx, op, "Strict", "")
		apptest.Must(t, err)
		for _, g := range []sallyport.Group{plain, strict} {
			_, err = a.Groups.AddMembers(ctx, op, g.ID, []string{u.ID})
			apptest.Must(t, err)
		}
		_, err = a.Tenants.Save(ctx, op, tenant.Edit{GroupID: strict.ID, Fields: fields{"passwordMinLength": 16}})
		apptest.Must(t, err)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), "desk@corp.test"))
		if n, err := a.Groups.RemoveMembers(ctx, me, plain.ID, []string{u.ID}); err != nil || n != 1 {
			t.Errorf("out of a group without a policy: %d, %v", n, err)
		}
		if _, err := a.Groups.RemoveMembers(ctx, me, strict.ID, []string{u.ID}); !errors.Is(err, sallyport.ErrForbidden) {
			t.Errorf("out of a stricter policy: %v", err)
		}
		if err := a.Groups.Delete(ctx, me, strict.ID); !errors.Is(err, sallyport.ErrForbidden) {
			t.Errorf("deleting a stricter policy: %v", err)
		}
		if err := a.Groups.Delete(ctx, op, strict.ID); err != nil {
			t.Errorf("by who may change policies: %v", err)
		}
		if p, err := a.Tenants.PolicyOf(ctx, op.TenantID, u.ID); err != nil || p.PasswordMinLength != policy.Default().PasswordMinLength {
			t.Errorf("%d, %v", p.PasswordMinLength, err)
		}
	})
}

// Versions of a policy are kept, say who, why and what, and can be gone back to; what cannot hold together is refused.
func TestVersions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, op := t.Context(), sallyport.Operator(a.TenantID(t))
		for i := range 30 {
			a.Clock.Advance(time.Minute)
			saved, err := a.Tenants.Save(ctx, op, tenant.Edit{Version: int64(i), Fields: fields{"passwordHistory": 1 + i%20}, Reason: fmt.Sprint("Reason ", i)})
			if err != nil || saved.Version != int64(i+1) {
				t.Fatalf("%d: %v, %v", i, saved, err)
			}
		}
		found, more, err := a.Tenants.Versions(ctx, op, "", 0)
		if err != nil || !more || len(found) != 25 || found[0].Number != 30 || found[0].Reason != "Reason 29" || found[0].By != "operator" ||
			fmt.Sprint(found[0].Changes) != "[{passwordHistory 9 10}]" {
			t.Fatalf("%d versions, %v, %+v", len(found), err, found[0])
		}
		found, more, err = a.Tenants.Versions(ctx, op, "", found[24].Number)
		if err != nil || more || len(found) != 5 || found[4].Number != 1 || fmt.Sprint(found[4].Changes) != "[{passwordHistory 5 1}]" {
			t.Fatalf("the rest: %d versions, %v", len(found), err)
		}
		three := int64(3)
		saved, err := a.Tenants.Save(ctx, op, tenant.Edit{Version: 30, Restore: &three})
		if now, errToo := a.Tenants.Read(ctx, op); err != nil || errToo != nil || saved.Version != 31 || now.Policy.PasswordHistory != 3 {
			t.Errorf("going back: %+v, %v", saved, errors.Join(err, errToo))
		}
		gone := int64(99)
		if _, err := a.Tenants.Save(ctx, op, tenant.Edit{Version: 31, Restore: &gone}); !errors.Is(err, sallyport.ErrNotFound) {
			t.Errorf("to a version that there is not: %v", err)
		}
		if _, err := a.Tenants.Save(ctx, op, tenant.Edit{Version: 31, Fields: fields{"passwordHistory": 4}, Reason: "a\nb"}); sallyport.CodeOf(err) != sallyport.CodeInvalid {
			t.Errorf("a reason of two lines: %v", err)
		}
		g, err := a.Groups.Add(ctx, op, "Finance", "")
		apptest.Must(t, err)
		for name, f := range map[string]fields{
			"out of bounds": {"passwordMinLength": 4}, "a lock": {"lockoutFailures": 3}, "unknown": {"mood": "good"}, "nothing known": {"mood": nil},
		} {
			if _, err := a.Tenants.Save(ctx, op, tenant.Edit{GroupID: g.ID, Fields: f}); sallyport.CodeOf(err) != sallyport.CodeInvalid {
				t.Errorf("of a group, %s: %v", name, err)
			}
		}
		_, err = a.Tenants.Save(ctx, op, tenant.Edit{GroupID: g.ID, Fields: fields{"mfaMethods": "totp"}})
		apptest.Must(t, err)
		if _, err := a.Tenants.Save(ctx, op, tenant.Edit{Version: 31, Fields: fields{"mfaMethods": "webauthn"}}); sallyport.CodeOf(err) != sallyport.CodeInvalid {
			t.Errorf("nothing in common with a group: %v", err)
		}
		other := sallyport.Operator(a.AddTenant(t, "other.test").ID)
		for name, err := range map[string]error{
			"save": second(a.Tenants.Save(ctx, other, tenant.Edit{GroupID: g.ID, Fields: fields{"passwordMinLength": 16}})),
			"read": second(a.Tenants.ReadGroup(ctx, other, g.ID)), "plan": second(a.Tenants.Plan(ctx, other, tenant.Edit{GroupID: g.ID})),
		} {
			if !errors.Is(err, sallyport.ErrNotFound) {
				t.Errorf("%s of another organisation's group: %v", name, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

// Whoever comes into a group while its policy is saved has short sessions after both.
func TestJoiningWhileSaving(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.StoredPolicies()
		ctx, op := t.Context(), sallyport.Operator(a.TenantID(t))
		for i := range 12 {
			g, err := a.Groups.Add(ctx, op, fmt.Sprint("Group ", i), "")
			apptest.Must(t, err)
			address := fmt.Sprintf("p%d@corp.test", i)
			u := a.AddUser(t, address, sallyport.RoleMember)
			a.SignInAs(t, a.Laptop(t), address)
			var wg sync.WaitGroup
			errs := make([]error, 2)
			wg.Go(func() { _, errs[0] = a.Groups.AddMembers(ctx, op, g.ID, []string{u.ID}) })
			wg.Go(func() {
				_, errs[1] = a.Tenants.Save(ctx, op, tenant.Edit{GroupID: g.ID, Fields: fields{"sessionIdleWebMinutes": 1440}})
			})
			wg.Wait()
			apptest.Must(t, errors.Join(errs...))
			if s := a.LiveSessions(t, u.ID)[0]; s.IdleTimeout != 24*time.Hour {
				t.Errorf("round %d: the session idles for %v", i, s.IdleTimeout)
			}
		}
	})
}
