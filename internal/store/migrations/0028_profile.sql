-- +goose Up
-- What people say of themselves, and what an organisation looks like.

ALTER TABLE users ADD COLUMN phone TEXT NOT NULL DEFAULT '';                -- E.164, verified; apart from second factors
ALTER TABLE users ADD COLUMN phone_verified_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN chosen_zone TEXT NOT NULL DEFAULT '';          -- IANA name that they chose; '' for that of the browser
ALTER TABLE users ADD COLUMN avatar TEXT NOT NULL DEFAULT '';               -- the hash of a row of pictures; '' for initials
ALTER TABLE users ADD COLUMN deletes_at BIGINT NOT NULL DEFAULT 0;          -- when the account is deleted at its owner's wish; 0 for not

ALTER TABLE tenants ADD COLUMN accent TEXT NOT NULL DEFAULT '';             -- #rrggbb; '' for that of the product
ALTER TABLE tenants ADD COLUMN logo TEXT NOT NULL DEFAULT '';               -- the hash of a row of pictures
ALTER TABLE tenants ADD COLUMN help_url TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN privacy_url TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN imprint_url TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN security_contact TEXT NOT NULL DEFAULT '';   -- an https or mailto address
ALTER TABLE tenants ADD COLUMN sign_in_text TEXT NOT NULL DEFAULT '';

-- The address that a link verifies, where it is not yet that of its user.
ALTER TABLE links ADD COLUMN email TEXT NOT NULL DEFAULT '';

-- Former addresses of people that nobody else may have yet. The key is that of users.
CREATE TABLE former_emails (
    tenant_id         TEXT   NOT NULL,
    email_key         TEXT   NOT NULL,
    email             TEXT   NOT NULL,
    user_id           TEXT   NOT NULL,
    session_id        TEXT   NOT NULL, -- in which it was changed
    email_verified_at BIGINT NOT NULL, -- as it was with the user
    changed_at        BIGINT NOT NULL,
    reserved_until    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, email_key),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX former_emails_of ON former_emails (tenant_id, user_id, changed_at);
CREATE INDEX former_emails_old ON former_emails (reserved_until);

-- The code that waits to be entered for a new phone number, sealed. One for each user.
CREATE TABLE phone_codes (
    tenant_id  TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    phone      TEXT   NOT NULL,
    code       BYTEA  NOT NULL,
    session_id TEXT   NOT NULL, -- that asked for it
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX phone_codes_old ON phone_codes (expires_at);

-- Avatars and logos: what they were made into, one row for each size. The hash is that of the
-- largest one. An owner is the id of a user, or '' for the organisation.
CREATE TABLE pictures (
    tenant_id  TEXT   NOT NULL REFERENCES tenants (id),
    owner      TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    size       BIGINT NOT NULL, -- of its longer side, in pixels
    type       TEXT   NOT NULL, -- image/png or image/jpeg
    body       BYTEA  NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, owner, hash, size)
);
