package apikey_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/store"
)

// maker signs somebody in and proves what making a key takes.
func maker(t testing.TB, a *apptest.App, email string) sallyport.Actor {
	t.Helper()
	from := a.Laptop(t)
	in := a.SignInAs(t, from, email)
	a.StepUp(t, apptest.After(from, in), apptest.Actor(in), sallyport.StepUp{Act: string(policy.ManageAPIKeys), Password: true, Within: 10 * time.Minute}, nil)
	return apptest.Actor(in)
}

// acting checks a key at an address and returns what acts with it.
func acting(t testing.TB, a *apptest.App, secret string) sallyport.Actor {
	t.Helper()
	c, err := a.APIKeys.Check(t.Context(), a.TenantID(t), secret, func() sallyport.Client { return apptest.Client("192.0.2.7", "backup/1.0") })
	apptest.Must(t, err)
	return sallyport.Actor{
		Type: sallyport.ActorUser, TenantID: c.User.TenantID, UserID: c.User.ID, Role: c.User.Role, Granted: c.User.Granted,
		KeyID: c.Key.ID, KeyGrants: c.Key.Permissions, Client: apptest.Client("192.0.2.7", "backup/1.0"),
	}
}

// check returns the code of the check of a key from an address.
func check(t testing.TB, a *apptest.App, secret, ip string) sallyport.Code {
	t.Helper()
	_, err := a.APIKeys.Check(t.Context(), a.TenantID(t), secret, func() sallyport.Client { return apptest.Client(ip, "backup/1.0") })
	return sallyport.CodeOf(err)
}

func TestMake(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		ctx := t.Context()
		bare := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		_, err := a.APIKeys.Make(ctx, bare, apikey.Input{Name: "Backup"})
		apptest.Denied(t, "right after a sign-in", err, sallyport.CodeStepUp)
		me := maker(t, a, apptest.OwnerEmail)
		a.Mails(t)
		var m apikey.Made
		in := apikey.Input{Name: " Backup ", Permissions: []string{"users.view", "sessions.view", "users.view"}, Networks: []string{"192.0.2.0/24", "::ffff:198.51.100.7"}}
		if got := a.Happened(t, func() { m, err = a.APIKeys.Make(ctx, me, in) }); err != nil || got != string(audit.KeyCreated) {
			t.Fatalf("%q %v", got, err)
		}
		if m.Name != "Backup" || m.Permissions != "sessions.view users.view" || m.UserID != owner.ID || m.CreatedBy != owner.ID || !strings.HasSuffix(m.Secret, m.Hint) ||
			fmt.Sprint(m.Networks) != "[192.0.2.0/24 198.51.100.7/32]" || m.SessionID != me.SessionID {
			t.Errorf("%+v", m.APIKey)
		}
		a.OnlyMail(t, notify.KeyCreated, apptest.OwnerEmail)
		for ip, want := range map[string]sallyport.Code{
			"192.0.2.9": "", "198.51.100.7": "", "::ffff:192.0.2.9": "", "198.51.100.8": sallyport.CodeKeyNetwork, "2001:db8::1": sallyport.CodeKeyNetwork, "": sallyport.CodeKeyNetwork,
		} {
			if got := check(t, a, m.Secret, ip); got != want {
				t.Errorf("from %q: %q, want %q", ip, got, want)
			}
		}
		for name, tt := range map[string]struct {
			in    apikey.Input
			field string
		}{
			"no name":                  {apikey.Input{}, "name required"},
			"a name that is taken":     {apikey.Input{Name: "BACKUP"}, "name taken"},
			"a name with a line break": {apikey.Input{Name: "a\nb"}, "name invalid_characters"},
			"an unknown permission":    {apikey.Input{Name: "x", Permissions: []string{"fly"}}, "permissions unknown_value"},
			"over already":             {apikey.Input{Name: "x", ExpiresAt: a.Clock.Now()}, "expiresAt in_past"},
			"no network":               {apikey.Input{Name: "x", Networks: []string{"office"}}, "networks invalid_network"},
			"an address with a zone":   {apikey.Input{Name: "x", Networks: []string{"fe80::1%eth0"}}, "networks invalid_network"},
			"too many networks":        {apikey.Input{Name: "x", Networks: slices.Repeat([]string{"192.0.2.1"}, 21)}, "networks too_many"},
		} {
			_, err := a.APIKeys.Make(ctx, me, tt.in)
			if sallyport.CodeOf(err) != sallyport.CodeInvalid || !strings.Contains(err.Error(), tt.field) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for i := range apikey.MaxKeys - 1 {
			_, err := a.APIKeys.Make(ctx, me, apikey.Input{Name: fmt.Sprint("Key ", i)})
			apptest.Must(t, err)
		}
		_, err = a.APIKeys.Make(ctx, me, apikey.Input{Name: "One more"})
		apptest.Denied(t, "the 51st", err, sallyport.CodeConflict)
		apptest.Must(t, a.APIKeys.Revoke(ctx, me, m.ID))
		if _, err = a.APIKeys.Make(ctx, me, apikey.Input{Name: "Backup"}); err != nil {
			t.Errorf("the name of a revoked one: %v", err)
		}
	})
}

