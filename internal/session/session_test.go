package session_test

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const day = 24 * time.Hour

func set(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	r, err := db.ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.RowsAffected(); n == 0 || err != nil {
		t.Fatalf("%s: hit nothing, %v", statement, err)
	}
}

func stored(t *testing.T, a *apptest.App, id string) sallyport.Session {
	t.Helper()
	v, err := a.DB.Session(t.Context(), a.TenantID(t), id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCheckSaysWhy(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		db := dbtest.Raw(t, a.DSN)
		for _, tt := range []struct {
			session, user string
			want          sallyport.Code
		}{
			{"active", "active", ""},
			{"suspended", "active", sallyport.CodeSessionSuspended},
			{"terminated", "active", sallyport.CodeSessionTerminated},
			{"expired", "active", sallyport.CodeSessionExpired},
			{"revoked", "active", sallyport.CodeSessionRevoked},
			{"active", "disabled", sallyport.CodeAccountDisabled},
			{"revoked", "disabled", sallyport.CodeSessionRevoked},
			{"active", "active", ""},
		} {
			set(t, db, "UPDATE sessions SET status = $1", tt.session)
			set(t, db, "UPDATE users SET status = $1", tt.user)
			c, err := a.Sessions.Check(t.Context(), r.User.TenantID, r.SessionToken)
			if sallyport.CodeOf(err) != tt.want {
				t.Errorf("session %s, user %s: %v, want %q", tt.session, tt.user, err, tt.want)
			}
			if err != nil && !reflect.DeepEqual(c, sallyport.Checked{}) {
				t.Errorf("session %s, user %s: a refusal came with %+v", tt.session, tt.user, c)
			}
		}
		// An unknown status gives no access.
		set(t, db, "UPDATE sessions SET status = 'paused'")
		if c, err := a.Sessions.Check(t.Context(), r.User.TenantID, r.SessionToken); err == nil {
			t.Errorf("an unknown status opens: %+v", c)
		}
		set(t, db, "UPDATE sessions SET status = 'active'")

		unknown, _ := token.New(token.Session)
		for name, v := range map[string]string{"none": "", "unknown": unknown, "id": r.Session.ID, "cut": r.SessionToken[:20], "longer": r.SessionToken + "x"} {
			if code := a.Check(t, v); code != sallyport.CodeNotSignedIn {
				t.Errorf("%s: %q", name, code)
			}
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if c, err := a.Sessions.Check(gone, r.User.TenantID, r.SessionToken); a.DB.Engine == store.Postgres && err == nil {
			t.Errorf("without an answer from the database: %+v", c)
		}
		b := a.Node(t, store.Options{})
		b.DB.Close()
		if c, err := b.Sessions.Check(t.Context(), r.User.TenantID, r.SessionToken); err == nil || sallyport.CodeOf(err) == sallyport.CodeNotSignedIn {
			t.Errorf("with the database gone: %+v, %v", c, err)
		}
	})
}

func TestCheckAnswers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		db := dbtest.Raw(t, a.DSN)
		c, err := a.Sessions.Check(t.Context(), r.User.TenantID, r.SessionToken)
		if err != nil {
			t.Fatal(err)
		}
		v := c.Session
		if v.ID != r.Session.ID || v.TenantID != r.User.TenantID || v.UserID != r.User.ID || v.DeviceID != r.Session.DeviceID ||
			v.Status != sallyport.SessionActive || !v.CreatedAt.Equal(apptest.Start) || !v.ExpiresAt.Equal(apptest.Start.Add(90*day)) ||
			v.IdleTimeout != 7*day || !v.AuthenticatedAt.Equal(apptest.Start) || v.MFAVerified() || c.Trust != 0 {
			t.Errorf("%+v", v)
		}
		if u := c.User; u.ID != r.User.ID || u.Email != apptest.OwnerEmail || u.Role != sallyport.RoleOwner || u.PasswordHash != "" {
			t.Errorf("%+v", u)
		}
		for _, tt := range []struct {
			statement string
			want      sallyport.TrustLevel
		}{
			{"UPDATE devices SET trust_level = 2", 2},
			{"UPDATE devices SET status = 'suspended'", 0},
			{"UPDATE devices SET status = 'active', compromised_at = 1", 0},
			{"UPDATE devices SET compromised_at = 0, trust_level = 3", 3},
			{"DELETE FROM devices", 0},
		} {
			set(t, db, tt.statement)
			if c, err := a.Sessions.Check(t.Context(), r.User.TenantID, r.SessionToken); err != nil || c.Trust != tt.want {
				t.Errorf("after %s: trust %d, %v", tt.statement, c.Trust, err)
			}
		}
	})
}

