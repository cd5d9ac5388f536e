-- +goose Up

-- What happened on an account, as its bell shows it. facts are those of the mail without its links.
-- times counts events of a kind that came soon after each other, of which the row has the last.
CREATE TABLE notices (
    tenant_id  TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    facts      TEXT   NOT NULL,
    session_id TEXT   NOT NULL, -- that it is about; '' for none
    device_id  TEXT   NOT NULL,
    times      BIGINT NOT NULL,
    created_at BIGINT NOT NULL, -- of the first
    last_at    BIGINT NOT NULL,
    read_at    BIGINT NOT NULL, -- 0 while it is unread
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX notices_of_user ON notices (tenant_id, user_id, last_at, id);
CREATE INDEX notices_old ON notices (last_at);

-- Where people want to be told of what, where it is not as the table in package notify says.
CREATE TABLE notification_choices (
    tenant_id TEXT    NOT NULL,
    user_id   TEXT    NOT NULL,
    topic     TEXT    NOT NULL,
    channel   TEXT    NOT NULL, -- email, push, in_app or text
    wanted    BOOLEAN NOT NULL,
    PRIMARY KEY (tenant_id, user_id, topic, channel),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);

-- Mails of a kind that come soon after one another are one.
ALTER TABLE outbox ADD COLUMN held BOOLEAN NOT NULL DEFAULT FALSE; -- waits for others of its kind
CREATE INDEX outbox_of_kind ON outbox (tenant_id, user_id, channel, kind, created_at) WHERE user_id <> '';
