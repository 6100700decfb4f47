-- +goose Up
CREATE TABLE checkpoint_causes (name TEXT PRIMARY KEY);
INSERT INTO checkpoint_causes VALUES ('turn'),('periodic'),('before_pause'),('before_restore'),('manual');
INSERT INTO event_types VALUES ('session.checkpoint'),('session.restored'),('session.forked');
-- States of sessions that they can return to. The files are a commit in the server's git directory of the tree.
CREATE TABLE checkpoints (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, n BIGINT NOT NULL, cause TEXT NOT NULL REFERENCES checkpoint_causes (name),
  note TEXT NOT NULL DEFAULT '', tree TEXT NOT NULL, commit_id TEXT NOT NULL,
  conversation TEXT NOT NULL, message_id TEXT NOT NULL, last_message BIGINT NOT NULL, event_seq BIGINT NOT NULL, attempt INTEGER NOT NULL,
  tokens BIGINT NOT NULL, cost_microusd BIGINT NOT NULL, ran_ms BIGINT NOT NULL,
  since_files INTEGER NOT NULL, since_additions INTEGER NOT NULL, since_deletions INTEGER NOT NULL,
  step_files INTEGER NOT NULL, step_additions INTEGER NOT NULL, step_deletions INTEGER NOT NULL,
  by_kind TEXT NOT NULL, by_id TEXT NOT NULL, by_name TEXT NOT NULL, taken_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, session_id, n), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
-- Restores and forks in progress. A server that is killed in between finishes them at its next start.
CREATE TABLE session_restores (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, from_session TEXT NOT NULL, n BIGINT NOT NULL, before_n BIGINT NOT NULL DEFAULT 0,
  message TEXT NOT NULL, queue INTEGER NOT NULL,
  by_id TEXT NOT NULL, by_name TEXT NOT NULL, started_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, session_id), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
-- Conversations that end at an earlier message before their next turn.
CREATE TABLE session_rewinds (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, from_session TEXT NOT NULL, conversation TEXT NOT NULL, message_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, session_id), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
-- The number of the last checkpoint, and how often the conversation was imported: each time, its events count anew.
ALTER TABLE sessions ADD COLUMN checkpoint_n BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN imports INTEGER NOT NULL DEFAULT 0;
-- Messages that the conversation no longer contains.
ALTER TABLE session_messages ADD COLUMN undone INTEGER NOT NULL DEFAULT 0;

-- +goose Down
SELECT 'there is no way back from checkpoints' AS refused;
