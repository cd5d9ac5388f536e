package retention_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/retention"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const (
	kept = 400 * 24 * time.Hour // by the default policy
	hour = time.Hour
	day  = 24 * time.Hour
)

// today is when the day of the tests begins.
func today(a *apptest.App) time.Time { return a.Clock.Now().Truncate(day) }

// in does something in one transaction.
func in(t testing.TB, a *apptest.App, do func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error { return do(t.Context(), tx) }))
}

func number(t testing.TB, a *apptest.App, query string) (n int) {
	t.Helper()
	apptest.Must(t, dbtest.Raw(t, a.DSN).QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// ids returns the ids of a table, sorted and with spaces between them.
func ids(t testing.TB, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	apptest.Must(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var id string
		apptest.Must(t, rows.Scan(&id))
		all = append(all, id)
	}
	apptest.Must(t, rows.Err())
	slices.Sort(all)
	return strings.Join(all, " ")
}

// told returns how many rows were due in each run that the log of the first organisation has.
func told(t testing.TB, a *apptest.App) (runs []string) {
	t.Helper()
	events, err := audit.Since(t.Context(), a.DB.Queries, store.EventsOf{TenantID: a.TenantID(t), Kinds: []string{string(audit.RetentionApplied)}, Limit: 100})
	apptest.Must(t, err)
	for _, e := range events {
		if e.ActorType != sallyport.ActorSystem || e.Data["before"] == "" && e.Data["personalBefore"] == "" {
			t.Errorf("%+v", e)
		}
		var details []string
		for _, name := range slices.Sorted(maps.Keys(e.Data)) {
			if name != "before" {
				details = append(details, name+"="+e.Data[name])
			}
		}
		runs = append(runs, strings.Join(details, " "))
	}
	return runs
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func addSession(ctx context.Context, tx *store.Tx, u sallyport.User, id string, status sallyport.SessionStatus, ended time.Time) error {
	_, hash := token.New(token.Session)
	began := ended.Add(-hour)
	if ended.IsZero() {
		began = time.UnixMicro(1)
	}
	return tx.AddSession(ctx, sallyport.Session{
		ID: id, TenantID: u.TenantID, UserID: u.ID, Status: status, CreatedAt: began, ExpiresAt: began.Add(hour), IdleTimeout: hour,
		LastActivityAt: began, TerminatedAt: ended,
	}, store.Held{Hash: hash[:]})
}

// addDevice adds a device with former credentials that were replaced at some times, and whose hashes
// are its id and numbers.
func addDevice(ctx context.Context, tx *store.Tx, u sallyport.User, id string, ended time.Time, replaced ...time.Time) error {
	d := sallyport.Device{ID: id, TenantID: u.TenantID, UserID: u.ID, Status: sallyport.DeviceActive, CreatedAt: time.UnixMicro(1), LastUsedAt: time.UnixMicro(1)}
	if !ended.IsZero() {
		d.Status, d.EndedAt = sallyport.DeviceRevoked, ended
	}
	if err := tx.AddDevice(ctx, d, []byte(id+"0")); err != nil {
		return err
	}
	for i, at := range replaced {
		if err := tx.RotateDevice(ctx, d, []byte(id+strconv.Itoa(i)), []byte(id+strconv.Itoa(i+1)), at); err != nil {
			return err
		}
	}
	return nil
}

// What goes and what stays, by kind, age and status.
func TestWhatGoes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		foreign := a.AddUserOf(t, a.AddTenant(t, "other.test").ID, "leo@other.test", sallyport.RoleMember)
		edge := today(a).Add(-kept) // what is older goes
		seed := func(u sallyport.User) {
			in(t, a, func(ctx context.Context, tx *store.Tx) error {
				for _, status := range []sallyport.SessionStatus{sallyport.SessionRevoked, sallyport.SessionExpired, sallyport.SessionTerminated} {
					for name, at := range map[string]time.Time{"old": edge.Add(-time.Microsecond), "ancient": edge.Add(-10 * kept), "edge": edge, "young": today(a)} {
						if err := addSession(ctx, tx, u, "s-"+name+"-"+string(status), status, at); err != nil {
							return err
						}
					}
				}
				for _, status := range []sallyport.SessionStatus{sallyport.SessionActive, sallyport.SessionSuspended} {
					if err := addSession(ctx, tx, u, "s-"+string(status), status, time.Time{}); err != nil {
						return err
					}
				}
				month := today(a).Add(-30 * day)
				for id, d := range map[string]struct{ ended, replaced time.Time }{
					"d-active-old": {time.Time{}, edge.Add(-time.Microsecond)}, "d-active-edge": {time.Time{}, edge}, "d-active-young": {time.Time{}, today(a)},
					"d-revoked-old": {month.Add(-time.Microsecond), today(a).Add(-60 * day)}, "d-revoked-edge": {month, today(a).Add(-60 * day)},
				} {
					if err := addDevice(ctx, tx, u, id, d.ended, d.replaced); err != nil {
						return err
					}
				}
				return nil
			})
		}
		seed(u)
		seed(foreign)
		db := dbtest.Raw(t, a.DSN)
		of := func(tenantID string) string {
			return ids(t, db, "SELECT id FROM sessions WHERE tenant_id = '"+tenantID+"'") + " " +
				ids(t, db, "SELECT device_id FROM device_credentials WHERE tenant_id = '"+tenantID+"'")
		}
		all := of(u.TenantID)

		a.SetPolicy(func(p *sallyport.Policy) { p.Retention = 0 })
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "kept for ever", of(u.TenantID), all)
		same(t, "runs without a policy", told(t, a), "[]")

		a.SetPolicy(func(p *sallyport.Policy) { p.Retention = kept })
		apptest.Must(t, a.Retention.Apply(t.Context()))
		const left = "s-active s-edge-expired s-edge-revoked s-edge-terminated s-suspended s-young-expired s-young-revoked s-young-terminated" +
			" d-active-edge d-active-young d-revoked-edge"
		same(t, "left", of(u.TenantID), left)
		same(t, "left in another organisation", of(foreign.TenantID), left)
		same(t, "runs", told(t, a), "[credentials=1 revokedCredentials=1 sessions=6]")
		event, err := audit.Since(t.Context(), a.DB.Queries, store.EventsOf{TenantID: u.TenantID, Kinds: []string{string(audit.RetentionApplied)}, Limit: 1})
		if apptest.Must(t, err); event[0].Data["before"] != edge.Format(time.RFC3339) {
			t.Errorf("%+v, want what is before %s", event[0], edge)
		}

		// On the same day there is no other run, and without anything that is due no event.
		in(t, a, func(ctx context.Context, tx *store.Tx) error {
			return addSession(ctx, tx, u, "s-late", sallyport.SessionRevoked, edge.Add(-hour))
		})
		a.Clock.Set(today(a).Add(day - time.Microsecond))
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "runs of the same day", len(told(t, a)), 1)
		a.Clock.Set(today(a).Add(day))
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "left of the next day", of(u.TenantID), "s-active s-suspended s-young-expired s-young-revoked s-young-terminated d-active-young")
	})
}

