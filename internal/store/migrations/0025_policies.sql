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

-- What a change of the policy would have done, step by step. edit is the change as JSON, found what was found so far. steps counts
-- the transactions; each does one more.
CREATE TABLE policy_previews (
    tenant_id    TEXT   NOT NULL REFERENCES tenants (id),
    id           TEXT   NOT NULL,
    user_id      TEXT   NOT NULL, -- who asked; '' for the operator
    edit         TEXT   NOT NULL,
    found        TEXT   NOT NULL,
    status       TEXT   NOT NULL, -- running, finished or failed
    total        BIGINT NOT NULL, -- people
    done         BIGINT NOT NULL DEFAULT 0,
    place        TEXT   NOT NULL DEFAULT '', -- the last user of the step before
    steps        BIGINT NOT NULL DEFAULT 0,
    leased_until BIGINT NOT NULL DEFAULT 0, -- until when the other nodes leave it alone
    created_at   BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL DEFAULT 0,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX policy_previews_running ON policy_previews (leased_until) WHERE status = 'running';
CREATE INDEX policy_previews_expiry ON policy_previews (expires_at);

-- Some of the people whom it would have affected, and how often.
CREATE TABLE policy_preview_people (
    tenant_id  TEXT   NOT NULL,
    preview_id TEXT   NOT NULL,
    effect     TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    times      BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, preview_id, effect, user_id)
);
CREATE INDEX policy_preview_people_expiry ON policy_preview_people (expires_at);
