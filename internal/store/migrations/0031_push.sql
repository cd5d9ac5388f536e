-- +goose Up
-- Browsers that a user lets be told by push. A row lives as long as its session does. target is sealed:
-- whoever knows it can push to the browser.
CREATE TABLE push_subscriptions (
    tenant_id     TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    user_id       TEXT   NOT NULL,
    session_id    TEXT   NOT NULL,
    endpoint_hash BYTEA  NOT NULL, -- SHA-256
    target        BYTEA  NOT NULL, -- the endpoint and the keys of the browser
    service       TEXT   NOT NULL, -- the host of the endpoint
    key_id        TEXT   NOT NULL, -- of the key of the installation that it was made with
    device_info   TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    last_at       BIGINT NOT NULL DEFAULT 0, -- when the push service last took a message
    failed        BIGINT NOT NULL DEFAULT 0, -- refused since then
    last_status   BIGINT NOT NULL DEFAULT 0, -- the last answer of the push service
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, session_id),
    UNIQUE (tenant_id, endpoint_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX push_subscriptions_of_user ON push_subscriptions (tenant_id, user_id, created_at, id);
