-- +goose Up

-- PostgreSQL: what may have changed of what the session check answers, written with the change. Nodes
-- read it and forget what they remember. Rows go when every node has seen them. SQLite has one node, and
-- needs neither table.
CREATE TABLE session_feed (
    tenant_id TEXT   NOT NULL,
    id        TEXT   NOT NULL,
    scope     TEXT   NOT NULL, -- session, key, device, user or tenant
    subject   TEXT   NOT NULL, -- its id, '' for the tenant
    xid       BIGINT NOT NULL, -- the transaction that wrote it
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX session_feed_by_transaction ON session_feed (xid);

-- The nodes that answer session checks from memory, of all organisations.
CREATE TABLE check_nodes (
    id      TEXT   NOT NULL PRIMARY KEY, -- of one run of a program
    renewal BIGINT NOT NULL,             -- grows while it works
    seen    TEXT   NOT NULL              -- the snapshot of the feed that it has applied
);
