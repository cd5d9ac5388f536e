-- +goose Up

-- What else events are found by: the session they happened in, the thing they were about, and the
-- address they came from. They repeat what the body says, which verification compares.
ALTER TABLE events ADD COLUMN session_id TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN target_id TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN ip_bytes BYTEA NOT NULL DEFAULT '';
CREATE INDEX events_of_session ON events (tenant_id, session_id, seq);
CREATE INDEX events_of_target ON events (tenant_id, target_id, seq);
CREATE INDEX events_of_address ON events (tenant_id, ip_bytes, seq);

CREATE INDEX factors_of_phone ON factors (tenant_id, phone_number);
CREATE INDEX attempts_of_device ON attempts (tenant_id, device_id, created_at, id);
CREATE INDEX events_by_id ON events (tenant_id, id);
