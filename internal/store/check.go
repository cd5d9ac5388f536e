package store

import (
	"context"
	"slices"
	"strings"
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

// checkPassSQL is the same for the pass of a browser to an app, with the groups of its user: $3 and $4 stand between
// an id and a name, and between two groups.
const checkPassSQL = `WITH p AS MATERIALIZED (
		SELECT session_id, app_id FROM app_passes WHERE tenant_id = $1 AND hash = $2 AND exchanged
	), s AS MATERIALIZED (
		SELECT v.*, p.app_id FROM p JOIN sessions v ON v.tenant_id = $1 AND v.id = p.session_id
	)
	SELECT s.id, s.user_id, s.device_id, s.status, s.created_at, s.expires_at, s.idle_us,
	s.last_activity_at, s.authenticated_at, s.mfa_verified_at, 0, s.native,
	u.email, u.first_name, u.last_name, u.role, u.status, u.language, u.chosen_zone, u.avatar,
	COALESCE(CASE WHEN d.status = 'active' AND d.compromised_at = 0 THEN d.trust_level END, 0),
	COALESCE((SELECT r.permissions FROM roles r WHERE r.tenant_id = u.tenant_id AND r.id = u.role), ''),
	s.app_id, COALESCE((SELECT string_agg(g.id || $3 || g.name, $4) FROM group_members m JOIN user_groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
		WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id), '')
	FROM s
	JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
	LEFT JOIN devices d ON d.tenant_id = s.tenant_id AND d.id = s.device_id`

// Controls, which no name has.
const (
	unitSeparator  = "\x1f"
	groupSeparator = "\x1d"
)

// checkedPassRow receives a row of checkPassSQL.
type checkedPassRow struct {
	checkedRow
	appID, groups string
}

func (r *checkedPassRow) fields() []any { return append(r.checkedRow.fields(), &r.appID, &r.groups) }

func (r *checkedPassRow) checked(tenantID string) (sallyport.Checked, error) {
	c, err := r.checkedRow.checked(tenantID)
	c.AppID = r.appID
	for one := range strings.SplitSeq(r.groups, groupSeparator) {
		if id, name, ok := strings.Cut(one, unitSeparator); ok {
			c.Groups = append(c.Groups, sallyport.GroupName{ID: id, Name: name})
		}
	}
	slices.SortFunc(c.Groups, func(a, b sallyport.GroupName) int { return strings.Compare(a.ID, b.ID) })
	return c, err
}

// lookup is a kind of check.
type lookup int

const (
	sessionLookup lookup = iota
	keyLookup
	passLookup
	lookups // how many there are
)

// checks has the query of each lookup, and what receives its row.
var checks = [lookups]struct {
	query string
	more  []any // arguments after the tenant and the hash
	row   func() checkAnswer
}{
	sessionLookup: {checkSessionSQL, nil, func() checkAnswer { return new(checkedRow) }},
	keyLookup:     {checkKeySQL, nil, func() checkAnswer { return new(checkedKeyRow) }},
	passLookup:    {checkPassSQL, []any{unitSeparator, groupSeparator}, func() checkAnswer { return new(checkedPassRow) }},
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

// CheckPass returns the session of the pass to an app whose token has this hash, with the app and the groups of its
// user, as CheckSession does.
func (s *Store) CheckPass(ctx context.Context, tenantID string, hash [32]byte) (sallyport.Checked, error) {
	return s.checkToken(ctx, passLookup, tenantID, hash)
}

func (s *Store) checkToken(ctx context.Context, of lookup, tenantID string, hash [32]byte) (sallyport.Checked, error) {
	if err := s.lost.err(); err != nil {
		return sallyport.Checked{}, err
	}
	generation := s.memory.Generation()
	row := checks[of].row()
	if _, err := get(ctx, s.ForCheck(), func(scan func(...any) error) (none struct{}, err error) {
		return none, scan(row.fields()...)
	}, checks[of].query, append([]any{tenantID, hash[:]}, checks[of].more...)...); err != nil {
		return sallyport.Checked{}, err
	}
	c, err := row.checked(tenantID)
	if err == nil {
		s.memory.Keep(generation, hash, &c)
	}
	return c, err
}

// ForCheck returns the queries on the connections of the session check, which nothing else can take.
// What a check needs besides is read there.
func (s *Store) ForCheck() Queries {
	return Queries{q: s.check, engine: s.Engine, timeout: s.timeout, store: s, unshared: true}
}
