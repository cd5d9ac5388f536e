package bulk_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/bulk"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// crowd adds members with a number of sessions each, and returns the ids of the sessions.
func crowd(t testing.TB, a *apptest.App, members, each int) (ids []string) {
	t.Helper()
	ctx, tenantID, now := t.Context(), a.TenantID(t), a.Clock.Now()
	for first := 0; first < members; first += 500 {
		var some []string
		apptest.Must(t, a.DB.Write(ctx, func(tx *store.Tx) error {
			some = nil
			for range min(500, members-first) {
				u := sallyport.User{TenantID: tenantID, ID: token.NewID(), Role: sallyport.RoleMember, Status: sallyport.UserActive, CreatedAt: now}
				u.Email = u.ID + "@corp.test"
				if err := tx.AddUser(ctx, u); err != nil {
					return err
				}
				for i := range each {
					s := sallyport.Session{
						ID: token.NewID(), TenantID: tenantID, UserID: u.ID, Status: sallyport.SessionActive, LastActivityAt: now,
						CreatedAt: now.Add(-time.Duration(len(ids)+len(some)) * time.Millisecond),
						ExpiresAt: now.Add(24 * time.Hour), IdleTimeout: 24 * time.Hour, IPAddress: "203.0.113.9",
						DeviceInfo: sallyport.DeviceInfo{Type: []sallyport.DeviceType{sallyport.DeviceDesktop, sallyport.DeviceMobile}[i%2]},
					}
					_, hash := token.New(token.Session)
					if err := tx.AddSession(ctx, s, store.Held{Hash: hash[:]}); err != nil {
						return err
					}
					some = append(some, s.ID)
				}
			}
			return nil
		}))
		ids = append(ids, some...)
	}
	return ids
}

// filter returns the selection of the parameters of an address.
func filter(t testing.TB, parameters string) bulk.Selection {
	t.Helper()
	values, err := url.ParseQuery(parameters)
	apptest.Must(t, err)
	q, err := list.Sessions.Parse(values)
	apptest.Must(t, err)
	return bulk.Selection{Filter: q}
}

// owner returns the signed-in owner.
func owner(t testing.TB, a *apptest.App) sallyport.Actor {
	t.Helper()
	a.TenantID(t)
	return apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
}

// started begins a job that must begin.
func started(t testing.TB, a *apptest.App, actor sallyport.Actor, what session.Action, which bulk.Selection, n int) bulk.Job {
	t.Helper()
	j, err := a.Bulk.Start(t.Context(), actor, what, which, int64(n))
	apptest.Must(t, err)
	return j
}

func state(t testing.TB, a *apptest.App, actor sallyport.Actor, id string) bulk.Job {
	t.Helper()
	j, err := a.Bulk.Get(t.Context(), actor, id)
	apptest.Must(t, err)
	return j
}

// reasons returns how often a job left sessions out for each reason.
func reasons(t testing.TB, a *apptest.App, actor sallyport.Actor, id string) map[session.Left]int {
	t.Helper()
	got := map[session.Left]int{}
	for _, r := range apptest.Rows(t, list.BulkResults.First(), func(q list.Query) (list.Page[bulk.Result], error) {
		return a.Bulk.Results(t.Context(), actor, id, q)
	}) {
		got[r.Reason]++
	}
	return got
}

