-- +goose Up
CREATE TABLE agent_statuses (name TEXT PRIMARY KEY);
INSERT INTO agent_statuses VALUES ('active'), ('inactive');

-- The agents of a team. version, agent_type, capabilities, avoided, model and max_places repeat the newest version, so that lists and routing
-- read one row per agent. taken_places counts the sessions that hold a place (sessions.agent_place). The columns recent_… are sums over the last
-- ends of its sessions; circuit_at is null while the circuit is closed, trying is 1 while a task tries a half-open circuit.
CREATE TABLE agents (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
  status TEXT NOT NULL REFERENCES agent_statuses (name), version TEXT NOT NULL, agent_type TEXT NOT NULL, capabilities TEXT NOT NULL, avoided TEXT NOT NULL,
  model TEXT NOT NULL, max_places BIGINT NOT NULL, taken_places BIGINT NOT NULL DEFAULT 0 CHECK (taken_places >= 0),
  is_default INTEGER NOT NULL DEFAULT 0, set_tier TEXT NOT NULL DEFAULT '',
  maintenance_reason TEXT NOT NULL DEFAULT '', maintenance_until BIGINT, maintenance_by TEXT NOT NULL DEFAULT '', maintenance_by_name TEXT NOT NULL DEFAULT '',
  recent_ends BIGINT NOT NULL DEFAULT 0, recent_success BIGINT NOT NULL DEFAULT 0, recent_rated BIGINT NOT NULL DEFAULT 0, recent_quality BIGINT NOT NULL DEFAULT 0,
  recent_whole BIGINT NOT NULL DEFAULT 0, recent_failed BIGINT NOT NULL DEFAULT 0, median_cost BIGINT, median_ms BIGINT, last_end_at BIGINT,
  circuit_at BIGINT, trying INTEGER NOT NULL DEFAULT 0, last_work_at BIGINT NOT NULL DEFAULT 0,
  created_by TEXT NOT NULL, created_by_name TEXT NOT NULL, created_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, row_n BIGINT NOT NULL DEFAULT 1, deleted_at BIGINT,
  PRIMARY KEY (tenant_id, id));
CREATE UNIQUE INDEX agents_by_name ON agents (tenant_id, name_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX agents_default ON agents (tenant_id, is_default) WHERE is_default = 1 AND deleted_at IS NULL;

-- Versions never change. n is their order; spec is agent.Spec and grown a list of agent.Rule, both as JSON.
CREATE TABLE agent_versions (
  tenant_id TEXT NOT NULL, agent_id TEXT NOT NULL, version TEXT NOT NULL, n BIGINT NOT NULL, digest TEXT NOT NULL, spec TEXT NOT NULL, grown TEXT NOT NULL, changelog TEXT NOT NULL,
  saved_at BIGINT NOT NULL, saved_by TEXT NOT NULL, saved_by_name TEXT NOT NULL,
  PRIMARY KEY (tenant_id, agent_id, version), FOREIGN KEY (tenant_id, agent_id) REFERENCES agents (tenant_id, id));
CREATE UNIQUE INDEX agent_versions_in_order ON agent_versions (tenant_id, agent_id, n);

-- How the attempts of an agent ended, in thousandths; quality is null if nothing says anything about it. Rows hold no text of a session and
-- remain when it is erased. capabilities are those that the work required.
CREATE TABLE agent_results (
  tenant_id TEXT NOT NULL, agent_id TEXT NOT NULL, session_id TEXT NOT NULL, attempt BIGINT NOT NULL, version TEXT NOT NULL, capabilities TEXT NOT NULL,
  success BIGINT NOT NULL, quality BIGINT, ran_ms BIGINT NOT NULL, tokens BIGINT NOT NULL, cost_microusd BIGINT NOT NULL, ended_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, agent_id, session_id, attempt), FOREIGN KEY (tenant_id, agent_id) REFERENCES agents (tenant_id, id));
CREATE INDEX agent_results_by_end ON agent_results (tenant_id, agent_id, ended_at);

-- Sums of agent_results per UTC day, for lists.
CREATE TABLE agent_days (
  tenant_id TEXT NOT NULL, agent_id TEXT NOT NULL, day TEXT NOT NULL, ends BIGINT NOT NULL, success BIGINT NOT NULL, cost_microusd BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, agent_id, day), FOREIGN KEY (tenant_id, agent_id) REFERENCES agents (tenant_id, id));

-- What people think of a session's work: −1, 0 or 1 and a note.
CREATE TABLE session_feedback (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, by_id TEXT NOT NULL, by_name TEXT NOT NULL, value BIGINT NOT NULL, note TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, session_id, by_id), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));

-- The agent of a session with its version; empty for those without. agent_place is 1 while it holds one of the agent's places: queued with
-- its place, or active. routing is agent.Routing as JSON, empty if a person named the agent.
ALTER TABLE sessions ADD COLUMN agent_id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent_version TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent_place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN routing TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_without_place ON sessions (tenant_id, agent_id, queue_key, id) WHERE status = 'queued' AND agent_id <> '' AND agent_place = 0;
CREATE INDEX sessions_by_agent ON sessions (tenant_id, agent_id, id) WHERE agent_id <> '';
-- How many queued sessions wait for a place of their agent.
ALTER TABLE lanes ADD COLUMN placeless INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lanes ADD COLUMN max_agents BIGINT NOT NULL DEFAULT 100;

-- +goose Down
SELECT 'there is no way back from agents' AS refused;
