-- +goose Up

-- Programs that somebody else wrote, which people reach through a proxy. rules is the JSON of sallyport.AppRule.
CREATE TABLE apps (
    tenant_id  TEXT    NOT NULL REFERENCES tenants (id),
    id         TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    origin     TEXT    NOT NULL UNIQUE, -- of all tenants: a proxy says nothing but the address
    rules      TEXT    NOT NULL,
    preflight  BOOLEAN NOT NULL,
    version    BIGINT  NOT NULL, -- counts changes, so that one of two wins
    created_at BIGINT  NOT NULL,
    created_by TEXT    NOT NULL, -- '' for the operator
    changed_at BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
);

-- What ties a browser at an app to a session. First it is a one-time code on its way through the browser, then a
-- token in a cookie of the app's host. It ends with the session, whatever ends_at says.
CREATE TABLE app_passes (
    tenant_id  TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    app_id     TEXT    NOT NULL,
    session_id TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    hash       BYTEA   NOT NULL, -- of the code, then of the token
    exchanged  BOOLEAN NOT NULL, -- it is that of the token
    state_hash BYTEA   NOT NULL, -- of the secret that the browser which asked has in a cookie
    created_at BIGINT  NOT NULL,
    ends_at    BIGINT  NOT NULL, -- of the code, then of the session
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, app_id) REFERENCES apps (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE UNIQUE INDEX app_passes_hash ON app_passes (tenant_id, hash);
CREATE INDEX app_passes_of_session ON app_passes (tenant_id, session_id, app_id);
CREATE INDEX app_passes_of_app ON app_passes (tenant_id, app_id, id);
CREATE INDEX app_passes_of_user ON app_passes (tenant_id, user_id, id);
CREATE INDEX app_passes_ends ON app_passes (ends_at);