// The newest ten sign-ins of a user stay, and what began a session that goes on.
func TestWhichAttemptsStay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		dormant := a.AddUser(t, "leo@corp.test", sallyport.RoleMember)
		old, young := today(a).Add(-kept-100*day), today(a).Add(-kept)
		in(t, a, func(ctx context.Context, tx *store.Tx) error {
			add := func(id string, u sallyport.User, at time.Time, change func(*sallyport.Attempt)) {
				row := sallyport.Attempt{TenantID: u.TenantID, ID: id, UserID: u.ID, Email: u.Email, Successful: true, CreatedAt: at}
				if change != nil {
					change(&row)
				}
				apptest.Must(t, tx.AddAttempt(ctx, row))
			}
			failed := func(r *sallyport.Attempt) { r.Successful, r.FailureReason = false, sallyport.CodeInvalidCredentials }
			for i := range 13 {
				add(fmt.Sprintf("a%02d", i), dormant, old.Add(time.Duration(i/2)*hour), nil) // two at a time
				add(fmt.Sprintf("b%02d", i), u, old.Add(time.Duration(i)*hour), nil)
			}
			for i := range 9 {
				add(fmt.Sprintf("c%02d", i), u, young.Add(time.Duration(i)*hour), nil)
			}
			add("failed", dormant, old.Add(20*hour), failed)
			add("confirmed", dormant, old.Add(21*hour), func(r *sallyport.Attempt) { failed(r); r.Answer = sallyport.AnswerMine })
			add("denied", dormant, old.Add(22*hour), func(r *sallyport.Attempt) { r.Answer = sallyport.AnswerNotMe })
			add("nobody", sallyport.User{TenantID: u.TenantID, Email: "x@corp.test"}, old, failed)
			add("live", u, old, func(r *sallyport.Attempt) { r.SessionID = "s-live" })
			add("ended", u, old, func(r *sallyport.Attempt) { r.SessionID = "s-ended" })
			add("young", sallyport.User{TenantID: u.TenantID, Email: "x@corp.test"}, young, failed)
			apptest.Must(t, addSession(ctx, tx, u, "s-live", sallyport.SessionSuspended, time.Time{}))
			return addSession(ctx, tx, u, "s-ended", sallyport.SessionRevoked, today(a))
		})
		visits := func() (all []string) {
			found, err := a.DB.VisitsOf(t.Context(), dormant.TenantID, dormant.ID, 10)
			apptest.Must(t, err)
			for _, v := range found {
				all = append(all, v.ID)
			}
			return all
		}
		before := visits()
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "left", ids(t, dbtest.Raw(t, a.DSN), "SELECT id FROM attempts"),
			"a04 a05 a06 a07 a08 a09 a10 a11 a12 b12 c00 c01 c02 c03 c04 c05 c06 c07 c08 confirmed live young")
		same(t, "the newest sign-ins", visits(), before)
		same(t, "runs", told(t, a), "[attempts=20]")
	})
}

