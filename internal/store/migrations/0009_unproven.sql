-- +goose Up
-- Finds an account whose password hash stands in for that of an address nobody has: by the
-- last digits of its id, which are chance.
CREATE INDEX users_stand_in ON users (tenant_id, substr(id, 25)) WHERE password_hash <> '';

-- A flow knows its user once something is proven. Until then it is found by its address, to
-- end it with the others of the user who has that.
ALTER TABLE flows ADD COLUMN email_key TEXT NOT NULL DEFAULT '';
CREATE INDEX flows_of_address ON flows (tenant_id, email_key);