func number(t testing.TB, db *sql.DB, query string) (n int) {
	t.Helper()
	apptest.Must(t, db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// consistent checks that what became of sessions and what the log says agree.
func consistent(t testing.TB, a *apptest.App) {
	t.Helper()
	db := dbtest.Raw(t, a.DSN)
	ended := number(t, db, "SELECT COUNT(*) FROM sessions WHERE termination_reason = 'revoked_by_admin'")
	events := number(t, db, "SELECT COUNT(*) FROM events WHERE kind = 'auth.session_revoked' AND body LIKE '%revoked_by_admin%'")
	each := number(t, db, `SELECT COUNT(*) FROM sessions s WHERE s.termination_reason = 'revoked_by_admin' AND EXISTS (SELECT 1 FROM events e
		WHERE e.tenant_id = s.tenant_id AND e.user_id = s.user_id AND e.kind = 'auth.session_revoked' AND e.body LIKE '%"sessionId":"' || s.id || '"%')`)
	if ended != events || ended != each {
		t.Errorf("%d sessions were revoked, %d of them with an event; there are %d events", ended, each, events)
	}
}

// A job changes what a filter finds, in steps, and says what it left out.
func TestJobOverFilter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, me := t.Context(), owner(t, a)
		crowd(t, a, 230, 2)
		which := filter(t, "deviceType=mobile&ip=203.0.113.0/24")
		p, err := a.Bulk.Preview(ctx, me, session.Revoke, which)
		if err != nil || p.Count != 230 || len(p.Sample) != 5 {
			t.Fatalf("%d, %d shown, %v", p.Count, len(p.Sample), err)
		}
		before := a.Count(t)
		j := started(t, a, me, session.Revoke, which, 230)
		select {
		case <-a.Bulk.Begun():
		default:
			t.Error("nobody is woken")
		}
		a.Clock.Advance(time.Second)
		later := crowd(t, a, 3, 2) // after the job began
		apptest.Must(t, a.Bulk.Work(ctx))
		if got := state(t, a, me, j.ID); got.Status != bulk.Finished || got.Done != 230 || got.Skipped+got.Failed != 0 || got.Total != 230 || got.EndedAt.IsZero() {
			t.Errorf("%+v", got)
		}
		db := dbtest.Raw(t, a.DSN)
		if n := number(t, db, "SELECT COUNT(*) FROM sessions WHERE status = 'revoked' AND device_type = 'mobile'"); n != 230 {
			t.Errorf("%d of them are revoked", n)
		}
		if n := number(t, db, "SELECT COUNT(*) FROM sessions WHERE status = 'active'"); n != 230+6+1 {
			t.Errorf("%d others are active", n)
		}
		for _, id := range later {
			if v, err := a.DB.Session(ctx, me.TenantID, id); err != nil || v.Status != sallyport.SessionActive {
				t.Errorf("one that began later: %s, %v", v.Status, err)
			}
		}
		after := a.Count(t)
		for kind, n := range map[audit.Kind]int{audit.BulkStarted: 1, audit.BulkFinished: 1, audit.SessionRevoked: 230} {
			if after[kind]-before[kind] != n {
				t.Errorf("%d events %s, want %d", after[kind]-before[kind], kind, n)
			}
		}
		consistent(t, a)
	})
}

// What cannot be done leaves the session as it is, and is told.
func TestSkipped(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, boss := t.Context(), owner(t, a)
		a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
		ada := apptest.Actor(a.SignInAs(t, a.Laptop(t), "ada@corp.test"))
		other := apptest.Actor(a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.SafariOnIPhone)), "ada@corp.test"))
		foreign := a.AddTenant(t, "other.test")
		a.AddUserOf(t, foreign.ID, "olga@other.test", sallyport.RoleMember)
		from := a.Laptop(t)
		from.TenantID = foreign.ID
		far := a.SignInAs(t, from, "olga@other.test")
		ids := crowd(t, a, 3, 1)
		apptest.Must(t, a.Sessions.Suspend(ctx, boss, ids[1]))

		all := append(slices.Clone(ids), ada.SessionID, other.SessionID, boss.SessionID, far.Session.ID, token.NewID(), ids[0])
		j := started(t, a, ada, session.Suspend, bulk.Selection{IDs: all}, 8)
		apptest.Must(t, a.Sessions.Terminate(ctx, boss, ids[2]))
		apptest.Must(t, a.Bulk.Work(ctx))
		got := state(t, a, ada, j.ID)
		if got.Status != bulk.Finished || got.Done != 2 || got.Skipped != 6 || got.Total != 8 { // of ids the first, and the admin's other session
			t.Errorf("%+v", got)
		}
		want := map[session.Left]int{session.LeftUnchanged: 1, session.LeftEnded: 1, session.LeftInUse: 1, session.LeftStronger: 1, session.LeftUnknown: 2}
		if r := reasons(t, a, ada, j.ID); fmt.Sprint(r) != fmt.Sprint(want) {
			t.Errorf("%v, want %v", r, want)
		}
		var file bytes.Buffer
		apptest.Must(t, a.Bulk.WriteCSV(ctx, ada, j.ID, &file))
		lines := strings.Split(strings.TrimSpace(file.String()), "\n")
		if len(lines) != 7 || lines[0] != "sessionId,userId,email,reason" ||
			!strings.Contains(file.String(), fmt.Sprintf("%s,%s,%s,forbidden\n", boss.SessionID, boss.UserID, apptest.OwnerEmail)) {
			t.Errorf("%s", file.String())
		}

		// Nobody resumes their own sessions.
		k := started(t, a, ada, session.Resume, bulk.Selection{IDs: []string{ids[0], other.SessionID}}, 2)
		apptest.Must(t, a.Bulk.Work(ctx))
		if r := reasons(t, a, ada, k.ID); state(t, a, ada, k.ID).Done != 1 || r[session.LeftOwn] != 1 {
			t.Errorf("%+v, %v", state(t, a, ada, k.ID), r)
		}
	})
}

