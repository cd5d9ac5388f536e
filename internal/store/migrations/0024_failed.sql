-- +goose Up

-- The failed attempts of a window, the newest first, with what they are counted by: who is guessed,
-- and from where. Counting them reads nothing but the index.
CREATE INDEX attempts_failed ON attempts (tenant_id, created_at, id, email_key, ip_bytes, failure_reason) WHERE failure_reason <> '';