// A key never allows more than its maker may, nor more than its user may later, and nothing of the
// account of its user.
func TestAKeyIsNoWider(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		ctx, op := t.Context(), sallyport.Operator(owner.TenantID)
		r, err := a.Roles.Add(ctx, op, role.Input{Name: "Watch", Permissions: []string{"sessions.view", "sessions.terminate", "users.view"}})
		apptest.Must(t, err)
		u := a.AddUser(t, "mia@corp.test", sallyport.Role(r.ID))
		me := maker(t, a, u.Email)
		_, err = a.APIKeys.Make(ctx, me, apikey.Input{Name: "Wide", Permissions: []string{"users.manage"}})
		if sallyport.CodeOf(err) != sallyport.CodeInvalid || !strings.Contains(err.Error(), "not_yours") {
			t.Errorf("what the maker lacks: %v", err)
		}
		m, err := a.APIKeys.Make(ctx, me, apikey.Input{Name: "Watch", Permissions: []string{"sessions.view", "sessions.terminate"}})
		apptest.Must(t, err)
		program := acting(t, a, m.Secret)
		if got := access.Has(program); fmt.Sprint(got) != "[sessions.terminate sessions.view]" {
			t.Errorf("it has %v", got)
		}
		victim := a.SignInAs(t, a.Laptop(t), a.AddUser(t, "bo@corp.test", sallyport.RoleMember).Email)
		if _, err := a.Sessions.List(ctx, program, list.Sessions.First()); err != nil {
			t.Errorf("what it may: %v", err)
		}
		_, err = a.Accounts.List(ctx, program, list.Users.First())
		apptest.Denied(t, "what its user may and it may not", err, sallyport.CodeForbidden)
		apptest.Denied(t, "an act that policy does not name", a.Sessions.Terminate(ctx, program, victim.Session.ID), sallyport.CodeNotByKey)
		a.SetPolicy(func(p *sallyport.Policy) { p.APIKeyActs = []string{string(policy.TerminateSessions)} })
		if got := a.Happened(t, func() { err = a.Sessions.Terminate(ctx, program, victim.Session.ID) }); err != nil || got != string(audit.SessionTerminated) {
			t.Errorf("an act that policy names: %q %v", got, err)
		}
		rows := a.Events(t)
		if last := rows[len(rows)-1]; !strings.Contains(last.Body, `"apiKey":"`+m.ID+`"`) {
			t.Errorf("the log does not name the key: %s", last.Body)
		}
		apptest.Denied(t, "an owner's session", a.Sessions.Terminate(ctx, program, a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail).Session.ID), sallyport.CodeForbidden)

		// Its user's own account is none of its business.
		_, err = a.Sessions.ListOwn(ctx, program, list.OwnSessions.First())
		apptest.Denied(t, "its user's sessions", err, sallyport.CodeNotByKey)
		_, err = a.APIKeys.ListOwn(ctx, program)
		apptest.Denied(t, "its user's keys", err, sallyport.CodeNotByKey)
		_, err = a.APIKeys.Make(ctx, program, apikey.Input{Name: "Child"})
		apptest.Denied(t, "a key by a key", err, sallyport.CodeNotByKey)
		apptest.Denied(t, "revoking by a key", a.APIKeys.Revoke(ctx, program, m.ID), sallyport.CodeNotByKey)
		_, err = a.Sessions.RevokeAll(ctx, program)
		apptest.Denied(t, "ending its user's sessions", err, sallyport.CodeNotByKey)

		// The role allows less, and then more.
		_, err = a.Roles.Change(ctx, op, r.ID, role.Input{Name: "Watch", Permissions: []string{"sessions.view"}})
		apptest.Must(t, err)
		if got := access.Has(acting(t, a, m.Secret)); fmt.Sprint(got) != "[sessions.view]" {
			t.Errorf("of a role that allows less it has %v", got)
		}
		apptest.Denied(t, "with what was read before", a.Sessions.Terminate(ctx, program, victim.Session.ID), sallyport.CodeForbidden)
		_, err = a.Roles.Change(ctx, op, r.ID, role.Input{Name: "Watch", Permissions: []string{"sessions.view", "sessions.terminate", "users.manage", "policies.manage"}})
		apptest.Must(t, err)
		if got := access.Has(acting(t, a, m.Secret)); fmt.Sprint(got) != "[sessions.terminate sessions.view]" {
			t.Errorf("of a role that allows more it has %v", got)
		}
	})
}

