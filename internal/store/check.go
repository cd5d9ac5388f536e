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
	s.last_activity_at, s.authenticated_at, s.mfa_verified_at, s.token_ends_at, s.native,
	u.email, u.first_name, u.last_name, u.role, u.status, u.language, u.chosen_zone, u.avatar,
	COALESCE(CASE WHEN d.status = 'active' AND d.compromised_at = 0 THEN d.trust_level END, 0),
	COALESCE((SELECT r.permissions FROM roles r WHERE r.tenant_id = u.tenant_id AND r.id = u.role), '')
	FROM s
	JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
	LEFT JOIN devices d ON d.tenant_id = s.tenant_id AND d.id = s.device_id`

// checkedRow receives a row of checkSessionSQL.
type checkedRow struct {
	c                                                         sallyport.Checked
	created, expires, idle, active, authenticated, mfa, token int64
	trust                                                     int64
}

func (r *checkedRow) fields() []any {
	return []any{
		&r.c.Session.ID, &r.c.Session.UserID, &r.c.Session.DeviceID, &r.c.Session.Status, &r.created, &r.expires, &r.idle,
		&r.active, &r.authenticated, &r.mfa, &r.token, &r.c.Session.Native,
		&r.c.User.Email, &r.c.User.FirstName, &r.c.User.LastName, &r.c.User.Role, &r.c.User.Status, &r.c.User.Language,
		&r.c.User.ChosenZone, &r.c.User.Avatar, &r.trust, &r.c.User.Granted,
	}
}

// checkKeySQL is the same for API keys: $2 is the hash of the key, or of the one before it.
const checkKeySQL = `WITH k AS MATERIALIZED (
		SELECT * FROM api_keys WHERE tenant_id = $1 AND hash = $2
		UNION ALL SELECT * FROM api_keys WHERE tenant_id = $1 AND former_hash = $2 AND former_ends_at > 0
	)
	SELECT k.tenant_id, k.id, k.user_id, k.name, k.hint, k.permissions, k.networks, k.created_at, k.created_by, k.session_id, k.expires_at,
	k.rotated_at, k.former_ends_at, k.status, k.ended_at, k.ended_by, k.end_reason, k.used_at, k.used_ip, k.used_location, k.hash <> $2,
	u.email, u.first_name, u.last_name, u.role, u.status, u.language, u.chosen_zone, u.owned_by,
	COALESCE((SELECT r.permissions FROM roles r WHERE r.tenant_id = u.tenant_id AND r.id = u.role), '')
	FROM k
	JOIN users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id`

// checkedKeyRow receives a row of checkKeySQL.
type checkedKeyRow struct {
	keyRow
	u sallyport.User
}

func (r *checkedKeyRow) fields() []any {
	u := &r.u
	return append(r.keyRow.fields(), &r.k.Former, &u.Email, &u.FirstName, &u.LastName, &u.Role, &u.Status, &u.Language, &u.ChosenZone, &u.OwnedBy, &u.Granted)
}

func (r *checkedKeyRow) checked(tenantID string) (sallyport.Checked, error) {
	k, err := r.key()
	r.u.TenantID, r.u.ID = tenantID, k.UserID
	return sallyport.Checked{Session: sallyport.Session{TenantID: tenantID, UserID: k.UserID}, User: r.u, Key: k}, err
}

// checkAnswer is a row that a check answers from.
type checkAnswer interface {
	fields() []any
	checked(tenantID string) (sallyport.Checked, error)
}

// lookup is a kind of check.
type lookup int

const (
	sessionLookup lookup = iota
	keyLookup
	lookups // how many there are
)

// checks has the query of each lookup, and what receives its row.
var checks = [lookups]struct {
	query string
	row   func() checkAnswer
}{
	sessionLookup: {checkSessionSQL, func() checkAnswer { return new(checkedRow) }},
	keyLookup:     {checkKeySQL, func() checkAnswer { return new(checkedKeyRow) }},
}

func (r *checkedRow) checked(tenantID string) (sallyport.Checked, error) {
	c := r.c
	c.Session.TenantID, c.User.TenantID, c.User.ID = tenantID, tenantID, c.Session.UserID
	c.Session.CreatedAt, c.Session.ExpiresAt, c.Session.LastActivityAt = fromMicros(r.created), fromMicros(r.expires), fromMicros(r.active)
	c.Session.AuthenticatedAt, c.Session.MFAVerifiedAt = fromMicros(r.authenticated), fromMicros(r.mfa)
	c.Session.TokenEndsAt = fromMicros(r.token)
	c.Session.IdleTimeout = time.Duration(r.idle) * time.Microsecond
	c.Trust = sallyport.TrustLevel(r.trust)
	return c, nil
}

// prepareCheck prepares CheckSession and CheckKey; it needs the schema.
func (s *Store) prepareCheck(ctx context.Context) (err error) {
	if s.Engine == Postgres {
		for i := range checks {
			if s.checkStmts[i], err = s.check.PrepareContext(ctx, checks[i].query); err != nil { //nolint:sqlclosecheck // Close closes it
				return err
			}
		}
		return nil
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
	return s.checkToken(ctx, sessionLookup, tenantID, tokenHash)
}

// CheckKey returns the API key whose text, present or former, has this hash, with its user, as
// CheckSession does a session.
func (s *Store) CheckKey(ctx context.Context, tenantID string, hash [32]byte) (sallyport.Checked, error) {
	return s.checkToken(ctx, keyLookup, tenantID, hash)
}

func (s *Store) checkToken(ctx context.Context, of lookup, tenantID string, hash [32]byte) (sallyport.Checked, error) {
	if err := s.lost.err(); err != nil {
		return sallyport.Checked{}, err
	}
	if s.Engine == SQLite {
		return s.watchers[int(hash[0])%len(s.watchers)].check(of, tenantID, hash)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	row := checks[of].row()
	if err := s.checkStmts[of].QueryRowContext(ctx, tenantID, hash[:]).Scan(row.fields()...); err != nil {
		return sallyport.Checked{}, wrap(err)
	}
	return row.checked(tenantID)
}
