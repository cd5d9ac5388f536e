package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
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
	_, err := q.exec(ctx, "INSERT INTO attempts ("+attemptColumns+", ip_bytes, email_key, circumstances) VALUES ("+placeholders(1, 20)+")",
		a.TenantID, a.ID, a.UserID, a.Email, a.IPAddress, a.UserAgent, toJSON(a.DeviceInfo), toJSON(a.Location),
		a.Successful, a.FailureReason, a.MFARequired, a.MFAVerified, micros(a.CreatedAt), a.DeviceID, a.SessionID, toJSON(a.Assessment), a.Answer, ipBytes(a.IPAddress), email.Key(a.Email), a.Circumstances)
	return err
}

// VisitsOf returns up to limit of a user's own sign-ins, newest first: attempts that
// succeeded and were not denied by the user, and refused ones that the user confirmed.
// Failed attempts, however many, do not displace them.
func (q Queries) VisitsOf(ctx context.Context, tenantID, userID string, limit int) ([]sallyport.Attempt, error) {
	return all(ctx, q, scanAttempt, "SELECT "+attemptColumns+` FROM attempts
		WHERE tenant_id = $1 AND user_id = $2 AND (successful OR answer = 'mine') AND answer <> 'not_mine' ORDER BY created_at DESC, id DESC LIMIT $3`, tenantID, userID, limit)
}

// Attempt returns one attempt of a user, or ErrNotFound.
func (q Queries) Attempt(ctx context.Context, tenantID, userID, id string) (sallyport.Attempt, error) {
	return get(ctx, q, scanAttempt, "SELECT "+attemptColumns+" FROM attempts WHERE tenant_id = $1 AND id = $2 AND user_id = $3", tenantID, id, userID)
}

// AnswerAttempt records the owner's answer to an attempt.
func (q Queries) AnswerAttempt(ctx context.Context, tenantID, id string, answer sallyport.Answer) error {
	return q.execOne(ctx, "UPDATE attempts SET answer = $3 WHERE tenant_id = $1 AND id = $2", tenantID, id, answer)
}

// CountAttemptsLike returns how many attempts since a time failed for the same reason and
// user as a: on the device of a, or, when it has none, from its address.
func (q Queries) CountAttemptsLike(ctx context.Context, a sallyport.Attempt, since time.Time) (int64, error) {
	return count(ctx, q, `SELECT COUNT(*) FROM attempts
		WHERE tenant_id = $1 AND user_id = $2 AND device_id = $3 AND (device_id <> '' OR ip_address = $4) AND NOT (failure_reason <> $5) AND created_at > $6`,
		a.TenantID, a.UserID, a.DeviceID, a.IPAddress, a.FailureReason, micros(since))
}