func TestExpiry(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		at := func(d time.Duration) sallyport.Code {
			a.Clock.Set(apptest.Start.Add(d))
			return a.Check(t, r.SessionToken)
		}
		if code := at(7*day - time.Microsecond); code != "" {
			t.Errorf("in the last microsecond of idling: %s", code)
		}
		// That check was a use, so late that it is written at once: another node knows it.
		b := a.Node(t, store.Options{})
		a.Clock.Set(apptest.Start.Add(7 * day))
		if n, err := b.Sessions.Expire(t.Context()); n != 0 || err != nil {
			t.Errorf("%d sessions expired, %v", n, err)
		}
		if code := b.Check(t, r.SessionToken); code != "" {
			t.Errorf("used a microsecond ago, on another node: %s", code)
		}
		a.Clock.Set(apptest.Start.Add(14*day - time.Microsecond))
		if code := b.Check(t, r.SessionToken); code != sallyport.CodeSessionExpired {
			t.Errorf("idle for exactly the timeout: %q", code)
		}
		// In constant use it still ends.
		for d := 7 * day; d < 90*day; d += 5 * day {
			if code := at(d); code != "" {
				t.Fatalf("after %v: %s", d, code)
			}
			if err := a.Sessions.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if code := at(90*day - time.Microsecond); code != "" {
			t.Errorf("in its last microsecond: %s", code)
		}
		if err := a.Sessions.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if code := at(90 * day); code != sallyport.CodeSessionExpired {
			t.Errorf("at its end: %q", code)
		}
		if n, err := a.Sessions.Expire(t.Context()); n != 1 || err != nil {
			t.Errorf("%d sessions expired, %v", n, err)
		}
		v := stored(t, a, r.Session.ID)
		if v.Status != sallyport.SessionExpired || v.TerminationReason != act.ReasonLifetime || v.TerminatedBy != "system" || !v.TerminatedAt.Equal(a.Clock.Now()) {
			t.Errorf("%+v", v)
		}
		// Setting the clock back does not revive what was marked.
		if code := at(0); code != sallyport.CodeSessionExpired {
			t.Errorf("the clock revived it: %q", code)
		}
	})
}

func TestExpireMarksOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := a.Node(t, store.Options{})
		var idle []string
		for range 20 {
			idle = append(idle, a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail).Session.ID)
		}
		a.Clock.Advance(day)
		fresh := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		suspended := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		if err := a.Sessions.Suspend(t.Context(), sallyport.Operator(a.TenantID(t)), suspended.Session.ID); err != nil {
			t.Fatal(err)
		}
		if n, err := a.Sessions.Expire(t.Context()); n != 0 || err != nil {
			t.Fatalf("%d expired before their time, %v", n, err)
		}
		a.Clock.Set(apptest.Start.Add(7 * day))
		var marked atomic.Int64
		var wg sync.WaitGroup
		for _, node := range []*apptest.App{a, b, a, b} {
			wg.Go(func() {
				n, err := node.Sessions.Expire(t.Context())
				if err != nil {
					t.Error(err)
				}
				marked.Add(int64(n))
			})
		}
		wg.Wait()
		if marked.Load() != 20 {
			t.Errorf("the nodes say they marked %d", marked.Load())
		}
		if n := a.Count(t)[audit.SessionExpired]; n != 20 {
			t.Errorf("%d events", n)
		}
		for _, id := range idle {
			if v := stored(t, a, id); v.Status != sallyport.SessionExpired || v.TerminationReason != act.ReasonIdle {
				t.Errorf("%s, %s", v.Status, v.TerminationReason)
			}
		}
		if code := a.Check(t, fresh.SessionToken); code != "" {
			t.Errorf("one that is not idle: %s", code)
		}
		// A suspended session expires as well.
		a.Clock.Advance(day)
		if n, err := a.Sessions.Expire(t.Context()); n != 1 || err != nil {
			t.Errorf("%d expired, %v", n, err)
		}
		if v := stored(t, a, suspended.Session.ID); v.Status != sallyport.SessionExpired {
			t.Errorf("the suspended one is %s", v.Status)
		}
		if err := a.Sessions.Resume(t.Context(), sallyport.Operator(a.TenantID(t)), suspended.Session.ID); !errors.Is(err, sallyport.ErrConflict) {
			t.Errorf("resumed though its time was over: %v", err)
		}
	})
}

