package act_test

import (
	"context"
	"errors"
	"path"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

func nothing(*act.Act) error { return nil }

// cast are people of one organisation, and the owner of another, each signed in.
type cast struct {
	actors map[string]sallyport.Actor
	ins    map[string]apptest.SignedIn
}

func people(t *testing.T, a *apptest.App) cast {
	t.Helper()
	c := cast{map[string]sallyport.Actor{}, map[string]apptest.SignedIn{}}
	sign := func(name string, from apptest.From, email string) {
		in := a.SignInAs(t, from, email)
		c.actors[name], c.ins[name] = apptest.Actor(in), in
	}
	sign("owner", a.Laptop(t), apptest.OwnerEmail)
	a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
	sign("admin", a.Laptop(t), "ada@corp.test")
	a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	sign("member", a.Laptop(t), "max@corp.test")
	from := a.Laptop(t)
	from.TenantID = a.AddTenant(t, "other.test").ID
	a.AddUserOf(t, from.TenantID, "olga@other.test", sallyport.RoleOwner)
	sign("foreigner", from, "olga@other.test")
	nobody := c.actors["member"]
	nobody.Type = sallyport.ActorAnonymous
	c.actors["nobody"] = nobody
	c.actors["operator"] = sallyport.Operator(nobody.TenantID)
	c.actors["system"] = sallyport.System(nobody.TenantID)
	return c
}

// Who may do what to whom: Run and May agree.
func TestNeeds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := people(t, a)
		member, owner := c.actors["member"], c.actors["owner"]
		manage := act.Need{Permission: access.UsersManage}
		const ok, missing, no = sallyport.Code(""), sallyport.CodeNotFound, sallyport.CodeForbidden
		for _, tt := range []struct {
			name string
			on   act.On
			need act.Need
			want map[string]sallyport.Code
		}{
			{"a member's own account", act.User(member.UserID), act.Need{}, map[string]sallyport.Code{
				"owner": missing, "admin": missing, "member": ok, "foreigner": missing, "nobody": missing, "operator": ok, "system": ok}},
			{"a member's own session", act.Session(member.SessionID), act.Need{}, map[string]sallyport.Code{
				"owner": missing, "admin": missing, "member": ok, "foreigner": missing, "nobody": missing, "operator": ok, "system": ok}},
			{"a member's own device", act.Device(c.ins["member"].Session.DeviceID), act.Need{}, map[string]sallyport.Code{
				"owner": missing, "admin": missing, "member": ok, "foreigner": missing, "nobody": missing, "operator": ok, "system": ok}},
			{"a member, managed", act.User(member.UserID), manage, map[string]sallyport.Code{
				"owner": ok, "admin": ok, "member": no, "foreigner": missing, "nobody": no, "operator": ok, "system": ok}},
			{"an owner, managed", act.User(owner.UserID), manage, map[string]sallyport.Code{
				"owner": no, "admin": no, "member": no, "foreigner": missing, "nobody": no, "operator": ok, "system": ok}},
			{"an owner's session, managed", act.Session(owner.SessionID), act.Need{Permission: access.SessionsTerminate}, map[string]sallyport.Code{
				"owner": no, "admin": no, "member": no, "foreigner": missing, "nobody": no, "operator": ok, "system": ok}},
			{"an owner, themselves too", act.User(owner.UserID), act.Need{Permission: access.UsersManage, Self: true}, map[string]sallyport.Code{
				"owner": ok, "admin": no, "member": no, "foreigner": missing, "nobody": no, "operator": ok, "system": ok}},
			{"a new owner", act.Newcomer(sallyport.RoleOwner), manage, map[string]sallyport.Code{
				"owner": ok, "admin": no, "member": no, "foreigner": ok, "nobody": no, "operator": ok, "system": ok}},
			{"the organisation", act.Tenant, act.Need{Permission: access.PoliciesManage}, map[string]sallyport.Code{
				"owner": ok, "admin": ok, "member": no, "foreigner": ok, "nobody": no, "operator": ok, "system": ok}},
			{"nobody's account", act.Nobody, act.Need{}, map[string]sallyport.Code{
				"owner": ok, "admin": ok, "member": ok, "foreigner": ok, "nobody": ok, "operator": ok, "system": ok}},
			{"who is not there", act.User(token.NewID()), manage, map[string]sallyport.Code{
				"owner": missing, "admin": missing, "member": missing, "foreigner": missing, "nobody": missing, "operator": missing, "system": missing}},
			{"a session that is not there", act.Session(token.NewID()), act.Need{}, map[string]sallyport.Code{
				"owner": missing, "admin": missing, "member": missing, "foreigner": missing, "nobody": missing, "operator": missing, "system": missing}},
		} {
			for who, want := range tt.want {
				ran := false
				err := a.Acts.Run(t.Context(), c.actors[who], tt.on, tt.need, func(*act.Act) error { ran = true; return nil })
				if sallyport.CodeOf(err) != want || ran != (want == "") {
					t.Errorf("%s, by %s: %v, ran: %v, want %q", tt.name, who, err, ran, want)
				}
				if err := a.Acts.May(t.Context(), c.actors[who], tt.on, tt.need); sallyport.CodeOf(err) != want {
					t.Errorf("%s, by %s: May says %v, want %q", tt.name, who, err, want)
				}
			}
		}
	})
}

