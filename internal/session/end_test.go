package session_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/token"
)

func TestSignOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		other := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		for range 3 {
			if err := a.Sessions.SignOut(t.Context(), apptest.Actor(r)); err != nil {
				t.Fatal(err)
			}
		}
		v := stored(t, a, r.Session.ID)
		if v.Status != sallyport.SessionTerminated || v.TerminatedBy != r.User.ID || v.TerminationReason != act.ReasonSignedOut || !v.TerminatedAt.Equal(a.Clock.Now()) {
			t.Errorf("%+v", v)
		}
		if n := a.Count(t)[audit.SignedOut]; n != 1 {
			t.Errorf("%d events", n)
		}
		if a.Check(t, r.SessionToken) != sallyport.CodeSessionTerminated || a.Check(t, other.SessionToken) != "" {
			t.Error("it ended the wrong one")
		}
	})
}

func TestRevokeOwn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		mine := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		second := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		a.AddUser(t, "other@corp.test", sallyport.RoleMember)
		other := a.SignInAs(t, a.Laptop(t), "other@corp.test")
		elsewhere := a.AddTenant(t, "other.test")
		a.AddUserOf(t, elsewhere.ID, "owner@other.test", sallyport.RoleOwner)
		from := a.Laptop(t)
		from.TenantID = elsewhere.ID
		foreign := a.SignInAs(t, from, "owner@other.test")

		me := apptest.Actor(mine)
		nobody, outside := me, me
		nobody.Type = sallyport.ActorAnonymous
		outside.TenantID = elsewhere.ID
		for _, tt := range []struct {
			name  string
			actor sallyport.Actor
			id    string
		}{
			{"another user's", me, other.Session.ID}, // though an owner could end it as an admin
			{"another organisation's", me, foreign.Session.ID},
			{"nobody's", me, token.NewID()},
			{"an empty id", me, ""},
			{"my own, by nobody", nobody, second.Session.ID},
			{"my own, from another organisation", outside, second.Session.ID},
			{"an owner's, by a member", apptest.Actor(other), second.Session.ID},
		} {
			if err := a.Sessions.RevokeOwn(t.Context(), tt.actor, tt.id); !errors.Is(err, sallyport.ErrNotFound) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		for _, v := range []string{mine.SessionToken, second.SessionToken, other.SessionToken} {
			if code := a.Check(t, v); code != "" {
				t.Errorf("refused: %s", code)
			}
		}
		for range 2 {
			if err := a.Sessions.RevokeOwn(t.Context(), me, second.Session.ID); err != nil {
				t.Fatal(err)
			}
		}
		v := stored(t, a, second.Session.ID)
		if v.Status != sallyport.SessionRevoked || v.TerminatedBy != me.UserID || v.TerminationReason != act.ReasonRevokedByUser {
			t.Errorf("%+v", v)
		}
		if n := a.Count(t)[audit.SessionRevoked]; n != 1 {
			t.Errorf("%d events", n)
		}
		events, err := a.Audit.Own(t.Context(), me, list.OwnEvents.First())
		if e := events.Rows[0]; err != nil || e.Kind != string(audit.SessionRevoked) || e.SessionID != second.Session.ID || e.ActorID != me.UserID || e.Data["reason"] != "revoked_by_user" {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

func TestRevokeOthersAndAll(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, "other@corp.test", sallyport.RoleMember)
		other := a.SignInAs(t, a.Laptop(t), "other@corp.test")
		var tokens []string
		var me sallyport.Actor
		for i := range 6 {
			r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
			me = apptest.Actor(r)
			tokens = append(tokens, r.SessionToken)
			if i == 2 {
				if err := a.Sessions.Suspend(t.Context(), sallyport.Operator(a.TenantID(t)), r.Session.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		live := func() (n int) {
			for _, v := range tokens {
				if a.Check(t, v) == "" {
					n++
				}
			}
			return n
		}
		if n, err := a.Sessions.RevokeOthers(t.Context(), me); n != 5 || err != nil || live() != 1 || a.Check(t, tokens[5]) != "" {
			t.Errorf("%d others ended, %d live, %v", n, live(), err)
		}
		if n, err := a.Sessions.RevokeOthers(t.Context(), me); n != 0 || err != nil {
			t.Errorf("again: %d, %v", n, err)
		}
		if n, err := a.Sessions.RevokeAll(t.Context(), me); n != 1 || err != nil || live() != 0 {
			t.Errorf("%d of all ended, %d live, %v", n, live(), err)
		}
		if n := a.Count(t)[audit.SessionRevoked]; n != 6 {
			t.Errorf("%d events", n)
		}
		if code := a.Check(t, tokens[2]); code != sallyport.CodeSessionRevoked {
			t.Errorf("the suspended one: %q", code)
		}
		if code := a.Check(t, other.SessionToken); code != "" {
			t.Errorf("another user's: %s", code)
		}
		for _, actor := range []sallyport.Actor{{Type: sallyport.ActorAnonymous, TenantID: me.TenantID, UserID: me.UserID}, {Type: sallyport.ActorUser, TenantID: me.TenantID}} {
			if _, err := a.Sessions.RevokeAll(t.Context(), actor); !errors.Is(err, sallyport.ErrNotFound) {
				t.Errorf("%+v: %v", actor, err)
			}
		}
	})
}

// Which role may suspend, resume and terminate whose session.
func TestAdminPermissions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		actors := map[string]sallyport.Actor{"operator": sallyport.Operator(a.TenantID(t)), "nobody": {Type: sallyport.ActorAnonymous, TenantID: a.TenantID(t)}}
		owner := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		actors["owner"] = apptest.Actor(owner)
		for _, role := range []sallyport.Role{sallyport.RoleAdmin, sallyport.RoleMember} {
			a.AddUser(t, string(role)+"@corp.test", role)
			actors[string(role)] = apptest.Actor(a.SignInAs(t, a.Laptop(t), string(role)+"@corp.test"))
		}
		stranger := a.AddTenant(t, "other.test")
		a.AddUserOf(t, stranger.ID, "owner@other.test", sallyport.RoleOwner)
		from := a.Laptop(t)
		from.TenantID = stranger.ID
		actors["stranger"] = apptest.Actor(a.SignInAs(t, from, "owner@other.test"))

		a.AddUser(t, "second-owner@corp.test", sallyport.RoleOwner)
		a.AddUser(t, "second-admin@corp.test", sallyport.RoleAdmin)
		a.AddUser(t, "second-member@corp.test", sallyport.RoleMember)
		for _, tt := range []struct {
			actor, target string
			want          sallyport.Code
		}{
			{"operator", "owner", ""}, {"owner", "owner", ""}, {"owner", "admin", ""}, {"owner", "member", ""},
			{"admin", "owner", sallyport.CodeForbidden}, {"admin", "admin", ""}, {"admin", "member", ""},
			{"member", "member", sallyport.CodeForbidden}, {"member", "owner", sallyport.CodeForbidden},
			{"nobody", "member", sallyport.CodeForbidden},
			{"stranger", "member", sallyport.CodeNotFound}, {"stranger", "owner", sallyport.CodeNotFound},
		} {
			r := a.SignInAs(t, a.Laptop(t), "second-"+tt.target+"@corp.test")
			actor, id := actors[tt.actor], r.Session.ID
			for step, do := range []struct {
				act   func() error
				after sallyport.Code
			}{
				{func() error { return a.Sessions.Suspend(t.Context(), actor, id) }, sallyport.CodeSessionSuspended},
				{func() error { return a.Sessions.Resume(t.Context(), actor, id) }, ""},
				{func() error { return a.Sessions.Terminate(t.Context(), actor, id) }, sallyport.CodeSessionTerminated},
			} {
				if tt.want != "" && step == 1 {
					// Only a suspended session can be resumed.
					if err := a.Sessions.Suspend(t.Context(), actors["operator"], id); err != nil {
						t.Fatal(err)
					}
					do.after = sallyport.CodeSessionSuspended
				} else if tt.want != "" {
					do.after = a.Check(t, r.SessionToken)
				}
				if err := do.act(); sallyport.CodeOf(err) != tt.want {
					t.Errorf("%s on %s, step %d: %v, want %q", tt.actor, tt.target, step, err, tt.want)
				}
				if code := a.Check(t, r.SessionToken); code != do.after {
					t.Errorf("%s on %s, step %d: then %q, want %q", tt.actor, tt.target, step, code, do.after)
				}
			}
		}
		for _, do := range []func(string) error{
			func(id string) error { return a.Sessions.Suspend(t.Context(), actors["owner"], id) },
			func(id string) error { return a.Sessions.Resume(t.Context(), actors["owner"], id) },
			func(id string) error { return a.Sessions.Terminate(t.Context(), actors["owner"], id) },
		} {
			if err := do(token.NewID()); !errors.Is(err, sallyport.ErrNotFound) {
				t.Errorf("nobody's session: %v", err)
			}
			if err := do(actors["stranger"].SessionID); !errors.Is(err, sallyport.ErrNotFound) {
				t.Errorf("another organisation's session: %v", err)
			}
		}
	})
}