// Who may begin which job, and see it.
func TestRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, boss := t.Context(), owner(t, a)
		sign := func(email string, r sallyport.Role) sallyport.Actor {
			a.AddUser(t, email, r)
			return apptest.Actor(a.SignInAs(t, a.Laptop(t), email))
		}
		ender, err := a.Roles.Add(ctx, boss, role.Input{Name: "Ender", Permissions: []string{string(access.SessionsTerminate)}})
		apptest.Must(t, err)
		ada, bo, max := sign("ada@corp.test", sallyport.RoleAdmin), sign("bo@corp.test", sallyport.RoleAdmin), sign("max@corp.test", sallyport.RoleMember)
		eve := sign("eve@corp.test", sallyport.Role(ender.ID))
		ids := crowd(t, a, 300, 1)
		some, everything := bulk.Selection{IDs: ids[:1]}, filter(t, "deviceType=desktop&groupId=&userId=")
		n := int64(300 + 5) // of those who are signed in
		for what, tt := range map[string]struct {
			actor  sallyport.Actor
			action session.Action
			which  bulk.Selection
			n      int64
			want   sallyport.Code
		}{
			"a member":                        {max, session.Revoke, some, 1, sallyport.CodeForbidden},
			"the operator":                    {sallyport.Operator(boss.TenantID), session.Revoke, some, 1, sallyport.CodeForbidden},
			"a filter by who sees none":       {eve, session.Revoke, everything, n, sallyport.CodeForbidden},
			"no such action":                  {ada, "delete", some, 1, sallyport.CodeInvalid},
			"nothing":                         {ada, session.Revoke, bulk.Selection{}, 0, sallyport.CodeInvalid},
			"too many":                        {ada, session.Revoke, bulk.Selection{IDs: make([]string, bulk.MostIDs+1)}, 1001, sallyport.CodeInvalid},
			"no ids":                          {ada, session.Revoke, bulk.Selection{IDs: []string{"\x00"}}, 1, sallyport.CodeInvalid},
			"both":                            {ada, session.Revoke, bulk.Selection{IDs: ids, Filter: everything.Filter}, 1, sallyport.CodeInvalid},
			"fewer than there are":            {ada, session.Revoke, everything, n - 4, sallyport.CodeCountDiffers},
			"more than there are":             {ada, session.Revoke, everything, n + 4, sallyport.CodeCountDiffers},
			"however many there are":          {ada, session.Revoke, some, math.MaxInt64, sallyport.CodeCountDiffers},
			"fewer than none":                 {ada, session.Revoke, some, math.MinInt64, sallyport.CodeCountDiffers},
			"none, of one":                    {ada, session.Revoke, some, 0, sallyport.CodeCountDiffers},
			"one that has nothing to be done": {ada, session.Revoke, filter(t, "status=expired"), 1, sallyport.CodeCountDiffers},
		} {
			_, err := a.Bulk.Start(ctx, tt.actor, tt.action, tt.which, tt.n)
			apptest.Denied(t, what, err, tt.want)
			var e *sallyport.Error
			if errors.As(err, &e) && e.Code == sallyport.CodeCountDiffers && tt.which.IDs == nil && tt.n > 1 && e.Count != n {
				t.Errorf("%s: there are %d, want %d", what, e.Count, n)
			}
		}
		if _, err := a.Bulk.Preview(ctx, eve, session.Revoke, some); sallyport.CodeOf(err) != sallyport.CodeForbidden {
			t.Errorf("a preview by who sees none: %v", err)
		}
		started(t, a, eve, session.Revoke, some, 1)
		j := started(t, a, ada, session.Terminate, everything, int(n)-3) // within 1 %
		for who, want := range map[*sallyport.Actor]sallyport.Code{&ada: "", &boss: "", &bo: sallyport.CodeNotFound, &max: sallyport.CodeForbidden} {
			_, err := a.Bulk.Get(ctx, *who, j.ID)
			apptest.Denied(t, "to see", err, want)
			_, err = a.Bulk.Results(ctx, *who, j.ID, list.BulkResults.First())
			apptest.Denied(t, "to see the results", err, want)
			apptest.Denied(t, "to download", a.Bulk.WriteCSV(ctx, *who, j.ID, &bytes.Buffer{}), want)
			if want != "" {
				_, err = a.Bulk.Cancel(ctx, *who, j.ID)
				apptest.Denied(t, "to cancel", err, want)
			}
		}
		for range 2 {
			started(t, a, ada, session.Terminate, some, 1)
		}
		_, err = a.Bulk.Start(ctx, ada, session.Terminate, some, 1)
		var e *sallyport.Error
		if !errors.As(err, &e) || e.Obstacle != sallyport.JobsUnderWay {
			t.Errorf("a fourth: %v", err)
		}
		if mine, err := a.Bulk.Mine(ctx, ada); err != nil || len(mine) != 3 {
			t.Errorf("%+v, %v", mine, err)
		}
		a.Clock.Advance(11 * time.Minute)
		for _, row := range session.Actions {
			_, err = a.Bulk.Start(ctx, bo, row.Action, some, 1)
			apptest.Denied(t, string(row.Action)+" with an old proof", err, sallyport.CodeStepUp)
		}
		_, err = a.Bulk.Cancel(ctx, ada, j.ID)
		apptest.Denied(t, "to stop with an old proof", err, "")
	})
}

