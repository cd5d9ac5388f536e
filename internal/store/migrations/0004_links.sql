-- +goose Up

-- Mailed links that wait to be used. Using one deletes its row, so that it works
-- once.
CREATE TABLE links (
    tenant_id  TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    token_hash BYTEA  NOT NULL,
    session_id TEXT   NOT NULL, -- what the mail told of, '' when it cannot be told
    device_id  TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX links_of_user ON links (tenant_id, user_id, kind);
CREATE INDEX links_end ON links (expires_at);

-- What may have to be mailed to whoever has an address: a link for a new password
-- that was asked for, the news of a lock. Whether anybody has the address is found
-- out later, so that the answer takes as long either way.
CREATE TABLE mail_requests (
    tenant_id    TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    email        TEXT   NOT NULL,
    lang         TEXT   NOT NULL,
    client       TEXT   NOT NULL,
    locked_until BIGINT NOT NULL, -- of a lock
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX mail_requests_oldest ON mail_requests (created_at, id);

ALTER TABLE users ADD COLUMN email_verified_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT FALSE;
