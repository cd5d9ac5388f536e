-- +goose Up
-- The row exists in a database that the demo filled. Its accounts have passwords that were
-- printed, so it is not for the public, and only the demo may delete it.
CREATE TABLE demo (
    id        BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    marked_at BIGINT NOT NULL
);
