package account_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/store"
)

// as returns a user as an actor without a session, who needs no step-up.
func as(t *testing.T, a *apptest.App, u sallyport.User) sallyport.Actor {
	t.Helper()
	u = userOf(t, a, u)
	return sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID, Role: u.Role, Granted: u.Granted}
}

// newRole makes a role of the organisation.
func newRole(t *testing.T, a *apptest.App, name string, permissions ...string) sallyport.Role {
	t.Helper()
	r, err := a.Roles.Add(t.Context(), sallyport.Operator(a.TenantID(t)), role.Input{Name: name, Permissions: permissions})
	apptest.Must(t, err)
	return sallyport.Role(r.ID)
}

// atOnce does two things at the same moment.
func atOnce(first, second func() error) (errs [2]error) {
	var wg sync.WaitGroup
	for i, do := range []func() error{first, second} {
		wg.Go(func() { errs[i] = do() })
	}
	wg.Wait()
	return errs
}

// A new role ends sessions where policy says so, and its holder may at once what it allows.
func TestChangeRole(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, operator := a.AddUser(t, mia, sallyport.RoleMember), sallyport.Operator(a.TenantID(t))
		viewer := newRole(t, a, "Viewer", "users.view")
		for i, ends := range []bool{true, false} {
			a.SetPolicy(func(p *sallyport.Policy) { p.SessionRevokeOnRoleChange = ends })
			in := a.SignInAs(t, a.Laptop(t), mia)
			to, want := []sallyport.Role{viewer, sallyport.RoleAdmin}[i], 0
			if ends {
				want = 1
			}
			n, err := a.Accounts.ChangeRole(t.Context(), operator, u.ID, to)
			if err != nil || n != want || (a.Check(t, in.SessionToken) == "") == ends || userOf(t, a, u).Role != to {
				t.Errorf("policy %v: %d sessions ended, %v, the session is %q", ends, n, err, a.Check(t, in.SessionToken))
			}
			if events := a.Happened(t, func() {
				n, err := a.Accounts.ChangeRole(t.Context(), operator, u.ID, to)
				if n != 0 || err != nil {
					t.Errorf("again: %d, %v", n, err)
				}
			}); events != "" {
				t.Errorf("again: %s", events)
			}
		}
		_, err := a.Accounts.ChangeRole(t.Context(), operator, u.ID, "nonsense")
		apptest.Denied(t, "no such role", err, sallyport.CodeInvalid)
	})
}

