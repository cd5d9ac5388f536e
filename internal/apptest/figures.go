package apptest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/dbtest"
)

// counts are the figures of an organisation with what a count of all rows says of each.
var counts = []struct{ figure, count string }{
	{"users", "SELECT COUNT(*) FROM users AS x WHERE x.tenant_id = $1 AND x.status = 'active'"},
	{"strong", "SELECT COUNT(*) FROM users AS x WHERE x.tenant_id = $1 AND x.status = 'active' AND x.second_factor = 'strong'"},
	{"weak", "SELECT COUNT(*) FROM users AS x WHERE x.tenant_id = $1 AND x.status = 'active' AND x.second_factor = 'weak'"},
	{"sessions", "SELECT COUNT(*) FROM sessions AS x WHERE x.tenant_id = $1 AND x.status = 'active'"},
	{"people", "SELECT COUNT(DISTINCT user_id) FROM sessions AS x WHERE x.tenant_id = $1 AND x.status = 'active'"},
	{"trusted", "SELECT COUNT(*) FROM devices AS x WHERE x.tenant_id = $1 AND x.status = 'active' AND x.trust_level > 0 AND x.compromised_at = 0"},
	{"compromised", "SELECT COUNT(*) FROM devices AS x WHERE x.tenant_id = $1 AND x.status <> 'revoked' AND x.compromised_at > 0"},
}

// WrongFigures counts all that has passed, and returns what the figures of any organisation say that
// a count of its rows does not.
func (a *App) WrongFigures(t testing.TB) (wrong []string) {
	t.Helper()
	ctx := context.Background() // in a clean-up t.Context() has already ended
	for behind := []string{""}; len(behind) > 0; {
		a.Sequence(t)
		var err error
		if behind, err = a.DB.FiguresBehind(ctx); err != nil {
			t.Fatalf("apptest: %v", err)
		}
	}
	tenants, err := a.DB.Tenants(ctx)
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	for _, tenant := range tenants {
		wrong = append(wrong, a.wrongAttempts(t, tenant)...)
		for _, c := range counts {
			var figure, counted int64
			query := "SELECT " + c.figure + ", (" + c.count + ") FROM figures WHERE tenant_id = $1"
			if err := dbtest.Raw(t, a.DSN).QueryRowContext(ctx, query, tenant.ID).Scan(&figure, &counted); err != nil {
				wrong = append(wrong, fmt.Sprintf("%s: %v", c.figure, err))
			} else if figure != counted {
				wrong = append(wrong, fmt.Sprintf("%s of %s: %d, and there are %d", c.figure, tenant.Name, figure, counted))
			}
		}
	}
	return wrong
}

// wrongAttempts compares the attempts of all hours, and of all days by country, with the events of sign-ins.
func (a *App) wrongAttempts(t testing.TB, tenant sallyport.Tenant) (wrong []string) {
	t.Helper()
	ctx := context.Background()
	hours, err := a.DB.FigureHours(ctx, tenant.ID, time.Time{}, a.Clock.Now().Add(10*365*24*time.Hour))
	Must(t, err)
	var counted, events, placed, byCountry int64
	for _, h := range hours {
		outcomes := map[string]int64{}
		Must(t, json.Unmarshal([]byte(h.Outcomes), &outcomes))
		for _, n := range outcomes {
			counted += n
		}
	}
	const of = "SELECT COUNT(*), COUNT(CASE WHEN personal <> '' THEN 1 END) FROM events WHERE tenant_id = $1 AND kind IN ('auth.signed_in', 'auth.sign_in_failed')"
	Must(t, dbtest.Raw(t, a.DSN).QueryRowContext(ctx, of, tenant.ID).Scan(&events, &placed))
	const days = "SELECT COALESCE(SUM(succeeded + failed), 0) FROM figure_countries WHERE tenant_id = $1 AND step = 'day'"
	Must(t, dbtest.Raw(t, a.DSN).QueryRowContext(ctx, days, tenant.ID).Scan(&byCountry))
	if counted != events || byCountry < placed || byCountry > events { // those whose personal parts are removed were counted before, or not
		wrong = append(wrong, fmt.Sprintf("attempts of %s: %d by the hour, %d by country, and there are %d events", tenant.Name, counted, byCountry, events))
	}
	return wrong
}

// checkFigures checks that the figures of the dashboard are what a count says.
func (a *App) checkFigures(t testing.TB) {
	a.mu.Lock()
	tampered := a.tampered
	a.mu.Unlock()
	if tampered || t.Failed() {
		return
	}
	for _, w := range a.WrongFigures(t) {
		t.Error("at the end of the test a figure is wrong: " + w)
	}
}
