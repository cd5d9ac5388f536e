-- +goose Up

-- A native client holds an access token, whose hash is sessions.token_hash, for some minutes, and a
-- refresh token that gets it the next. The columns are those of token.Family.
ALTER TABLE sessions ADD COLUMN token_ends_at BIGINT NOT NULL DEFAULT 0; -- 0 where the token is as good as the session
ALTER TABLE sessions ADD COLUMN refresh_key BYTEA NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN refresh_hash BYTEA NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN refresh_former BYTEA NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN refresh_salt BYTEA NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN refreshed_at BIGINT NOT NULL DEFAULT 0;

-- API keys. hash is that of the key, former_hash that of the one before it, which is good until
-- former_ends_at. permissions and networks are lists with a space between; no networks means any.
CREATE TABLE api_keys (
    tenant_id      TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    user_id        TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    name_key       TEXT   NOT NULL,
    hint           TEXT   NOT NULL,
    hash           BYTEA  NOT NULL,
    former_hash    BYTEA  NOT NULL DEFAULT '',
    former_ends_at BIGINT NOT NULL DEFAULT 0,
    permissions    TEXT   NOT NULL,
    networks       TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    created_by     TEXT   NOT NULL, -- a user id
    session_id     TEXT   NOT NULL, -- in which it was made; '' for none
    expires_at     BIGINT NOT NULL, -- 0 for never
    rotated_at     BIGINT NOT NULL DEFAULT 0,
    status         TEXT   NOT NULL, -- active, also when it has expired, or revoked
    ended_at       BIGINT NOT NULL DEFAULT 0,
    ended_by       TEXT   NOT NULL DEFAULT '', -- a user id, or system
    end_reason     TEXT   NOT NULL DEFAULT '',
    used_at        BIGINT NOT NULL DEFAULT 0,
    used_ip        TEXT   NOT NULL DEFAULT '',
    used_location  TEXT   NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (tenant_id, hash);
CREATE UNIQUE INDEX api_keys_former ON api_keys (tenant_id, former_hash) WHERE former_ends_at > 0;
CREATE UNIQUE INDEX api_keys_name ON api_keys (tenant_id, user_id, name_key, ended_at);
CREATE INDEX api_keys_made ON api_keys (tenant_id, created_at, id);
CREATE INDEX api_keys_of_user ON api_keys (tenant_id, user_id, created_at, id);
CREATE INDEX api_keys_ended ON api_keys (tenant_id, ended_at, id) WHERE ended_at > 0;

-- The role whose holders look after a service account; '' for a person.
ALTER TABLE users ADD COLUMN owned_by TEXT NOT NULL DEFAULT '';
CREATE INDEX users_service ON users (tenant_id, id) WHERE owned_by <> '';

-- Services that ask who the holder of a token is (RFC 7662). The columns of secrets are as in api_keys.
CREATE TABLE oauth_clients (
    tenant_id      TEXT   NOT NULL REFERENCES tenants (id),
    id             TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    name_key       TEXT   NOT NULL,
    hint           TEXT   NOT NULL,
    hash           BYTEA  NOT NULL,
    former_hash    BYTEA  NOT NULL DEFAULT '',
    former_ends_at BIGINT NOT NULL DEFAULT 0,
    created_at     BIGINT NOT NULL,
    created_by     TEXT   NOT NULL, -- a user id, '' for the operator
    rotated_at     BIGINT NOT NULL DEFAULT 0,
    used_at        BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
);

-- Keys that sign tokens for others to verify (ES256). private_key is sealed, public_key a JWK.
CREATE TABLE signing_keys (
    tenant_id   TEXT   NOT NULL REFERENCES tenants (id),
    id          TEXT   NOT NULL, -- the kid
    private_key BYTEA  NOT NULL,
    public_key  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    signs_from  BIGINT NOT NULL,
    signs_until BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
