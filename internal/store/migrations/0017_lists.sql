-- +goose Up

-- The lists of an organisation: each index begins with a filter and goes on in the order of the
-- list, or has the order alone.
CREATE INDEX sessions_started ON sessions (tenant_id, created_at, id);
CREATE INDEX sessions_used ON sessions (tenant_id, last_activity_at, id);
CREATE INDEX sessions_by_status ON sessions (tenant_id, status, created_at, id);
CREATE INDEX sessions_by_type ON sessions (tenant_id, device_type, created_at, id);
CREATE INDEX sessions_of_address ON sessions (tenant_id, ip_bytes, created_at, id);
CREATE INDEX sessions_of_device ON sessions (tenant_id, device_id, created_at, id);

ALTER TABLE devices ADD COLUMN ip_bytes BYTEA NOT NULL DEFAULT ''; -- of last_ip, as in sessions
UPDATE devices SET ip_bytes = COALESCE((SELECT s.ip_bytes FROM sessions s WHERE s.tenant_id = devices.tenant_id
    AND s.device_id = devices.id AND s.ip_address = devices.last_ip LIMIT 1), '');
CREATE INDEX devices_by_use ON devices (tenant_id, last_used_at, id);
CREATE INDEX devices_by_status ON devices (tenant_id, status, last_used_at, id);
CREATE INDEX devices_by_trust ON devices (tenant_id, trust_level, last_used_at, id);
CREATE INDEX devices_compromised ON devices (tenant_id, last_used_at, id) WHERE compromised_at > 0;
CREATE INDEX devices_of_address ON devices (tenant_id, ip_bytes, last_used_at, id);

ALTER TABLE attempts ADD COLUMN email_key TEXT NOT NULL DEFAULT ''; -- as in users
UPDATE attempts SET email_key = LOWER(email);
CREATE INDEX attempts_by_outcome ON attempts (tenant_id, failure_reason, created_at, id);
CREATE INDEX attempts_of_email ON attempts (tenant_id, email_key, created_at, id);

-- With the word in it SQLite finds the words of one person by it.
DROP INDEX user_words_of_user;
CREATE INDEX user_words_of_user ON user_words (tenant_id, user_id, word);
CREATE INDEX users_by_sign_in ON users (tenant_id, last_sign_in_at, id);