// A use that was not written yet keeps Expire from ending the session.
func TestExpireKnowsPendingUses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		a.Clock.Advance(7*day - time.Second)
		if code := a.Check(t, r.SessionToken); code != "" {
			t.Fatal(code)
		}
		a.Clock.Advance(time.Second)
		if n, err := a.Sessions.Expire(t.Context()); n != 0 || err != nil {
			t.Errorf("%d expired, %v", n, err)
		}
		if code := a.Check(t, r.SessionToken); code != "" {
			t.Errorf("used a second ago: %s", code)
		}
	})
}

func TestResumeDoesNotReviveTheExpired(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		operator := sallyport.Operator(a.TenantID(t))
		if err := a.Sessions.Suspend(t.Context(), operator, r.Session.ID); err != nil {
			t.Fatal(err)
		}
		a.Clock.Advance(7 * day) // no job has run
		if err := a.Sessions.Resume(t.Context(), operator, r.Session.ID); !errors.Is(err, sallyport.ErrConflict) {
			t.Errorf("%v", err)
		}
		if code := a.Check(t, r.SessionToken); code != sallyport.CodeSessionExpired {
			t.Errorf("%q", code)
		}
	})
}

// Any number of checks within a minute is one write, and it comes with Flush.
func TestActivityIsCoalesced(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		db := dbtest.Raw(t, a.DSN)
		writes := 0
		use := func(d time.Duration) time.Time {
			a.Clock.Set(apptest.Start.Add(d))
			if code := a.Check(t, r.SessionToken); code != "" {
				t.Fatal(code)
			}
			return stored(t, a, r.Session.ID).LastActivityAt
		}
		flush := func() time.Time {
			before := stored(t, a, r.Session.ID).LastActivityAt
			if err := a.Sessions.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			after := stored(t, a, r.Session.ID).LastActivityAt
			if !after.Equal(before) {
				writes++
			}
			return after
		}
		for d := time.Duration(0); d < time.Minute; d += time.Second {
			use(d)
		}
		if got := flush(); !got.Equal(apptest.Start) {
			t.Errorf("a use within the minute was written: %v", got)
		}
		for d := time.Minute; d < 2*time.Minute; d += time.Second {
			if got := use(d); !got.Equal(apptest.Start) {
				t.Fatalf("a check wrote: %v", got)
			}
		}
		if got := flush(); got.Sub(apptest.Start) != time.Minute {
			t.Errorf("written as %v", got.Sub(apptest.Start))
		}
		flush()
		if writes != 1 {
			t.Errorf("%d writes for two minutes of uses", writes)
		}
		// With one use a second, an hour gives sixty writes if each is flushed, and the session's end
		// moves along.
		writes = 0
		for d := 2 * time.Minute; d < 62*time.Minute; d += 20 * time.Second {
			use(d)
			flush()
		}
		if writes != 60 {
			t.Errorf("%d writes for an hour of uses", writes)
		}
		var ends int64
		if err := db.QueryRowContext(t.Context(), "SELECT ends_at FROM sessions").Scan(&ends); err != nil {
			t.Fatal(err)
		}
		if v := stored(t, a, r.Session.ID); v.EndsAt().UnixMicro() != ends || !v.EndsAt().Equal(v.LastActivityAt.Add(7*day)) {
			t.Errorf("ends_at %v, the session ends at %v", time.UnixMicro(ends), v.EndsAt())
		}
		// The list includes uses that are not written yet.
		a.Clock.Advance(10 * time.Minute)
		now := use(72 * time.Minute)
		listed, err := a.Sessions.ListOwn(t.Context(), apptest.Actor(r), list.OwnSessions.First())
		if err != nil || len(listed.Rows) != 1 || !listed.Rows[0].LastActivityAt.Equal(a.Clock.Now()) || now.Equal(a.Clock.Now()) {
			t.Errorf("%+v, %v", listed, err)
		}
	})
}

