-- +goose Up

-- What retention goes through, the oldest first.
CREATE INDEX sessions_ended ON sessions (tenant_id, terminated_at, id) WHERE terminated_at > 0;
CREATE INDEX device_credentials_replaced ON device_credentials (tenant_id, replaced_at, token_hash);
CREATE INDEX devices_revoked ON devices (tenant_id, ended_at, id) WHERE status = 'revoked';

CREATE INDEX events_with_parts ON events (tenant_id, created_at, seq) WHERE personal <> '';

-- The sign-ins of a user that a new one is compared with, among however many that failed.
CREATE INDEX attempts_visits ON attempts (tenant_id, user_id, created_at, id) WHERE (successful OR answer = 'mine') AND answer <> 'not_mine';

-- The last run of retention in each organisation.
CREATE TABLE retention_runs (
    tenant_id    TEXT    NOT NULL PRIMARY KEY,
    cutoff       BIGINT  NOT NULL, -- what is older goes; 0 for nothing
    parts_cutoff BIGINT  NOT NULL, -- of events: their personal parts
    told         BOOLEAN NOT NULL, -- its event is in the log
    done         BOOLEAN NOT NULL,
    taken        BIGINT  NOT NULL, -- how often a node took it: whoever did last goes on with it
    leased_until BIGINT  NOT NULL  -- until when the other nodes leave it alone
);
