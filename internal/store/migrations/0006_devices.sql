-- +goose Up

ALTER TABLE devices ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '{}';
ALTER TABLE devices ADD COLUMN is_primary BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE devices ADD COLUMN trust_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN verified_at BIGINT NOT NULL DEFAULT 0;  -- when its trust was last earned
ALTER TABLE devices ADD COLUMN rotated_at BIGINT NOT NULL DEFAULT 0;   -- when its credential was last replaced
ALTER TABLE devices ADD COLUMN announced_at BIGINT NOT NULL DEFAULT 0; -- when its owner was told that it will be removed
ALTER TABLE devices ADD COLUMN ended_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN ended_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN compromised_by TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN quiet TEXT NOT NULL DEFAULT '[]';       -- signals its owner explained
CREATE INDEX devices_last_used ON devices (tenant_id, last_used_at) WHERE status = 'active' AND trust_level > 0;
CREATE INDEX devices_verified ON devices (tenant_id, verified_at) WHERE status = 'active' AND trust_level > 1;

-- Credentials that were replaced. One that comes back was copied.
CREATE TABLE device_credentials (
    tenant_id   TEXT   NOT NULL,
    token_hash  BYTEA  NOT NULL,
    device_id   TEXT   NOT NULL,
    replaced_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, device_id) REFERENCES devices (tenant_id, id)
);
CREATE INDEX device_credentials_of ON device_credentials (tenant_id, device_id);

-- Why a sign-in was doubtful, and what its owner said to that.
ALTER TABLE attempts ADD COLUMN device_id TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN session_id TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN assessment TEXT NOT NULL DEFAULT '{}';
ALTER TABLE attempts ADD COLUMN answer TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN assessment TEXT NOT NULL DEFAULT '{}';
CREATE INDEX sessions_live_of_device ON sessions (tenant_id, device_id, id) WHERE status IN ('active', 'suspended');

-- The attempt that "It was me" and "This wasn't me" answer.
ALTER TABLE links ADD COLUMN attempt_id TEXT NOT NULL DEFAULT '';