// Each change has its event, and nothing else has one.
func TestEventsOneToOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		operator, id := sallyport.Operator(a.TenantID(t)), r.Session.ID
		count := func() int { return len(a.Events(t)) }
		for i, tt := range []struct {
			name   string
			act    func() error
			want   sallyport.Code
			events int
			status sallyport.SessionStatus
		}{
			{"resume an active one", func() error { return a.Sessions.Resume(t.Context(), operator, id) }, "", 0, sallyport.SessionActive},
			{"suspend", func() error { return a.Sessions.Suspend(t.Context(), operator, id) }, "", 1, sallyport.SessionSuspended},
			{"suspend again", func() error { return a.Sessions.Suspend(t.Context(), operator, id) }, "", 0, sallyport.SessionSuspended},
			{"resume", func() error { return a.Sessions.Resume(t.Context(), operator, id) }, "", 1, sallyport.SessionActive},
			{"suspend once more", func() error { return a.Sessions.Suspend(t.Context(), operator, id) }, "", 1, sallyport.SessionSuspended},
			{"terminate a suspended one", func() error { return a.Sessions.Terminate(t.Context(), operator, id) }, "", 1, sallyport.SessionTerminated},
			{"terminate again", func() error { return a.Sessions.Terminate(t.Context(), operator, id) }, "", 0, sallyport.SessionTerminated},
			{"resume an ended one", func() error { return a.Sessions.Resume(t.Context(), operator, id) }, sallyport.CodeConflict, 0, sallyport.SessionTerminated},
			{"suspend an ended one", func() error { return a.Sessions.Suspend(t.Context(), operator, id) }, sallyport.CodeConflict, 0, sallyport.SessionTerminated},
			{"revoke an ended one", func() error { return a.Sessions.RevokeOwn(t.Context(), apptest.Actor(r), id) }, "", 0, sallyport.SessionTerminated},
			{"sign out of an ended one", func() error { return a.Sessions.SignOut(t.Context(), apptest.Actor(r)) }, "", 0, sallyport.SessionTerminated},
		} {
			before := count()
			if err := tt.act(); sallyport.CodeOf(err) != tt.want {
				t.Errorf("%d %s: %v, want %q", i, tt.name, err, tt.want)
			}
			if n := count() - before; n != tt.events {
				t.Errorf("%d %s: %d events, want %d", i, tt.name, n, tt.events)
			}
			if v := stored(t, a, id); v.Status != tt.status {
				t.Errorf("%d %s: the session is %s, want %s", i, tt.name, v.Status, tt.status)
			}
		}
		v := stored(t, a, id)
		if v.TerminatedBy != "operator" || v.TerminationReason != act.ReasonByAdmin {
			t.Errorf("%+v", v)
		}
	})
}

