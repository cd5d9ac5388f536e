-- +goose Up

-- What a tenant decided, all fields as JSON. No row: the default policy.
CREATE TABLE policies (
    tenant_id  TEXT   NOT NULL PRIMARY KEY REFERENCES tenants (id),
    version    BIGINT NOT NULL,
    body       TEXT   NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Whether a session belongs to an app rather than a browser: they idle differently.
ALTER TABLE sessions ADD COLUMN native BOOLEAN NOT NULL DEFAULT FALSE;