// Nobody gives what they lack, and nobody acts on somebody stronger.
func TestNobodyGivesWhatTheyLack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, operator := t.Context(), sallyport.Operator(a.TenantID(t))
		helper, auditor := newRole(t, a, "Helper", "users.view", "users.manage", "roles.view", "roles.manage"), newRole(t, a, "Auditor", "audit.view")
		weak := newRole(t, a, "Weak", "users.view")
		person := func(address string, r sallyport.Role) sallyport.User {
			u := a.AddUser(t, address, sallyport.RoleMember)
			_, err := a.Accounts.ChangeRole(ctx, operator, u.ID, r)
			apptest.Must(t, err)
			return u
		}
		me, theirs, member := as(t, a, person("helper@corp.test", helper)), person("auditor@corp.test", auditor), person("member@corp.test", sallyport.RoleMember)
		admin := person("admin@corp.test", sallyport.RoleAdmin)
		for _, strong := range []sallyport.Role{sallyport.RoleOwner, sallyport.RoleAdmin, auditor} {
			_, err := a.Accounts.ChangeRole(ctx, me, member.ID, strong)
			apptest.Denied(t, "give "+string(strong), err, sallyport.CodeForbidden)
			_, err = a.Accounts.Invite(ctx, me, account.NewUser{Email: "new@corp.test", Role: strong})
			apptest.Denied(t, "invite as "+string(strong), err, sallyport.CodeForbidden)
			plan, err := a.Accounts.InviteList(ctx, me, account.List{Text: "new@corp.test,,," + string(strong)})
			if err != nil || plan[0].Fate != account.Wrong || plan[0].Wrong[0].Code != "role_too_strong" {
				t.Errorf("in a list as %s: %+v, %v", strong, plan, err)
			}
			_, err = a.Accounts.InviteList(ctx, me, account.List{Text: "new@corp.test", Role: strong})
			apptest.Denied(t, "a list of "+string(strong), err, sallyport.CodeInvalid)
		}
		for _, u := range []sallyport.User{theirs, admin, a.Owner(t)} {
			for what, do := range map[string]func() error{
				"demote":   func() error { _, err := a.Accounts.ChangeRole(ctx, me, u.ID, sallyport.RoleMember); return err },
				"disable":  func() error { _, err := a.Accounts.Disable(ctx, me, u.ID); return err },
				"lockdown": func() error { _, err := a.Accounts.LockdownOf(ctx, me, u.ID, ""); return err },
				"unlock":   func() error { return a.Accounts.Unlock(ctx, me, u.ID) },
				"group":    func() error { _, err := a.Groups.AddMembers(ctx, me, "none", []string{u.ID}); return err },
			} {
				apptest.Denied(t, what+" "+u.Email, do(), sallyport.CodeForbidden)
			}
		}
		_, err := a.Roles.Add(ctx, me, role.Input{Name: "More", Permissions: []string{"users.view", "audit.view"}})
		apptest.Denied(t, "a stronger role", err, sallyport.CodeForbidden)
		_, err = a.Roles.Change(ctx, me, string(weak), role.Input{Name: "Weak", Permissions: []string{"audit.view"}})
		apptest.Denied(t, "a role made stronger", err, sallyport.CodeForbidden)
		_, err = a.Roles.Change(ctx, me, string(auditor), role.Input{Name: "Auditor"})
		apptest.Denied(t, "a stronger role made weak", err, sallyport.CodeForbidden)
		apptest.Denied(t, "a stronger role deleted", a.Roles.Delete(ctx, me, string(auditor)), sallyport.CodeForbidden)
		_, err = a.Accounts.ResetLink(ctx, as(t, a, admin), member.ID)
		apptest.Denied(t, "a link to hand over", err, sallyport.CodeForbidden)
		_, err = a.Accounts.ChangeRole(ctx, me, me.UserID, weak)
		apptest.Denied(t, "one's own role", err, sallyport.CodeForbidden)
		_, err = a.Accounts.ChangeRole(ctx, me, member.ID, weak)
		apptest.Must(t, err)
	})
}

// Two owners who disable, demote or lock down each other at one moment leave one.
func TestOwnersAtTheSameMoment(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		owners := [2]sallyport.User{a.Owner(t), a.AddUser(t, "second@corp.test", sallyport.RoleOwner)}
		acts := []func(by sallyport.Actor, on string) error{
			func(by sallyport.Actor, on string) error { _, err := a.Accounts.Disable(ctx, by, on); return err },
			func(by sallyport.Actor, on string) error {
				_, err := a.Accounts.ChangeRole(ctx, by, on, sallyport.RoleMember)
				return err
			},
			func(by sallyport.Actor, on string) error {
				_, err := a.Accounts.LockdownOf(ctx, by, on, "")
				return err
			},
		}
		for i := range 64 * len(acts) * len(acts) {
			first, second := i%len(acts), i/len(acts)%len(acts)
			one, two := as(t, a, owners[0]), as(t, a, owners[1])
			errs := atOnce(func() error { return acts[first](one, two.UserID) }, func() error { return acts[second](two, one.UserID) })
			left := 0
			for k, u := range owners {
				if u = userOf(t, a, u); u.Role == sallyport.RoleOwner && u.Status == sallyport.UserActive {
					left++
				}
				if code := sallyport.CodeOf(errs[k]); code != "" && code != sallyport.CodeLastOwner && code != sallyport.CodeForbidden {
					t.Errorf("round %d, acts %d and %d: %v", i, first, second, errs[k])
				}
			}
			if left != 1 || (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("round %d, acts %d and %d: %d owners are left, %v", i, first, second, left, errs)
			}
			for _, u := range owners {
				apptest.Must(t, a.DB.Write(ctx, func(tx *store.Tx) error {
					_, err := act.Ignore(tx.SetRole(ctx, u.TenantID, u.ID, sallyport.RoleOwner))
					_, again := act.Ignore(tx.SetUserStatus(ctx, u.TenantID, u.ID, sallyport.UserActive, u.DisabledAt))
					return errors.Join(err, again)
				}))
			}
		}
	})
}

