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

-- The former address that a link gives back to its user; '' for other links.
ALTER TABLE links ADD COLUMN email TEXT NOT NULL DEFAULT '';

-- Addresses that people had until a moment ago, or that were given back: nobody else may have
-- them yet. The key is that of users.
CREATE TABLE former_emails (
    tenant_id      TEXT   NOT NULL,
    email_key      TEXT   NOT NULL,
    email          TEXT   NOT NULL,
    user_id        TEXT   NOT NULL,
    verified_at    BIGINT NOT NULL, -- when it was proven; 0 for never
    changed_at     BIGINT NOT NULL,
    reserved_until BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, email_key),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX former_emails_of ON former_emails (tenant_id, user_id, changed_at);
CREATE INDEX former_emails_old ON former_emails (reserved_until);

-- The code that waits to be entered for a new e-mail address or phone number, sealed. One of each
-- kind for a user.
CREATE TABLE contact_codes (
    tenant_id  TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- email, phone
    id         TEXT   NOT NULL,
    address    TEXT   NOT NULL, -- that it was sent to
    code       BYTEA  NOT NULL,
    session_id TEXT   NOT NULL, -- that asked for it
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, kind),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX contact_codes_old ON contact_codes (expires_at);

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
