-- +goose Up
-- Lookup tables: states and kinds are rows, so that a new one needs no rebuild of the table that uses it.
CREATE TABLE session_statuses (name TEXT PRIMARY KEY);
INSERT INTO session_statuses VALUES ('pending'),('queued'),('running'),('paused'),('completed'),('partially_completed'),
  ('failed'),('timeout'),('stopped'),('cancelled'),('orphaned'),('degraded');
CREATE TABLE event_types (name TEXT PRIMARY KEY);
INSERT INTO event_types VALUES ('session.created'),('session.state'),('session.note'),('session.usage'),('session.checks'),
  ('agent.message'),('agent.reasoning'),('agent.tool'),('agent.patch'),('agent.todo'),('agent.usage'),('agent.permission'),
  ('agent.question'),('agent.retry'),('agent.error'),('agent.raw'),('agent.compaction');
CREATE TABLE roles (name TEXT PRIMARY KEY);
INSERT INTO roles VALUES ('viewer'),('member'),('lead');
CREATE TABLE provider_kinds (name TEXT PRIMARY KEY);
INSERT INTO provider_kinds VALUES ('openai_compatible'),('openai'),('anthropic'),('openrouter');
CREATE TABLE repository_statuses (name TEXT PRIMARY KEY);
INSERT INTO repository_statuses VALUES ('cloning'),('ready'),('failed');

-- The instance: people, sign-in, settings.
CREATE TABLE tenants (
  id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, is_active INTEGER NOT NULL DEFAULT 1, created_at BIGINT NOT NULL);
CREATE TABLE users (
  id TEXT PRIMARY KEY, email TEXT NOT NULL, email_folded TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password_hash TEXT NOT NULL DEFAULT '',
  is_admin INTEGER NOT NULL DEFAULT 0, is_active INTEGER NOT NULL DEFAULT 1, theme TEXT NOT NULL DEFAULT 'system',
  time_zone TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL);
CREATE TABLE cookies (
  token_hash TEXT PRIMARY KEY, data BLOB NOT NULL, expires_at BIGINT NOT NULL);
CREATE INDEX cookies_by_expiry ON cookies (expires_at);
CREATE TABLE logins (
  id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), created_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL, peer TEXT NOT NULL, user_agent TEXT NOT NULL);
CREATE INDEX logins_by_user ON logins (user_id, id);
CREATE TABLE login_failures (
  key TEXT PRIMARY KEY, n INTEGER NOT NULL, first_at BIGINT NOT NULL, blocked_until BIGINT NOT NULL);
CREATE TABLE setup_links (
  token_hash TEXT PRIMARY KEY, expires_at BIGINT NOT NULL, used_at BIGINT);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);

-- Everything below belongs to a tenant: the key begins with tenant_id and so does every foreign key.
CREATE TABLE memberships (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), user_id TEXT NOT NULL REFERENCES users (id), role TEXT NOT NULL REFERENCES roles (name),
  joined_at BIGINT NOT NULL, PRIMARY KEY (tenant_id, user_id));
CREATE INDEX memberships_by_user ON memberships (user_id);

-- One row a tenant: limits, the counters that the claim takes from, and the number of the last change.
CREATE TABLE lanes (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), max_concurrent_sessions INTEGER NOT NULL, max_queued_sessions INTEGER NOT NULL,
  ready INTEGER NOT NULL DEFAULT 0, running INTEGER NOT NULL DEFAULT 0, last_served_at BIGINT NOT NULL DEFAULT 0,
  change_n BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (tenant_id));

CREATE TABLE api_tokens (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, user_id TEXT NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL,
  scope TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT, last_used_at BIGINT, revoked_at BIGINT,
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (user_id) REFERENCES users (id));
CREATE INDEX api_tokens_by_hash ON api_tokens (hash);

CREATE TABLE repositories (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL DEFAULT '', path TEXT NOT NULL DEFAULT '',
  default_branch TEXT NOT NULL, check_commands TEXT NOT NULL DEFAULT '[]', credential TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL REFERENCES repository_statuses (name), progress TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL, deleted_at BIGINT,
  PRIMARY KEY (tenant_id, id));
