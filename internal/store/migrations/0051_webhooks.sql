-- +goose Up

-- Programs of an organisation that are told of the events of its log, each in the order of the log. sealed has
-- the address and the secrets. The columns from due_at on are how far it is and what became of the last try.
CREATE TABLE webhooks (
    tenant_id     TEXT   NOT NULL REFERENCES tenants (id),
    id            TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    name_key      TEXT   NOT NULL,
    sealed        BYTEA  NOT NULL,
    host          TEXT   NOT NULL, -- of the address
    hint          TEXT   NOT NULL, -- the end of the address
    kinds         TEXT   NOT NULL, -- names of groups and kinds of events, with spaces between them
    created_at    BIGINT NOT NULL,
    created_by    TEXT   NOT NULL, -- '' for the operator
    rotated_at    BIGINT NOT NULL, -- when the secret was last replaced; 0 for never
    former_until  BIGINT NOT NULL, -- until when the secret before signs too; 0 for none
    off_at        BIGINT NOT NULL, -- when it was switched off, because nothing was taken there; 0 for never
    position      BIGINT NOT NULL, -- in the log, of the event that is next
    due_at        BIGINT NOT NULL, -- nothing is sent before
    leased_until  BIGINT NOT NULL, -- one node sends until then
    steps         BIGINT NOT NULL, -- grows with each change of the position, so that of two nodes one goes on
    deliveries    BIGINT NOT NULL, -- how many there were
    tried_at      BIGINT NOT NULL, -- when an event was last sent
    taken_at      BIGINT NOT NULL, -- when one was last taken; 0 for never
    took          BIGINT NOT NULL, -- microseconds until the last answer
    outcome       TEXT   NOT NULL, -- of the last try
    status        BIGINT NOT NULL, -- the answer, as a status of HTTP; 0 for none
    failed        BIGINT NOT NULL, -- how many tries were not taken since taken_at
    failing_since BIGINT NOT NULL, -- when the first of them was
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
);
CREATE INDEX webhooks_on ON webhooks (tried_at, id) WHERE off_at = 0;

-- What was sent and answered. What an event says is in the log alone.
CREATE TABLE webhook_deliveries (
    tenant_id  TEXT   NOT NULL,
    webhook_id TEXT   NOT NULL,
    number     BIGINT NOT NULL, -- of the webhook, from 1
    event_id   TEXT   NOT NULL, -- that of the message where it is a test
    kind       TEXT   NOT NULL,
    position   BIGINT NOT NULL, -- in the log; -1 for a test
    cause      TEXT   NOT NULL, -- log, resend or test
    tried_at   BIGINT NOT NULL,
    took       BIGINT NOT NULL, -- microseconds until the answer
    outcome    TEXT   NOT NULL,
    answered   BIGINT NOT NULL, -- a status of HTTP; 0 for no answer
    said       TEXT   NOT NULL, -- the beginning of the answer
    PRIMARY KEY (tenant_id, webhook_id, number),
    FOREIGN KEY (tenant_id, webhook_id) REFERENCES webhooks (tenant_id, id)
);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (tried_at);