// Who may end sessions but not see them is not told whose one is that was left out.
func TestWhoseItIs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		boss := owner(t, a)
		ender, err := a.Roles.Add(t.Context(), boss, role.Input{Name: "Ender", Permissions: []string{string(access.SessionsTerminate)}})
		apptest.Must(t, err)
		a.AddUser(t, "eve@corp.test", sallyport.Role(ender.ID))
		eve := apptest.Actor(a.SignInAs(t, a.Laptop(t), "eve@corp.test"))
		j := started(t, a, eve, session.Revoke, bulk.Selection{IDs: []string{boss.SessionID}}, 1)
		apptest.Must(t, a.Bulk.Work(t.Context()))
		for actor, want := range map[*sallyport.Actor]bulk.Result{
			&eve:  {SessionID: boss.SessionID, Reason: session.LeftStronger},
			&boss: {SessionID: boss.SessionID, Reason: session.LeftStronger, UserID: boss.UserID, Email: apptest.OwnerEmail},
		} {
			left, err := a.Bulk.Results(t.Context(), *actor, j.ID, list.BulkResults.First())
			if err != nil || !slices.Equal(left.Rows, []bulk.Result{want}) {
				t.Errorf("%+v, %v", left.Rows, err)
			}
			var file bytes.Buffer
			apptest.Must(t, a.Bulk.WriteCSV(t.Context(), *actor, j.ID, &file))
			if strings.Contains(file.String(), apptest.OwnerEmail) != (want.Email != "") {
				t.Errorf("%s", file.String())
			}
		}
	})
}

// A job that is cancelled does nothing more, whatever is under way.
func TestCancelled(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := owner(t, a)
		crowd(t, a, 1500, 1)
		j := started(t, a, me, session.Revoke, filter(t, "status=active"), 1501)
		inTheMiddle(t, a, j, func(ctx context.Context) {
			over, err := a.Bulk.Cancel(ctx, me, j.ID)
			if err != nil || over.Status != bulk.Cancelled {
				t.Errorf("%+v, %v", over, err)
			}
		})
		got := state(t, a, me, j.ID)
		if n := a.Count(t); got.Status != bulk.Cancelled || n[audit.BulkCancelled] != 1 || n[audit.BulkFinished] != 0 {
			t.Errorf("%+v, %v", got, n)
		}
		if over, err := a.Bulk.Cancel(t.Context(), me, j.ID); err != nil || over.Status != bulk.Cancelled || a.Count(t)[audit.BulkCancelled] != 1 {
			t.Errorf("again: %+v, %v", over, err)
		}
	})
}

