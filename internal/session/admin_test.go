package session_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// states are the ones in which an action can find a session.
var states = map[string]func(now time.Time, s *sallyport.Session){
	"active":    func(time.Time, *sallyport.Session) {},
	"suspended": func(_ time.Time, s *sallyport.Session) { s.Status = sallyport.SessionSuspended },
	"overdue":   func(now time.Time, s *sallyport.Session) { s.LastActivityAt = now.Add(-s.IdleTimeout) },
	"overdue while suspended": func(now time.Time, s *sallyport.Session) {
		s.Status, s.ExpiresAt = sallyport.SessionSuspended, now
	},
	"terminated": func(_ time.Time, s *sallyport.Session) { s.Status = sallyport.SessionTerminated },
	"revoked":    func(_ time.Time, s *sallyport.Session) { s.Status = sallyport.SessionRevoked },
	"expired":    func(_ time.Time, s *sallyport.Session) { s.Status = sallyport.SessionExpired },
	"long":       func(now time.Time, s *sallyport.Session) { s.ExpiresAt = now.Add(10_000 * time.Hour) },
}

// What each action does to a session in each state, alone and among others.
func TestActions(t *testing.T) {
	const done, same, ended = session.Left(""), session.LeftUnchanged, session.LeftEnded
	want := map[session.Action]map[string]session.Left{
		session.Terminate: {"active": done, "suspended": done, "overdue": done, "overdue while suspended": done, "terminated": ended, "revoked": ended, "expired": ended, "long": done},
		session.Revoke:    {"active": done, "suspended": done, "overdue": done, "overdue while suspended": done, "terminated": ended, "revoked": ended, "expired": ended, "long": done},
		session.Suspend:   {"active": done, "suspended": same, "overdue": ended, "overdue while suspended": ended, "terminated": ended, "revoked": ended, "expired": ended, "long": done},
		session.Resume:    {"active": same, "suspended": done, "overdue": ended, "overdue while suspended": ended, "terminated": ended, "revoked": ended, "expired": ended, "long": same},
		session.Extend:    {"active": done, "suspended": done, "overdue": ended, "overdue while suspended": ended, "terminated": ended, "revoked": ended, "expired": ended, "long": same},
	}
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		for _, row := range session.Actions {
			alone, together := map[string]string{}, map[string]string{}
			for state := range states {
				alone[state], together[state] = inState(t, a, u, state), inState(t, a, u, state)
			}
			for state, id := range alone {
				x := want[row.Action][state]
				before := stored(t, a, id)
				err := a.Sessions.Do(t.Context(), me, row.Action, id)
				if refused := x == ended && row.Action != session.Terminate && row.Action != session.Revoke; refused {
					apptest.Denied(t, string(row.Action)+" of one that is "+state, err, sallyport.CodeConflict)
				} else if err != nil {
					t.Errorf("%s of one that is %s: %v", row.Action, state, err)
				}
				changedAs(t, a, row, state, before, x)
			}
			ids, stateOf := []string{token.NewID()}, map[string]string{}
			for state, id := range together {
				ids, stateOf[id] = append(ids, id), state
			}
			before := map[string]sallyport.Session{}
			for id := range stateOf {
				before[id] = stored(t, a, id)
			}
			var results []session.Result
			err := a.Sessions.DoAll(t.Context(), me, row, ids, func(_ *act.Act, r []session.Result) error { results = r; return nil })
			if err != nil || len(results) != len(ids) || results[0].Left != session.LeftUnknown {
				t.Fatalf("%s of many: %+v, %v", row.Action, results, err)
			}
			for _, r := range results[1:] {
				state := stateOf[r.ID]
				if r.Left != want[row.Action][state] || r.UserID != u.ID {
					t.Errorf("%s among others of one that is %s: %+v", row.Action, state, r)
				}
				changedAs(t, a, row, state, before[r.ID], want[row.Action][state])
			}
		}
		count := a.Count(t)
		for kind, n := range map[audit.Kind]int{ // twice each: alone, and among others
			audit.SessionTerminated: 10, audit.SessionRevoked: 10, audit.SessionSuspended: 4, audit.SessionResumed: 2, audit.SessionExtended: 4,
		} {
			if count[kind] != n {
				t.Errorf("%d events %s, want %d", count[kind], kind, n)
			}
		}
	})
}

// inState stores a session of a user.
func inState(t *testing.T, a *apptest.App, u sallyport.User, state string) string {
	t.Helper()
	now := a.Clock.Now()
	_, hash := token.New(token.Session)
	s := sallyport.Session{
		ID: token.NewID(), TenantID: u.TenantID, UserID: u.ID, Status: sallyport.SessionActive, CreatedAt: now.Add(-time.Hour), LastActivityAt: now,
		ExpiresAt: now.Add(time.Hour), IdleTimeout: 30 * time.Minute, DeviceInfo: sallyport.DeviceInfo{Type: sallyport.DeviceDesktop},
	}
	states[state](now, &s)
	apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.AddSession(t.Context(), s, store.Held{Hash: hash[:]}) }))
	return s.ID
}

// changedAs checks what an action made of a session.
func changedAs(t *testing.T, a *apptest.App, row session.ActionRow, state string, before sallyport.Session, left session.Left) {
	t.Helper()
	got, want := stored(t, a, before.ID), before
	if left == "" {
		switch row.Action {
		case session.Terminate, session.Revoke:
			want.Status, want.TerminationReason = sallyport.SessionTerminated, act.ReasonByAdmin
			if row.Action == session.Revoke {
				want.Status, want.TerminationReason = sallyport.SessionRevoked, act.ReasonRevokedByAdmin
			}
			want.TerminatedAt, want.TerminatedBy = a.Clock.Now(), got.TerminatedBy
		case session.Suspend:
			want.Status = sallyport.SessionSuspended
		case session.Resume:
			want.Status = sallyport.SessionActive
		case session.Extend:
			lifetime, _ := policy.SessionTimes(a.Policy(), false, sallyport.DeviceDesktop)
			want.ExpiresAt = a.Clock.Now().Add(lifetime)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s of one that is %s:\n%+v, want\n%+v", row.Action, state, got, want)
	}
}

// A later end needs a fresh proof, is never one's own, and does not outlive the idle time.
func TestExtend(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		from := a.Laptop(t)
		in := a.SignInAs(t, from, apptest.OwnerEmail)
		a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		theirs := a.SignInAs(t, a.Laptop(t), "mia@corp.test")
		me := apptest.Actor(in)
		apptest.Denied(t, "one's own", a.Sessions.Extend(t.Context(), me, in.Session.ID), sallyport.CodeForbidden)
		a.Clock.Advance(11 * time.Minute)
		apptest.Denied(t, "with an old proof", a.Sessions.Extend(t.Context(), me, theirs.Session.ID), sallyport.CodeStepUp)
		apptest.Must(t, a.Sessions.Extend(t.Context(), sallyport.Operator(me.TenantID), theirs.Session.ID))
		if s := stored(t, a, theirs.Session.ID); !s.ExpiresAt.Equal(a.Clock.Now().Add(a.Policy().SessionLifetime)) || !s.LastActivityAt.Equal(theirs.Session.LastActivityAt) {
			t.Errorf("%+v", s)
		}
		a.Clock.Advance(theirs.Session.IdleTimeout)
		if code := a.Check(t, theirs.SessionToken); code != sallyport.CodeSessionExpired {
			t.Errorf("after its idle time: %q", code)
		}
	})
}
