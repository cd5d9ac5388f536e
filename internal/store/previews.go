package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
)

// PolicyPreview is a question what a change of the policy would have done, answered in steps.
type PolicyPreview struct {
	TenantID, ID string
	UserID       string // who asked; "" for the operator
	Edit         string // JSON: the change
	Found        string // JSON: what was found so far
	Status       string // running, finished or failed
	Total, Done  int64  // people
	Place        string // the last user of the step before; "" before the first
	Steps        int64  // that were done
	CreatedAt    time.Time
	EndedAt      time.Time // zero while it runs
	ExpiresAt    time.Time // when it is forgotten
}

const previewColumns = "tenant_id, id, user_id, edit, found, status, total, done, place, steps, created_at, ended_at, expires_at"

func scanPreview(scan func(...any) error) (p PolicyPreview, err error) {
	var created, ended, expires int64
	err = scan(&p.TenantID, &p.ID, &p.UserID, &p.Edit, &p.Found, &p.Status, &p.Total, &p.Done, &p.Place, &p.Steps, &created, &ended, &expires)
	p.CreatedAt, p.EndedAt, p.ExpiresAt = fromMicros(created), fromMicros(ended), fromMicros(expires)
	return p, err
}

// AddPreview stores a new preview, which others leave alone until a time.
func (q Queries) AddPreview(ctx context.Context, p PolicyPreview, until time.Time) error {
	_, err := q.exec(ctx, "INSERT INTO policy_previews ("+previewColumns+", leased_until) VALUES ("+placeholders(1, 14)+")",
		p.TenantID, p.ID, p.UserID, p.Edit, p.Found, p.Status, p.Total, p.Done, p.Place, p.Steps, micros(p.CreatedAt), micros(p.EndedAt), micros(p.ExpiresAt), micros(until))
	return err
}

