-- +goose Up
-- Accounts that are deleted at their owners' wish, once it is deletes_at. When that has begun nothing
-- brings them back; their rows go in steps.
ALTER TABLE users ADD COLUMN erasing_at BIGINT NOT NULL DEFAULT 0; -- when it began; 0 for not
CREATE INDEX users_deleting ON users (deletes_at) WHERE deletes_at > 0;
