package store

import (
	"context"

	"github.com/sallyport/sallyport"
)

const attemptColumns = `tenant_id, id, user_id, email, ip_address, user_agent, device_info, location,
	successful, failure_reason, mfa_required, mfa_verified, created_at`

func scanAttempt(scan func(...any) error) (a sallyport.Attempt, err error) {
	var info, location string
	var created int64
	err = scan(&a.TenantID, &a.ID, &a.UserID, &a.Email, &a.IPAddress, &a.UserAgent, &info, &location,
		&a.Successful, &a.FailureReason, &a.MFARequired, &a.MFAVerified, &created)
	if err != nil {
		return a, err
	}
	a.CreatedAt = fromMicros(created)
	return a, unjson(info, &a.DeviceInfo, location, &a.Location)
}

// AddAttempt stores one sign-in attempt.
func (q Queries) AddAttempt(ctx context.Context, a sallyport.Attempt) error {
	_, err := q.exec(ctx, "INSERT INTO attempts ("+attemptColumns+", ip_bytes) VALUES ("+placeholders(1, 14)+")",
		a.TenantID, a.ID, a.UserID, a.Email, a.IPAddress, a.UserAgent, toJSON(a.DeviceInfo), toJSON(a.Location),
		a.Successful, a.FailureReason, a.MFARequired, a.MFAVerified, micros(a.CreatedAt), ipBytes(a.IPAddress))
	return err
}

// Attempts returns up to limit attempts of the tenant with an id below before
// ("" for the newest), newest first.
func (q Queries) Attempts(ctx context.Context, tenantID, before string, limit int) ([]sallyport.Attempt, error) {
	if before == "" {
		before = "~" // above every UUID
	}
	return list(ctx, q, scanAttempt, "SELECT "+attemptColumns+" FROM attempts WHERE tenant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
		tenantID, before, limit)
}