// PolicyPreview returns one preview of the tenant, or ErrNotFound.
func (q Queries) PolicyPreview(ctx context.Context, tenantID, id string) (PolicyPreview, error) {
	return get(ctx, q, scanPreview, "SELECT "+previewColumns+" FROM policy_previews WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// RunningPreviews returns how many previews of a tenant are not over.
func (q Queries) RunningPreviews(ctx context.Context, tenantID string) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM policy_previews WHERE tenant_id = $1 AND status = 'running'", tenantID)
}

// LeasePreview takes the running preview, of any tenant, that waited longest, and returns it. Other
// nodes cannot take it before until. ErrNotFound when none is free.
func (tx *Tx) LeasePreview(ctx context.Context, now, until time.Time) (PolicyPreview, error) {
	return get(ctx, tx.Queries, scanPreview, `WITH due AS MATERIALIZED (
			SELECT tenant_id, id FROM policy_previews WHERE status = 'running' AND leased_until <= $1 ORDER BY leased_until LIMIT 1`+tx.skipLocked()+`)
		UPDATE policy_previews SET leased_until = $2 WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM due) RETURNING `+previewColumns, micros(now), micros(until))
}

// MovePreview stores what a step found, and keeps the preview until a time. ErrNotFound when it is
// over, or somebody else did this step.
func (q Queries) MovePreview(ctx context.Context, p PolicyPreview, until time.Time) error {
	return q.execOne(ctx, `UPDATE policy_previews SET found = $4, status = $5, done = $6, place = $7, ended_at = $8, leased_until = $9, steps = steps + 1, total = $10
		WHERE tenant_id = $1 AND id = $2 AND steps = $3 AND status = 'running'`,
		p.TenantID, p.ID, p.Steps, p.Found, p.Status, p.Done, p.Place, micros(p.EndedAt), micros(until), p.Total)
}

// PreviewPerson is somebody whom a change would have affected.
type PreviewPerson struct {
	TenantID, PreviewID, Effect string
	UserID                      string
	Email, FirstName, LastName  string // today; not stored
	Times                       int64  // how often
	LastAt                      time.Time
	ExpiresAt                   time.Time
}

const personStored = "tenant_id, preview_id, effect, user_id, times, last_at, expires_at"

// AddPreviewPeople stores people whom a step found.
func (tx *Tx) AddPreviewPeople(ctx context.Context, people []PreviewPerson) error {
	rows := make([][]any, len(people))
	for i, p := range people {
		rows[i] = []any{p.TenantID, p.PreviewID, p.Effect, p.UserID, p.Times, micros(p.LastAt), micros(p.ExpiresAt)}
	}
	return tx.insert(ctx, "INSERT INTO policy_preview_people ("+personStored+") VALUES ", rows)
}

// PeopleOf asks for people of one effect in a preview: up to Limit, after the one with an id.
type PeopleOf struct {
	TenantID, PreviewID, Effect, After string
	Limit                              int
}

// PreviewPeople returns people of one effect, in the order of their ids.
func (q Queries) PreviewPeople(ctx context.Context, of PeopleOf) ([]PreviewPerson, error) {
	return all(ctx, q, func(scan func(...any) error) (p PreviewPerson, err error) {
		var last, expires int64
		err = scan(&p.TenantID, &p.PreviewID, &p.Effect, &p.UserID, &p.Times, &last, &expires, &p.Email, &p.FirstName, &p.LastName)
		p.LastAt, p.ExpiresAt = fromMicros(last), fromMicros(expires)
		return p, err
	}, `SELECT p.tenant_id, p.preview_id, p.effect, p.user_id, p.times, p.last_at, p.expires_at,
			COALESCE(u.email, ''), COALESCE(u.first_name, ''), COALESCE(u.last_name, '')
		FROM policy_preview_people p LEFT JOIN users u ON u.tenant_id = p.tenant_id AND u.id = p.user_id
		WHERE p.tenant_id = $1 AND p.preview_id = $2 AND p.effect = $3 AND p.user_id > $4 ORDER BY p.user_id LIMIT $5`,
		of.TenantID, of.PreviewID, of.Effect, of.After, of.Limit)
}

// JudgedUser is what a preview knows of somebody besides what they did.
type JudgedUser struct {
	ID                string
	Role              sallyport.Role
	PasswordChangedAt time.Time // zero for no password
}

// UsersToJudge returns up to limit users, in the order of their ids, after one of them.
func (q Queries) UsersToJudge(ctx context.Context, tenantID, after string, limit int) ([]JudgedUser, error) {
	return all(ctx, q, scanJudged, "SELECT id, role, password_changed_at FROM users WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3", tenantID, after, limit)
}

// OwnersToJudge returns the owners.
func (q Queries) OwnersToJudge(ctx context.Context, tenantID string) ([]JudgedUser, error) {
	return all(ctx, q, scanJudged, "SELECT id, role, password_changed_at FROM users WHERE tenant_id = $1 AND role = 'owner'", tenantID)
}

func scanJudged(scan func(...any) error) (u JudgedUser, err error) {
	var changed int64
	err = scan(&u.ID, &u.Role, &changed)
	u.PasswordChangedAt = fromMicros(changed)
	return u, err
}

// Span is users whose ids lie between two, with both, and a time since which what they did counts.
type Span struct {
	TenantID, From, To string
	Since              time.Time
}

// SignInToJudge is an attempt to sign in, as a preview sees it.
type SignInToJudge struct {
	UserID, DeviceID string
	FailureReason    sallyport.Code // "" when it was successful
	Circumstances    string         // JSON of package signin; "" when nothing was proven
	At               time.Time
}

// SignInsToJudge returns the attempts of some users, by user, the oldest first.
func (q Queries) SignInsToJudge(ctx context.Context, s Span) ([]SignInToJudge, error) {
	return all(ctx, q, func(scan func(...any) error) (a SignInToJudge, err error) {
		var at int64
		err = scan(&a.UserID, &a.DeviceID, &a.FailureReason, &a.Circumstances, &at)
		a.At = fromMicros(at)
		return a, err
	}, `SELECT user_id, device_id, failure_reason, circumstances, created_at FROM attempts
		WHERE tenant_id = $1 AND user_id >= $2 AND user_id <= $3 AND created_at >= $4 ORDER BY user_id, created_at, id`,
		s.TenantID, s.From, s.To, micros(s.Since))
}

// SessionToJudge is a session, as a preview sees it.
type SessionToJudge struct {
	ID, UserID   string
	Status       sallyport.SessionStatus
	Native       bool
	DeviceType   sallyport.DeviceType
	CreatedAt    time.Time
	ExpiresAt    time.Time
	LastActivity time.Time
	TerminatedAt time.Time // zero while it lives
	LongestIdle  time.Duration
}

// SessionsToJudge returns the sessions of some users that lived at the time or later, by user.
func (q Queries) SessionsToJudge(ctx context.Context, s Span) ([]SessionToJudge, error) {
	return all(ctx, q, func(scan func(...any) error) (v SessionToJudge, err error) {
		var created, expires, active, ended, idle int64
		err = scan(&v.ID, &v.UserID, &v.Status, &v.Native, &v.DeviceType, &created, &expires, &active, &ended, &idle)
		v.CreatedAt, v.ExpiresAt, v.LastActivity, v.TerminatedAt = fromMicros(created), fromMicros(expires), fromMicros(active), fromMicros(ended)
		v.LongestIdle = time.Duration(idle) * time.Microsecond
		return v, err
	}, `SELECT id, user_id, status, native, device_type, created_at, expires_at, last_activity_at, terminated_at, longest_idle_us FROM sessions
		WHERE tenant_id = $1 AND user_id >= $2 AND user_id <= $3 AND (terminated_at = 0 OR terminated_at >= $4) ORDER BY user_id, created_at, id`,
		s.TenantID, s.From, s.To, micros(s.Since))
}

// CountUsers returns how many users a tenant has.
func (q Queries) CountUsers(ctx context.Context, tenantID string) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM users WHERE tenant_id = $1", tenantID)
}
