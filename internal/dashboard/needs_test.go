package dashboard_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/role"
)

// needed is what needs an admin, with how much of it.
func needed(t *testing.T, a *apptest.App, actor sallyport.Actor) string {
	t.Helper()
	a.Sequence(t)
	o, err := a.Dashboard.Overview(t.Context(), actor, dashboard.Ranges[0])
	apptest.Must(t, err)
	needs, err := a.Dashboard.Needs(t.Context(), actor, o)
	apptest.Must(t, err)
	out := make([]string, len(needs))
	for i, n := range needs {
		out[i] = fmt.Sprint(n.Kind, " ", n.Count)
	}
	return strings.Join(out, ", ")
}

// flood fails so many sign-ins of accounts that nobody has, each from a place of its own.
func flood(t *testing.T, a *apptest.App, n int) {
	t.Helper()
	for i := range n {
		from := a.From(t, apptest.Client(fmt.Sprintf("198.51.%d.%d", 100+i/250, 1+i%250), ""))
		if _, err := a.Try(t.Context(), from, fmt.Sprintf("nobody%d@corp.test", i), "wrong"); err == nil {
			t.Fatal("signed in")
		}
	}
}

// Each need comes with what causes it, and goes when that is dealt with; the most urgent is first.
func TestNeeds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		admin := sallyport.Operator(a.TenantID(t))
		is := func(what, want string) {
			t.Helper()
			if got := needed(t, a, admin); got != want {
				t.Errorf("%s: %s needs an admin, want %s", what, got, want)
			}
		}
		mia := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		home := a.Laptop(t)
		home.Client.Location = sallyport.Location{Country: "DE", City: "Berlin", Latitude: 52.52, Longitude: 13.41, AccuracyKM: 10}
		for range 4 {
			home = a.Visit(t, home, mia.Email, true, nil).Again()
			a.Clock.Advance(10 * day)
		}
		is("a quiet month", "")

		abroad := a.From(t, apptest.Client("203.0.113.66", apptest.FirefoxOnLinux))
		abroad.Client.Location = sallyport.Location{Country: "PT", City: "Lisbon", Latitude: 38.72, Longitude: -9.14, AccuracyKM: 10}
		far := a.Visit(t, abroad, mia.Email, true, nil)
		is("an unusual sign-in", "unanswered 1")
		q, err := list.Attempts.Parse(map[string][]string{"unusual": {"unanswered"}})
		apptest.Must(t, err)
		found, err := a.Accounts.ListAttempts(t.Context(), admin, q)
		apptest.Must(t, err)
		if len(found.Rows) != 1 || found.Rows[0].SessionID != far.In.Session.ID {
			t.Errorf("the list has %+v", found.Rows)
		}
		apptest.Must(t, a.Devices.Flag(t.Context(), admin, far.DeviceID(), "lost"))
		is("its device is flagged", "flagged 1")
		apptest.Must(t, a.Devices.Clear(t.Context(), admin, far.DeviceID()))
		is("and cleared: nobody has said that it was them", "unanswered 1")
		_, err = a.ChangePassword(t.Context(), a.Visit(t, home, mia.Email, true, nil).Me(), apptest.Password, "Brave new pillars 43")
		apptest.Must(t, err)
		is("a new password settles it", "")

		for range a.Policy().LockoutFailures {
			_, _ = a.Try(t.Context(), a.From(t, apptest.Client("192.0.2.9", "")), mia.Email, "wrong")
		}
		is("an account is locked", "locked 1")
		locked, err := a.Dashboard.ListLocked(t.Context(), admin, list.Locked.First())
		apptest.Must(t, err)
		if len(locked.Rows) != 1 || locked.Rows[0].ID != mia.ID || len(locked.Rows[0].Locks) != 1 {
			t.Errorf("the list has %+v", locked.Rows)
		}
		a.Clock.Advance(a.Policy().LockoutDuration + time.Minute)
		is("the lock ends by itself", "")

		flood(t, a, 40)
		is("an attack", "attack 45")
		a.Clock.Advance(hour + time.Minute)
		is("it is over", "")

		dead(t, a, admin.TenantID, notify.ChannelEmail)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedAdmins })
		_, err = a.Factors.ResetOf(t.Context(), admin, a.Owner(t).ID, apptest.Grounds) // an event: policies of tests change without one
		if sallyport.CodeOf(err) != "" {
			t.Fatal(err)
		}
		a.Dashboard.WatchCertificate(func() time.Time { return a.Clock.Now().Add(10 * day) })
		a.Clock.Advance(60 * day)
		is("a certificate, a mail, a new policy, a review", "certificate 1, dead_mails 1, not_enrolled 1, review 1")
	})
}

// Whoever lacks a permission is told nothing of what takes it.
func TestNeedsByPermission(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		operator := sallyport.Operator(a.TenantID(t))
		mia := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		in := a.Visit(t, a.Laptop(t), mia.Email, true, nil)
		apptest.Must(t, a.Devices.Flag(t.Context(), operator, in.DeviceID(), "lost"))
		for range a.Policy().LockoutFailures {
			_, _ = a.Try(t.Context(), a.From(t, apptest.Client("192.0.2.9", "")), mia.Email, "wrong")
		}
		flood(t, a, 40)
		for _, c := range []struct{ granted, want string }{
			{"dashboard.view", ""},
			{"dashboard.view devices.view", "flagged 1"},
			{"dashboard.view users.view", "locked 1"},
			{"dashboard.view sessions.view", "attack 45"},
		} {
			r, err := a.Roles.Add(t.Context(), operator, role.Input{Name: c.granted, Permissions: strings.Fields(c.granted)})
			apptest.Must(t, err)
			u := a.AddUser(t, strings.NewReplacer(" ", "-").Replace(c.granted)+"@corp.test", sallyport.Role(r.ID))
			reader := apptest.Actor(a.SignInAs(t, a.Laptop(t), u.Email))
			reader.Granted = sallyport.NewPermissions(strings.Fields(c.granted)...)
			if got := needed(t, a, reader); got != c.want {
				t.Errorf("%s: told of %q, want %q", c.granted, got, c.want)
			}
		}
		member := apptest.Actor(a.SignInAs(t, a.Laptop(t), a.AddUser(t, "ida@corp.test", sallyport.RoleMember).Email))
		_, err := a.Dashboard.Overview(t.Context(), member, dashboard.Ranges[0])
		apptest.Denied(t, "the figures", err, sallyport.CodeForbidden)
		_, err = a.Dashboard.Needs(t.Context(), member, dashboard.Overview{})
		apptest.Denied(t, "what needs an admin", err, sallyport.CodeForbidden)
		_, err = a.Dashboard.Checklist(t.Context(), member, dashboard.Overview{})
		apptest.Denied(t, "the checklist", err, sallyport.CodeForbidden)
		_, err = a.Dashboard.ListLocked(t.Context(), member, list.Locked.First())
		apptest.Denied(t, "locked accounts", err, sallyport.CodeForbidden)
	})
}