// A job ends with the session of who began it, with their permission, and when they are disabled.
func TestStopped(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(ctx context.Context, a *apptest.App, boss, ada sallyport.Actor) error
		want string
	}{
		"signed out": {func(ctx context.Context, a *apptest.App, _, ada sallyport.Actor) error {
			return a.Sessions.SignOut(ctx, ada)
		}, bulk.ReasonSession},
		"suspended": {func(ctx context.Context, a *apptest.App, boss, ada sallyport.Actor) error {
			return a.Sessions.Suspend(ctx, boss, ada.SessionID)
		}, bulk.ReasonSession},
		"disabled": {func(ctx context.Context, a *apptest.App, boss, ada sallyport.Actor) error {
			_, err := a.Accounts.Disable(ctx, boss, ada.UserID)
			return err
		}, bulk.ReasonSession},
		"made a member": {func(ctx context.Context, a *apptest.App, boss, ada sallyport.Actor) error {
			a.SetPolicy(func(p *sallyport.Policy) { p.SessionRevokeOnRoleChange = false })
			_, err := a.Accounts.ChangeRole(ctx, boss, ada.UserID, sallyport.RoleMember)
			return err
		}, bulk.ReasonPermission},
	} {
		t.Run(name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, a *apptest.App) {
				boss := owner(t, a)
				a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
				ada := apptest.Actor(a.SignInAs(t, a.Laptop(t), "ada@corp.test"))
				crowd(t, a, 1200, 1)
				j := started(t, a, ada, session.Revoke, filter(t, "ip=203.0.113.9"), 1200)
				inTheMiddle(t, a, j, func(ctx context.Context) { apptest.Must(t, tt.do(ctx, a, boss, ada)) })
				if got := state(t, a, boss, j.ID); got.Status != bulk.Stopped || got.Reason != tt.want || a.Count(t)[audit.BulkStopped] != 1 {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

// inTheMiddle lets a node work at a job and does something else at the same time, once some of it
// is done. What is done when it returns must be all that is ever done.
func inTheMiddle(t *testing.T, a *apptest.App, j bulk.Job, something func(context.Context)) {
	t.Helper()
	ctx, worked := t.Context(), make(chan error, 1)
	go func() { worked <- a.Bulk.Work(ctx) }()
	tenantID := a.TenantID(t)
	for {
		now, err := a.DB.BulkJob(ctx, tenantID, j.ID)
		apptest.Must(t, err)
		if now.Done > 0 {
			break
		}
	}
	something(ctx)
	db := dbtest.Raw(t, a.DSN)
	done := number(t, db, "SELECT COUNT(*) FROM sessions WHERE termination_reason = 'revoked_by_admin'")
	apptest.Must(t, <-worked)
	a.Clock.Advance(time.Minute)
	apptest.Must(t, a.Bulk.Work(ctx))
	now, err := a.DB.BulkJob(ctx, tenantID, j.ID)
	apptest.Must(t, err)
	if n := number(t, db, "SELECT COUNT(*) FROM sessions WHERE termination_reason = 'revoked_by_admin'"); n != done || now.Done != int64(n) || n == int(j.Total) {
		t.Errorf("%d were revoked at that time, and %d in the end; the job says %d of %d", done, n, now.Done, j.Total)
	}
	consistent(t, a)
}

// Nodes that work at the same job, since its lease is lost again and again, change each session
// once, with one event.
func TestTwoNodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me, ctx := owner(t, a), t.Context()
		crowd(t, a, 700, 2)
		j := started(t, a, me, session.Revoke, filter(t, "status=active&sort=used"), 1401)
		db := dbtest.Raw(t, a.DSN)
		stop, cut := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(cut)
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
					_, _ = db.ExecContext(ctx, "UPDATE bulk_jobs SET leased_until = 0") // a busy database loses no lease
				}
			}
		}()
		nodes := []*apptest.App{a, a.Node(t, store.Options{}), a.Node(t, store.Options{})}
		if got := apptest.AtOnce(len(nodes), func(i int) error { return nodes[i].Bulk.Work(ctx) }); got[""] != len(nodes) {
			t.Errorf("%v", got)
		}
		close(stop)
		<-cut
		apptest.Must(t, a.Bulk.Work(ctx))
		if got := state(t, a, me, j.ID); got.Status != bulk.Finished || got.Done != 1400 || got.Skipped != 1 || got.Total != 1401 {
			t.Errorf("%+v", got)
		}
		if n := a.Count(t); n[audit.SessionRevoked] != 1400 || n[audit.BulkFinished] != 1 {
			t.Errorf("%v", n)
		}
		consistent(t, a)
	})
}

