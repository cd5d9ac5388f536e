-- +goose Up
-- A row for each time that this database was set back to a backup. Until the
-- newest one is done no node serves it. tenant_id and place (a user) say how far
-- the work is: those up to there are done.
CREATE TABLE restorations (
    generation BIGINT NOT NULL PRIMARY KEY, -- when it began, and greater than any before
    done_at    BIGINT NOT NULL,
    passwords  TEXT   NOT NULL, -- what becomes of them: 'renew' or 'withdraw'; '' before that is known
    tenant_id  TEXT   NOT NULL,
    place      TEXT   NOT NULL,
    counts     TEXT   NOT NULL
);