// What a role allows counts from the moment at which it is changed: in sessions that run, and in
// acts that have begun.
func TestRoleEditsReachRunningSessions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, operator := t.Context(), sallyport.Operator(a.TenantID(t))
		helper := newRole(t, a, "Helper", "users.view", "users.manage")
		guest, member := a.AddUser(t, mia, sallyport.RoleMember), a.AddUser(t, "member@corp.test", sallyport.RoleMember)
		_, err := a.Accounts.ChangeRole(ctx, operator, guest.ID, helper)
		apptest.Must(t, err)
		in := a.SignInAs(t, a.Laptop(t), mia)
		edit := func(permissions ...string) error {
			_, err := a.Roles.Change(ctx, operator, string(helper), role.Input{Name: "Helper", Permissions: permissions})
			return err
		}
		for range 24 {
			me := as(t, a, guest)
			before := len(a.Events(t))
			errs := atOnce(func() error { return edit("users.view") }, func() error { _, err := a.Accounts.Disable(ctx, me, member.ID); return err })
			apptest.Must(t, errs[0])
			c, err := a.Sessions.Check(ctx, guest.TenantID, in.SessionToken)
			if err != nil || c.User.Granted != "users.view" {
				t.Fatalf("the session may %q, %v", c.User.Granted, err)
			}
			var kinds []string
			for _, e := range a.Events(t)[before:] {
				kinds = append(kinds, e.Kind)
			}
			edited, acted := slices.Index(kinds, string(audit.RoleChanged)), slices.Index(kinds, string(audit.UserDisabled))
			if acted > edited || (acted >= 0) != (errs[1] == nil) || errs[1] != nil && sallyport.CodeOf(errs[1]) != sallyport.CodeForbidden {
				t.Fatalf("%v, %v", kinds, errs[1])
			}
			apptest.Must(t, edit("users.view", "users.manage"))
			apptest.Must(t, a.Accounts.Enable(ctx, operator, member.ID))
		}
	})
}

// An invitation that is withdrawn while it is accepted is the one or the other.
func TestWithdrawOrAccept(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, operator := t.Context(), sallyport.Operator(a.TenantID(t))
		for i := range 24 {
			address := fmt.Sprintf("new%d@corp.test", i)
			u, err := a.Accounts.Invite(ctx, operator, account.NewUser{Email: address, Role: sallyport.RoleMember})
			apptest.Must(t, err)
			secret := apptest.Secret(t, newest(t, a, notify.Invitation), "/invitation/")
			accept := func() error {
				return a.Accounts.AcceptInvitation(ctx, link.Mailed{TenantID: u.TenantID, Client: phone, Secret: secret}, account.Acceptance{Password: second, Confirm: second})
			}
			errs := atOnce(func() error { return a.Accounts.Withdraw(ctx, operator, u.ID) }, accept)
			found, err := a.DB.User(ctx, u.TenantID, u.ID)
			switch {
			case errs[0] == nil && errs[1] != nil:
				apptest.Denied(t, "withdrawn", err, sallyport.CodeNotFound)
				if code := sallyport.CodeOf(errs[1]); code != sallyport.CodeLinkExpired && code != sallyport.CodeNotFound && code != sallyport.CodeNotSignedIn {
					t.Errorf("accepting what was withdrawn: %v", errs[1])
				}
				_, err = a.Accounts.Invite(ctx, operator, account.NewUser{Email: address, Role: sallyport.RoleAdmin})
				apptest.Must(t, err)
				apptest.Denied(t, "the former link", accept(), sallyport.CodeLinkExpired)
			case errs[1] == nil && errs[0] != nil:
				apptest.Denied(t, "joined", errs[0], sallyport.CodeConflict)
				if err != nil || found.Status != sallyport.UserActive || found.PasswordHash == "" {
					t.Errorf("%+v, %v", found, err)
				}
			default:
				t.Fatalf("round %d: %v", i, errs)
			}
			a.Mails(t)
		}
	})
}

