-- +goose Up
-- A clone that is there, but from whose default branch no session can start.
INSERT INTO repository_statuses VALUES ('unusable');
-- What the last fetch brought (branches, submodules and so on), as JSON. It is empty before the first one.
ALTER TABLE repositories ADD COLUMN inspection TEXT NOT NULL DEFAULT '';
-- Whether a lead lets a shell run the check commands.
ALTER TABLE repositories ADD COLUMN checks_in_shell INTEGER NOT NULL DEFAULT 0;

-- +goose Down
UPDATE repositories SET status = 'failed' WHERE status = 'unusable';
DELETE FROM repository_statuses WHERE name = 'unusable';
ALTER TABLE repositories DROP COLUMN inspection;
ALTER TABLE repositories DROP COLUMN checks_in_shell;