// A run that was interrupted goes on with the next one, and has one event. It is there whenever something
// is gone, and not before.
func TestInterrupted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		const old = 1100
		a.Owner(t)
		fill(t, a, peopleText, 10, 10, today(a))
		fill(t, a, sessionsText, old, 10, today(a).Add(-2*kept))
		left := func() int { return number(t, a, "SELECT COUNT(*) FROM sessions") }
		event := fmt.Sprintf("[sessions=%d]", old)
		interrupted := func(batch int, runs string) {
			t.Helper()
			ctx, cancel := context.WithCancel(t.Context())
			batches, first, before := 0, left(), 0
			n := a.Node(t, store.Options{Trace: func(query string) {
				if strings.Contains(query, "DELETE FROM sessions") {
					if batches++; batches == batch {
						before = left()
						cancel()
					}
				}
			}})
			if err := n.Retention.Apply(ctx); err == nil {
				t.Error("it was not interrupted")
			}
			if (before < first) != (batch > 1) || left() != before {
				t.Errorf("%d rows were left before the batch and %d after it, of %d", before, left(), first)
			}
			same(t, "runs", told(t, a), runs)
		}
		interrupted(1, "[]")
		interrupted(2, event)
		interrupted(3, event)
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "left in the end", left(), 0)
		same(t, "runs in the end", told(t, a), event)
	})
}

// Whoever changes the policy stops a run that is under way.
func TestPolicyChangedMeanwhile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		const old = 1100
		a.Owner(t)
		fill(t, a, peopleText, 10, 10, today(a))
		fill(t, a, sessionsText, old, 10, today(a).Add(-2*kept))
		left := func() int { return number(t, a, "SELECT COUNT(*) FROM sessions") }
		keep := func(long time.Duration) { a.SetPolicy(func(p *sallyport.Policy) { p.Retention = long }) }
		batches := 0
		n := a.Node(t, store.Options{Trace: func(query string) {
			if strings.Contains(query, "DELETE FROM sessions") {
				batches++
				keep(0)
			}
		}})
		apptest.Must(t, n.Retention.Apply(t.Context()))
		stopped := left()
		if batches != 1 || stopped == old || stopped < old-200 {
			t.Errorf("%d rows are left after %d batches", stopped, batches)
		}
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "left when all is kept", left(), stopped)
		keep(2 * kept)
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "left when more is kept", left(), stopped)
		keep(kept)
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "left in the end", left(), 0)
		same(t, "runs", told(t, a), fmt.Sprintf("[sessions=%d sessions=%d]", old, stopped))
	})
}

// A node that died holds a run no longer than a minute.
func TestAnotherNodeGoesOn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		fill(t, a, peopleText, 10, 10, today(a))
		fill(t, a, sessionsText, 10, 10, today(a).Add(-2*kept))
		in(t, a, func(ctx context.Context, tx *store.Tx) error {
			now := a.Clock.Now()
			r, err := tx.TakeRetention(ctx, store.RetentionRun{TenantID: a.TenantID(t), Before: today(a).Add(-kept)}, now, now.Add(time.Minute))
			same(t, "taken", r.Taken, 1)
			return err
		})
		a.Clock.Advance(time.Minute - time.Microsecond)
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "left while another node has it", number(t, a, "SELECT COUNT(*) FROM sessions"), 10)
		a.Clock.Advance(time.Microsecond)
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "left", number(t, a, "SELECT COUNT(*) FROM sessions"), 0)
		// The dead node, if it lives after all, has lost it.
		in(t, a, func(ctx context.Context, tx *store.Tx) error {
			err := tx.KeepRetention(ctx, store.RetentionRun{TenantID: a.TenantID(t), Taken: 1}, a.Clock.Now())
			apptest.Denied(t, "the node before", err, sallyport.CodeNotFound)
			return nil
		})
	})
}