// What asks people for a proof refuses keys, but for the acts that policy names.
func TestStepUpByAKey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		ctx := t.Context()
		m, err := a.APIKeys.Make(ctx, maker(t, a, apptest.OwnerEmail), apikey.Input{Name: "Helper", Permissions: access.Every.Names()})
		apptest.Must(t, err)
		program := acting(t, a, m.Secret)
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		disable := func() error { _, err := a.Accounts.Disable(ctx, program, u.ID); return err }
		add := func() error { _, err := a.Roles.Add(ctx, program, role.Input{Name: "Mine"}); return err }
		apptest.Denied(t, "as it is", disable(), sallyport.CodeNotByKey)
		a.SetPolicy(func(p *sallyport.Policy) {
			p.APIKeyActs = []string{string(policy.ManageUsers), string(policy.ManageRoles)}
		})
		if err := disable(); err != nil {
			t.Errorf("an act that policy names: %v", err)
		}
		apptest.Denied(t, "one that no policy can name", add(), sallyport.CodeNotByKey)
		_, err = a.Accounts.ChangeRole(ctx, program, u.ID, sallyport.RoleOwner)
		apptest.Denied(t, "making an owner", err, sallyport.CodeForbidden)
		for _, act := range policy.KeyActs {
			if row, ok := policy.ActOf(act); !ok || row.Again {
				t.Errorf("%s: %+v", act, row)
			}
		}
		_, err = a.APIKeys.AddService(ctx, program, apikey.NewService{Name: "Child", Role: sallyport.RoleMember, OwnedBy: sallyport.RoleAdmin})
		if err != nil {
			t.Errorf("a service account, which takes what adding a user takes: %v", err)
		}

		// It was revoked after the edge had let it in.
		apptest.Must(t, a.APIKeys.End(ctx, sallyport.Operator(u.TenantID), m.ID))
		apptest.Denied(t, "after its end", disable(), sallyport.CodeNotSignedIn)
	})
}

func TestRotate(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		ctx := t.Context()
		me := maker(t, a, apptest.OwnerEmail)
		first, err := a.APIKeys.Make(ctx, me, apikey.Input{Name: "Backup"})
		apptest.Must(t, err)
		_, err = a.APIKeys.Rotate(ctx, me, first.ID, 2*time.Hour)
		apptest.Denied(t, "an overlap that is not offered", err, sallyport.CodeInvalid)
		second, err := a.APIKeys.Rotate(ctx, me, first.ID, time.Hour)
		apptest.Must(t, err)
		ends := second.FormerEndsAt
		works := func(what, secret string, want sallyport.Code) {
			t.Helper()
			for _, n := range []*apptest.App{a, a.Node(t, store.Options{})} {
				if got := check(t, n, secret, "192.0.2.1"); got != want {
					t.Errorf("%s: %q, want %q", what, got, want)
				}
			}
		}
		works("the new text", second.Secret, "")
		works("the former one in the overlap", first.Secret, "")
		a.Clock.Set(ends)
		works("the former one after it", first.Secret, sallyport.CodeKeyEnded)
		works("the new text after it", second.Secret, "")
		me = maker(t, a, apptest.OwnerEmail)
		third, err := a.APIKeys.Rotate(ctx, me, first.ID, 0)
		apptest.Must(t, err)
		works("the former one without overlap", second.Secret, sallyport.CodeNotSignedIn)
		fourth, err := a.APIKeys.Rotate(ctx, me, first.ID, time.Hour)
		apptest.Must(t, err)
		works("in the overlap", third.Secret, "")
		_, err = a.APIKeys.Rotate(ctx, me, first.ID, time.Hour)
		apptest.Must(t, err)
		works("the one before the former one", third.Secret, sallyport.CodeNotSignedIn)
		works("the former one", fourth.Secret, "")
		apptest.Must(t, a.APIKeys.Revoke(ctx, me, first.ID))
		works("after its end", fourth.Secret, sallyport.CodeKeyEnded)
		if got := a.Happened(t, func() { err = a.APIKeys.Revoke(ctx, me, first.ID) }); got != "" || err != nil {
			t.Errorf("revoked again: %q %v", got, err)
		}
		_, err = a.APIKeys.Rotate(ctx, me, first.ID, 0)
		apptest.Denied(t, "rotated after its end", err, sallyport.CodeNotFound)

		short, err := a.APIKeys.Make(ctx, me, apikey.Input{Name: "Short", ExpiresAt: a.Clock.Now().Add(time.Minute)})
		apptest.Must(t, err)
		works("before its end", short.Secret, "")
		a.Clock.Set(short.ExpiresAt)
		works("at its end", short.Secret, sallyport.CodeKeyEnded)
		_, err = a.APIKeys.Rotate(ctx, me, short.ID, 0)
		apptest.Denied(t, "rotated when it has expired", err, sallyport.CodeConflict)
	})
}

