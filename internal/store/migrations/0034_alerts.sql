-- +goose Up

-- Where an organisation has what happens told besides mail: chats and tools. address is sealed: whoever
-- knows it can write there. The last columns are what became of the messages.
CREATE TABLE alert_channels (
    tenant_id     TEXT    NOT NULL REFERENCES tenants (id),
    id            TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    name_key      TEXT    NOT NULL,
    format        TEXT    NOT NULL, -- slack, teams, ntfy or json
    address       BYTEA   NOT NULL,
    host          TEXT    NOT NULL, -- of the address
    hint          TEXT    NOT NULL, -- the end of the address
    topics        TEXT    NOT NULL, -- names, with spaces between them
    named         BOOLEAN NOT NULL, -- messages name people
    created_at    BIGINT  NOT NULL,
    created_by    TEXT    NOT NULL, -- '' for the operator
    off_at        BIGINT  NOT NULL, -- when it was switched off, because nothing was taken there; 0 for never
    taken_at      BIGINT  NOT NULL, -- when a message was last taken; 0 for never
    tried_at      BIGINT  NOT NULL, -- when one was last sent
    outcome       TEXT    NOT NULL, -- what became of it
    status        BIGINT  NOT NULL, -- the answer, as a status of HTTP; 0 for none
    said          TEXT    NOT NULL, -- the beginning of the answer, where it was no
    failed        BIGINT  NOT NULL, -- how many were not taken since taken_at
    failing_since BIGINT  NOT NULL, -- when the first of them was sent
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
);