// Two nodes at once remove everything once, with one event, and no error.
func TestTwoNodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		fill(t, a, peopleText, 10, 10, today(a))
		fill(t, a, sessionsText, 700, 10, today(a).Add(-2*kept))
		fill(t, a, attemptsText, 700, 10, today(a).Add(-2*kept))
		fill(t, a, flowsText, 700, 10, today(a).Add(-2*kept))
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		failed := apptest.AtOnce(4, func(i int) error {
			n := nodes[i%2]
			if i < 2 {
				return n.Retention.Apply(t.Context())
			}
			return n.Retention.Forget(t.Context())
		})
		same(t, "results", failed, map[sallyport.Code]int{"": 4})
		same(t, "sessions", number(t, a, "SELECT COUNT(*) FROM sessions"), 0)
		same(t, "attempts", number(t, a, "SELECT COUNT(*) FROM attempts"), 100)
		same(t, "flows", number(t, a, "SELECT COUNT(*) FROM flows"), 0)
		same(t, "runs", told(t, a), "[attempts=600 sessions=700]")
	})
}

// On PostgreSQL a row that another transaction has locked stays until the next day, and holds
// nothing else up.
func TestLockedRow(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, store.Postgres, store.Options{})
	a.Owner(t)
	fill(t, a, peopleText, 10, 10, today(a))
	fill(t, a, sessionsText, 500, 10, today(a).Add(-2*kept))
	fill(t, a, flowsText, 500, 10, today(a).Add(-2*kept))
	locked, free, freed, undone := make(chan struct{}), make(chan struct{}), make(chan error), errors.New("rolled back")
	go func() {
		freed <- a.DB.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.LockSessions(t.Context(), a.TenantID(t), []string{"s7"})
			err = errors.Join(err, tx.MoveFlow(t.Context(), store.Flow{TenantID: a.TenantID(t), ID: "f7", Version: 1}, []byte("moved")), undone)
			close(locked)
			<-free
			return err
		})
	}()
	<-locked
	db := dbtest.Raw(t, a.DSN)
	run := func(left string) {
		t.Helper()
		apptest.Must(t, a.Retention.Apply(t.Context()))
		apptest.Must(t, a.Retention.Forget(t.Context()))
		same(t, "left", ids(t, db, "SELECT id FROM sessions UNION SELECT id FROM flows"), left)
	}
	run("f7 s7")
	close(free)
	if err := <-freed; !errors.Is(err, undone) || sallyport.CodeOf(err) != sallyport.CodeUnavailable {
		t.Fatal(err)
	}
	a.Clock.Advance(day)
	run("")
}

// People sign in while old rows go.
func TestSignInMeanwhile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		fill(t, a, peopleText, 10, 10, today(a))
		fill(t, a, sessionsText, 3000, 10, today(a).Add(-2*kept))
		fill(t, a, attemptsText, 3000, 10, today(a).Add(-2*kept))
		var wg sync.WaitGroup
		over := make(chan struct{})
		wg.Go(func() {
			defer close(over)
			if err := a.Retention.Apply(t.Context()); err != nil {
				t.Error(err)
			}
		})
		n := 0
		for going := true; going; n++ {
			select {
			case <-over:
				going = false
			default:
			}
			if r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail); a.Check(t, r.SessionToken) != "" {
				t.Error("the session does not work")
			}
		}
		wg.Wait()
		same(t, "sessions", number(t, a, "SELECT COUNT(*) FROM sessions"), n)
		same(t, "attempts", number(t, a, "SELECT COUNT(*) FROM attempts"), n+100)
	})
}