// A step-up is asked of whoever acts in a session, and of nobody else.
func TestStepUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := people(t, a)
		own := act.Need{StepUp: policy.RemoveFactor}
		admins := act.Need{Permission: access.MFAManage, StepUp: policy.RemoveFactor}
		for who, tt := range map[string]struct {
			need act.Need
			want sallyport.Code
		}{"member": {own, sallyport.CodeStepUp}, "admin": {admins, sallyport.CodeStepUp}, "operator": {admins, ""}, "system": {own, ""}} {
			on := act.User(c.actors["member"].UserID)
			if err := a.Acts.Run(t.Context(), c.actors[who], on, tt.need, nothing); sallyport.CodeOf(err) != tt.want {
				t.Errorf("%s: %v, want %q", who, err, tt.want)
			}
		}
	})
}

// An actor who loses their session while the act waits for them changes nothing more. Their
// role is the stored one, whatever the edge read before.
func TestActorIsAskedInTheTransaction(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := people(t, a)
		admin, member := c.actors["admin"], c.actors["member"]
		manage, other := act.Need{Permission: access.UsersManage}, a.Node(t, store.Options{})
		held, started, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			<-held
			close(started)
			done <- other.Acts.Run(t.Context(), admin, act.User(member.UserID), manage, nothing)
		}()
		err := a.DB.Write(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.LockUser(t.Context(), admin.TenantID, admin.UserID); err != nil {
				return err
			}
			close(held)
			<-started
			return tx.EndSession(t.Context(), admin.TenantID, admin.SessionID, store.End{Status: sallyport.SessionRevoked, By: "x", Reason: "x", At: a.Clock.Now()})
		})
		if err != nil {
			t.Fatal(err)
		}
		// The act began while the session ended or afterwards: both are refused.
		if err := <-done; !errors.Is(err, sallyport.ErrNotSignedIn) {
			t.Errorf("thrown out: %v", err)
		}
		member.Role = sallyport.RoleOwner
		if err := a.Acts.Run(t.Context(), member, act.Tenant, act.Need{Permission: access.PoliciesManage}, nothing); !errors.Is(err, sallyport.ErrForbidden) {
			t.Errorf("with a role that was taken: %v", err)
		}
		gone := member
		gone.UserID = token.NewID()
		if err := a.Acts.Run(t.Context(), gone, act.Tenant, manage, nothing); !errors.Is(err, sallyport.ErrNotSignedIn) {
			t.Errorf("somebody who is not there: %v", err)
		}
	})
}

