-- +goose Up
-- When a refused try was recorded last: whoever is refused must not fill the log.
ALTER TABLE throttle ADD COLUMN refused_at BIGINT NOT NULL DEFAULT 0;
