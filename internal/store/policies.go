package store

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/recall"
)

// PolicyRow is what a tenant decided, or what it decided for one of its groups, as stored. Body
// is the JSON of package policy; it is "", with version 0, when nothing was saved.
type PolicyRow struct {
	GroupID   string // "" for the organisation's own
	Version   int64
	Body      string
	UpdatedAt time.Time
}

const policyColumns = "group_id, version, body, updated_at"

func scanPolicy(scan func(...any) error) (p PolicyRow, err error) {
	var updated int64
	err = scan(&p.GroupID, &p.Version, &p.Body, &updated)
	p.UpdatedAt = fromMicros(updated)
	return p, err
}

// Policy returns the tenant's policy.
func (q Queries) Policy(ctx context.Context, tenantID string) (PolicyRow, error) {
	return q.GroupPolicy(ctx, tenantID, "")
}

// GroupPolicy returns what the tenant decided for a group.
func (q Queries) GroupPolicy(ctx context.Context, tenantID, groupID string) (PolicyRow, error) {
	p, err := get(ctx, q, scanPolicy, "SELECT "+policyColumns+" FROM policies WHERE tenant_id = $1 AND group_id = $2", tenantID, groupID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return PolicyRow{GroupID: groupID}, nil
	}
	return p, err
}

// GroupPolicies returns what the tenant decided for its groups, in the order of their ids.
func (q Queries) GroupPolicies(ctx context.Context, tenantID string) ([]PolicyRow, error) {
	return all(ctx, q, scanPolicy, "SELECT "+policyColumns+" FROM policies WHERE tenant_id = $1 AND group_id <> '' ORDER BY group_id", tenantID)
}

// PolicyFor is a policy that holds for a user: "" for everybody of the tenant.
type PolicyFor struct {
	UserID string
	PolicyRow
}

// PoliciesFor returns the tenant's policy and those of the groups that some users are in, in
// the order of the groups' ids.
func (q Queries) PoliciesFor(ctx context.Context, tenantID string, userIDs []string) ([]PolicyFor, error) {
	query, args := "SELECT '' AS user_id, "+policyColumns+" FROM policies WHERE tenant_id = $1 AND group_id = ''", []any{tenantID}
	if len(userIDs) > 0 {
		for _, id := range userIDs {
			args = append(args, id)
		}
		query += ` UNION ALL SELECT m.user_id, p.group_id, p.version, p.body, p.updated_at FROM policies p
			JOIN group_members m ON m.tenant_id = p.tenant_id AND m.group_id = p.group_id
			WHERE p.tenant_id = $1 AND p.group_id <> '' AND m.user_id IN (` + placeholders(2, len(userIDs)) + `)`
	}
	return all(ctx, q, func(scan func(...any) error) (p PolicyFor, err error) {
		p.PolicyRow, err = scanPolicy(func(into ...any) error { return scan(append([]any{&p.UserID}, into...)...) })
		return p, err
	}, query+" ORDER BY 2", args...)
}

// PolicyVersion is one version that was saved.
type PolicyVersion struct {
	TenantID, GroupID string
	Version           int64 // from 1
	Body              string
	Reason            string // what who saved it wrote; "" for nothing
	SavedBy           string // user id, or a type of actor; "" when it is not known
	SavedAt           time.Time
}

const versionColumns = "tenant_id, group_id, version, body, reason, saved_by, saved_at"

func scanVersion(scan func(...any) error) (v PolicyVersion, err error) {
	var saved int64
	err = scan(&v.TenantID, &v.GroupID, &v.Version, &v.Body, &v.Reason, &v.SavedBy, &saved)
	v.SavedAt = fromMicros(saved)
	return v, err
}

// PolicyVersions returns up to limit versions before one, newest first.
func (q Queries) PolicyVersions(ctx context.Context, tenantID, groupID string, before int64, limit int) ([]PolicyVersion, error) {
	return all(ctx, q, scanVersion, "SELECT "+versionColumns+` FROM policy_versions
		WHERE tenant_id = $1 AND group_id = $2 AND version < $3 ORDER BY version DESC LIMIT $4`, tenantID, groupID, before, limit)
}

// PolicyVersion returns one version, or ErrNotFound.
func (q Queries) PolicyVersion(ctx context.Context, tenantID, groupID string, version int64) (PolicyVersion, error) {
	return get(ctx, q, scanVersion, "SELECT "+versionColumns+" FROM policy_versions WHERE tenant_id = $1 AND group_id = $2 AND version = $3",
		tenantID, groupID, version)
}

// SavePolicy stores a version. mfaEnforced is whom a group's policy demands a second factor of. ErrConflict when the
// one before it is no longer the current one.
func (q Queries) SavePolicy(ctx context.Context, v PolicyVersion, mfaEnforced string) error {
	err := q.execOne(ctx, `INSERT INTO policies (tenant_id, group_id, version, body, mfa_enforced, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, group_id) DO UPDATE SET version = $3, body = $4, mfa_enforced = $5, updated_at = $6 WHERE policies.version = $3 - 1`,
		v.TenantID, v.GroupID, v.Version, v.Body, mfaEnforced, micros(v.SavedAt))
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.ErrConflict
	}
	if err != nil {
		return err
	}
	_, err = q.exec(ctx, "INSERT INTO policy_versions ("+versionColumns+") VALUES ("+placeholders(1, 7)+")",
		v.TenantID, v.GroupID, v.Version, v.Body, v.Reason, v.SavedBy, micros(v.SavedAt))
	return err
}

// SessionTimes are limits that policy sets to sessions: of everybody in the tenant, of those in a
// group, or of one user.
type SessionTimes struct {
	TenantID       string
	GroupID        string // "" for all
	UserID         string // "" for all
	Native         bool   // those of apps, or else those of browsers
	Lifetime, Idle time.Duration
}

// ShortenSessions applies new times to live sessions. It extends none.
func (q Queries) ShortenSessions(ctx context.Context, t SessionTimes) error {
	whose, args := " AND native = $2 AND status IN ('active', 'suspended')", []any{t.TenantID, t.Native}
	switch {
	case t.UserID != "":
		whose, args = whose+" AND user_id = $3", append(args, t.UserID)
	case t.GroupID != "":
		whose, args = whose+" AND user_id IN (SELECT user_id FROM group_members WHERE tenant_id = $1 AND group_id = $3)", append(args, t.GroupID)
	}
	if t.UserID != "" {
		q.tell(recall.OfUser, t.TenantID, t.UserID)
	} else {
		q.tellTenant(t.TenantID)
	}
	next := placeholders(len(args)+1, 1)
	if _, err := q.exec(ctx, "UPDATE sessions SET idle_us = "+next+" WHERE tenant_id = $1"+whose+" AND idle_us > "+next,
		append(args, t.Idle.Microseconds())...); err != nil {
		return err
	}
	if _, err := q.exec(ctx, "UPDATE sessions SET expires_at = created_at + "+next+" WHERE tenant_id = $1"+whose+" AND expires_at > created_at + "+next,
		append(args, t.Lifetime.Microseconds())...); err != nil {
		return err
	}
	// ends_at repeats the rule of sallyport.Session.EndsAt.
	_, err := q.exec(ctx, `UPDATE sessions
		SET ends_at = CASE WHEN last_activity_at + idle_us < expires_at THEN last_activity_at + idle_us ELSE expires_at END
		WHERE tenant_id = $1`+whose, args...)
	return err
}