// A change whose event cannot be written is rolled back.
func TestNoChangeWithoutItsEvent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Tampered()
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		me, operator := apptest.Actor(r), sallyport.Operator(a.TenantID(t))
		db := dbtest.Raw(t, a.DSN)
		if _, err := db.ExecContext(t.Context(), "ALTER TABLE events RENAME TO gone"); err != nil {
			t.Fatal(err)
		}
		for name, act := range map[string]func() error{
			"sign out":  func() error { return a.Sessions.SignOut(t.Context(), me) },
			"revoke":    func() error { return a.Sessions.RevokeOwn(t.Context(), me, me.SessionID) },
			"all":       func() error { _, err := a.Sessions.RevokeAll(t.Context(), me); return err },
			"terminate": func() error { return a.Sessions.Terminate(t.Context(), operator, me.SessionID) },
			"suspend":   func() error { return a.Sessions.Suspend(t.Context(), operator, me.SessionID) },
			"sign in": func() error {
				_, err := a.Try(t.Context(), a.Laptop(t), apptest.OwnerEmail, apptest.Password)
				return err
			},
			"disable": func() error { _, err := a.Accounts.Disable(t.Context(), operator, me.UserID); return err },
		} {
			if err := act(); err == nil {
				t.Errorf("%s succeeded", name)
			}
		}
		if code := a.Check(t, r.SessionToken); code != "" {
			t.Errorf("the session is gone: %s", code)
		}
		if n := len(a.LiveSessions(t, me.UserID)); n != 1 {
			t.Errorf("%d live sessions", n)
		}
	})
}

