-- +goose Up
-- One text for SQLite and PostgreSQL. Times are microseconds since 1970 UTC, 0
-- for never; '' is "none". tenant_id leads every key, so that a large
-- installation can partition by tenant.

CREATE TABLE tenants (
    id         TEXT   NOT NULL PRIMARY KEY,
    host       TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- The row exists once the installation was claimed. Its primary key is what
-- makes two set-up links opened at the same time claim it once.
CREATE TABLE installation (
    id         BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    claimed_at BIGINT NOT NULL
);

CREATE TABLE setup_links (
    secret_hash BYTEA  NOT NULL PRIMARY KEY,
    created_at  BIGINT NOT NULL
);

CREATE TABLE users (
    tenant_id           TEXT   NOT NULL REFERENCES tenants (id),
    id                  TEXT   NOT NULL,
    email               TEXT   NOT NULL,
    email_key           TEXT   NOT NULL,
    first_name          TEXT   NOT NULL,
    last_name           TEXT   NOT NULL,
    role                TEXT   NOT NULL,
    status              TEXT   NOT NULL,
    password_hash       TEXT   NOT NULL,
    password_changed_at BIGINT NOT NULL,
    created_at          BIGINT NOT NULL,
    disabled_at         BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_key)
);
-- Those who look after an organisation are few whatever the table holds.
CREATE INDEX users_admins ON users (tenant_id, id) WHERE role IN ('owner', 'admin') AND status = 'active';

-- Hashes of former passwords, newest last by id.
CREATE TABLE password_history (
    tenant_id     TEXT   NOT NULL,
    user_id       TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);

CREATE TABLE devices (
    tenant_id          TEXT   NOT NULL,
    id                 TEXT   NOT NULL,
    user_id            TEXT   NOT NULL,
    token_hash         BYTEA  NOT NULL,
    name               TEXT   NOT NULL,
    info               TEXT   NOT NULL,
    trust_level        BIGINT NOT NULL,
    status             TEXT   NOT NULL,
    last_used_at       BIGINT NOT NULL,
    last_ip            TEXT   NOT NULL,
    last_location      TEXT   NOT NULL,
    compromised_at     BIGINT NOT NULL,
    compromised_reason TEXT   NOT NULL,
    created_at         BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX devices_of_user ON devices (tenant_id, user_id, id);
CREATE INDEX devices_used ON devices (tenant_id, user_id, last_used_at, id);

CREATE TABLE sessions (
    tenant_id          TEXT   NOT NULL,
    id                 TEXT   NOT NULL,
    user_id            TEXT   NOT NULL,
    device_id          TEXT   NOT NULL,
    token_hash         BYTEA  NOT NULL,
    status             TEXT   NOT NULL,
    device_type        TEXT   NOT NULL,
    device_info        TEXT   NOT NULL,
    ip_address         TEXT   NOT NULL,
    ip_bytes           BYTEA  NOT NULL, -- 16 bytes, v4 mapped, so that a CIDR range is a range
    user_agent         TEXT   NOT NULL,
    location           TEXT   NOT NULL,
    created_at         BIGINT NOT NULL,
    expires_at         BIGINT NOT NULL,
    idle_us            BIGINT NOT NULL,
    last_activity_at   BIGINT NOT NULL,
    ends_at            BIGINT NOT NULL, -- the earlier of expires_at and last_activity_at + idle_us
    authenticated_at   BIGINT NOT NULL,
    mfa_verified_at    BIGINT NOT NULL,
    terminated_at      BIGINT NOT NULL,
    terminated_by      TEXT   NOT NULL,
    termination_reason TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
-- A user's live sessions are few whatever the table holds.
CREATE INDEX sessions_live_of_user ON sessions (tenant_id, user_id, id) WHERE status IN ('active', 'suspended');
CREATE INDEX sessions_live_end ON sessions (ends_at) WHERE status IN ('active', 'suspended');

-- A sign-in under way. It opens nothing but its own next step.
CREATE TABLE flows (
    tenant_id  TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    token_hash BYTEA  NOT NULL,
    state      TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    client     TEXT   NOT NULL,
    facts      TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash)
);
CREATE INDEX flows_of_user ON flows (tenant_id, user_id);
CREATE INDEX flows_end ON flows (expires_at);

CREATE TABLE attempts (
    tenant_id      TEXT    NOT NULL,
    id             TEXT    NOT NULL,
    user_id        TEXT    NOT NULL,
    email          TEXT    NOT NULL,
    ip_address     TEXT    NOT NULL,
    ip_bytes       BYTEA   NOT NULL,
    user_agent     TEXT    NOT NULL,
    device_info    TEXT    NOT NULL,
    location       TEXT    NOT NULL,
    successful     BOOLEAN NOT NULL,
    failure_reason TEXT    NOT NULL,
    mfa_required   BOOLEAN NOT NULL,
    mfa_verified   BOOLEAN NOT NULL,
    created_at     BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX attempts_made ON attempts (tenant_id, created_at, id);
CREATE INDEX attempts_of_user ON attempts (tenant_id, user_id, created_at, id);
CREATE INDEX attempts_of_address ON attempts (tenant_id, ip_bytes, created_at, id);

-- Spent tries by what they are counted for. spends is a JSON list of times.
CREATE TABLE throttle (
    tenant_id    TEXT   NOT NULL,
    scope        TEXT   NOT NULL,
    subject      TEXT   NOT NULL, -- a hash: whatever people type ends up here
    spends       TEXT   NOT NULL,
    locked_until BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, scope, subject)
);
CREATE INDEX throttle_end ON throttle (expires_at);

-- The audit log. body is what the leaf hash covers; the other columns repeat
-- parts of it for finding, and verification holds them against the body.
CREATE TABLE events (
    tenant_id  TEXT   NOT NULL,
    seq        BIGINT NOT NULL,
    id         TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    actor_id   TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    body       TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX events_of_user ON events (tenant_id, user_id, seq);

CREATE TABLE audit_hashes (
    tenant_id TEXT   NOT NULL,
    position  BIGINT NOT NULL,
    hash      BYTEA  NOT NULL,
    PRIMARY KEY (tenant_id, position)
);

-- peaks holds the hashes of the complete subtrees along the right edge, so that
-- appending reads one row.
CREATE TABLE audit_heads (
    tenant_id TEXT   NOT NULL PRIMARY KEY REFERENCES tenants (id),
    size      BIGINT NOT NULL,
    root      BYTEA  NOT NULL,
    peaks     BYTEA  NOT NULL
);