// Who was invited and has not joined stays so, whatever an admin does; a password makes them join.
func TestInvitedUntilAPasswordIsChosen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, operator := t.Context(), sallyport.Operator(a.TenantID(t))
		u, err := a.Accounts.Invite(ctx, operator, account.NewUser{Email: mia, Role: sallyport.RoleMember})
		apptest.Must(t, err)
		_, err = a.Accounts.Disable(ctx, operator, u.ID)
		apptest.Must(t, err)
		_, err = a.Accounts.Resend(ctx, operator, u.ID)
		apptest.Denied(t, "a disabled one", err, sallyport.CodeConflict)
		_, err = a.Accounts.Invite(ctx, operator, account.NewUser{Email: mia, Role: sallyport.RoleMember})
		apptest.Denied(t, "a disabled one, by address", err, sallyport.CodeInvalid)
		apptest.Must(t, a.Accounts.Enable(ctx, operator, u.ID))
		if got := userOf(t, a, u).Status; got != sallyport.UserInvited {
			t.Errorf("enabled again: %s", got)
		}
		a.Mails(t)
		_, err = a.Accounts.Resend(ctx, operator, u.ID)
		apptest.Must(t, err)
		a.OnlyMail(t, notify.Invitation, mia)
		apptest.Must(t, reset(t, a, resetLink(t, a, mia), second))
		if got := userOf(t, a, u); got.Status != sallyport.UserActive || got.EmailVerifiedAt.IsZero() {
			t.Errorf("with a password: %+v", got)
		}
		_, err = a.Accounts.Resend(ctx, operator, u.ID)
		apptest.Denied(t, "who has joined", err, sallyport.CodeConflict)
		apptest.Denied(t, "who has joined", a.Accounts.Withdraw(ctx, operator, u.ID), sallyport.CodeConflict)
	})
}

