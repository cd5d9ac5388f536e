package preview_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/preview"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
)

// sizeOf names how many sign-ins BenchmarkPreview previews: 5000000 for the figures of the documentation.
const sizeOf = "SALLYPORT_PREVIEW_SIGN_INS"

const signInsEach = 25 // of one person

// BenchmarkPreview previews a change over the sign-ins of 30 days, while somebody signs in again and again. It reports how many
// sign-ins it decides again in a second, the memory that it takes at most, and what a sign-in takes before and meanwhile.
func BenchmarkPreview(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv(sizeOf))
	if err != nil {
		n = 25_000
	}
	people := n / signInsEach
	for _, engine := range apptest.Engines {
		b.Run(string(engine), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				a := apptest.Durable(b, engine)
				fill(b, a, people)
				operator := sallyport.Operator(a.TenantID(b))
				p, err := a.Previews.Start(b.Context(), operator, tenant.Edit{Fields: fields{"mfaEnforced": "everyone", "lockoutFailures": 3, "sessionLifetimeMinutes": 43200}})
				apptest.Must(b, err)
				a.Clock.Advance(time.Minute) // the lease of Start is over
				most := uint64(0)
				took := a.Beside(b, func() error {
					stop, stopped := make(chan struct{}), make(chan struct{})
					go func() {
						defer close(stopped)
						for {
							select {
							case <-stop:
								return
							case <-time.After(200 * time.Millisecond):
								var m runtime.MemStats
								runtime.ReadMemStats(&m)
								most = max(most, m.HeapAlloc)
							}
						}
					}()
					err := a.Previews.Work(b.Context())
					close(stop)
					<-stopped
					return err
				})
				p, err = a.Previews.Get(b.Context(), operator, p.ID)
				apptest.Must(b, err)
				if p.Status != preview.Finished || p.Done < int64(people) || len(p.Counts) < 2 {
					b.Fatalf("%+v", p)
				}
				b.ReportMetric(float64(people*signInsEach)/took.Seconds(), "sign-ins/s")
				b.ReportMetric(float64(most)/1e6, "MB-heap")
			}
		})
	}
}

// fill writes people who signed in on each of the last 25 days, every hundredth of them wrongly at first, and have one session.
func fill(b *testing.B, a *apptest.App, people int) {
	b.Helper()
	db, tenantID, now := dbtest.Raw(b, a.DSN), a.TenantID(b), a.Clock.Now().UnixMicro()
	day := (24 * time.Hour).Microseconds()
	series := fmt.Sprintf("(WITH RECURSIVE n(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM n WHERE g < %d) SELECT g FROM n) AS n", people)
	days := fmt.Sprintf("(WITH RECURSIVE d(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM d WHERE k < %d) SELECT k FROM d) AS d", signInsEach)
	hash := "CAST('s' || g AS BLOB)"
	if a.DB.Engine == store.Postgres {
		hash = "CAST('s' || g AS BYTEA)"
	}
	for _, text := range []string{
		fmt.Sprintf(`INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, role, status, password_hash, password_changed_at, created_at, disabled_at)
			SELECT '%s', 'u' || g, 'p' || g || '@example.com', 'p' || g || '@example.com', 'Person', 'No', 'member', 'active', '', %d, 0, 0 FROM %s`, tenantID, now-40*day, series),
		fmt.Sprintf(`INSERT INTO attempts (tenant_id, id, user_id, email, email_key, ip_address, ip_bytes, user_agent, device_info, location, successful, failure_reason, mfa_required, mfa_verified, created_at,
			device_id, circumstances) SELECT '%s', 'a' || g || '-' || k, 'u' || g, 'p' || g || '@example.com', 'p' || g || '@example.com', '192.0.2.1', %s, '', '{}', '{}', g %% 100 > 0,
			CASE WHEN g %% 100 > 0 THEN '' ELSE 'invalid_credentials' END, FALSE, FALSE, %d - k * %d + g, 'd' || g,
			CASE WHEN g %% 100 = 0 THEN '' WHEN g %% 3 = 0 THEN '{"active":["totp","backup_codes"],"password":1,"device":{"level":2,"verified":1,"used":1},"asks":true,"trust":true,"method":"totp"}'
			ELSE '{"password":1,"device":{"level":1,"verified":1,"used":1},"asks":true,"trust":true}' END FROM %s CROSS JOIN %s`, tenantID, hash, now, day, series, days),
		fmt.Sprintf(`INSERT INTO sessions (tenant_id, id, user_id, device_id, token_hash, status, device_type, device_info, ip_address, ip_bytes, user_agent, location, created_at, expires_at, idle_us,
			last_activity_at, ends_at, authenticated_at, mfa_verified_at, terminated_at, terminated_by, termination_reason)
			SELECT '%s', 's' || g, 'u' || g, 'd' || g, %s, 'active', 'desktop', '{}', '192.0.2.1', %s, '', '{}', %d, %d, %d, %d, %d, 0, 0, 0, '', '' FROM %s`,
			tenantID, hash, hash, now-35*day, now+55*day, 7*day, now-day, now+6*day, series),
		"ANALYZE",
	} {
		if _, err := db.ExecContext(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
}