// Uses are written now and then, with the place; a check itself writes nothing.
func TestLastUse(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		ctx := t.Context()
		me := maker(t, a, apptest.OwnerEmail)
		m, err := a.APIKeys.Make(ctx, me, apikey.Input{Name: "Backup"})
		apptest.Must(t, err)
		stored := func() sallyport.APIKey {
			k, err := a.DB.APIKey(ctx, m.TenantID, m.ID)
			apptest.Must(t, err)
			return k
		}
		check(t, a, m.Secret, "192.0.2.1")
		if !stored().UsedAt.IsZero() {
			t.Error("a check wrote")
		}
		own, err := a.APIKeys.ListOwn(ctx, me)
		if err != nil || len(own) != 1 || own[0].UsedIP != "192.0.2.1" {
			t.Errorf("%+v %v", own, err)
		}
		apptest.Must(t, a.APIKeys.Flush(ctx))
		first := stored()
		if first.UsedAt.IsZero() || first.UsedIP != "192.0.2.1" {
			t.Errorf("%+v", first)
		}
		check(t, a, m.Secret, "192.0.2.2")
		apptest.Must(t, a.APIKeys.Flush(ctx))
		if got := stored(); got.UsedIP != first.UsedIP {
			t.Errorf("written again within a minute: %+v", got)
		}
		a.Clock.Advance(time.Minute)
		check(t, a, m.Secret, "192.0.2.2")
		apptest.Must(t, a.APIKeys.Flush(ctx))
		if got := stored(); got.UsedIP != "192.0.2.2" || !got.UsedAt.After(first.UsedAt) {
			t.Errorf("%+v", got)
		}
	})
}

// A service account never signs in, and those who have the role that owns it look after it.
func TestServiceAccount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		ctx, op := t.Context(), sallyport.Operator(owner.TenantID)
		r, err := a.Roles.Add(ctx, op, role.Input{Name: "Machines", Permissions: []string{"api_keys.manage", "api_keys.view", "sessions.view"}})
		apptest.Must(t, err)
		keeper := a.AddUser(t, "keeper@corp.test", sallyport.Role(r.ID))
		admin := a.AddUser(t, "admin@corp.test", sallyport.RoleAdmin)
		for field, n := range map[string]apikey.NewService{
			"name":    {Role: sallyport.RoleMember, OwnedBy: sallyport.RoleAdmin},
			"role":    {Name: "x", OwnedBy: sallyport.RoleAdmin},
			"ownedBy": {Name: "x", Role: sallyport.RoleMember, OwnedBy: "nobody"},
		} {
			if _, err := a.APIKeys.AddService(ctx, op, n); sallyport.CodeOf(err) != sallyport.CodeInvalid || !strings.Contains(err.Error(), field) {
				t.Errorf("%s: %v", field, err)
			}
		}
		var u sallyport.User
		if got := a.Happened(t, func() {
			u, err = a.APIKeys.AddService(ctx, op, apikey.NewService{Name: "Nightly", Role: sallyport.Role(r.ID), OwnedBy: sallyport.Role(r.ID)})
		}); err != nil || got != string(audit.ServiceCreated) {
			t.Fatalf("%q %v", got, err)
		}
		apptest.Denied(t, "deleting the role that owns it", a.Roles.Delete(ctx, op, r.ID), sallyport.CodeConflict)
		for _, typed := range []string{"Nightly", "service:" + u.ID, u.ID} {
			if r, err := a.Try(ctx, a.Laptop(t), typed, apptest.Password); err == nil {
				t.Errorf("signed in as %q: %+v", typed, r)
			}
		}

		a.Mails(t)
		m, err := a.APIKeys.MakeFor(ctx, maker(t, a, keeper.Email), u.ID, apikey.Input{Name: "Backup", Permissions: []string{"sessions.view"}})
		apptest.Must(t, err)
		mail := a.OnlyMail(t, notify.KeyCreated, keeper.Email)
		if text := apptest.Text(t, mail); !strings.Contains(text, "Nightly") {
			t.Errorf("the mail does not say whose: %s", text)
		}
		_, err = a.APIKeys.MakeFor(ctx, maker(t, a, admin.Email), u.ID, apikey.Input{Name: "Mine"})
		apptest.Denied(t, "by an admin whose role does not own it", err, sallyport.CodeForbidden)
		_, err = a.APIKeys.MakeFor(ctx, maker(t, a, apptest.OwnerEmail), keeper.ID, apikey.Input{Name: "Theirs"})
		apptest.Denied(t, "of another person", err, sallyport.CodeForbidden)
		program := acting(t, a, m.Secret)
		if got := access.Has(program); fmt.Sprint(got) != "[sessions.view]" {
			t.Errorf("it has %v", got)
		}
		if _, err := a.Sessions.List(ctx, program, list.Sessions.First()); err != nil {
			t.Error(err)
		}
		if _, err := a.APIKeys.RotateFor(ctx, maker(t, a, keeper.Email), u.ID, m.ID, time.Hour); err != nil {
			t.Error(err)
		}

		// It counts among no people, and sleeps when it is disabled.
		if found, err := a.Accounts.Find(ctx, op, ""); err == nil {
			t.Errorf("found by no address: %+v", found)
		}
		_, err = a.Accounts.Disable(ctx, op, u.ID)
		apptest.Must(t, err)
		if code := check(t, a, m.Secret, ""); code != sallyport.CodeAccountDisabled {
			t.Errorf("disabled: %q", code)
		}
		apptest.Must(t, a.Accounts.Enable(ctx, op, u.ID))
		if got, err := a.DB.User(ctx, u.TenantID, u.ID); err != nil || got.Status != sallyport.UserService {
			t.Errorf("%+v %v", got, err)
		}
		if code := check(t, a, m.Secret, ""); code != "" {
			t.Errorf("enabled: %q", code)
		}
		// Its keeper leaves, and it goes on.
		_, err = a.Accounts.Disable(ctx, op, keeper.ID)
		apptest.Must(t, err)
		if code := check(t, a, m.Secret, ""); code != "" {
			t.Errorf("without its keeper: %q", code)
		}
	})
}