// Notes are appended once, whatever was retried, and none of an act that failed.
func TestNotes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := people(t, a)
		member, admin := c.actors["member"], c.actors["admin"]
		before := len(a.Events(t))
		tries := 0
		err := a.Acts.Run(t.Context(), admin, act.User(member.UserID), act.Need{Permission: access.UsersManage}, func(b *act.Act) error {
			tries++
			b.Note(audit.UserCreated, act.About{}, "role", "member")
			b.As(sallyport.System(member.TenantID)).Note(audit.SessionRevoked, act.About{Session: member.SessionID, Target: "x"}, act.Given("reason", "")...)
			if tries == 1 {
				return &pgconn.PgError{Code: "40001"} // serialisation failure: the engine asks to run it again
			}
			return nil
		})
		rows := a.Events(t)[before:]
		if err != nil || tries != 2 || len(rows) != 2 {
			t.Fatalf("%d tries, %d events, %v", tries, len(rows), err)
		}
		page, err := a.Audit.Own(t.Context(), member, list.OwnEvents.First())
		if err != nil {
			t.Fatal(err)
		}
		revoked, created := page.Rows[0], page.Rows[1]
		if created.ActorID != admin.UserID || created.UserID != member.UserID || created.SessionID != admin.SessionID || created.Data["role"] != "member" {
			t.Errorf("%+v", created)
		}
		if revoked.ActorType != sallyport.ActorSystem || revoked.ActorID != "" || revoked.SessionID != member.SessionID || revoked.TargetID != "x" || revoked.Data != nil {
			t.Errorf("%+v", revoked)
		}
		lost := errors.New("lost")
		for name, do := range map[string]func(*act.Act) error{
			"an error": func(b *act.Act) error { b.Note(audit.UserEnabled, act.About{}); return lost },
			"a detail there is not": func(b *act.Act) error {
				b.Note(audit.UserEnabled, act.About{}, "secret", "x")
				return b.RenameDevice(t.Context(), member.TenantID, c.ins["member"].Session.DeviceID, "changed")
			},
		} {
			if err := a.Acts.Run(t.Context(), sallyport.Operator(member.TenantID), act.User(member.UserID), act.Need{}, do); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		if n := len(a.Events(t)) - before; n != 2 {
			t.Errorf("%d events", n)
		}
		if d, err := a.DB.Device(t.Context(), member.TenantID, c.ins["member"].Session.DeviceID); err != nil || d.Name != "" {
			t.Errorf("an act without its event changed %q, %v", d.Name, err)
		}
	})
}

// A batch is done whole or not at all.
func TestEach(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := people(t, a)
		admin := c.actors["admin"]
		another := a.AddUser(t, "mo@corp.test", sallyport.RoleMember)
		users := []act.On{act.User(c.actors["member"].UserID), act.User(another.ID), act.User(c.actors["member"].UserID)}
		manage := act.Need{Permission: access.UsersManage}
		var seen []string
		note := func(b *act.Act, id string) error {
			seen = append(seen, id)
			if b.User.ID != id {
				t.Errorf("%s is done to %s", id, b.User.ID)
			}
			b.Note(audit.UserEnabled, act.About{})
			return nil
		}
		before := len(a.Events(t))
		if err := a.Acts.Each(t.Context(), admin, users, manage, note); err != nil || len(seen) != 3 || len(a.Events(t)) != before+3 {
			t.Errorf("%v, %d done, %d events", err, len(seen), len(a.Events(t))-before)
		}
		withOwner := append(slices.Clone(users), act.User(c.actors["owner"].UserID))
		if err := a.Acts.Each(t.Context(), admin, withOwner, manage, note); !errors.Is(err, sallyport.ErrForbidden) || len(a.Events(t)) != before+3 {
			t.Errorf("with an owner: %v, %d events", err, len(a.Events(t))-before)
		}
	})
}

