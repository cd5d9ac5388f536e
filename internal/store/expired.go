package store

import (
	"context"
	"time"
)

// ForgetFlows deletes up to limit sign-ins and step-ups under way that expired, and returns how many.
// This and the methods below delete those first that expired first, and on PostgreSQL none that another
// transaction has locked.
func (tx *Tx) ForgetFlows(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"flows", "tenant_id, id", "expires_at <= $1 ORDER BY expires_at"}, limit, micros(now))
}

// ForgetCounters deletes counters that have no effect any more.
func (tx *Tx) ForgetCounters(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"throttle", "tenant_id, scope, subject", "expires_at <= $1 ORDER BY expires_at"}, limit, micros(now))
}

// ForgetLinks deletes mailed links that expired.
func (tx *Tx) ForgetLinks(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"links", "tenant_id, id", "expires_at <= $1 ORDER BY expires_at"}, limit, micros(now))
}

// ForgetPendingFactors deletes second factors whose set-up was not finished in time.
func (tx *Tx) ForgetPendingFactors(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"factors", "tenant_id, id", "expires_at <= $1 AND status = 'pending' ORDER BY expires_at"}, limit, micros(now))
}

// ForgetContactCodes deletes codes for new addresses and numbers that were not entered in time.
func (tx *Tx) ForgetContactCodes(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"contact_codes", "tenant_id, user_id, kind", "expires_at <= $1 ORDER BY expires_at"}, limit, micros(now))
}

// ForgetFormerEmails deletes former addresses that anybody may have again.
func (tx *Tx) ForgetFormerEmails(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"former_emails", "tenant_id, email_key", "reserved_until <= $1 ORDER BY reserved_until"}, limit, micros(now))
}

// ForgetBulkResults deletes what bulk jobs left out that ended long ago.
func (tx *Tx) ForgetBulkResults(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"bulk_results", "tenant_id, job_id, id", "expires_at <= $1 ORDER BY expires_at"}, limit, micros(now))
}

// ForgetBulkJobs deletes bulk jobs that ended long ago.
func (tx *Tx) ForgetBulkJobs(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"bulk_jobs", "tenant_id, id", "expires_at <= $1 ORDER BY expires_at"}, limit, micros(now))
}

// ForgetBlocks deletes blocks of networks that are over.
func (tx *Tx) ForgetBlocks(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"network_blocks", "tenant_id, id", "expires_at <= $1 ORDER BY expires_at"}, limit, micros(now))
}

// ForgetPreviews deletes previews of policies.
func (tx *Tx) ForgetPreviews(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"policy_previews", "tenant_id, id", "expires_at <= $1 ORDER BY expires_at"}, limit, micros(now))
}

// ForgetExports deletes what is kept of exports of the audit log.
func (tx *Tx) ForgetExports(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"audit_exports", "tenant_id, id", "expires_at <= $1 ORDER BY expires_at"}, limit, micros(now))
}

// ForgetPreviewPeople deletes people whom previews found.
func (tx *Tx) ForgetPreviewPeople(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"policy_preview_people", "tenant_id, preview_id, effect, user_id", "expires_at <= $1 ORDER BY expires_at"}, limit, micros(now))
}

// ForgetFailedMinutes deletes failed attempts by the minute that are older than a time. This and the two
// methods below delete what has an age, and the time is how old it may be.
func (tx *Tx) ForgetFailedMinutes(ctx context.Context, before time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"figure_minutes", "tenant_id, minute", "minute < $1 ORDER BY minute"}, limit, micros(before))
}

// ForgetCountryHours deletes attempts by country in hours; those in days stay.
func (tx *Tx) ForgetCountryHours(ctx context.Context, before time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"figure_countries", "tenant_id, step, begins_at, country", "step = 'hour' AND begins_at < $1 ORDER BY begins_at"}, limit, micros(before))
}

// ForgetDoubts deletes unusual sign-ins that nobody is asked about any more.
func (tx *Tx) ForgetDoubts(ctx context.Context, before time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"figure_doubts", "tenant_id, user_id, attempt_id", "created_at < $1 ORDER BY created_at"}, limit, micros(before))
}
