-- +goose Up

-- Roles that an organisation made itself; users.role has their id. The built-in ones
-- are in the program. permissions are names, sorted, with a space between.
CREATE TABLE roles (
    tenant_id   TEXT   NOT NULL REFERENCES tenants (id),
    id          TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    name_key    TEXT   NOT NULL,
    description TEXT   NOT NULL,
    permissions TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
);

CREATE TABLE user_groups (
    tenant_id   TEXT   NOT NULL REFERENCES tenants (id),
    id          TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    name_key    TEXT   NOT NULL,
    description TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
);
CREATE TABLE group_members (
    tenant_id TEXT   NOT NULL,
    group_id  TEXT   NOT NULL,
    user_id   TEXT   NOT NULL,
    added_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, user_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES user_groups (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX group_members_of_user ON group_members (tenant_id, user_id, group_id);

-- What people are found by: the words of their name and the parts of their address.
CREATE TABLE user_words (
    tenant_id TEXT NOT NULL,
    word      TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    PRIMARY KEY (tenant_id, word, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX user_words_of_user ON user_words (tenant_id, user_id);

ALTER TABLE users ADD COLUMN last_sign_in_at BIGINT NOT NULL DEFAULT 0;
-- The strongest second factor that is active: none, weak or strong.
ALTER TABLE users ADD COLUMN second_factor TEXT NOT NULL DEFAULT 'none';
-- Until when an admin exempts this user from the policy's second factor, and why.
ALTER TABLE users ADD COLUMN mfa_exempt_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN mfa_exempt_reason TEXT NOT NULL DEFAULT '';
-- When this user was last reminded to set a second factor up.
ALTER TABLE users ADD COLUMN mfa_reminded_at BIGINT NOT NULL DEFAULT 0;

-- Who was invited and has not joined.
UPDATE users SET status = 'invited' WHERE status = 'active' AND password_hash = '' AND email_verified_at = 0;
UPDATE users SET second_factor = 'weak' WHERE EXISTS (SELECT 1 FROM factors f WHERE f.tenant_id = users.tenant_id
    AND f.user_id = users.id AND f.status = 'active' AND f.method IN ('sms', 'email'));
UPDATE users SET second_factor = 'strong' WHERE EXISTS (SELECT 1 FROM factors f WHERE f.tenant_id = users.tenant_id
    AND f.user_id = users.id AND f.status = 'active' AND f.method IN ('totp', 'webauthn'));

DROP INDEX users_admins; -- users_by_role does its work
CREATE INDEX users_by_role ON users (tenant_id, role, id);
CREATE INDEX users_by_status ON users (tenant_id, status, id);
CREATE INDEX users_by_factor ON users (tenant_id, second_factor, id);

-- How many people had which second factor at the end of a day, in UTC.
CREATE TABLE mfa_days (
    tenant_id TEXT   NOT NULL REFERENCES tenants (id),
    day       TEXT   NOT NULL, -- 2006-01-02
    users     BIGINT NOT NULL,
    strong    BIGINT NOT NULL,
    weak      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, day)
);
