-- +goose Up

-- Where people of an organisation sign in instead of here, or as well. settings is the JSON of package sso;
-- secrets is sealed: the client secret, or the key that signs and decrypts for SAML.
CREATE TABLE identity_providers (
    tenant_id  TEXT    NOT NULL REFERENCES tenants (id),
    id         TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    protocol   TEXT    NOT NULL, -- openid, github or saml
    enabled    BOOLEAN NOT NULL,
    counts     BOOLEAN NOT NULL, -- it is the organisation's, and not one where people link accounts of theirs
    asks_anew  BOOLEAN NOT NULL, -- it can have people prove anew who they are, and say so
    settings   TEXT    NOT NULL,
    secrets    BYTEA   NOT NULL,
    version    BIGINT  NOT NULL, -- counts changes, so that one of two wins
    created_at BIGINT  NOT NULL,
    created_by TEXT    NOT NULL, -- '' for the operator
    changed_at BIGINT  NOT NULL,
    tested_at  BIGINT  NOT NULL, -- when somebody last signed in there with these settings; 0 for never
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
);

-- Domains of e-mail addresses whose people sign in at a provider. It counts once the organisation has
-- shown by a record in the DNS that the domain is theirs.
CREATE TABLE sso_domains (
    tenant_id   TEXT   NOT NULL,
    domain      TEXT   NOT NULL, -- in ASCII, lower case
    provider_id TEXT   NOT NULL,
    record      TEXT   NOT NULL, -- what the DNS has to say
    created_at  BIGINT NOT NULL,
    proven_at   BIGINT NOT NULL, -- 0 for never
    checked_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, domain),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES identity_providers (tenant_id, id)
);

-- Who a person is at a provider: its subject, never an address.
CREATE TABLE identities (
    tenant_id   TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    provider_id TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    email       TEXT   NOT NULL, -- as the provider last said
    created_at  BIGINT NOT NULL,
    used_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, provider_id, subject),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES identity_providers (tenant_id, id)
);
CREATE INDEX identities_of_user ON identities (tenant_id, user_id, id);

-- Sessions that began at a provider, with what names them there.
CREATE TABLE federated_sessions (
    tenant_id        TEXT   NOT NULL,
    session_id       TEXT   NOT NULL,
    identity_id      TEXT   NOT NULL,
    provider_id      TEXT   NOT NULL,
    name             TEXT   NOT NULL, -- by which the provider names its user where it signs them out
    provider_session TEXT   NOT NULL, -- sid, SessionIndex; '' for none
    hint             BYTEA  NOT NULL, -- sealed: names both in a request to sign out there
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, session_id),
    FOREIGN KEY (tenant_id, identity_id) REFERENCES identities (tenant_id, id)
);
CREATE INDEX federated_sessions_of_identity ON federated_sessions (tenant_id, identity_id);
CREATE INDEX federated_sessions_by_name ON federated_sessions (tenant_id, name, provider_id);
CREATE INDEX federated_sessions_by_session ON federated_sessions (tenant_id, provider_session, provider_id);

-- Requests to a provider that belong to a session and not to a sign-in: to link an account, to test the
-- settings, to sign out there. facts is the JSON of package sso. Used once.
CREATE TABLE sso_requests (
    tenant_id   TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    purpose     TEXT   NOT NULL,
    provider_id TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    session_id  TEXT   NOT NULL,
    facts       TEXT   NOT NULL,
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX sso_requests_old ON sso_requests (expires_at);

-- Assertions and logout tokens that were taken: nobody uses them again.
CREATE TABLE sso_seen (
    tenant_id   TEXT   NOT NULL,
    provider_id TEXT   NOT NULL,
    hash        BYTEA  NOT NULL,
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, provider_id, hash)
);
CREATE INDEX sso_seen_old ON sso_seen (expires_at);
