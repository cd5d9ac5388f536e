-- +goose Up

-- Second factors of every status: revoked ones are history. secret is sealed and
-- empty once the factor has ended; credential is the public half of a passkey.
CREATE TABLE factors (
    tenant_id       TEXT    NOT NULL,
    id              TEXT    NOT NULL,
    user_id         TEXT    NOT NULL,
    method          TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    phone_number    TEXT    NOT NULL,
    email           TEXT    NOT NULL,
    secret          BYTEA   NOT NULL,
    credential_id   TEXT    NOT NULL,
    credential      TEXT    NOT NULL,
    last_step       BIGINT  NOT NULL, -- of TOTP: the last time step that was accepted
    backup_eligible BOOLEAN NOT NULL,
    backed_up       BOOLEAN NOT NULL,
    created_at      BIGINT  NOT NULL,
    verified_at     BIGINT  NOT NULL,
    last_used_at    BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    ended_at        BIGINT  NOT NULL,
    ended_reason    TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX factors_of_user ON factors (tenant_id, user_id, id);
CREATE INDEX factors_ended ON factors (tenant_id, user_id, ended_at, id) WHERE status = 'revoked';
CREATE INDEX factors_pending ON factors (expires_at) WHERE status = 'pending';
CREATE UNIQUE INDEX factors_credential ON factors (tenant_id, credential_id)
    WHERE credential_id <> '' AND status IN ('active', 'suspended');

-- Keyed hashes of backup codes; the key is sealed in the factor's row.
CREATE TABLE backup_codes (
    tenant_id TEXT   NOT NULL,
    factor_id TEXT   NOT NULL,
    hash      BYTEA  NOT NULL,
    used_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, factor_id, hash),
    FOREIGN KEY (tenant_id, factor_id) REFERENCES factors (tenant_id, id)
);

-- An admin demands a second factor of this user, whatever policy says of others.
ALTER TABLE users ADD COLUMN mfa_required BOOLEAN NOT NULL DEFAULT FALSE;

-- When the owner of a session last proved anew who they are, and with which method
-- its second factor was passed.
ALTER TABLE sessions ADD COLUMN stepped_up_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN mfa_method TEXT NOT NULL DEFAULT '';

-- The session that a step-up is for; '' for a sign-in.
ALTER TABLE flows ADD COLUMN session_id TEXT NOT NULL DEFAULT '';

-- A factor that "This wasn't me" removes.
ALTER TABLE links ADD COLUMN factor_id TEXT NOT NULL DEFAULT '';