CREATE UNIQUE INDEX repositories_by_name ON repositories (tenant_id, name) WHERE deleted_at IS NULL;

CREATE TABLE providers (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL REFERENCES provider_kinds (name),
  base_url TEXT NOT NULL, api_key TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL, deleted_at BIGINT, PRIMARY KEY (tenant_id, id));
CREATE UNIQUE INDEX providers_by_name ON providers (tenant_id, name) WHERE deleted_at IS NULL;
-- Price rows are never changed: a new price is a new row from a time on.
CREATE TABLE provider_models (
  tenant_id TEXT NOT NULL, provider_id TEXT NOT NULL, id TEXT NOT NULL, valid_from BIGINT NOT NULL, position INTEGER NOT NULL,
  context BIGINT NOT NULL, output BIGINT NOT NULL, price_input BIGINT NOT NULL, price_output BIGINT NOT NULL,
  price_cache_read BIGINT NOT NULL, price_cache_write BIGINT NOT NULL, PRIMARY KEY (tenant_id, provider_id, id, valid_from),
  FOREIGN KEY (tenant_id, provider_id) REFERENCES providers (tenant_id, id));

CREATE TABLE sessions (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL DEFAULT '',
  session_type TEXT NOT NULL, priority INTEGER NOT NULL, status TEXT NOT NULL REFERENCES session_statuses (name),
  reason_code TEXT NOT NULL DEFAULT '', reason_message TEXT NOT NULL DEFAULT '', status_at BIGINT NOT NULL, waiting_for TEXT NOT NULL DEFAULT '',
  parent_id TEXT, repository_id TEXT, base_ref TEXT NOT NULL DEFAULT '', branch TEXT NOT NULL DEFAULT '', base_commit TEXT NOT NULL DEFAULT '',
  model TEXT NOT NULL, agent TEXT NOT NULL, prompt TEXT NOT NULL, max_duration_ms BIGINT NOT NULL, max_tokens BIGINT, max_cost_microusd BIGINT,
  tags TEXT NOT NULL DEFAULT '[]', metadata TEXT NOT NULL DEFAULT '{}', created_by TEXT NOT NULL, created_by_name TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0, retry_count INTEGER NOT NULL DEFAULT 0, retry_at BIGINT,
  ran_ms BIGINT NOT NULL DEFAULT 0, ran_since BIGINT,
  tokens_input BIGINT NOT NULL DEFAULT 0, tokens_output BIGINT NOT NULL DEFAULT 0, tokens_reasoning BIGINT NOT NULL DEFAULT 0,
  tokens_cache_read BIGINT NOT NULL DEFAULT 0, tokens_cache_write_short BIGINT NOT NULL DEFAULT 0, tokens_cache_write_long BIGINT NOT NULL DEFAULT 0,
  cost_microusd BIGINT NOT NULL DEFAULT 0, doing TEXT NOT NULL DEFAULT '', last_event_at BIGINT, last_seq BIGINT NOT NULL DEFAULT 0,
  files_changed INTEGER NOT NULL DEFAULT 0, additions INTEGER NOT NULL DEFAULT 0, deletions INTEGER NOT NULL DEFAULT 0,
  conversation TEXT NOT NULL DEFAULT '', version BIGINT NOT NULL DEFAULT 1, created_at BIGINT NOT NULL, queued_at BIGINT, queue_key BIGINT,
  started_at BIGINT, ended_at BIGINT, lease_owner TEXT NOT NULL DEFAULT '', lease_until BIGINT, resume_on_start INTEGER NOT NULL DEFAULT 0,
  deleted_at BIGINT, PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES sessions (tenant_id, id),
  FOREIGN KEY (tenant_id, repository_id) REFERENCES repositories (tenant_id, id));
