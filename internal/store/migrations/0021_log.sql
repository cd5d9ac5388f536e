-- +goose Up

-- The audit log, in a form in which changes of a tenant do not wait for each other, and what is
-- personal can be removed. Logs from before the first release are not carried over.
DROP TABLE events;
DROP TABLE audit_hashes;
UPDATE audit_heads SET size = 0, root = '', peaks = '';

-- seq is the order of writing, with gaps. body is what the leaf of
-- the tree is the hash of, personal the part that can be removed, '' for none; ip_bytes goes with it.
-- The other columns repeat parts of both for finding, and verification holds them against those.
CREATE TABLE events (
    tenant_id  TEXT   NOT NULL,
    seq        BIGINT NOT NULL,
    id         TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    actor_id   TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    session_id TEXT   NOT NULL,
    target_id  TEXT   NOT NULL,
    ip_bytes   BYTEA  NOT NULL,
    created_at BIGINT NOT NULL,
    body       TEXT   NOT NULL,
    personal   TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
-- Most events lack some of these, and each index costs every change something.
CREATE INDEX events_of_user ON events (tenant_id, user_id, seq);
CREATE INDEX events_by_actor ON events (tenant_id, actor_id, seq) WHERE actor_id <> '' AND actor_id <> user_id;
CREATE INDEX events_of_session ON events (tenant_id, session_id, seq) WHERE session_id <> '';
CREATE INDEX events_of_target ON events (tenant_id, target_id, seq) WHERE target_id <> '';
CREATE INDEX events_of_address ON events (tenant_id, ip_bytes, seq) WHERE ip_bytes <> '';
-- Verification compares with them what is missing.
CREATE INDEX events_of_retention ON events (tenant_id, seq) WHERE kind = 'retention.applied';

-- Events that have no place in the tree yet, on PostgreSQL. queued_at is by the database's clock.
CREATE TABLE audit_queue (
    tenant_id TEXT   NOT NULL,
    seq       BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);

-- The leaves of the tree in their order, from 0.
CREATE TABLE audit_leaves (
    tenant_id TEXT   NOT NULL,
    position  BIGINT NOT NULL,
    seq       BIGINT NOT NULL,
    hash      BYTEA  NOT NULL,
    PRIMARY KEY (tenant_id, position)
);
CREATE UNIQUE INDEX audit_leaves_of_events ON audit_leaves (tenant_id, seq);

-- The inner hashes of the tree, at every fourth level: the others follow from a few of these. place is the index of a stored hash as package tlog counts them.
CREATE TABLE audit_hashes (
    tenant_id TEXT   NOT NULL,
    place     BIGINT NOT NULL,
    hash      BYTEA  NOT NULL,
    PRIMARY KEY (tenant_id, place)
);
