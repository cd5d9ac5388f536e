package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
)

const attemptColumns = `tenant_id, id, user_id, email, ip_address, user_agent, device_info, location,
	successful, failure_reason, mfa_required, mfa_verified, created_at, device_id, session_id, assessment, answer`

func scanAttempt(scan func(...any) error) (a sallyport.Attempt, err error) {
	var info, location, assessment string
	var created int64
	err = scan(&a.TenantID, &a.ID, &a.UserID, &a.Email, &a.IPAddress, &a.UserAgent, &info, &location,
		&a.Successful, &a.FailureReason, &a.MFARequired, &a.MFAVerified, &created, &a.DeviceID, &a.SessionID, &assessment, &a.Answer)
	if err != nil {
		return a, err
	}
	a.CreatedAt = fromMicros(created)
	return a, unjson(info, &a.DeviceInfo, location, &a.Location, assessment, &a.Assessment)
}

// AddAttempt stores one sign-in attempt.
func (q Queries) AddAttempt(ctx context.Context, a sallyport.Attempt) error {
	_, err := q.exec(ctx, "INSERT INTO attempts ("+attemptColumns+", ip_bytes) VALUES ("+placeholders(1, 18)+")",
		a.TenantID, a.ID, a.UserID, a.Email, a.IPAddress, a.UserAgent, toJSON(a.DeviceInfo), toJSON(a.Location),
		a.Successful, a.FailureReason, a.MFARequired, a.MFAVerified, micros(a.CreatedAt), a.DeviceID, a.SessionID, toJSON(a.Assessment), a.Answer, ipBytes(a.IPAddress))
	return err
}

// Attempts returns up to limit attempts of the tenant with an id below before
// ("" for the newest), newest first.
func (q Queries) Attempts(ctx context.Context, tenantID, before string, limit int) ([]sallyport.Attempt, error) {
	if before == "" {
		before = "~" // above every UUID
	}
	return all(ctx, q, scanAttempt, "SELECT "+attemptColumns+" FROM attempts WHERE tenant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
		tenantID, before, limit)
}

// AttemptsOf returns up to limit of a user's attempts with an id below before ("" for
// the newest), newest first.
func (q Queries) AttemptsOf(ctx context.Context, tenantID, userID, before string, limit int) ([]sallyport.Attempt, error) {
	if before == "" {
		before = "~"
	}
	return all(ctx, q, scanAttempt, "SELECT "+attemptColumns+` FROM attempts
		WHERE tenant_id = $1 AND user_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4`, tenantID, userID, before, limit)
}

// VisitsOf returns up to limit of a user's attempts that were theirs, newest first:
// those that succeeded and that they did not deny, and refused ones that they said were
// theirs. However many failed ones somebody adds, these are not crowded out.
func (q Queries) VisitsOf(ctx context.Context, tenantID, userID string, limit int) ([]sallyport.Attempt, error) {
	return all(ctx, q, scanAttempt, "SELECT "+attemptColumns+` FROM attempts
		WHERE tenant_id = $1 AND user_id = $2 AND (successful OR answer = 'mine') AND answer <> 'not_mine' ORDER BY created_at DESC, id DESC LIMIT $3`, tenantID, userID, limit)
}

// Attempt returns one attempt of a user, or ErrNotFound.
func (q Queries) Attempt(ctx context.Context, tenantID, userID, id string) (sallyport.Attempt, error) {
	return get(ctx, q, scanAttempt, "SELECT "+attemptColumns+" FROM attempts WHERE tenant_id = $1 AND id = $2 AND user_id = $3", tenantID, id, userID)
}

// AnswerAttempt records what the owner said of an attempt.
func (q Queries) AnswerAttempt(ctx context.Context, tenantID, id string, answer sallyport.Answer) error {
	return q.execOne(ctx, "UPDATE attempts SET answer = $3 WHERE tenant_id = $1 AND id = $2", tenantID, id, answer)
}

// CountAttemptsOf returns how many attempts of a user failed for a reason since a
// time: on one device, or with deviceID "" from one address.
func (q Queries) CountAttemptsOf(ctx context.Context, tenantID, userID, deviceID, ip string, reason sallyport.Code, since time.Time) (int64, error) {
	return count(ctx, q, `SELECT COUNT(*) FROM attempts
		WHERE tenant_id = $1 AND user_id = $2 AND device_id = $3 AND (device_id <> '' OR ip_address = $4) AND failure_reason = $5 AND created_at > $6`,
		tenantID, userID, deviceID, ip, reason, micros(since))
}
