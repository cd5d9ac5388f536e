package store

import (
	"context"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
)

// Factor is a second factor with the secrets or keys to verify it.
type Factor struct {
	sallyport.Factor
	Secret       []byte    // sealed by package mfa; empty once the factor has ended
	CredentialID string    // of a passkey, base64url
	Credential   string    // of a passkey: JSON of its public key
	LastStep     int64     // for TOTP: the last accepted time step
	SavedAt      time.Time // of backup codes: when their owner said that they have saved them
}

const factorColumns = `tenant_id, id, user_id, method, status, name, phone_number, email, secret, credential_id, credential,
	last_step, backup_eligible, backed_up, created_at, verified_at, last_used_at, expires_at, ended_at, ended_reason, saved_at`

func scanFactor(scan func(...any) error) (f Factor, err error) {
	var created, verified, used, expires, ended, saved int64
	err = scan(&f.TenantID, &f.ID, &f.UserID, &f.Method, &f.Status, &f.Name, &f.PhoneNumber, &f.Email, &f.Secret, &f.CredentialID, &f.Credential,
		&f.LastStep, &f.BackupEligible, &f.BackedUp, &created, &verified, &used, &expires, &ended, &f.EndedReason, &saved)
	f.CreatedAt, f.VerifiedAt, f.LastUsedAt = fromMicros(created), fromMicros(verified), fromMicros(used)
	f.ExpiresAt, f.EndedAt, f.SavedAt = fromMicros(expires), fromMicros(ended), fromMicros(saved)
	return f, err
}