// What expired goes in small transactions, however much there is.
func TestForget(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		const expired = 5000
		fill(t, a, flowsText, expired, 10, a.Clock.Now().Add(-expired*time.Second)) // the last one now
		in(t, a, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddFlow(ctx, store.Flow{TenantID: a.TenantID(t), ID: "later", Facts: "{}", ExpiresAt: a.Clock.Now().Add(time.Microsecond)}, []byte("later"))
		})
		var most, deletes int
		before := expired
		n := a.Node(t, store.Options{Trace: func(query string) {
			if strings.Contains(query, "DELETE FROM flows") {
				left := number(t, a, "SELECT COUNT(*) FROM flows WHERE id LIKE 'f%'")
				most, before = max(most, before-left), left
				deletes++
			}
		}})
		apptest.Must(t, n.Retention.Forget(t.Context()))
		if most > 200 || deletes <= expired/200 { // more of them where the machine is slow
			t.Errorf("%d transactions of up to %d rows", deletes, most)
		}
		same(t, "left", ids(t, dbtest.Raw(t, a.DSN), "SELECT id FROM flows"), "later")
		same(t, "events", len(told(t, a)), 0)
	})
}

// Parts of figures go when they are older than what reads them looks back; days of countries stay.
func TestForgetFigures(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, now := a.Owner(t), a.Clock.Now()
		in(t, a, func(ctx context.Context, tx *store.Tx) error {
			var failed []store.FailedMinute
			var countries []store.CountryCount
			var doubts []store.Doubt
			for _, age := range []time.Duration{8 * day, 9 * day, 9*day + hour, 31 * day, 31*day + hour} {
				at := now.Add(-age)
				failed = append(failed, store.FailedMinute{Minute: at, Failed: 1})
				countries = append(countries, store.CountryCount{Step: store.StepHour, From: at, Country: "DE"}, store.CountryCount{Step: store.StepDay, From: at, Country: "DE"})
				doubts = append(doubts, store.Doubt{UserID: u.ID, AttemptID: age.String(), CreatedAt: at})
			}
			return errors.Join(tx.AddFailed(ctx, u.TenantID, failed), tx.AddCountries(ctx, u.TenantID, countries), tx.AddDoubts(ctx, u.TenantID, doubts))
		})
		apptest.Must(t, a.Retention.Forget(t.Context()))
		for rows, want := range map[string]int{"figure_minutes": 2, "figure_countries WHERE step = 'hour'": 2, "figure_countries WHERE step = 'day'": 5, "figure_doubts": 4} {
			same(t, rows, number(t, a, "SELECT COUNT(*) FROM "+rows), want)
		}
	})
}

// What leads to something that was removed finds nothing.
func TestWhatLeadsToARemovedOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		gone := a.SignInAs(t, a.Laptop(t), u.Email)
		apptest.Must(t, a.Sessions.SignOut(t.Context(), apptest.Actor(gone)))
		attempt := a.Attempts(t)[0].ID
		for range 10 {
			a.Clock.Advance(hour)
			r := a.SignInAs(t, a.Laptop(t), u.Email)
			apptest.Must(t, a.Sessions.SignOut(t.Context(), apptest.Actor(r)))
		}
		a.Clock.Advance(kept + day)
		apptest.Must(t, a.Retention.Apply(t.Context()))
		operator := sallyport.Operator(u.TenantID)
		_, err := a.Sessions.Get(t.Context(), operator, gone.Session.ID)
		apptest.Denied(t, "the session", err, sallyport.CodeNotFound)
		apptest.Denied(t, "an act on it", a.Sessions.Do(t.Context(), operator, session.Terminate, gone.Session.ID), sallyport.CodeNotFound)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), u.Email))
		apptest.Denied(t, "an answer to its attempt", a.Accounts.AnswerMine(t.Context(), me, attempt), sallyport.CodeNotFound)
		if code := a.Check(t, gone.SessionToken); code != sallyport.CodeNotSignedIn {
			t.Errorf("its token: %s", code)
		}
		left := a.Attempts(t)
		if len(left) != 11 || slices.ContainsFunc(left, func(v sallyport.Attempt) bool { return v.ID == attempt }) {
			t.Errorf("%d attempts are left", len(left))
		}
	})
}

// Every kind of the tables can be told apart in the event and in docs/rules.md.
func TestTables(t *testing.T) {
	seen := map[string]bool{}
	row, _ := audit.Of(audit.RetentionApplied)
	for _, of := range retention.Table {
		if of.What == "" || of.When == "" || seen[of.Name] || !slices.Contains(row.Data, of.Name) {
			t.Errorf("%+v", of)
		}
		seen[of.Name] = true
	}
	for _, of := range retention.Expirings {
		if of.What == "" || seen[of.What] || of.Kept < 0 {
			t.Errorf("%+v", of)
		}
		seen[of.What] = true
	}
}
