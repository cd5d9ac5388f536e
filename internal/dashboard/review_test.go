package dashboard_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

const (
	hour = time.Hour
	day  = 24 * hour
)

// mailed delivers all mails, and returns how many of a kind each address got.
func mailed(t *testing.T, a *apptest.App, kind notify.Kind) map[string]int {
	t.Helper()
	got := map[string]int{}
	for _, m := range a.Mails(t) {
		if m.Kind == kind {
			got[m.To]++
		}
	}
	return got
}

// checked reports whether an item of the checklist is done.
func checked(t *testing.T, a *apptest.App, actor sallyport.Actor, name string) bool {
	t.Helper()
	o, err := a.Dashboard.Overview(t.Context(), actor, dashboard.Ranges[0])
	apptest.Must(t, err)
	list, err := a.Dashboard.Checklist(t.Context(), actor, o)
	apptest.Must(t, err)
	for _, c := range list.Checks {
		if c.Name == name {
			return c.Done
		}
	}
	t.Fatalf("no item %s", name)
	return false
}

// A review is due after a quarter. Then each owner and admin is told once, and once a month until
// somebody has gone through the checklist, on however many nodes.
func TestReviews(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		admin := a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
		gone := a.AddUser(t, "gus@corp.test", sallyport.RoleAdmin)
		a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		operator := sallyport.Operator(owner.TenantID)
		_, err := a.Accounts.Disable(t.Context(), operator, gone.ID)
		apptest.Must(t, err)
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		remind := func(when string, want int) {
			t.Helper()
			if got := apptest.AtOnce(len(nodes), func(i int) error { return nodes[i].Dashboard.RemindReview(t.Context()) }); got[""] != len(nodes) {
				t.Fatalf("%s: %v", when, got)
			}
			for to, n := range mailed(t, a, notify.ReviewDue) {
				if to != owner.Email && to != admin.Email || n != 1 {
					t.Errorf("%s: %d mails to %s", when, n, to)
				}
			}
			if n := a.Count(t)[audit.ReviewReminded]; n != want {
				t.Errorf("%s: %d reminders, want %d", when, n, want)
			}
		}
		remind("at first", 0)
		a.Clock.Advance(91*day - time.Minute)
		remind("before a quarter", 0)
		a.Clock.Advance(time.Minute)
		remind("after a quarter", 2)
		remind("at once again", 2)
		a.Clock.Advance(30*day - time.Minute)
		remind("before a month", 2)
		a.Clock.Advance(time.Minute)
		remind("after a month", 4)

		if checked(t, a, operator, "review") {
			t.Error("a review that is due counts as done")
		}
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), admin.Email))
		apptest.Must(t, a.Dashboard.Review(t.Context(), me))
		if r, err := a.DB.Review(t.Context(), owner.TenantID); err != nil || r.ReviewedBy != admin.ID || !r.ReviewedAt.Equal(a.Clock.Now()) || r.RemindedAt.IsZero() {
			t.Errorf("%+v, %v", r, err)
		}
		if !checked(t, a, operator, "review") || a.Count(t)[audit.ReviewCompleted] != 1 {
			t.Error("a review does not count as done")
		}
		a.Clock.Advance(91*day - time.Minute)
		remind("before the next quarter", 4)
		a.Clock.Advance(time.Minute)
		remind("after the next quarter", 6)
	})
}

// Whoever reviews may see the dashboard.
func TestWhoReviews(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		mia := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), mia.Email))
		apptest.Denied(t, "a review", a.Dashboard.Review(t.Context(), me), sallyport.CodeForbidden)
		if r, err := a.DB.Review(t.Context(), me.TenantID); err != nil || r != (store.Review{}) {
			t.Errorf("%+v, %v", r, err)
		}
	})
}
