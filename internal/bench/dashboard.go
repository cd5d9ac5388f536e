package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

// pastTexts fill what happened: 400 days by the hour, nine of them by the minute, and sixty countries.
var pastTexts = []part{
	{"audit_heads", 1, "INSERT INTO audit_heads (tenant_id, size, root, peaks) SELECT 'TENANT', 0, '', '' FROM SERIES AS s"},
	{"figure_hours", 400 * 24, `INSERT INTO figure_hours (tenant_id, hour, outcomes, locks, gauges)
		SELECT 'TENANT', NOW - g * 3600000000, '{"success":4210,"invalid_credentials":87,"mfa_failed":12,"account_locked":9,"rate_limited":3}', 4,
		'{"users":1000000,"strong":400000,"weak":100000,"sessions":1200000,"people":700000,"trusted":900000,"compromised":12,"methods":{"totp":210000,"webauthn":180000,"sms":90000}}' FROM SERIES AS s`},
	{"figure_minutes", 9 * 24 * 60, "INSERT INTO figure_minutes (tenant_id, minute, failed) SELECT 'TENANT', NOW - g * 60000000, 2 FROM SERIES AS s"},
	{"figure_countries", 9 * 24 * 60, `INSERT INTO figure_countries (tenant_id, step, begins_at, country, succeeded, failed)
		SELECT 'TENANT', 'hour', NOW - (g / 60) * 3600000000, 'C' || (g % 60), 70, 3 FROM SERIES AS s`},
	{"figure_countries", 400 * 60, `INSERT INTO figure_countries (tenant_id, step, begins_at, country, succeeded, failed)
		SELECT 'TENANT', 'day', NOW - (g / 60) * 86400000000, 'C' || (g % 60), 1700, 70 FROM SERIES AS s`},
}

// compareDashboards counts a small and a large organisation anew, and measures how long their
// dashboards take.
func (b bench) compareDashboards(ctx context.Context) error {
	dsns, err := b.databases(ctx, "dashboard")
	if err != nil {
		return err
	}
	for _, engine := range engines {
		if err := b.dashboardsOf(ctx, engine, dsns[engine]); err != nil {
			return err
		}
	}
	return nil
}

func (b bench) dashboardsOf(ctx context.Context, engine, dsn string) error {
	db, err := store.Open(ctx, dsn, store.Options{Timeout: 2 * time.Minute, Patient: true})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if err := crowd(ctx, db, dsn, b.users, "attempts"); err != nil {
		return err
	}
	s := uses.New(uses.Config{DB: db}).Dashboard
	fmt.Printf("\nDashboard, %s: %d users, %d sessions, %d devices, beside a hundredth of them\n", engine, b.users, b.users*sessionsEach, b.users*devicesEach)
	for _, tenantID := range []string{smallTenant, largeTenant} {
		if err := past(ctx, db, dsn, tenantID, pastTexts[:1]); err != nil {
			return err
		}
		began := time.Now()
		if err := s.Rebuild(ctx, tenantID, func(dashboard.Progress) {}); err != nil {
			return err
		}
		fmt.Printf("%s: everybody counted in %.1f s\n", tenantID, time.Since(began).Seconds())
		if err := past(ctx, db, dsn, tenantID, pastTexts[1:]); err != nil {
			return err
		}
	}
	for _, span := range dashboard.Ranges {
		if err := b.dashboards(ctx, s, span); err != nil {
			return err
		}
	}
	return nil
}

// past fills what happened in an organisation.
func past(ctx context.Context, db *store.Store, dsn, tenantID string, parts []part) error {
	raw, err := rawOf(db, dsn)
	if err != nil {
		return err
	}
	defer raw.Close()
	now := time.Now().UTC().Truncate(24 * time.Hour)
	filled := slices.Clone(parts)
	for i, p := range filled {
		filled[i].text = strings.NewReplacer("TENANT", tenantID, "NOW", fmt.Sprint(now.UnixMicro())).Replace(p.text)
	}
	return crowded{DB: raw, engine: db.Engine}.add(ctx, tenantID, filled)
}

// dashboards asks for both in turn: everything that the page shows but the newest events.
func (b bench) dashboards(ctx context.Context, s *dashboard.Service, span dashboard.Range) error {
	took := map[string][]time.Duration{}
	for i := range 5 + 40*b.rounds {
		for _, tenantID := range []string{smallTenant, largeTenant} {
			began, actor := time.Now(), sallyport.Operator(tenantID)
			o, err := s.Overview(ctx, actor, span)
			if err != nil {
				return err
			}
			if _, err := s.Needs(ctx, actor, o); err != nil {
				return err
			}
			if _, err := s.Checklist(ctx, actor, o); err != nil {
				return err
			}
			if i >= 5 { // the first ones fill caches
				took[tenantID] = append(took[tenantID], time.Since(began))
			}
		}
	}
	small, large := took[smallTenant], took[largeTenant]
	slices.Sort(small)
	slices.Sort(large)
	fmt.Printf("%-4s small p50 %9s p99 %9s, large p50 %9s p99 %9s\n", span.Name, short(at(small, 50)), short(at(small, 99)), short(at(large, 50)), short(at(large, 99)))
	return nil
}
