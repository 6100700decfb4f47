-- +goose Up
INSERT INTO event_types VALUES ('agent.egress');

-- What the agents of a repository's sessions may connect to through the egress proxy; no row is nothing.
CREATE TABLE repository_hosts (
  tenant_id TEXT NOT NULL, repository_id TEXT NOT NULL, host TEXT NOT NULL, added_by TEXT NOT NULL, added_by_name TEXT NOT NULL, added_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, repository_id, host), FOREIGN KEY (tenant_id, repository_id) REFERENCES repositories (tenant_id, id));

-- The ssh host key of a clone URL: the one that counts, and another one that was shown since and waits for a lead.
CREATE TABLE repository_host_keys (
  tenant_id TEXT NOT NULL, repository_id TEXT NOT NULL, key TEXT NOT NULL, seen_at BIGINT NOT NULL, accepted_by_name TEXT NOT NULL DEFAULT '',
  offered TEXT NOT NULL DEFAULT '', offered_at BIGINT, PRIMARY KEY (tenant_id, repository_id),
  FOREIGN KEY (tenant_id, repository_id) REFERENCES repositories (tenant_id, id));

-- +goose Down
SELECT 'there is no way back from egress' AS refused;
