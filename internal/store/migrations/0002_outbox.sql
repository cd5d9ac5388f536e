-- +goose Up
-- What has to leave the house: a row is added by the transaction that makes the
-- change it tells of, and a worker delivers it afterwards.
CREATE TABLE outbox (
    tenant_id       TEXT    NOT NULL REFERENCES tenants (id),
    id              TEXT    NOT NULL,
    channel         TEXT    NOT NULL, -- 'email'
    kind            TEXT    NOT NULL,
    user_id         TEXT    NOT NULL, -- '' for somebody without an account
    recipient       TEXT    NOT NULL,
    payload         BYTEA   NOT NULL, -- sealed, since it holds links with tokens; empty once sent
    bulk            BOOLEAN NOT NULL, -- goes after everything else that is due
    state           TEXT    NOT NULL, -- 'pending', 'sent' or 'dead'
    attempts        BIGINT  NOT NULL, -- counted when leased, so that a crash counts
    next_attempt_at BIGINT  NOT NULL,
    leased_until    BIGINT  NOT NULL,
    lease_token     TEXT    NOT NULL,
    last_error      TEXT    NOT NULL,
    created_at      BIGINT  NOT NULL,
    sent_at         BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
-- Workers serve all tenants, and these hold few rows whatever the table holds.
CREATE INDEX outbox_pending ON outbox (channel, bulk, next_attempt_at, id) WHERE state = 'pending';
CREATE INDEX outbox_dead ON outbox (created_at, id) WHERE state = 'dead';
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE state = 'sent';

-- A known text sealed with each key that was ever primary, by which a node finds
-- out that its keys are not those of this installation.
CREATE TABLE key_checks (
    key_id TEXT  NOT NULL PRIMARY KEY,
    sealed BYTEA NOT NULL
);
