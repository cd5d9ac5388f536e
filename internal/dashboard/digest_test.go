package dashboard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/store"
)

// setZone says in which time zone somebody is.
func setZone(t *testing.T, a *apptest.App, u sallyport.User, zone string) {
	t.Helper()
	u.TimeZone = zone
	apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.SetSignedIn(t.Context(), u, a.Clock.Now()) }))
}

// reader adds an admin in a time zone who wants the digest.
func reader(t *testing.T, a *apptest.App, address, zone string) (sallyport.User, sallyport.Actor) {
	t.Helper()
	u := a.AddUser(t, address, sallyport.RoleAdmin)
	me := apptest.Actor(a.SignInAs(t, a.Laptop(t), address))
	setZone(t, a, u, zone)
	apptest.Must(t, a.Dashboard.WantDigest(t.Context(), me, true))
	return u, me
}

// sent sends what is due, and returns who got how many.
func sent(t *testing.T, a *apptest.App) map[string]int {
	t.Helper()
	apptest.Must(t, a.Dashboard.SendDigests(t.Context()))
	return mailed(t, a, notify.WeeklyDigest)
}

func utc(day, hour, minute int) time.Time {
	return time.Date(2026, time.March, day, hour, minute, 0, 0, time.UTC)
}

// Monday is where the reader is. The 9th of March 2026 is one, and clocks in America changed the day before.
func TestDigestsOnMonday(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		a.Clock.Set(utc(4, 12, 0))
		cases := []struct {
			zone string
			at   time.Time
		}{
			{"Pacific/Kiritimati", utc(8, 17, 0)}, {"Asia/Kolkata", utc(9, 1, 30)}, {"Europe/Berlin", utc(9, 6, 0)}, {"", utc(9, 7, 0)},
			{"America/Los_Angeles", utc(9, 14, 0)}, {"Etc/GMT+12", utc(9, 19, 0)},
		}
		for i, c := range cases {
			reader(t, a, fmt.Sprintf("r%d@corp.test", i), c.zone)
		}
		if got := sent(t, a); len(got) > 0 {
			t.Errorf("in the week in which they chose it: %v", got)
		}
		for i, c := range cases {
			a.Clock.Set(c.at.Add(-time.Minute))
			if got := sent(t, a); len(got) > 0 {
				t.Errorf("%s: a minute before: %v", c.zone, got)
			}
			a.Clock.Set(c.at)
			if diff := cmp.Diff(map[string]int{fmt.Sprintf("r%d@corp.test", i): 1}, sent(t, a)); diff != "" {
				t.Errorf("%s: %s", c.zone, diff)
			}
		}
		a.Clock.Set(utc(15, 16, 59))
		if got := sent(t, a); len(got) > 0 {
			t.Errorf("twice: %v", got)
		}
		a.Clock.Set(utc(18, 0, 0)) // no node was there on Monday
		if got := sent(t, a); len(got) != len(cases) {
			t.Errorf("late: %v", got)
		}
		a.Clock.Set(utc(23, 19, 0))
		if got := sent(t, a); len(got) != len(cases) {
			t.Errorf("on the Monday after that: %v", got)
		}
	})
}

// Of several nodes one sends a digest, and whoever travels gets no second one in a week.
func TestDigestsGoOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		u, _ := reader(t, a, "ada@corp.test", "Asia/Tokyo")
		for i := range 4 {
			reader(t, a, fmt.Sprintf("r%d@corp.test", i), "Asia/Tokyo")
		}
		a.Mails(t)
		a.Clock.Set(utc(8, 22, 0))
		a.Sequence(t)
		nodes := []*apptest.App{a, a.Node(t, store.Options{}), a.Node(t, store.Options{})}
		if got := apptest.AtOnce(len(nodes), func(i int) error { return nodes[i].Dashboard.SendDigests(t.Context()) }); got[""] != len(nodes) {
			t.Fatal(got)
		}
		got := mailed(t, a, notify.WeeklyDigest)
		if diff := cmp.Diff(map[string]int{u.Email: 1, "r0@corp.test": 1, "r1@corp.test": 1, "r2@corp.test": 1, "r3@corp.test": 1}, got); diff != "" {
			t.Error(diff)
		}
		if n := a.Count(t)[audit.DigestMailed]; n != 5 {
			t.Errorf("%d events", n)
		}
		setZone(t, a, u, "America/Los_Angeles")
		a.Clock.Set(utc(9, 20, 0))
		if got := sent(t, a); len(got) > 0 {
			t.Errorf("elsewhere: %v", got)
		}
		a.Clock.Set(utc(16, 14, 0))
		if got := sent(t, a); got[u.Email] != 1 {
			t.Errorf("in the next week: %v", got)
		}
	})
}

