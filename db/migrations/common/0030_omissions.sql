-- +goose Up
-- Why the changes of a file are missing from its diff or from the session's patch. It is null where nothing is missing.
CREATE TABLE file_omissions (name TEXT PRIMARY KEY);
INSERT INTO file_omissions VALUES ('long_diff'),('too_large'),('patch_too_large'),('submodule'),('invalid_name'),('unreadable');
ALTER TABLE session_files ADD COLUMN omitted TEXT REFERENCES file_omissions (name);

-- What the commit that a session started from names and does not contain: submodules and the content of LFS files.
CREATE TABLE session_gaps (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, gaps TEXT NOT NULL,
  PRIMARY KEY (tenant_id, session_id), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));

-- +goose Down
DROP TABLE session_gaps;
ALTER TABLE session_files DROP COLUMN omitted;
DROP TABLE file_omissions;
