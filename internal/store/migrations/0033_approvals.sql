-- +goose Up
-- Requests to approve a sign-in, or an act, on another device. A row lives for a day; it can be answered
-- until its time is over, once, and the answer is used once.
CREATE TABLE approvals (
    tenant_id   TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    flow_id     TEXT   NOT NULL, -- in which it was asked for
    factor_id   TEXT   NOT NULL,
    number      BIGINT NOT NULL, -- that the asking browser shows
    act         TEXT   NOT NULL, -- of a step-up; '' for a sign-in
    session_id  TEXT   NOT NULL, -- of the asking browser; '' for none
    device_id   TEXT   NOT NULL, -- of the asking browser; '' where it is unknown
    client      TEXT   NOT NULL, -- "web" or "native"
    ip_address  TEXT   NOT NULL,
    user_agent  TEXT   NOT NULL,
    device_info TEXT   NOT NULL,
    location    TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    answer      TEXT   NOT NULL, -- '' while it is open
    answered_at BIGINT NOT NULL,
    answered_in TEXT   NOT NULL, -- the session
    used_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX approvals_of_user ON approvals (tenant_id, user_id, created_at, id);
CREATE INDEX approvals_old ON approvals (created_at);