// A late write cannot set times back, nor revive or extend an ended session.
func TestLateActivity(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := a.Node(t, store.Options{})
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		ended := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		paused := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		all := []string{r.SessionToken, ended.SessionToken, paused.SessionToken}
		a.Clock.Advance(5 * time.Minute)
		use := func(node *apptest.App) {
			for i, v := range all {
				if code := node.Check(t, v); code != "" {
					t.Fatalf("session %d: %s", i, code)
				}
			}
		}
		use(b) // b holds a use at five minutes
		a.Clock.Advance(5 * time.Minute)
		use(a)
		if err := a.Sessions.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := a.Sessions.RevokeOwn(t.Context(), apptest.Actor(r), ended.Session.ID); err != nil {
			t.Fatal(err)
		}
		if err := a.Sessions.Suspend(t.Context(), sallyport.Operator(a.TenantID(t)), paused.Session.ID); err != nil {
			t.Fatal(err)
		}
		if err := b.Sessions.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if v := stored(t, a, r.Session.ID); v.LastActivityAt.Sub(apptest.Start) != 10*time.Minute {
			t.Errorf("time went back to %v", v.LastActivityAt.Sub(apptest.Start))
		}
		// Uses of ended sessions that are not written yet.
		if err := a.DB.Write(t.Context(), func(tx *store.Tx) error {
			return tx.TouchSessions(t.Context(), []store.Activity{
				{TenantID: a.TenantID(t), SessionID: ended.Session.ID, At: a.Clock.Now().Add(time.Hour)},
				{TenantID: a.TenantID(t), SessionID: paused.Session.ID, At: a.Clock.Now().Add(time.Hour)},
				{TenantID: a.TenantID(t), SessionID: "nobody's", At: a.Clock.Now().Add(time.Hour)},
			})
		}); err != nil {
			t.Fatal(err)
		}
		for _, v := range []sallyport.Session{stored(t, a, ended.Session.ID), stored(t, a, paused.Session.ID)} {
			if v.Status == sallyport.SessionActive || v.LastActivityAt.Sub(apptest.Start) != 10*time.Minute {
				t.Errorf("%s, last used at %v", v.Status, v.LastActivityAt.Sub(apptest.Start))
			}
		}
		for i, v := range all[1:] {
			if a.Check(t, v) == "" {
				t.Errorf("session %d lives again", i+1)
			}
		}
	})
}

// What could not be written is written later.
func TestFlushKeepsWhatFails(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		var all []string
		var tokens []string
		for range 3 {
			r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
			all, tokens = append(all, r.Session.ID), append(tokens, r.SessionToken)
		}
		a.Clock.Advance(5 * time.Minute)
		for _, v := range tokens {
			a.Check(t, v)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for range 2 {
			if err := a.Sessions.Flush(gone); err == nil {
				t.Fatal("flushed without a database")
			}
		}
		a.Clock.Advance(5 * time.Minute)
		a.Check(t, tokens[0]) // newer than what was given back
		if err := a.Sessions.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, id := range all {
			want := 5 * time.Minute
			if i == 0 {
				want = 10 * time.Minute
			}
			if got := stored(t, a, id).LastActivityAt.Sub(apptest.Start); got != want {
				t.Errorf("session %d was last used at %v, want %v", i, got, want)
			}
		}
	})
}

// Many sessions are flushed in one go.
func TestFlushMany(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		var secrets []string
		if err := a.Acts.Run(t.Context(), sallyport.System(owner.TenantID), act.User(owner.ID), act.Need{}, func(b *act.Act) error {
			for range 450 {
				_, secret, err := session.Begin(t.Context(), b, session.Start{})
				if err != nil {
					return err
				}
				secrets = append(secrets, secret.SessionToken)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		a.Clock.Advance(time.Hour)
		for _, v := range secrets {
			if code := a.Check(t, v); code != "" {
				t.Fatal(code)
			}
		}
		if err := a.Sessions.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		n := 0
		if err := dbtest.Raw(t, a.DSN).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM sessions WHERE last_activity_at = $1", a.Clock.Now().UnixMicro()).Scan(&n); err != nil || n != 450 {
			t.Errorf("%d written, %v", n, err)
		}
	})
}

func TestListOwn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, "other@corp.test", sallyport.RoleMember)
		a.SignInAs(t, a.Laptop(t), "other@corp.test")
		var want []string
		var me sallyport.Actor
		for i := range 12 {
			r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
			me = apptest.Actor(r)
			if i == 3 || i == 7 {
				if err := a.Sessions.RevokeOwn(t.Context(), me, r.Session.ID); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want = append(want, r.Session.ID)
		}
		for _, limit := range []int{1, 3, 10, 200} {
			var got []string
			q := list.OwnSessions.First()
			q.Limit = limit
			for _, v := range apptest.Rows(t, q, func(q list.Query) (list.Page[sallyport.Session], error) {
				return a.Sessions.ListOwn(t.Context(), me, q)
			}) {
				got = append(got, v.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("in pages of %d: %v, want %v", limit, got, want)
			}
		}
		a.SetPolicy(func(p *sallyport.Policy) { p.SessionMaskIP = true })
		if page, err := a.Sessions.ListOwn(t.Context(), me, list.OwnSessions.First()); err != nil || page.Rows[0].IPAddress != "192.0.2.0/24" {
			t.Errorf("where policy masks addresses: %+v, %v", page.Rows, err)
		}
		a.Clock.Advance(7 * day)
		if page, err := a.Sessions.ListOwn(t.Context(), me, list.OwnSessions.First()); err != nil || len(page.Rows) != 0 {
			t.Errorf("those whose time is over are listed: %v, %v", page, err)
		}
		if _, err := a.Sessions.ListOwn(t.Context(), sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: me.TenantID}, list.OwnSessions.First()); !errors.Is(err, sallyport.ErrNotFound) {
			t.Errorf("nobody's list: %v", err)
		}
	})
}

