-- +goose Up

-- Policies of groups stand beside that of the organisation, whose group_id is ''. The body of a
-- group has only the fields that it decides. mfa_enforced repeats one of a group's: whom it demands
-- a second factor of; '' when it leaves that to the organisation.
CREATE TABLE policies_of_all (
    tenant_id    TEXT   NOT NULL REFERENCES tenants (id),
    group_id     TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    mfa_enforced TEXT   NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id)
);
INSERT INTO policies_of_all SELECT tenant_id, '', version, body, '', updated_at FROM policies;
DROP TABLE policies;
ALTER TABLE policies_of_all RENAME TO policies;

-- Every version that was saved, with who saved it (a user, or a type of actor) and why. Of those
-- saved before there were versions only the last one is known, and not by whom.
CREATE TABLE policy_versions (
    tenant_id TEXT   NOT NULL REFERENCES tenants (id),
    group_id  TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    body      TEXT   NOT NULL,
    reason    TEXT   NOT NULL,
    saved_by  TEXT   NOT NULL,
    saved_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, version)
);
INSERT INTO policy_versions SELECT tenant_id, group_id, version, body, '', '', updated_at FROM policies;

-- What a sign-in was decided by besides policy, as JSON of package signin; '' for what was kept before this.
ALTER TABLE attempts ADD COLUMN circumstances TEXT NOT NULL DEFAULT '';
-- The longest time between two uses of a session.
ALTER TABLE sessions ADD COLUMN longest_idle_us BIGINT NOT NULL DEFAULT 0;
