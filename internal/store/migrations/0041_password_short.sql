-- +goose Up
-- Whether a password had fewer characters, when it was set, than policy asks for where it
-- is all there is. Its owner is told once no second factor stands beside it any more. The
-- length itself is not kept, since it would help whoever guesses.
ALTER TABLE users ADD COLUMN password_short BOOLEAN NOT NULL DEFAULT FALSE;