// A node that stops lets another one go on at once, also when it stops in the pause after a step.
func TestANodeStops(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := owner(t, a)
		ids := crowd(t, a, 300, 1)
		j := started(t, a, me, session.Revoke, bulk.Selection{IDs: ids}, len(ids))
		ctx, stop := context.WithCancel(t.Context())
		n := a.Node(t, store.Options{})
		n.Acts.OnEvent(func(sallyport.Event) { stop() }) // of the first step, after its commit
		if err := n.Bulk.Work(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if got := state(t, a, me, j.ID); got.Status != bulk.Running || got.Done != 100 {
			t.Errorf("after the first step: %+v", got)
		}
		apptest.Must(t, a.Bulk.Work(t.Context())) // no time has passed
		if got := state(t, a, me, j.ID); got.Status != bulk.Finished || got.Done != int64(len(ids)) {
			t.Errorf("%+v", got)
		}
	})
}

// Jobs take turns, and one whose step fails does not hold up the others.
func TestOneThatFails(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me, ctx := owner(t, a), t.Context()
		ids := crowd(t, a, 3, 1)
		db := dbtest.Raw(t, a.DSN)
		// Two of them cannot end at the same time.
		_, err := db.ExecContext(ctx, fmt.Sprintf("CREATE UNIQUE INDEX broken ON sessions (terminated_at) WHERE terminated_at > 0 AND id IN ('%s', '%s')", ids[0], ids[2]))
		apptest.Must(t, err)
		j := started(t, a, me, session.Revoke, bulk.Selection{IDs: ids}, 3)
		apptest.Must(t, a.Bulk.Work(ctx))
		if got := state(t, a, me, j.ID); got.Status != bulk.Finished || got.Done != 2 || got.Failed != 1 || reasons(t, a, me, j.ID)["internal"] != 1 {
			t.Errorf("%+v, %v", got, reasons(t, a, me, j.ID))
		}
		k := started(t, a, me, session.Revoke, bulk.Selection{IDs: ids}, 3)
		_, err = db.ExecContext(ctx, "UPDATE bulk_jobs SET selection = 'nonsense' WHERE status = 'running'")
		apptest.Must(t, err)
		apptest.Must(t, a.Bulk.Work(ctx))
		if got := state(t, a, me, k.ID); got.Status != bulk.Stopped || got.Reason != bulk.ReasonInternal {
			t.Errorf("%+v", got)
		}
		consistent(t, a)
	})
}

// What a job did is kept for thirty days.
func TestForgotten(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me, ctx := owner(t, a), t.Context()
		j := started(t, a, me, session.Revoke, bulk.Selection{IDs: []string{token.NewID(), token.NewID()}}, 2)
		apptest.Must(t, a.Bulk.Work(ctx))
		forget := func() { apptest.Must(t, a.Retention.Forget(ctx)) }
		a.Clock.Advance(30*24*time.Hour - time.Second)
		forget()
		if got := reasons(t, a, me, j.ID); got[session.LeftUnknown] != 2 {
			t.Errorf("%v", got)
		}
		a.Clock.Advance(time.Second)
		forget()
		_, err := a.Bulk.Get(ctx, me, j.ID)
		apptest.Denied(t, "after thirty days", err, sallyport.CodeNotFound)
		if n := number(t, dbtest.Raw(t, a.DSN), "SELECT COUNT(*) FROM bulk_results"); n != 0 {
			t.Errorf("%d results are left", n)
		}
	})
}
