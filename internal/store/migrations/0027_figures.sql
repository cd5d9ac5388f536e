-- +goose Up

-- Figures of an organisation, counted as events pass (package dashboard). counted is the position in
-- the log up to which they are; from settled on events also say of whom the state is counted again,
-- and recounting is the id up to which a count of everybody has come, '~' when it is over.
CREATE TABLE figures (
    tenant_id   TEXT   NOT NULL PRIMARY KEY,
    counted     BIGINT NOT NULL,
    settled     BIGINT NOT NULL,
    recounting  TEXT   NOT NULL,
    users       BIGINT NOT NULL, -- active people
    strong      BIGINT NOT NULL, -- of them, by their best second factor
    weak        BIGINT NOT NULL,
    demanded    BIGINT NOT NULL, -- of them, who have none although one is demanded, exempt or not
    sessions    BIGINT NOT NULL, -- active ones
    people      BIGINT NOT NULL, -- who have such
    trusted     BIGINT NOT NULL, -- devices
    compromised BIGINT NOT NULL, -- devices that are not removed
    methods     TEXT   NOT NULL  -- JSON: active people by method of an active second factor
);

-- What each user counts for.
CREATE TABLE figure_people (
    tenant_id    TEXT   NOT NULL,
    user_id      TEXT   NOT NULL,
    users        BIGINT NOT NULL, -- as in figures, each 0 or 1
    strong       BIGINT NOT NULL,
    weak         BIGINT NOT NULL,
    demanded     BIGINT NOT NULL,
    sessions     BIGINT NOT NULL, -- as in figures
    trusted      BIGINT NOT NULL,
    compromised  BIGINT NOT NULL,
    methods      TEXT   NOT NULL, -- names, with a space between them
    exempt_until BIGINT NOT NULL, -- from what policy demands; 0 for not at all
    locked_until BIGINT NOT NULL, -- the end of the longest lock
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX figure_people_exempt ON figure_people (tenant_id, exempt_until) WHERE demanded > 0 AND exempt_until > 0;
CREATE INDEX figure_people_locked ON figure_people (tenant_id, locked_until, user_id) WHERE locked_until > 0;

-- Unusual sign-ins, and whether their owners have said nothing yet.
CREATE TABLE figure_doubts (
    tenant_id  TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    attempt_id TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    open       BOOLEAN NOT NULL,
    PRIMARY KEY (tenant_id, user_id, attempt_id)
);
CREATE INDEX figure_doubts_by_state ON figure_doubts (tenant_id, open, created_at, attempt_id);
CREATE INDEX figure_doubts_old ON figure_doubts (created_at);

-- What happened in each hour, and the figures at its end. Hours in which nothing happened have no row.
CREATE TABLE figure_hours (
    tenant_id TEXT   NOT NULL,
    hour      BIGINT NOT NULL, -- its beginning, in microseconds
    outcomes  TEXT   NOT NULL, -- JSON: attempts to sign in by outcome
    locks     BIGINT NOT NULL,
    gauges    TEXT   NOT NULL, -- JSON: the figures at its end; '' for hours that were counted later
    PRIMARY KEY (tenant_id, hour)
);

-- Failed attempts in each minute of the last days, so that a day can end now.
CREATE TABLE figure_minutes (
    tenant_id TEXT   NOT NULL,
    minute    BIGINT NOT NULL,
    failed    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, minute)
);
CREATE INDEX figure_minutes_old ON figure_minutes (minute);

-- Attempts by country, '' where it is not known, in each hour of the last days and on each day.
CREATE TABLE figure_countries (
    tenant_id TEXT   NOT NULL,
    step      TEXT   NOT NULL, -- hour, day
    begins_at BIGINT NOT NULL,
    country   TEXT   NOT NULL,
    succeeded BIGINT NOT NULL,
    failed    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, step, begins_at, country)
);
CREATE INDEX figure_countries_old ON figure_countries (step, begins_at);

-- Who wants the weekly digest, and when they were sent it last.
CREATE TABLE digests (
    tenant_id TEXT   NOT NULL,
    user_id   TEXT   NOT NULL,
    sent_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX digests_due ON digests (tenant_id, sent_at, user_id);

-- When an organisation's admins last went through the checklist, and were last reminded of it.
CREATE TABLE reviews (
    tenant_id   TEXT   NOT NULL PRIMARY KEY,
    reviewed_at BIGINT NOT NULL,
    reviewed_by TEXT   NOT NULL,
    reminded_at BIGINT NOT NULL
);

-- What could not be delivered to people of an organisation.
CREATE INDEX outbox_dead_of ON outbox (tenant_id, channel, id) WHERE state = 'dead';
