-- +goose Up

-- What an event names besides people, by the beginnings of whose words it is found; '' once its
-- personal part is removed.
ALTER TABLE events ADD COLUMN named TEXT NOT NULL DEFAULT '';

-- Lists of events are in the order of their times, so that a filter by dates leads to a place in it.
DROP INDEX events_of_user;
DROP INDEX events_by_actor;
DROP INDEX events_of_session;
DROP INDEX events_of_target;
DROP INDEX events_of_address;
CREATE INDEX events_in_time ON events (tenant_id, created_at, seq);
CREATE INDEX events_of_user ON events (tenant_id, user_id, created_at, seq);
CREATE INDEX events_by_actor ON events (tenant_id, actor_id, created_at, seq) WHERE actor_id <> '';
CREATE INDEX events_of_session ON events (tenant_id, session_id, created_at, seq) WHERE session_id <> '';
CREATE INDEX events_of_target ON events (tenant_id, target_id, created_at, seq) WHERE target_id <> '';
CREATE INDEX events_of_address ON events (tenant_id, ip_bytes, created_at, seq) WHERE ip_bytes <> '';
CREATE INDEX events_of_kind ON events (tenant_id, kind, created_at, seq);
CREATE UNIQUE INDEX events_by_id ON events (tenant_id, id);

-- The last checkpoint that was signed, and how many events it covers.
ALTER TABLE audit_heads ADD COLUMN checkpoint TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_heads ADD COLUMN checkpoint_size BIGINT NOT NULL DEFAULT 0;

-- The public keys that have signed checkpoints here.
CREATE TABLE audit_keys (
    id       TEXT   NOT NULL PRIMARY KEY,
    public   BYTEA  NOT NULL,
    added_at BIGINT NOT NULL
);

-- The last checkpoint that was taken elsewhere, by way: a file, an address, a mailbox.
CREATE TABLE audit_deliveries (
    tenant_id TEXT   NOT NULL,
    way       TEXT   NOT NULL,
    size      BIGINT NOT NULL,
    sent_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, way)
);

-- What admins export of the log: which events, and how far the download is.
CREATE TABLE audit_exports (
    tenant_id  TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    wanted     TEXT    NOT NULL, -- JSON: filters, format, where it begins, what it is compared with
    events     BIGINT  NOT NULL,
    last       BIGINT  NOT NULL, -- position of the last one
    more       BOOLEAN NOT NULL, -- others follow in another part
    done       BIGINT  NOT NULL, -- how many were sent
    created_at BIGINT  NOT NULL,
    touched_at BIGINT  NOT NULL, -- when some were last sent
    expires_at BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_exports_expiring ON audit_exports (expires_at);
CREATE INDEX audit_exports_of_user ON audit_exports (tenant_id, user_id, id);
