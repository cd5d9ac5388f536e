package retention_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/store"
)

// addEvents writes an event of each age, from an address and with the name of a device.
func addEvents(t *testing.T, a *apptest.App, u sallyport.User, ages ...time.Duration) {
	t.Helper()
	in(t, a, func(ctx context.Context, tx *store.Tx) error {
		for i, age := range ages {
			me := sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID, Client: apptest.Client("192.0.2.44", apptest.SafariOnIPhone)}
			e := audit.New(me, audit.DeviceRenamed, today(a).Add(-age))
			e.UserID, e.TargetID, e.Data = u.ID, fmt.Sprint("d", i), map[string]string{"name": "My phone"}
			if err := audit.Append(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// verified returns what verification says of the log of the first organisation.
func verified(t *testing.T, a *apptest.App) audit.Report {
	t.Helper()
	a.Sequence(t)
	r, err := audit.Verify(t.Context(), a.DB, a.TenantID(t), audit.Known{}, nil)
	apptest.Must(t, err)
	return r
}

// The personal parts of old events go, one event says so, and the log still verifies. What policy
// keeps for ever stays.
func TestPersonalParts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.Owner(t)
		a.SetPolicy(func(p *sallyport.Policy) { p.Retention, p.RetentionEvents = 0, 0 })
		addEvents(t, a, u, 1000*day, 61*day, 60*day+time.Microsecond, 60*day, 30*day)
		fill(t, a, peopleText, 10, 10, today(a))
		fill(t, a, sessionsText, 10, 10, today(a).Add(-2*kept))
		parts := func() int {
			return number(t, a, "SELECT COUNT(*) FROM events WHERE personal <> '' AND kind = 'device.renamed'")
		}
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "parts, kept for ever", parts(), 5)
		same(t, "runs without retention", len(told(t, a)), 0)

		a.SetPolicy(func(p *sallyport.Policy) { p.RetentionEvents = 60 * day })
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "parts, kept for sixty days", parts(), 2)
		same(t, "sessions, kept for ever", number(t, a, "SELECT COUNT(*) FROM sessions"), 10)
		before := today(a).Add(-60 * day).Format(time.RFC3339)
		same(t, "runs", runsOf(t, a), "personalBefore="+before+" personalParts=3")
		if r := verified(t, a); len(r.Problems) > 0 || r.Removed.Parts != 3 || r.Removed.Runs != 1 {
			t.Errorf("%+v", r)
		}
		page, err := a.Audit.Own(t.Context(), sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID}, list.OwnEvents.First())
		apptest.Must(t, err)
		for _, e := range page.Rows {
			if old := e.CreatedAt.Before(today(a).Add(-60 * day)); e.Kind == string(audit.DeviceRenamed) && (e.Forgotten != old || (e.IPAddress == "") != old || (e.Data["name"] == "") != old) {
				t.Errorf("%+v", e)
			}
		}
		same(t, "events from the address", number(t, a, "SELECT COUNT(*) FROM events WHERE kind = 'device.renamed' AND LENGTH(ip_bytes) > 0"), 2)
		// A shorter time is another run, on the same day too.
		a.SetPolicy(func(p *sallyport.Policy) { p.RetentionEvents = 30 * day })
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "parts, kept for thirty days", parts(), 1)
		if runs := told(t, a); len(runs) != 2 || !strings.HasSuffix(runs[1], "personalParts=1") {
			t.Errorf("runs: %q", runs)
		}
	})
}

// runsOf is told in one text.
func runsOf(t *testing.T, a *apptest.App) string {
	t.Helper()
	return strings.Join(told(t, a), "; ")
}

// A run that is interrupted after its first batch has said what it does, so verification misses
// nothing without a word.
func TestPartsOfAnInterruptedRun(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.Owner(t)
		a.SetPolicy(func(p *sallyport.Policy) { p.RetentionEvents = 60 * day })
		ages := make([]time.Duration, 450)
		for i := range ages {
			ages[i] = 100*day + time.Duration(i)*time.Hour
		}
		addEvents(t, a, u, ages...)
		parts := func() int {
			return number(t, a, "SELECT COUNT(*) FROM events WHERE personal <> '' AND kind = 'device.renamed'")
		}
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			for parts() == len(ages) && t.Context().Err() == nil {
				time.Sleep(time.Millisecond)
			}
			stop()
		}()
		_ = a.Retention.Apply(ctx) // it may end before
		if r := verified(t, a); len(r.Problems) > 0 || r.Removed.Parts == 0 {
			t.Errorf("%+v", r)
		}
		apptest.Must(t, a.Retention.Apply(t.Context()))
		same(t, "parts in the end", parts(), 0)
		same(t, "runs", len(told(t, a)), 1)
		if r := verified(t, a); len(r.Problems) > 0 || r.Removed.Parts != int64(len(ages)) {
			t.Errorf("%+v", r)
		}
	})
}
