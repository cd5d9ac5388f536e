-- +goose Up

-- Networks that admins blocked for a while. One that was lifted is deleted, as one that is over.
CREATE TABLE network_blocks (
    tenant_id  TEXT   NOT NULL REFERENCES tenants (id),
    id         TEXT   NOT NULL,
    first_ip   BYTEA  NOT NULL, -- the first and the last address of the network, in the form of sessions.ip_bytes
    last_ip    BYTEA  NOT NULL,
    network    TEXT   NOT NULL, -- the same, as 192.0.2.0/24
    reason     TEXT   NOT NULL,
    created_by TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, first_ip, last_ip)
);