CREATE INDEX sessions_by_status ON sessions (tenant_id, status, id) WHERE deleted_at IS NULL;
CREATE INDEX sessions_page ON sessions (tenant_id, id) WHERE deleted_at IS NULL;
CREATE INDEX sessions_by_tenant_end ON sessions (tenant_id, ended_at) WHERE ended_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX sessions_queue ON sessions (tenant_id, queue_key, id) WHERE status = 'queued';
CREATE INDEX sessions_live ON sessions (lease_until) WHERE status IN ('running', 'degraded');
-- Every model call is placed by the conversation it belongs to.
CREATE INDEX sessions_active ON sessions (tenant_id, conversation, id) WHERE status IN ('running', 'degraded');
CREATE INDEX sessions_retry ON sessions (retry_at) WHERE retry_at IS NOT NULL;
CREATE INDEX sessions_waiting_for ON sessions (tenant_id, id) WHERE waiting_for <> '';
CREATE INDEX sessions_resume ON sessions (tenant_id, id) WHERE resume_on_start = 1;
CREATE INDEX sessions_deleted ON sessions (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_by_parent ON sessions (tenant_id, parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE session_terms (
  tenant_id TEXT NOT NULL, term TEXT NOT NULL, session_id TEXT NOT NULL, PRIMARY KEY (tenant_id, term, session_id),
  FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE INDEX session_terms_by_session ON session_terms (tenant_id, session_id, term);
CREATE TABLE session_counts (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), status TEXT NOT NULL REFERENCES session_statuses (name), n BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, status));
CREATE TABLE tenant_changes (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), n BIGINT NOT NULL, session_id TEXT NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, n));