// Whoever may not see the figures any more, cannot sign in, or does not want it, is sent nothing.
func TestWhoIsSentDigests(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		operator := sallyport.Operator(owner.TenantID)
		stays, _ := reader(t, a, "ada@corp.test", "")
		demoted, me := reader(t, a, "demi@corp.test", "")
		disabled, _ := reader(t, a, "dino@corp.test", "")
		_, out := reader(t, a, "otto@corp.test", "")
		if n := a.Count(t)[audit.DigestChosen]; n != 4 {
			t.Errorf("%d events", n)
		}
		for _, on := range []bool{false, false} { // the second one changes nothing
			apptest.Must(t, a.Dashboard.WantDigest(t.Context(), out, on))
			if is, err := a.Dashboard.WantsDigest(t.Context(), out); is || err != nil {
				t.Errorf("%t, %v", is, err)
			}
		}
		apptest.Must(t, a.Dashboard.WantDigest(t.Context(), me, true))
		if is, err := a.Dashboard.WantsDigest(t.Context(), me); !is || err != nil || a.Count(t)[audit.DigestChosen] != 5 {
			t.Errorf("%t, %v, %d events", is, err, a.Count(t)[audit.DigestChosen])
		}
		_, err := a.Accounts.ChangeRole(t.Context(), operator, demoted.ID, sallyport.RoleMember)
		apptest.Must(t, err)
		_, err = a.Accounts.Disable(t.Context(), operator, disabled.ID)
		apptest.Must(t, err)
		a.Clock.Set(utc(9, 7, 0))
		if diff := cmp.Diff(map[string]int{stays.Email: 1}, sent(t, a)); diff != "" {
			t.Error(diff)
		}
		// What was decided on Monday holds for the week.
		_, err = a.Accounts.ChangeRole(t.Context(), operator, demoted.ID, sallyport.RoleAdmin)
		apptest.Must(t, err)
		if got := sent(t, a); len(got) > 0 {
			t.Errorf("%v", got)
		}
		a.Clock.Set(utc(16, 7, 0))
		if diff := cmp.Diff(map[string]int{stays.Email: 1, demoted.Email: 1}, sent(t, a)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWhoChoosesDigests(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		mia := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), mia.Email))
		apptest.Denied(t, "a member", a.Dashboard.WantDigest(t.Context(), me, true), sallyport.CodeForbidden)
		_, err := a.Dashboard.WantsDigest(t.Context(), me)
		apptest.Denied(t, "a member asks", err, sallyport.CodeForbidden)
		apptest.Denied(t, "the operator", a.Dashboard.WantDigest(t.Context(), sallyport.Operator(me.TenantID), true), sallyport.CodeNotFound)
	})
}

// digestOf sends the digest, and returns the lines of its text that have figures and tasks.
func digestOf(t *testing.T, a *apptest.App, u sallyport.User) string {
	t.Helper()
	apptest.Must(t, a.Dashboard.SendDigests(t.Context()))
	for _, m := range a.Mails(t) {
		if m.Kind == notify.WeeklyDigest && m.To == u.Email {
			text := apptest.Text(t, m)
			text, _, _ = strings.Cut(text, "text/html")
			return strings.ReplaceAll(text, "\r\n", "\n")
		}
	}
	t.Fatal("no digest")
	return ""
}

// The figures are those of the dashboard, and name nobody. What needs somebody is told to whoever may see it.
func TestWhatDigestsSay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		operator := sallyport.Operator(owner.TenantID)
		u, _ := reader(t, a, "ada@corp.test", "")
		few, err := a.Roles.Add(t.Context(), operator, role.Input{Name: "Watch", Permissions: []string{"dashboard.view"}})
		apptest.Must(t, err)
		watch, _ := reader(t, a, "wim@corp.test", "")
		_, err = a.Accounts.ChangeRole(t.Context(), operator, watch.ID, sallyport.Role(few.ID))
		apptest.Must(t, err)
		a.Sequence(t)

		a.Clock.Set(utc(8, 12, 0))
		mia := apptest.Actor(a.SignInAs(t, a.Laptop(t), a.AddUser(t, "mia@corp.test", sallyport.RoleMember).Email))
		a.AddTOTP(t, mia)
		for range 3 {
			a.Try(context.Background(), a.Laptop(t), "mia@corp.test", "wrong") //nolint:errcheck // it fails
		}
		dead(t, a, owner.TenantID, notify.ChannelEmail)

		a.Sequence(t)
		a.Clock.Set(utc(9, 7, 0))
		r, err := dashboard.RangeNamed("7d")
		apptest.Must(t, err)
		o, err := a.Dashboard.Overview(t.Context(), operator, r)
		apptest.Must(t, err)
		text := digestOf(t, a, u)
		var failed int64
		for _, p := range o.Points {
			failed += p.Failed()
		}
		for _, line := range []string{
			fmt.Sprintf("Active sessions              %d (%d people) · +1", o.Now.Sessions, o.Now.People),
			"People with a second factor  25% · +25 percentage points",
			fmt.Sprintf("Failed sign-ins in 7 days    %d\n", failed),
			fmt.Sprintf("Locked accounts              %d\n", o.Locked),
			fmt.Sprintf("Trusted devices              %d", o.Now.Trusted),
			fmt.Sprintf("Compromised devices          %d", o.Now.Compromised),
			"Mails that could not be delivered: 1", apptest.BaseURL + dashboard.Path,
		} {
			if !strings.Contains(text, line) {
				t.Errorf("no %q in\n%s", line, text)
			}
		}
		if failed != 3 || strings.Contains(text, "mia@") {
			t.Errorf("%d failed:\n%s", failed, text)
		}

		a.Clock.Set(utc(16, 7, 0))
		dead(t, a, owner.TenantID, notify.ChannelEmail)
		text = digestOf(t, a, watch)
		if strings.Contains(text, "Mails that") || !strings.Contains(text, "Nothing needs you now.") || !strings.Contains(text, "Active sessions") {
			t.Errorf("whoever sees only figures is told\n%s", text)
		}
		for _, line := range []string{"25% · no change", "Trusted devices              0 · no change"} {
			if !strings.Contains(text, line) {
				t.Errorf("no %q in\n%s", line, text)
			}
		}
	})
}