// AddFactor stores a new factor. ErrConflict for a passkey that an account has already.
func (q Queries) AddFactor(ctx context.Context, f Factor) error {
	_, err := q.exec(ctx, "INSERT INTO factors ("+factorColumns+") VALUES ("+placeholders(1, 21)+")",
		f.TenantID, f.ID, f.UserID, f.Method, f.Status, f.Name, f.PhoneNumber, f.Email, notNil(f.Secret), f.CredentialID, f.Credential,
		f.LastStep, f.BackupEligible, f.BackedUp, micros(f.CreatedAt), micros(f.VerifiedAt), micros(f.LastUsedAt),
		micros(f.ExpiresAt), micros(f.EndedAt), f.EndedReason, micros(f.SavedAt))
	if err != nil || f.Status != sallyport.FactorActive || !sallyport.SecondFactor(f.Method) {
		return err
	}
	return q.countFactors(ctx, f.TenantID, f.UserID)
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Factor returns one factor of a user, or ErrNotFound.
func (q Queries) Factor(ctx context.Context, tenantID, userID, id string) (Factor, error) {
	return get(ctx, q, scanFactor, "SELECT "+factorColumns+" FROM factors WHERE tenant_id = $1 AND id = $2 AND user_id = $3", tenantID, id, userID)
}

// FactorByID returns one factor of the tenant, whoever has it, or ErrNotFound.
func (q Queries) FactorByID(ctx context.Context, tenantID, id string) (Factor, error) {
	return get(ctx, q, scanFactor, "SELECT "+factorColumns+" FROM factors WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// Passkey returns the passkey with this credential id, base64url, which is active or
// suspended; ErrNotFound when no account of the tenant has it.
func (q Queries) Passkey(ctx context.Context, tenantID, credentialID string) (Factor, error) {
	return get(ctx, q, scanFactor, "SELECT "+factorColumns+` FROM factors
		WHERE tenant_id = $1 AND credential_id = $2 AND credential_id <> '' AND status IN ('active', 'suspended')`, tenantID, credentialID)
}

// LiveFactors returns the user's factors that are not revoked, oldest first.
func (q Queries) LiveFactors(ctx context.Context, tenantID, userID string) ([]Factor, error) {
	return all(ctx, q, scanFactor, "SELECT "+factorColumns+` FROM factors
		WHERE tenant_id = $1 AND user_id = $2 AND status <> 'revoked' ORDER BY id`, tenantID, userID)
}

// RevokedFactors returns up to limit of the user's former factors, newest first.
func (q Queries) RevokedFactors(ctx context.Context, tenantID, userID string, limit int) ([]Factor, error) {
	return all(ctx, q, scanFactor, "SELECT "+factorColumns+` FROM factors
		WHERE tenant_id = $1 AND user_id = $2 AND status = 'revoked' ORDER BY ended_at DESC, id DESC LIMIT $3`, tenantID, userID, limit)
}

// ActivateFactor makes a pending factor active, with what its first use showed. ErrNotFound
// when the factor is no longer pending or has expired; ErrConflict for a passkey that an
// account has already.
func (q Queries) ActivateFactor(ctx context.Context, f Factor) error {
	err := q.execOne(ctx, `UPDATE factors SET status = 'active', name = $3, secret = $4, credential_id = $5, credential = $6, last_step = $7,
			backup_eligible = $8, backed_up = $9, verified_at = $10, last_used_at = $10, expires_at = 0
		WHERE tenant_id = $1 AND id = $2 AND status = 'pending' AND expires_at > $10`,
		f.TenantID, f.ID, f.Name, notNil(f.Secret), f.CredentialID, f.Credential, f.LastStep, f.BackupEligible, f.BackedUp, micros(f.VerifiedAt))
	if err != nil {
		return err
	}
	return q.countFactors(ctx, f.TenantID, f.UserID)
}

// UseFactor records the use of an active factor. For TOTP step is above 0; ErrNotFound when
// that step or a later one was accepted before.
func (q Queries) UseFactor(ctx context.Context, tenantID, id string, step int64, now time.Time) error {
	return q.execOne(ctx, `UPDATE factors SET last_used_at = $3, last_step = CASE WHEN CAST($4 AS BIGINT) > 0 THEN $4 ELSE last_step END
		WHERE tenant_id = $1 AND id = $2 AND status = 'active' AND (CAST($4 AS BIGINT) = 0 OR last_step < $4)`, tenantID, id, micros(now), step)
}

// UsePasskey records the use of an active passkey with its new counter, flags and seal, which to has. ErrNotFound when it
// was used since f was read.
func (q Queries) UsePasskey(ctx context.Context, f, to Factor, now time.Time) error {
	return q.execOne(ctx, `UPDATE factors SET last_used_at = $3, credential = $4, secret = $5, backed_up = $6, backup_eligible = $8
		WHERE tenant_id = $1 AND id = $2 AND status = 'active' AND credential = $7`,
		f.TenantID, f.ID, micros(now), to.Credential, notNil(to.Secret), to.BackedUp, f.Credential, to.BackupEligible)
}

// EndFactor suspends or revokes a factor, with time and reason, and deletes the secret of a
// revoked one. ErrNotFound when the factor has that status already or is revoked.
func (q Queries) EndFactor(ctx context.Context, f sallyport.Factor) error {
	err := q.execOne(ctx, `UPDATE factors SET status = $4, ended_at = $5, ended_reason = $6,
			secret = CASE WHEN $4 = 'revoked' THEN $7 ELSE secret END, expires_at = 0
		WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND status <> 'revoked' AND status <> $4`,
		f.TenantID, f.UserID, f.ID, f.Status, micros(f.EndedAt), f.EndedReason, []byte{})
	if err != nil {
		return err
	}
	return q.countFactors(ctx, f.TenantID, f.UserID)
}

// ResumeFactor makes a suspended factor active again. ErrNotFound when it is not suspended.
func (q Queries) ResumeFactor(ctx context.Context, f sallyport.Factor) error {
	err := q.execOne(ctx, `UPDATE factors SET status = 'active', ended_at = 0, ended_reason = ''
		WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND status = 'suspended'`, f.TenantID, f.UserID, f.ID)
	if err != nil {
		return err
	}
	return q.countFactors(ctx, f.TenantID, f.UserID)
}

// countFactors records how good the best active second factor of a user is.
func (q Queries) countFactors(ctx context.Context, tenantID, userID string) error {
	best := `SELECT MAX(CASE WHEN method IN (` + weakMethods + `) THEN 1 ELSE 2 END) FROM factors
		WHERE tenant_id = $1 AND user_id = $2 AND status = 'active' AND method NOT IN (` + uncounted + `)`
	return q.execOne(ctx, `UPDATE users SET second_factor = CASE COALESCE((`+best+`), 0) WHEN 2 THEN 'strong' WHEN 1 THEN 'weak' ELSE 'none' END
		WHERE tenant_id = $1 AND id = $2`, tenantID, userID)
}

// Methods as lists of SQL: those that others can intercept, those that only replace another one, and those
// that alone make no sign-in two-factor.
var (
	weakMethods = quoted(sallyport.MethodNames(func(m sallyport.Method) bool { return m.Sent }))
	standIns    = quoted(sallyport.MethodNames(func(m sallyport.Method) bool { return m.StandIn }))
	uncounted   = quoted(sallyport.MethodNames(func(m sallyport.Method) bool { return !sallyport.SecondFactor(m.Name) }))
)

func quoted(names []string) string { return "'" + strings.Join(names, "', '") + "'" }

// RenameFactor renames a factor that is not revoked.
func (q Queries) RenameFactor(ctx context.Context, tenantID, userID, id, name string) error {
	return q.execOne(ctx, "UPDATE factors SET name = $4 WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND status <> 'revoked'",
		tenantID, userID, id, name)
}

// DropPendingFactors deletes the pending factors of one method of a user.
func (q Queries) DropPendingFactors(ctx context.Context, tenantID, userID, method string) error {
	_, err := q.exec(ctx, "DELETE FROM factors WHERE tenant_id = $1 AND user_id = $2 AND method = $3 AND status = 'pending'", tenantID, userID, method)
	return err
}

// DropPending deletes a pending factor of a user, or all of them when id is "", and returns
// how many.
func (q Queries) DropPending(ctx context.Context, tenantID, userID, id string) (int, error) {
	n, err := q.exec(ctx, "DELETE FROM factors WHERE tenant_id = $1 AND user_id = $2 AND ($3 = '' OR id = $3) AND status = 'pending'", tenantID, userID, id)
	return int(n), err
}

// SealFactor replaces a sealed secret by the same secret under a new key, unless it was
// changed in the meantime.
func (q Queries) SealFactor(ctx context.Context, f Factor, sealed []byte) error {
	return q.execOne(ctx, "UPDATE factors SET secret = $4 WHERE tenant_id = $1 AND id = $2 AND secret = $3", f.TenantID, f.ID, f.Secret, sealed)
}

// SealedFactors returns up to limit factors of all tenants that hold a secret, in order of
// tenant and id, after the given one.
func (q Queries) SealedFactors(ctx context.Context, afterTenant, afterID string, limit int) ([]Factor, error) {
	return all(ctx, q, scanFactor, "SELECT "+factorColumns+` FROM factors
		WHERE (tenant_id, id) > ($1, $2) AND status <> 'revoked' ORDER BY tenant_id, id LIMIT $3`, afterTenant, afterID, limit)
}

// AddBackupCodes stores the hashes of a new set of codes.
func (q Queries) AddBackupCodes(ctx context.Context, tenantID, factorID string, hashes [][]byte) error {
	for _, h := range hashes {
		if _, err := q.exec(ctx, "INSERT INTO backup_codes (tenant_id, factor_id, hash, used_at) VALUES ($1, $2, $3, 0)", tenantID, factorID, h); err != nil {
			return err
		}
	}
	return nil
}

// UnusedBackupCode returns nil when a set has an unused code with this hash, and otherwise
// ErrNotFound.
func (q Queries) UnusedBackupCode(ctx context.Context, tenantID, factorID string, hash []byte) error {
	_, err := get(ctx, q, func(scan func(...any) error) (n int64, err error) { return n, scan(&n) },
		"SELECT 1 FROM backup_codes WHERE tenant_id = $1 AND factor_id = $2 AND hash = $3 AND used_at = 0", tenantID, factorID, hash)
	return err
}

// UseBackupCode uses a code up. ErrNotFound when it was used before.
func (q Queries) UseBackupCode(ctx context.Context, tenantID, factorID string, hash []byte, now time.Time) error {
	return q.execOne(ctx, "UPDATE backup_codes SET used_at = $4 WHERE tenant_id = $1 AND factor_id = $2 AND hash = $3 AND used_at = 0",
		tenantID, factorID, hash, micros(now))
}

// SaveBackupCodes records that a user has saved their backup codes, once for each set.
func (q Queries) SaveBackupCodes(ctx context.Context, tenantID, userID string, now time.Time) error {
	_, err := q.exec(ctx, `UPDATE factors SET saved_at = $3
		WHERE tenant_id = $1 AND user_id = $2 AND method = 'backup_codes' AND status = 'active' AND saved_at = 0`, tenantID, userID, micros(now))
	return err
}

// RemindOfBackupCodes records that the owner of a set that is not saved was reminded of it.
// ErrNotFound when they were before, or have saved it.
func (q Queries) RemindOfBackupCodes(ctx context.Context, tenantID, factorID string, now time.Time) error {
	return q.execOne(ctx, `UPDATE factors SET reminded_at = $3
		WHERE tenant_id = $1 AND id = $2 AND status = 'active' AND saved_at = 0 AND reminded_at = 0`, tenantID, factorID, micros(now))
}

// CountBackupCodes returns how many codes of a set are unused.
func (q Queries) CountBackupCodes(ctx context.Context, tenantID, factorID string) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM backup_codes WHERE tenant_id = $1 AND factor_id = $2 AND used_at = 0", tenantID, factorID)
}

// DropBackupCodes deletes the codes of a set that ended.
func (q Queries) DropBackupCodes(ctx context.Context, tenantID, factorID string) error {
	_, err := q.exec(ctx, "DELETE FROM backup_codes WHERE tenant_id = $1 AND factor_id = $2", tenantID, factorID)
	return err
}

// RequireMFA sets whether a user must have a second factor. ErrNotFound when nothing
// changes.
func (q Queries) RequireMFA(ctx context.Context, tenantID, userID string, required bool) error {
	return q.execOne(ctx, "UPDATE users SET mfa_required = $3 WHERE tenant_id = $1 AND id = $2 AND mfa_required <> $3", tenantID, userID, required)
}

// ExemptFromMFA records until when an admin exempts a user from the second factor that policy
// demands, and why; a zero time takes that back.
func (q Queries) ExemptFromMFA(ctx context.Context, tenantID, userID string, until time.Time, reason string) error {
	return q.execOne(ctx, "UPDATE users SET mfa_exempt_until = $3, mfa_exempt_reason = $4 WHERE tenant_id = $1 AND id = $2",
		tenantID, userID, micros(until), reason)
}

// Plain returns factors without their secrets and keys.
func Plain(factors []Factor) []sallyport.Factor {
	out := make([]sallyport.Factor, len(factors))
	for i, f := range factors {
		out[i] = f.Factor
	}
	return out
}

// UsersByPhone returns whose a phone number is, which has the form of ITU-T E.164: as that of
// their account, or by up to limit second factors. Somebody is named more than once who has it twice.
func (q Queries) UsersByPhone(ctx context.Context, tenantID, number string, limit int) ([]string, error) {
	return all(ctx, q, scanID, `SELECT id FROM users WHERE tenant_id = $1 AND phone = $2 AND phone <> '' UNION ALL
		SELECT user_id FROM factors WHERE tenant_id = $1 AND phone_number = $2 AND status <> 'revoked' LIMIT $3`, tenantID, number, limit)
}
