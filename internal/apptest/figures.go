package apptest

import (
	"context"
	"fmt"
	"testing"

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
