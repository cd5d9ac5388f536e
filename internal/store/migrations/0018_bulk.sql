-- +goose Up

-- Acts on many sessions that an admin began, done step by step. selection is JSON: ids, or the
-- filters of the list of sessions. steps counts the transactions of a job: each does one more.
CREATE TABLE bulk_jobs (
    tenant_id    TEXT   NOT NULL REFERENCES tenants (id),
    id           TEXT   NOT NULL,
    user_id      TEXT   NOT NULL, -- who began it, and
    session_id   TEXT   NOT NULL, -- in which session
    client       TEXT   NOT NULL, -- JSON: and from where
    action       TEXT   NOT NULL,
    selection    TEXT   NOT NULL,
    status       TEXT   NOT NULL, -- running, finished, stopped or cancelled
    reason       TEXT   NOT NULL DEFAULT '', -- why it stopped
    total        BIGINT NOT NULL,
    done         BIGINT NOT NULL DEFAULT 0,
    skipped      BIGINT NOT NULL DEFAULT 0,
    failed       BIGINT NOT NULL DEFAULT 0,
    place        TEXT   NOT NULL DEFAULT '', -- where the next step begins
    steps        BIGINT NOT NULL DEFAULT 0,
    leased_until BIGINT NOT NULL DEFAULT 0, -- until when the other nodes leave it alone
    created_at   BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL DEFAULT 0,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX bulk_jobs_of_user ON bulk_jobs (tenant_id, user_id, created_at, id);
CREATE INDEX bulk_jobs_running ON bulk_jobs (leased_until) WHERE status = 'running';
CREATE INDEX bulk_jobs_expiry ON bulk_jobs (expires_at);

-- The sessions that a job left out, and why.
CREATE TABLE bulk_results (
    tenant_id  TEXT   NOT NULL,
    job_id     TEXT   NOT NULL,
    id         TEXT   NOT NULL, -- of the session
    user_id    TEXT   NOT NULL, -- '' for one that nobody has
    reason     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, job_id, id)
);
CREATE INDEX bulk_results_expiry ON bulk_results (expires_at);