// The database holds tokens as hashes only.
func TestTokensAreNotStored(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		f, err := a.SignIn.Open(t.Context(), a.Laptop(t), apptest.OwnerEmail)
		if err != nil {
			t.Fatal(err)
		}
		db := dbtest.Raw(t, a.DSN)
		for _, table := range []string{"sessions", "devices", "flows", "attempts", "events", "users", "throttle"} {
			rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
			if err != nil {
				t.Fatal(err)
			}
			columns, err := rows.Columns()
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for ; rows.Next(); n++ {
				fields := make([][]byte, len(columns))
				into := make([]any, len(columns))
				for i := range fields {
					into[i] = &fields[i]
				}
				if err := rows.Scan(into...); err != nil {
					t.Fatal(err)
				}
				for i, field := range fields {
					for _, secret := range []string{r.SessionToken, r.DeviceToken, f.FlowToken, apptest.Password} {
						if strings.Contains(string(field), secret[4:]) {
							t.Errorf("%s.%s holds a secret", table, columns[i])
						}
					}
				}
			}
			if err := rows.Err(); err != nil || n == 0 {
				t.Errorf("%s: %d rows, %v", table, n, err)
			}
			rows.Close()
		}
	})
}

// An admin ends all sessions of somebody, and sign-ins under way; the user gets one mail, and
// nobody else's sessions end.
func TestTerminateAllOf(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, u := t.Context(), a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		boss := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		one, two := a.SignInAs(t, a.Laptop(t), u.Email), a.SignInAs(t, a.Laptop(t), u.Email)
		apptest.Must(t, a.Accounts.DemandPassword(ctx, sallyport.Operator(u.TenantID), u.ID))
		from := a.Laptop(t)
		underWay, err := a.Try(ctx, from, u.Email, apptest.Password) // it waits for a new one
		apptest.Must(t, err)
		a.Mails(t)
		for round, want := range []int{2, 0} {
			n, err := a.Sessions.TerminateAllOf(ctx, apptest.Actor(boss), u.ID)
			if err != nil || n != want {
				t.Errorf("round %d: %d, %v", round, n, err)
			}
			if round == 0 {
				a.OnlyMail(t, notify.SessionsEnded, u.Email)
			}
		}
		if m := a.Mails(t); len(m) != 0 {
			t.Errorf("%d mails when nothing ended", len(m))
		}
		if a.Check(t, one.SessionToken) != sallyport.CodeSessionTerminated || a.Check(t, two.SessionToken) != sallyport.CodeSessionTerminated || a.Check(t, boss.SessionToken) != "" {
			t.Error("it ended the wrong ones")
		}
		_, err = a.Advance(ctx, from, underWay.FlowToken, apptest.Password)
		apptest.Denied(t, "a sign-in under way", err, sallyport.CodeFlowExpired)
		a.AddUser(t, "bo@corp.test", sallyport.RoleMember)
		_, err = a.Sessions.TerminateAllOf(ctx, apptest.Actor(a.SignInAs(t, a.Laptop(t), "bo@corp.test")), boss.User.ID)
		apptest.Denied(t, "a member", err, sallyport.CodeForbidden)
	})
}
