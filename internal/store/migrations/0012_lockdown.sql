-- +goose Up
-- A closed account is opened by proofs that are older than this; 0 while it is not closed.
ALTER TABLE users ADD COLUMN disputed_since BIGINT NOT NULL DEFAULT 0;

-- What somebody did to others and to the organisation, for the report after a lockdown.
CREATE INDEX events_by_actor ON events (tenant_id, actor_id, seq);

-- The sessions that began since a disputed one.
CREATE INDEX sessions_of_user_since ON sessions (tenant_id, user_id, created_at, id);
