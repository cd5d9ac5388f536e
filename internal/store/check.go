package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
)

// checkSessionSQL makes the planner find the session first. Without statistics PostgreSQL
// would scan all users of the tenant instead.
const checkSessionSQL = `WITH s AS MATERIALIZED (
		SELECT * FROM sessions WHERE tenant_id = $1 AND token_hash = $2
	)
	SELECT s.id, s.user_id, s.device_id, s.status, s.created_at, s.expires_at, s.idle_us,
	s.last_activity_at, s.authenticated_at, s.mfa_verified_at,
	u.email, u.first_name, u.last_name, u.role, u.status, u.language, u.chosen_zone, u.avatar,
	COALESCE(CASE WHEN d.status = 'active' AND d.compromised_at = 0 THEN d.trust_level END, 0),
	COALESCE((SELECT r.permissions FROM roles r WHERE r.tenant_id = u.tenant_id AND r.id = u.role), '')
	FROM s
	JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
	LEFT JOIN devices d ON d.tenant_id = s.tenant_id AND d.id = s.device_id`

// checkedRow receives a row of checkSessionSQL.
type checkedRow struct {
	c                                                  sallyport.Checked
	created, expires, idle, active, authenticated, mfa int64
	trust                                              int64
}

func (r *checkedRow) fields() []any {
	return []any{
		&r.c.Session.ID, &r.c.Session.UserID, &r.c.Session.DeviceID, &r.c.Session.Status, &r.created, &r.expires, &r.idle,
		&r.active, &r.authenticated, &r.mfa,
		&r.c.User.Email, &r.c.User.FirstName, &r.c.User.LastName, &r.c.User.Role, &r.c.User.Status, &r.c.User.Language,
		&r.c.User.ChosenZone, &r.c.User.Avatar, &r.trust, &r.c.User.Granted,
	}
}

func (r *checkedRow) checked(tenantID string) sallyport.Checked {
	c := r.c
	c.Session.TenantID, c.User.TenantID, c.User.ID = tenantID, tenantID, c.Session.UserID
	c.Session.CreatedAt, c.Session.ExpiresAt, c.Session.LastActivityAt = fromMicros(r.created), fromMicros(r.expires), fromMicros(r.active)
	c.Session.AuthenticatedAt, c.Session.MFAVerifiedAt = fromMicros(r.authenticated), fromMicros(r.mfa)
	c.Session.IdleTimeout = time.Duration(r.idle) * time.Microsecond
	c.Trust = sallyport.TrustLevel(r.trust)
	return c
}

// prepareCheck prepares CheckSession; it needs the schema.
func (s *Store) prepareCheck(ctx context.Context) (err error) {
	if s.Engine == Postgres {
		s.checkStmt, err = s.check.PrepareContext(ctx, checkSessionSQL)
		return err
	}
	for len(s.watchers) < s.checkers {
		w, err := newWatcher(ctx, s.check)
		if err != nil {
			return err
		}
		s.watchers = append(s.watchers, w)
	}
	return nil
}

// CheckSession returns the session whose token has this hash, or ErrNotFound. It has
// connections of its own, and sees every change that any process committed before the call.
func (s *Store) CheckSession(ctx context.Context, tenantID string, tokenHash [32]byte) (sallyport.Checked, error) {
	if s.Engine == SQLite {
		return s.watchers[int(tokenHash[0])%len(s.watchers)].check(tenantID, tokenHash)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var r checkedRow
	if err := s.checkStmt.QueryRowContext(ctx, tenantID, tokenHash[:]).Scan(r.fields()...); err != nil {
		return sallyport.Checked{}, wrap(err)
	}
	return r.checked(tenantID), nil
}
