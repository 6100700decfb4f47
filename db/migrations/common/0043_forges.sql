-- +goose Up
CREATE TABLE forge_kinds (kind TEXT PRIMARY KEY);
INSERT INTO forge_kinds VALUES ('github'), ('gitlab'), ('gitea');

-- Where a repository's pull requests are. token and hook_secret are sealed; hook is in the address that the forge sends news to.
CREATE TABLE repository_forges (
  tenant_id TEXT NOT NULL, repository_id TEXT NOT NULL, kind TEXT NOT NULL REFERENCES forge_kinds (kind), api TEXT NOT NULL, project TEXT NOT NULL,
  token TEXT NOT NULL, access TEXT NOT NULL, checked_at BIGINT NOT NULL, hook TEXT NOT NULL DEFAULT '', hook_secret TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, repository_id), FOREIGN KEY (tenant_id, repository_id) REFERENCES repositories (tenant_id, id));
CREATE INDEX repository_forges_hook ON repository_forges (hook);

-- +goose Down
SELECT 'there is no way back from forges' AS refused;
