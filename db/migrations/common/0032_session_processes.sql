-- +goose Up
-- Each session has an agent process of its own, on one node. A row without a session is a team's process that an earlier version left:
-- the next start of a server ends it.
ALTER TABLE agent_processes RENAME TO old_agent_processes;
CREATE TABLE agent_processes (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), session_id TEXT NOT NULL, node TEXT NOT NULL, pid BIGINT NOT NULL, start_time TEXT NOT NULL,
  port INTEGER NOT NULL, password TEXT NOT NULL, generation TEXT NOT NULL, version TEXT NOT NULL, own_config INTEGER NOT NULL, started_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, session_id, node));
INSERT INTO agent_processes (tenant_id, session_id, node, pid, start_time, port, password, generation, version, own_config, started_at)
  SELECT tenant_id, '', '', pid, start_time, port, '', generation, version, 0, started_at FROM old_agent_processes;
DROP TABLE old_agent_processes;

-- A key works for one session, as long as its process is stored.
DROP INDEX gateway_keys_by_hash;
DROP TABLE gateway_keys;
CREATE TABLE gateway_keys (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), session_id TEXT NOT NULL, generation TEXT NOT NULL, hash TEXT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, session_id));
CREATE INDEX gateway_keys_by_hash ON gateway_keys (hash);

-- +goose Down
SELECT 'there is no way back from a process per session' AS refused;
