-- +goose Up
-- Of a set of backup codes: when its owner said that they have saved it, and when they were
-- reminded of it after a sign-in. Sets from before count as saved.
ALTER TABLE factors ADD COLUMN saved_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE factors ADD COLUMN reminded_at BIGINT NOT NULL DEFAULT 0;
UPDATE factors SET saved_at = verified_at WHERE method = 'backup_codes';
-- When a passkey was offered after a sign-in on the device, which happens once.
ALTER TABLE devices ADD COLUMN passkey_offered_at BIGINT NOT NULL DEFAULT 0;