// A list of 500 people is invited with an outcome for each, and once only.
func TestInviteList(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		admin := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		g, err := a.Groups.Add(ctx, sallyport.Operator(admin.TenantID), "Engines", "")
		apptest.Must(t, err)
		a.AddUser(t, mia, sallyport.RoleMember)
		_, err = a.Accounts.Invite(ctx, admin, account.NewUser{Email: "kim@corp.test", Role: sallyport.RoleMember})
		apptest.Must(t, err)
		rows := []string{"E-Mail;Name;Role;Group", "MIA@corp.test;Mia", "kim@corp.test;Kim", "no address", "x@corp.test;X;boss;Nowhere"}
		for i := range 500 {
			rows = append(rows, fmt.Sprintf("new%d@corp.test;نور 🦄%d;member;engines", i, i))
		}
		l := account.List{Text: strings.Join(append(rows, "NEW0@corp.test;Again"), "\r\n")}
		count := func(found []account.Invitee) map[account.Fate]int {
			n := map[account.Fate]int{}
			for _, v := range found {
				n[v.Fate]++
			}
			return n
		}
		expect := func(what string, found []account.Invitee, err error, first account.Fate, waiting int) {
			t.Helper()
			n := count(found)
			if err != nil || n[first] < 500 || n[account.AlreadyInvited] != waiting || n[account.HasAccount] != 1 || n[account.Duplicate] != 1 || n[account.Wrong] != 2 {
				t.Errorf("%s: %v, %v", what, n, err)
			}
		}
		a.Mails(t)
		events := a.Happened(t, func() {
			plan, err := a.Accounts.PlanInvitations(ctx, admin, l)
			expect("the plan", plan, err, account.ToInvite, 1)
			if bad := plan[3]; bad.Line != 5 || len(bad.Wrong) != 2 || bad.Wrong[0].Field != "role" || bad.Wrong[1].Field != "group" {
				t.Errorf("%+v", bad)
			}
			if again := plan[len(plan)-1]; again.SameAs != 6 {
				t.Errorf("%+v", again)
			}
		})
		if events != "" || len(a.Mails(t)) != 0 {
			t.Errorf("a plan does %q", events)
		}
		done, err := a.Accounts.InviteList(ctx, admin, l)
		expect("done", done, err, account.Invited, 1)
		if n := len(a.Mails(t)); n != 500 {
			t.Errorf("%d mails", n)
		}
		again, err := a.Accounts.InviteList(ctx, admin, l)
		expect("again", again, err, account.AlreadyInvited, 501)
		if n := len(a.Mails(t)); n != 0 {
			t.Errorf("again: %d mails", n)
		}
		if g, err = a.Groups.Get(ctx, admin, g.ID); err != nil || g.Members != 500 {
			t.Errorf("%+v, %v", g, err)
		}
		var more []string
		for i := range 510 {
			more = append(more, fmt.Sprintf("more%d@corp.test", i))
		}
		done, err = a.Accounts.InviteList(ctx, admin, account.List{Text: strings.Join(more, "\n")})
		if n := count(done); err != nil || n[account.Invited] != 499 || n[account.Limited] != 11 {
			t.Errorf("past the limit of a day: %v, %v", n, err)
		}
	})
}

// Whoever may see people and not their second factors sees none of them: neither in lists nor by
// a filter, nor of one person.
func TestSecondFactorsOfOthers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		protected := a.AddUser(t, mia, sallyport.RoleMember)
		a.AddTOTP(t, apptest.Actor(a.SignInAs(t, a.Laptop(t), mia)))
		apptest.Must(t, a.Factors.Require(ctx, sallyport.Operator(protected.TenantID), protected.ID, true))
		filter, err := list.Users.Parse(map[string][]string{"secondFactor": {"strong"}})
		apptest.Must(t, err)
		for name, tt := range map[string]struct {
			permissions []string
			sees        bool
		}{"people": {[]string{"users.view"}, false}, "factors too": {[]string{"users.view", "mfa.view"}, true}} {
			u := a.AddUser(t, strings.ReplaceAll(name, " ", "")+"@corp.test", sallyport.RoleMember)
			_, err := a.Accounts.ChangeRole(ctx, sallyport.Operator(u.TenantID), u.ID, newRole(t, a, name, tt.permissions...))
			apptest.Must(t, err)
			me := as(t, a, u)
			all, err := a.Accounts.List(ctx, me, list.Users.First())
			apptest.Must(t, err)
			one, err := a.Accounts.Person(ctx, me, protected.ID)
			apptest.Must(t, err)
			i := slices.IndexFunc(all.Rows, func(u sallyport.User) bool { return u.ID == protected.ID })
			for where, got := range map[string]sallyport.User{"list": all.Rows[i], "person": one.User} {
				if sees := got.SecondFactor != "" || got.MFARequired; sees != tt.sees {
					t.Errorf("%s, %s: %q, %v", name, where, got.SecondFactor, got.MFARequired)
				}
			}
			_, err = a.Accounts.List(ctx, me, filter)
			var refused *sallyport.Error
			if ok := err == nil; ok != tt.sees || !ok && (!errors.As(err, &refused) || refused.Permission != "mfa.view") {
				t.Errorf("%s: the filter answers %v", name, err)
			}
		}
	})
}
