-- +goose Up
-- What people read: language is what they chose, browser_language and time_zone are those of
-- their last sign-in on a trusted device. All are empty until known.
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN browser_language TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';
-- A mail is in the language of who reads it, not of who asked for it.
ALTER TABLE mail_requests DROP COLUMN lang;
-- For whoever chose none, and whose browser asks for none that there is.
ALTER TABLE tenants ADD COLUMN language TEXT NOT NULL DEFAULT '';