CREATE TABLE events (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, seq BIGINT NOT NULL, type TEXT NOT NULL REFERENCES event_types (name), v INTEGER NOT NULL,
  attempt INTEGER NOT NULL, actor_kind TEXT NOT NULL, actor_id TEXT NOT NULL, actor_name TEXT NOT NULL, at BIGINT NOT NULL, data TEXT NOT NULL,
  source_key TEXT, PRIMARY KEY (tenant_id, session_id, seq), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE UNIQUE INDEX events_by_source ON events (tenant_id, session_id, attempt, source_key) WHERE source_key IS NOT NULL;
CREATE TABLE session_parts (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, part_id TEXT NOT NULL, message_id TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
  updated_at BIGINT NOT NULL, PRIMARY KEY (tenant_id, session_id, part_id), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE TABLE session_cursors (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, conversation TEXT NOT NULL, seq BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, session_id, conversation), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE TABLE session_messages (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, n BIGINT NOT NULL, id TEXT NOT NULL, part_id TEXT NOT NULL, text TEXT NOT NULL,
  created_by TEXT NOT NULL, created_at BIGINT NOT NULL, sent_at BIGINT, attempt INTEGER NOT NULL, PRIMARY KEY (tenant_id, session_id, n),
  FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE TABLE asks (
  tenant_id TEXT NOT NULL, id TEXT NOT NULL, session_id TEXT NOT NULL, source_id TEXT NOT NULL, kind TEXT NOT NULL, permission TEXT NOT NULL,
  patterns TEXT NOT NULL, always TEXT NOT NULL, metadata TEXT NOT NULL, questions TEXT NOT NULL, attempt INTEGER NOT NULL, asked_at BIGINT NOT NULL,
  reply TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '', answers TEXT NOT NULL DEFAULT '', replied_by TEXT NOT NULL DEFAULT '',
  replied_at BIGINT, delivered_at BIGINT, gone INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE UNIQUE INDEX asks_by_source ON asks (tenant_id, session_id, source_id);
CREATE INDEX asks_open ON asks (tenant_id, asked_at) WHERE reply = '' AND gone = 0;
CREATE TABLE grants (
  tenant_id TEXT NOT NULL, id TEXT NOT NULL, session_id TEXT, repository_id TEXT, permission TEXT NOT NULL, pattern TEXT NOT NULL,
  granted_by TEXT NOT NULL, granted_at BIGINT NOT NULL, expires_at BIGINT, PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
  FOREIGN KEY (tenant_id, repository_id) REFERENCES repositories (tenant_id, id));
CREATE INDEX grants_by_session ON grants (tenant_id, session_id);
CREATE INDEX grants_by_repository ON grants (tenant_id, repository_id);
CREATE TABLE session_checks (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, attempt INTEGER NOT NULL, n INTEGER NOT NULL, command TEXT NOT NULL, verdict TEXT NOT NULL,
  exit_code INTEGER NOT NULL, output TEXT NOT NULL, truncated INTEGER NOT NULL, duration_ms BIGINT NOT NULL, finished_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, session_id, n), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE TABLE session_files (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, n INTEGER NOT NULL, path TEXT NOT NULL, old_path TEXT NOT NULL, status TEXT NOT NULL,
  additions INTEGER NOT NULL, deletions INTEGER NOT NULL, is_binary INTEGER NOT NULL, patch TEXT NOT NULL,
  PRIMARY KEY (tenant_id, session_id, n), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE TABLE session_patches (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, patch BLOB NOT NULL, truncated INTEGER NOT NULL, taken_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, session_id), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));

CREATE TABLE model_calls (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, session_id TEXT, attempt INTEGER NOT NULL, agent_session TEXT NOT NULL,
  provider TEXT NOT NULL, model TEXT NOT NULL, model_named TEXT NOT NULL, endpoint TEXT NOT NULL, is_title INTEGER NOT NULL, is_stream INTEGER NOT NULL,
  status INTEGER NOT NULL, error TEXT NOT NULL, estimated INTEGER NOT NULL, tokens_input BIGINT NOT NULL, tokens_output BIGINT NOT NULL,
  tokens_reasoning BIGINT NOT NULL, tokens_cache_read BIGINT NOT NULL, tokens_cache_write_short BIGINT NOT NULL, tokens_cache_write_long BIGINT NOT NULL,
  cost_microusd BIGINT NOT NULL, started_at BIGINT NOT NULL, first_byte_at BIGINT, last_byte_at BIGINT, request TEXT NOT NULL, response TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE INDEX model_calls_by_session ON model_calls (tenant_id, session_id, id);
CREATE INDEX model_calls_by_start ON model_calls (started_at);
-- created_at is moved on, at most once a day, by calls that name the body again: what no call of the retention names can go.
CREATE TABLE model_blobs (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), address TEXT NOT NULL, body TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (tenant_id, address));
CREATE INDEX model_blobs_by_age ON model_blobs (created_at);
-- Rolled up in the transaction that stores the call; the overview and budgets read these, never the calls.
CREATE TABLE usage_days (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), day TEXT NOT NULL, model TEXT NOT NULL, calls BIGINT NOT NULL, tokens_input BIGINT NOT NULL,
  tokens_output BIGINT NOT NULL, tokens_reasoning BIGINT NOT NULL, tokens_cache_read BIGINT NOT NULL, tokens_cache_write_short BIGINT NOT NULL,
  tokens_cache_write_long BIGINT NOT NULL, cost_microusd BIGINT NOT NULL, PRIMARY KEY (tenant_id, day, model));

CREATE TABLE agent_processes (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), pid BIGINT NOT NULL, start_time TEXT NOT NULL, port INTEGER NOT NULL, password TEXT NOT NULL,
  generation TEXT NOT NULL, version TEXT NOT NULL, started_at BIGINT NOT NULL, PRIMARY KEY (tenant_id));
CREATE TABLE gateway_keys (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), generation TEXT NOT NULL, hash TEXT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, generation));
CREATE INDEX gateway_keys_by_hash ON gateway_keys (hash);

CREATE TABLE audit (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, at BIGINT NOT NULL, actor_id TEXT NOT NULL, actor_name TEXT NOT NULL,
  via TEXT NOT NULL, verb TEXT NOT NULL, object_id TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (tenant_id, id));

-- +goose Down
SELECT 'there is no way back from the first schema' AS refused;
