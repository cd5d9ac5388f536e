-- +goose Up
-- The act that the last step-up of a session was made for. Acts on ways to prove oneself
-- accept no other proof.
ALTER TABLE sessions ADD COLUMN stepped_up_for TEXT NOT NULL DEFAULT '';
