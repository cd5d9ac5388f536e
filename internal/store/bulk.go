package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

// BulkJob is an act on many sessions that goes on in steps.
type BulkJob struct {
	TenantID, ID      string
	UserID, SessionID string           // who began it, and in which session
	Client            sallyport.Client // and from where
	Action            string
	Selection         string // JSON: which sessions
	Status, Reason    string
	Total             int64
	Done              int64
	Skipped           int64
	Failed            int64
	Place             string // where the next step begins
	Steps             int64  // that were done
	CreatedAt         time.Time
	EndedAt           time.Time // zero while it runs
	ExpiresAt         time.Time // when it is forgotten
}

// BulkResult is a session that a job left out.
type BulkResult struct {
	TenantID, JobID, SessionID string
	UserID                     string // "" for a session that nobody has
	Email                      string // of the user today; not stored
	Reason                     string
	ExpiresAt                  time.Time
}

const (
	jobColumns = `tenant_id, id, user_id, session_id, client, action, selection, status, reason,
	total, done, skipped, failed, place, steps, created_at, ended_at, expires_at`
	resultStored  = "tenant_id, job_id, id, user_id, reason, expires_at"
	resultColumns = resultStored + ", COALESCE((SELECT u.email FROM users u WHERE u.tenant_id = bulk_results.tenant_id AND u.id = bulk_results.user_id), '')"
)

func scanJob(scan func(...any) error) (j BulkJob, err error) {
	var client string
	var created, ended, expires int64
	err = scan(&j.TenantID, &j.ID, &j.UserID, &j.SessionID, &client, &j.Action, &j.Selection, &j.Status, &j.Reason,
		&j.Total, &j.Done, &j.Skipped, &j.Failed, &j.Place, &j.Steps, &created, &ended, &expires)
	if err != nil {
		return j, err
	}
	j.CreatedAt, j.EndedAt, j.ExpiresAt = fromMicros(created), fromMicros(ended), fromMicros(expires)
	return j, unjson(client, &j.Client)
}

func scanResult(scan func(...any) error) (r BulkResult, err error) {
	var expires int64
	err = scan(&r.TenantID, &r.JobID, &r.SessionID, &r.UserID, &r.Reason, &expires, &r.Email)
	r.ExpiresAt = fromMicros(expires)
	return r, err
}

// AddBulkJob stores a new job.
func (q Queries) AddBulkJob(ctx context.Context, j BulkJob) error {
	_, err := q.exec(ctx, "INSERT INTO bulk_jobs ("+jobColumns+") VALUES ("+placeholders(1, 18)+")",
		j.TenantID, j.ID, j.UserID, j.SessionID, toJSON(j.Client), j.Action, j.Selection, j.Status, j.Reason,
		j.Total, j.Done, j.Skipped, j.Failed, j.Place, j.Steps, micros(j.CreatedAt), micros(j.EndedAt), micros(j.ExpiresAt))
	return err
}

// BulkJob returns one job of the tenant, or ErrNotFound.
func (q Queries) BulkJob(ctx context.Context, tenantID, id string) (BulkJob, error) {
	return get(ctx, q, scanJob, "SELECT "+jobColumns+" FROM bulk_jobs WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// BulkJobsOf returns up to limit jobs that a user began, the newest first.
func (q Queries) BulkJobsOf(ctx context.Context, tenantID, userID string, limit int) ([]BulkJob, error) {
	return all(ctx, q, scanJob, "SELECT "+jobColumns+" FROM bulk_jobs WHERE tenant_id = $1 AND user_id = $2 ORDER BY created_at DESC, id DESC LIMIT $3",
		tenantID, userID, limit)
}

// RunningBulkJobs returns the jobs of a user that are not over, the newest first.
func (q Queries) RunningBulkJobs(ctx context.Context, tenantID, userID string) ([]BulkJob, error) {
	return all(ctx, q, scanJob, "SELECT "+jobColumns+" FROM bulk_jobs WHERE tenant_id = $1 AND user_id = $2 AND status = 'running' ORDER BY created_at DESC, id DESC",
		tenantID, userID)
}

// LeaseBulkJob takes the running job, of any tenant, that waited longest, and returns it. Other
// nodes cannot take it before until. ErrNotFound when none is free.
func (tx *Tx) LeaseBulkJob(ctx context.Context, now, until time.Time) (BulkJob, error) {
	return get(ctx, tx.Queries, scanJob, `WITH due AS MATERIALIZED (
			SELECT tenant_id, id FROM bulk_jobs WHERE status = 'running' AND leased_until <= $1 ORDER BY leased_until LIMIT 1`+tx.skipLocked()+`)
		UPDATE bulk_jobs SET leased_until = $2 WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM due) RETURNING `+jobColumns, micros(now), micros(until))
}

// MoveBulkJob stores what a step did, and keeps the job until a time. ErrNotFound when the job is
// over, or somebody else did this step.
func (q Queries) MoveBulkJob(ctx context.Context, j BulkJob, until time.Time) error {
	return q.execOne(ctx, `UPDATE bulk_jobs SET status = $4, reason = $5, total = $6, done = $7, skipped = $8, failed = $9, place = $10, ended_at = $11,
		leased_until = $12, steps = steps + 1 WHERE tenant_id = $1 AND id = $2 AND steps = $3 AND status = 'running'`,
		j.TenantID, j.ID, j.Steps, j.Status, j.Reason, j.Total, j.Done, j.Skipped, j.Failed, j.Place, micros(j.EndedAt), micros(until))
}

// FreeBulkJob ends the lease of a job whose steps nobody else did meanwhile.
func (q Queries) FreeBulkJob(ctx context.Context, j BulkJob, now time.Time) error {
	_, err := q.exec(ctx, "UPDATE bulk_jobs SET leased_until = $4 WHERE tenant_id = $1 AND id = $2 AND steps = $3 AND status = 'running'",
		j.TenantID, j.ID, j.Steps, micros(now))
	return err
}

// EndBulkJob ends a running job. ErrNotFound when it is over.
func (q Queries) EndBulkJob(ctx context.Context, j BulkJob) error {
	return q.execOne(ctx, "UPDATE bulk_jobs SET status = $3, reason = $4, ended_at = $5 WHERE tenant_id = $1 AND id = $2 AND status = 'running'",
		j.TenantID, j.ID, j.Status, j.Reason, micros(j.EndedAt))
}

// AddBulkResults stores what a step left out.
func (tx *Tx) AddBulkResults(ctx context.Context, results []BulkResult) error {
	rows := make([][]any, len(results))
	for i, r := range results {
		rows[i] = []any{r.TenantID, r.JobID, r.SessionID, r.UserID, r.Reason, micros(r.ExpiresAt)}
	}
	return tx.insert(ctx, "INSERT INTO bulk_results ("+resultStored+") VALUES ", rows)
}

// ListBulkResults returns a page of what a job left out.
func (q Queries) ListBulkResults(ctx context.Context, tenantID, jobID string, query list.Query) (list.Page[BulkResult], error) {
	return page(ctx, q, bulkResults, query, tenantID, jobID)
}
