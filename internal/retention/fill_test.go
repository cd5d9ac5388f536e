package retention_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/store"
)

// What fill writes. AT is a time in microseconds, a second more for each row, and HASH bytes that no other row
// has.
const (
	peopleText = `INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, role, status, password_hash, password_changed_at, created_at, disabled_at)
		SELECT 'TENANT', 'u' || g, 'u' || g || '@corp.test', 'u' || g || '@corp.test', '', '', 'member', 'active', '', 0, AT, 0 FROM SERIES`
	sessionsText = `INSERT INTO sessions (tenant_id, id, user_id, device_id, token_hash, status, device_type, device_info, ip_address, ip_bytes, user_agent, location, created_at, expires_at, idle_us,
		last_activity_at, ends_at, authenticated_at, mfa_verified_at, terminated_at, terminated_by, termination_reason)
		SELECT 'TENANT', 's' || g, 'u' || (g % PEOPLE + 1), '', HASH, 'revoked', 'desktop', '{"os":"macOS","browser":"Chrome","type":"desktop"}', '192.0.2.1', ADDRESS, 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)',
		'{"country":"DE","city":"Berlin"}', AT, AT, 0, AT, AT, AT, 0, AT, 'system', 'idle' FROM SERIES`
	attemptsText = `INSERT INTO attempts (tenant_id, id, user_id, email, email_key, ip_address, ip_bytes, user_agent, device_info, location, successful, failure_reason, mfa_required, mfa_verified, created_at,
		session_id)
		SELECT 'TENANT', 'a' || g, 'u' || (g % PEOPLE + 1), 'u' || (g % PEOPLE + 1) || '@corp.test', 'u' || (g % PEOPLE + 1) || '@corp.test', '192.0.2.1', ADDRESS, 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)',
		'{"os":"macOS","browser":"Chrome","type":"desktop"}', '{"country":"DE","city":"Berlin"}', (g / PEOPLE) % 3 > 0, CASE WHEN (g / PEOPLE) % 3 = 0 THEN 'invalid_credentials' ELSE '' END, FALSE, FALSE, AT, 's' || g FROM SERIES`
	flowsText = `INSERT INTO flows (tenant_id, id, token_hash, state, user_id, email, client, facts, version, created_at, expires_at)
		SELECT 'TENANT', 'f' || g, HASH, 'password', '', 'u' || g || '@corp.test', 'web', '{}', 1, AT, AT FROM SERIES`
)

// fill writes n rows, the first one of a time.
func fill(t testing.TB, a *apptest.App, text string, n, people int, first time.Time) {
	t.Helper()
	series, hash, address := "(WITH RECURSIVE s(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM s WHERE g < %d) SELECT g FROM s) AS n",
		"CAST('TENANT' || g AS BLOB)", "unhex('00000000000000000000ffffc0000201')"
	if a.DB.Engine == store.Postgres {
		series, hash, address = "generate_series(1, %d::bigint) AS g", "CAST('TENANT' || g AS BYTEA)", "decode('00000000000000000000ffffc0000201', 'hex')"
	}
	query := strings.NewReplacer("SERIES", fmt.Sprintf(series, n), "HASH", strings.ReplaceAll(hash, "TENANT", a.TenantID(t)), "ADDRESS", address,
		"TENANT", a.TenantID(t), "PEOPLE", fmt.Sprint(people), "AT", fmt.Sprintf("%d + g * 1000000", first.UnixMicro())).Replace(text)
	_, err := dbtest.Raw(t, a.DSN).ExecContext(t.Context(), query)
	apptest.Must(t, err)
}