// After a revocation has returned, new checks are refused on every node.
func TestRevocationHoldsAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{}), a.Node(t, store.Options{CheckConnections: 1})}
		ctx, tenantID := t.Context(), a.TenantID(t)
		for round := range 4 {
			r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
			var revoked atomic.Bool
			var before, after atomic.Int64
			var wg sync.WaitGroup
			stop := make(chan struct{})
			for i := range 6 {
				node := nodes[i%len(nodes)]
				wg.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
						}
						was := revoked.Load() // known before this check began
						_, err := node.Sessions.Check(ctx, tenantID, r.SessionToken)
						switch code := sallyport.CodeOf(err); {
						case code == "" && was:
							t.Error("a check succeeded after the revocation was acknowledged")
							return
						case code == "":
							before.Add(1)
						case code == sallyport.CodeSessionRevoked:
							after.Add(1)
						default:
							t.Error(err)
							return
						}
					}
				})
			}
			for before.Load() < 30 && !t.Failed() {
				runtime.Gosched()
			}
			if err := nodes[round%len(nodes)].Sessions.RevokeOwn(ctx, apptest.Actor(r), r.Session.ID); err != nil {
				t.Error(err)
			}
			revoked.Store(true)
			for after.Load() < 100 && !t.Failed() {
				runtime.Gosched()
			}
			close(stop)
			wg.Wait()
			for i, node := range nodes {
				if code := node.Check(t, r.SessionToken); code != sallyport.CodeSessionRevoked {
					t.Errorf("node %d: %q", i, code)
				}
			}
		}
		if n := a.Count(t)[audit.SessionRevoked]; n != 4 {
			t.Errorf("%d events", n)
		}
	})
}

// Of parallel revocations of one session, one ends it.
func TestEndedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		ctx := t.Context()
		var all []string
		var me sallyport.Actor
		for range 8 {
			r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
			me = apptest.Actor(r)
			all = append(all, r.Session.ID)
		}
		admin := sallyport.Operator(a.TenantID(t))
		var ended atomic.Int64
		var wg sync.WaitGroup
		for i := range 24 {
			s := nodes[i%2].Sessions
			wg.Go(func() {
				var err error
				var n int
				switch i % 4 {
				case 0:
					err = s.RevokeOwn(ctx, me, all[i%len(all)])
				case 1:
					err = s.Terminate(ctx, admin, all[i%len(all)])
				case 2:
					n, err = s.RevokeAll(ctx, me)
				case 3:
					err = s.SignOut(ctx, me)
				}
				if err != nil && sallyport.CodeOf(err) != sallyport.CodeNotSignedIn { // a session that ended first ends no other
					t.Error(err)
				}
				ended.Add(int64(n))
			})
		}
		wg.Wait()
		if _, err := a.Sessions.TerminateAllOf(ctx, admin, me.UserID); err != nil { // what is left
			t.Error(err)
		}
		n := a.Count(t)
		if got := n[audit.SessionRevoked] + n[audit.SessionTerminated] + n[audit.SignedOut]; got != len(all) {
			t.Errorf("%d events for %d sessions: %v", got, len(all), n)
		}
		endKinds := []audit.Kind{audit.SessionRevoked, audit.SessionTerminated, audit.SignedOut}
		ends := map[string]int{}
		for _, e := range a.Events(t) {
			for _, id := range all {
				if slices.Contains(endKinds, audit.Kind(e.Kind)) && e.UserID == me.UserID && strings.Contains(e.Body, `"sessionId":"`+id+`"`) {
					ends[id]++
				}
			}
		}
		for _, id := range all {
			if v := stored(t, a, id); v.Status.Live() || ends[id] != 1 {
				t.Errorf("%s is %s with %d events", id, v.Status, ends[id])
			}
		}
	})
}