// An admin sees and ends all keys; whoever finds one ends it.
func TestEnd(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		ctx := t.Context()
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		me := maker(t, a, u.Email)
		one, err := a.APIKeys.Make(ctx, me, apikey.Input{Name: "One"})
		apptest.Must(t, err)
		two, err := a.APIKeys.Make(ctx, me, apikey.Input{Name: "Two"})
		apptest.Must(t, err)
		boss := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		_, err = a.APIKeys.List(ctx, me, list.APIKeys.First())
		apptest.Denied(t, "a member's look", err, sallyport.CodeForbidden)
		apptest.Denied(t, "a member's end", a.APIKeys.End(ctx, me, one.ID), sallyport.CodeForbidden)
		apptest.Denied(t, "the end of none", a.APIKeys.End(ctx, boss, "none"), sallyport.CodeNotFound)
		if found, err := a.APIKeys.List(ctx, boss, list.APIKeys.First()); err != nil || len(found.Rows) != 2 || found.Rows[0].User.ID != u.ID {
			t.Errorf("%+v %v", found, err)
		}
		a.Mails(t)
		if got := a.Happened(t, func() { err = a.APIKeys.End(ctx, boss, one.ID) }); err != nil || got != string(audit.KeyRevoked) {
			t.Errorf("%q %v", got, err)
		}
		a.OnlyMail(t, notify.KeyRevoked, u.Email)
		if got := a.Happened(t, func() { err = a.APIKeys.End(ctx, boss, one.ID) }); err != nil || got != "" || len(a.Mails(t)) != 0 {
			t.Errorf("again: %q %v", got, err)
		}
		for range 2 {
			apptest.Must(t, a.APIKeys.Surrender(ctx, owner.TenantID, two.Secret, apptest.Client("198.51.100.1", "scanner")))
		}
		a.OnlyMail(t, notify.KeyRevoked, u.Email)
		if code := check(t, a, two.Secret, ""); code != sallyport.CodeKeyEnded {
			t.Errorf("given up: %q", code)
		}
		k, err := a.DB.APIKey(ctx, two.TenantID, two.ID)
		if err != nil || k.EndReason != act.ReasonSurrendered {
			t.Errorf("%+v %v", k, err)
		}
		other := a.AddTenant(t, "other.test")
		if _, err := a.APIKeys.Look(ctx, other.ID, two.Secret); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
			t.Errorf("in another organisation: %v", err)
		}
	})
}