// Acts in both directions between two people do not deadlock.
func TestLocksInOneOrder(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := people(t, a)
		owner, admin := c.actors["owner"], c.actors["admin"]
		owner2 := apptest.Actor(a.SignInAs(t, a.Laptop(t), a.AddUser(t, "otto@corp.test", sallyport.RoleOwner).Email))
		var wg sync.WaitGroup
		for i := range 48 {
			actors := []sallyport.Actor{owner, owner2, admin}
			actor, target := actors[i%3], actors[(i+1)%2]
			need := act.Need{Permission: access.SessionsTerminate, Self: true}
			wg.Go(func() {
				err := a.Acts.Run(t.Context(), actor, act.User(target.UserID), need, func(b *act.Act) error {
					b.Note(audit.SessionSuspended, act.About{Session: target.SessionID})
					return nil
				})
				if err != nil && actor.Role != sallyport.RoleAdmin {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

// A mailed link is good for one act, however many clients use it in parallel.
func TestByLink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := people(t, a)
		member := c.actors["member"]
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		mailed := func() link.Mailed {
			t.Helper()
			var l link.Added
			tenant, err := a.DB.Tenant(t.Context(), member.TenantID)
			if err != nil {
				t.Fatal(err)
			}
			err = a.DB.Write(t.Context(), func(tx *store.Tx) (err error) {
				l, err = (link.New{Kind: link.Unlock, UserID: member.UserID, At: a.Clock.Now()}).Add(t.Context(), tx, apptest.BaseURL, tenant)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return link.Mailed{TenantID: member.TenantID, Kind: link.Unlock, Secret: path.Base(l.Address), Client: member.Client}
		}
		m := mailed()
		var mu sync.Mutex
		codes := map[sallyport.Code]int{}
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				err := nodes[i%2].Acts.ByLink(t.Context(), m, func(b *act.Act, l link.Link) error {
					if b.User.ID != member.UserID || l.UserID != member.UserID || b.Actor.UserID != member.UserID || b.Actor.SessionID != "" {
						t.Errorf("%+v, %+v", b.Actor, l)
					}
					b.Note(audit.AccountUnlocked, act.About{})
					return nil
				})
				mu.Lock()
				defer mu.Unlock()
				codes[sallyport.CodeOf(err)]++
			})
		}
		wg.Wait()
		if codes[""] != 1 || codes[sallyport.CodeLinkExpired] != 63 || a.Count(t)[audit.AccountUnlocked] != 1 {
			t.Errorf("%v, %d events", codes, a.Count(t)[audit.AccountUnlocked])
		}
		// A link whose act failed is still valid. One of another kind, or of a disabled user, is not.
		m = mailed()
		lost := errors.New("lost")
		if err := a.Acts.ByLink(t.Context(), m, func(*act.Act, link.Link) error { return lost }); !errors.Is(err, lost) {
			t.Error(err)
		}
		other := m
		other.Kind = link.Reset
		expired := func(what string, m link.Mailed) {
			t.Helper()
			err := a.Acts.ByLink(t.Context(), m, func(*act.Act, link.Link) error { t.Errorf("%s opens", what); return nil })
			if !errors.Is(err, link.ErrExpired) {
				t.Errorf("%s: %v", what, err)
			}
		}
		expired("another kind", other)
		if _, err := a.Accounts.Disable(t.Context(), sallyport.Operator(member.TenantID), member.UserID); err != nil {
			t.Fatal(err)
		}
		expired("a disabled user", m)
		if err := a.Accounts.Enable(t.Context(), sallyport.Operator(member.TenantID), member.UserID); err != nil {
			t.Fatal(err)
		}
		expired("a link from before the user was disabled", m)
		m = mailed()
		failed := errors.New("no")
		if err := a.Acts.ByLink(t.Context(), m, func(*act.Act, link.Link) error { return failed }); !errors.Is(err, failed) {
			t.Errorf("an act that fails: %v", err)
		}
		if err := a.Acts.ByLink(t.Context(), m, func(*act.Act, link.Link) error { return nil }); err != nil {
			t.Errorf("after an act that failed: %v", err)
		}
	})
}

// Whatever ends a session, this node learns of it: after the commit, and never from an act
// that failed.
func TestOnEnd(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		var ended []string
		a.Acts.OnEnd(func(id string) { ended = append(ended, id) })
		ctx, operator := t.Context(), sallyport.Operator(a.TenantID(t))
		for name, end := range map[string]func(apptest.SignedIn) error{
			"sign-out":     func(in apptest.SignedIn) error { return a.Sessions.SignOut(ctx, apptest.Actor(in)) },
			"revoke":       func(in apptest.SignedIn) error { return a.Sessions.RevokeOwn(ctx, apptest.Actor(in), in.Session.ID) },
			"revoke all":   func(in apptest.SignedIn) error { _, err := a.Sessions.RevokeAll(ctx, apptest.Actor(in)); return err },
			"terminate":    func(in apptest.SignedIn) error { return a.Sessions.Terminate(ctx, operator, in.Session.ID) },
			"suspend":      func(in apptest.SignedIn) error { return a.Sessions.Suspend(ctx, operator, in.Session.ID) },
			"device":       func(in apptest.SignedIn) error { return a.Devices.RevokeOf(ctx, operator, in.Session.DeviceID) },
			"disable":      func(in apptest.SignedIn) error { _, err := a.Accounts.Disable(ctx, operator, in.User.ID); return err },
			"sign in anew": func(in apptest.SignedIn) error { return again(ctx, a, t, in) },
		} {
			u := a.AddUser(t, token.NewID()+"@corp.test", sallyport.RoleMember)
			in := a.SignInAs(t, a.Laptop(t), u.Email)
			ended = nil
			if err := end(in); err != nil || !slices.Equal(ended, []string{in.Session.ID}) {
				t.Errorf("%s: %v, ended %v, want %s", name, err, ended, in.Session.ID)
			}
		}
		in := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		a.Clock.Set(in.Session.ExpiresAt)
		ended = nil
		if _, err := a.Sessions.Expire(ctx); err != nil || !slices.Contains(ended, in.Session.ID) {
			t.Errorf("its time: %v, %v", ended, err)
		}
		ended = nil
		err := a.Acts.Run(ctx, operator, act.User(in.User.ID), act.Need{}, func(b *act.Act) error {
			b.Note(audit.SessionRevoked, act.About{Session: in.Session.ID})
			return errors.New("lost")
		})
		if err == nil || len(ended) != 0 {
			t.Errorf("an act that failed: %v, %v", ended, err)
		}
	})
}

