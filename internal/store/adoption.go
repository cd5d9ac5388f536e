package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
)

// ActiveWithFactor returns up to limit active users of a tenant whose best active second factor
// is best, in order of id, after the given one.
func (q Queries) ActiveWithFactor(ctx context.Context, tenantID string, best sallyport.Strength, after string, limit int) ([]sallyport.User, error) {
	return all(ctx, q, scanUser, "SELECT "+userColumns+` FROM users
		WHERE tenant_id = $1 AND second_factor = $2 AND status = 'active' AND id > $3 ORDER BY id LIMIT $4`, tenantID, best, after, limit)
}

// RemindOfMFA records that a user is reminded of second factors. ErrNotFound when they were
// reminded after the given time, or are not active.
func (q Queries) RemindOfMFA(ctx context.Context, tenantID, userID string, now, notSince time.Time) error {
	return q.execOne(ctx, `UPDATE users SET mfa_reminded_at = $3
		WHERE tenant_id = $1 AND id = $2 AND status = 'active' AND mfa_reminded_at <= $4`, tenantID, userID, micros(now), micros(notSince))
}

// MFADay is how many active people of a tenant had which second factor at the end of a day.
type MFADay struct {
	Day    string // 2006-01-02, in UTC
	Users  int
	Strong int
	Weak   int
}

// MFAAt counts the active people of a tenant by the best second factor that they had at a time,
// as far as rows tell: of a factor that was suspended and resumed since they do not. The day is
// left empty.
func (q Queries) MFAAt(ctx context.Context, tenantID string, at time.Time) (MFADay, error) {
	best := `SELECT user_id, MAX(CASE WHEN method IN (` + weakMethods + `) THEN 1 ELSE 2 END) AS best FROM factors
		WHERE tenant_id = $1 AND verified_at > 0 AND verified_at <= $2 AND (ended_at = 0 OR ended_at > $2) AND method NOT IN (` + uncounted + `)
		GROUP BY user_id`
	return get(ctx, q, func(scan func(...any) error) (d MFADay, err error) { return d, scan(&d.Users, &d.Strong, &d.Weak) },
		`SELECT COUNT(*), COUNT(CASE WHEN f.best = 2 THEN 1 END), COUNT(CASE WHEN f.best = 1 THEN 1 END)
		FROM users u LEFT JOIN (`+best+`) f ON f.user_id = u.id
		WHERE u.tenant_id = $1 AND u.created_at <= $2 AND u.status <> 'invited' AND u.owned_by = '' AND (u.disabled_at = 0 OR u.disabled_at > $2)`,
		tenantID, micros(at))
}

// AddMFADay stores the count of a day, once.
func (q Queries) AddMFADay(ctx context.Context, tenantID string, d MFADay) error {
	_, err := q.exec(ctx, `INSERT INTO mfa_days (tenant_id, day, users, strong, weak) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		tenantID, d.Day, d.Users, d.Strong, d.Weak)
	return err
}

// MFADays returns the counts of a tenant from a day on, oldest first.
func (q Queries) MFADays(ctx context.Context, tenantID, from string) ([]MFADay, error) {
	return all(ctx, q, func(scan func(...any) error) (d MFADay, err error) {
		return d, scan(&d.Day, &d.Users, &d.Strong, &d.Weak)
	},
		"SELECT day, users, strong, weak FROM mfa_days WHERE tenant_id = $1 AND day >= $2 ORDER BY day", tenantID, from)
}

// MFANow is how many active people of a tenant have which second factor now.
type MFANow struct {
	Strong   int
	Weak     int
	None     int
	Required int            // who have none although policy or an admin demands one
	ByMethod map[string]int // people by method of an active factor; somebody with several counts for each
}

// mfaDemanded is the condition that a second factor is demanded of a user, at the time $2, where
// policy demands it of $3 (a value of Policy.MFAEnforced), or the policy of a group of theirs does. It is policy.Enforced in SQL.
const mfaDemanded = `mfa_required OR mfa_exempt_until <= $2 AND ($3 = 'everyone' OR $3 = 'admins' AND ` + overOthers + `
	OR EXISTS (SELECT 1 FROM group_members m JOIN policies p ON p.tenant_id = m.tenant_id AND p.group_id = m.group_id
		WHERE m.tenant_id = users.tenant_id AND m.user_id = users.id AND (p.mfa_enforced = 'everyone' OR p.mfa_enforced = 'admins' AND ` + overOthers + `)))`

// overOthers is the condition that a user has rights over others.
const overOthers = `(role IN ('owner', 'admin') OR EXISTS (SELECT 1 FROM roles r WHERE r.tenant_id = users.tenant_id AND r.id = users.role AND r.permissions <> ''))`

// MFANow counts the active people of a tenant by their second factors. whom is whom policy
// demands one of (a value of Policy.MFAEnforced).
func (q Queries) MFANow(ctx context.Context, tenantID, whom string, now time.Time) (out MFANow, err error) {
	out, err = get(ctx, q, func(scan func(...any) error) (n MFANow, err error) {
		return n, scan(&n.Strong, &n.Weak, &n.None, &n.Required)
	}, `SELECT COUNT(CASE WHEN second_factor = 'strong' THEN 1 END), COUNT(CASE WHEN second_factor = 'weak' THEN 1 END),
			COUNT(CASE WHEN second_factor = 'none' THEN 1 END), COUNT(CASE WHEN second_factor = 'none' AND (`+mfaDemanded+`) THEN 1 END)
		FROM users WHERE tenant_id = $1 AND status = 'active'`, tenantID, micros(now), whom)
	if err != nil {
		return out, err
	}
	type row struct {
		method string
		people int
	}
	rows, err := all(ctx, q, func(scan func(...any) error) (r row, err error) { return r, scan(&r.method, &r.people) },
		`SELECT f.method, COUNT(DISTINCT f.user_id) FROM factors f JOIN users u ON u.tenant_id = f.tenant_id AND u.id = f.user_id
		WHERE f.tenant_id = $1 AND f.status = 'active' AND f.method NOT IN (`+standIns+`) AND u.status = 'active' GROUP BY f.method`, tenantID)
	out.ByMethod = make(map[string]int, len(rows))
	for _, r := range rows {
		out.ByMethod[r.method] = r.people
	}
	return out, err
}