func again(ctx context.Context, a *apptest.App, t *testing.T, in apptest.SignedIn) error {
	_, err := a.Try(ctx, apptest.After(a.Laptop(t), in), in.User.Email, apptest.Password)
	return err
}

// An act across users leaves out those on whom the actor may not act, and is refused as a whole
// where Run would refuse it whoever it is about.
func TestAcross(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := people(t, a)
		end := act.Need{Permission: access.SessionsTerminate}
		all := []string{c.actors["member"].UserID, c.actors["owner"].UserID, c.actors["admin"].UserID, c.actors["foreigner"].UserID, c.actors["member"].UserID}
		const ok, no, missing = sallyport.Code(""), sallyport.CodeForbidden, sallyport.CodeNotFound
		for who, want := range map[string][]sallyport.Code{
			"owner": {ok, no, ok, missing}, "admin": {ok, no, no, missing}, "operator": {ok, ok, ok, missing}, "system": {ok, ok, ok, missing}, "member": nil, "nobody": nil,
		} {
			var got []sallyport.Code
			err := a.Acts.Across(t.Context(), c.actors[who], all, end, func(_ *act.Act, may func(string) error) error {
				got = nil
				for _, id := range all[:4] {
					got = append(got, sallyport.CodeOf(may(id)))
				}
				return nil
			})
			if (err == nil) != (want != nil) || !slices.Equal(got, want) {
				t.Errorf("by %s: %q, %v, want %q", who, got, err, want)
			}
		}
		if err := a.Sessions.SignOut(t.Context(), c.actors["admin"]); err != nil {
			t.Fatal(err)
		}
		err := a.Acts.Across(t.Context(), c.actors["admin"], all, end, func(*act.Act, func(string) error) error { return nil })
		if !errors.Is(err, sallyport.ErrNotSignedIn) {
			t.Errorf("after signing out: %v", err)
		}
	})
}
