-- +goose Up
-- What came of each attempt of a session, and what became of its work afterwards. failed_checks are commands, as a list.
CREATE TABLE outcomes (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, attempt INTEGER NOT NULL, status TEXT NOT NULL REFERENCES session_statuses (name),
  reason_code TEXT NOT NULL, checks_passed INTEGER NOT NULL, checks_failed INTEGER NOT NULL, failed_checks TEXT NOT NULL,
  files_changed INTEGER NOT NULL, additions INTEGER NOT NULL, deletions INTEGER NOT NULL, asked INTEGER NOT NULL, denied INTEGER NOT NULL,
  ran_ms BIGINT NOT NULL, tokens BIGINT NOT NULL, cost_microusd BIGINT NOT NULL, ended_at BIGINT NOT NULL,
  saved_commit TEXT NOT NULL DEFAULT '', saved_commits INTEGER NOT NULL DEFAULT 0,
  pushed_at BIGINT, pushed_branch TEXT NOT NULL DEFAULT '', pushed_commit TEXT NOT NULL DEFAULT '', pushed_by TEXT NOT NULL DEFAULT '',
  pushed_by_name TEXT NOT NULL DEFAULT '', pushed_command TEXT NOT NULL DEFAULT '', merged_at BIGINT, merged_commit TEXT NOT NULL DEFAULT '', reverted_at BIGINT, abandoned_at BIGINT,
  PRIMARY KEY (tenant_id, session_id, attempt), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
INSERT INTO outcomes (tenant_id, session_id, attempt, status, reason_code, checks_passed, checks_failed, failed_checks, files_changed, additions,
  deletions, asked, denied, ran_ms, tokens, cost_microusd, ended_at)
  SELECT s.tenant_id, s.id, s.attempt, s.status, s.reason_code,
    (SELECT count(*) FROM session_checks c WHERE c.tenant_id = s.tenant_id AND c.session_id = s.id AND c.attempt = s.attempt AND c.verdict = 'passed'),
    (SELECT count(*) FROM session_checks c WHERE c.tenant_id = s.tenant_id AND c.session_id = s.id AND c.attempt = s.attempt AND c.verdict <> 'passed'),
    '[]', s.files_changed, s.additions, s.deletions,
    (SELECT count(*) FROM asks a WHERE a.tenant_id = s.tenant_id AND a.session_id = s.id AND a.attempt = s.attempt AND a.kind = 'approval'),
    (SELECT count(*) FROM asks a WHERE a.tenant_id = s.tenant_id AND a.session_id = s.id AND a.attempt = s.attempt AND a.reply = 'reject'),
    s.ran_ms, s.tokens_input + s.tokens_output + s.tokens_reasoning + s.tokens_cache_read + s.tokens_cache_write_short + s.tokens_cache_write_long,
    s.cost_microusd, s.ended_at
  FROM sessions s WHERE s.attempt > 0 AND s.ended_at IS NOT NULL;

INSERT INTO event_types VALUES ('session.pushed');

-- Results of checks and patches are kept for every attempt.
ALTER TABLE session_checks RENAME TO old_session_checks;
CREATE TABLE session_checks (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, attempt INTEGER NOT NULL, n INTEGER NOT NULL, command TEXT NOT NULL, verdict TEXT NOT NULL,
  exit_code INTEGER NOT NULL, output TEXT NOT NULL, truncated INTEGER NOT NULL, duration_ms BIGINT NOT NULL, finished_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, session_id, attempt, n), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
INSERT INTO session_checks (tenant_id, session_id, attempt, n, command, verdict, exit_code, output, truncated, duration_ms, finished_at)
  SELECT tenant_id, session_id, attempt, n, command, verdict, exit_code, output, truncated, duration_ms, finished_at FROM old_session_checks;
DROP TABLE old_session_checks;
ALTER TABLE session_patches RENAME TO old_session_patches;
CREATE TABLE session_patches (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, attempt INTEGER NOT NULL, patch BLOB NOT NULL, truncated INTEGER NOT NULL, taken_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, session_id, attempt), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
INSERT INTO session_patches (tenant_id, session_id, attempt, patch, truncated, taken_at)
  SELECT p.tenant_id, p.session_id, s.attempt, p.patch, p.truncated, p.taken_at FROM old_session_patches p
  JOIN sessions s ON s.tenant_id = p.tenant_id AND s.id = p.session_id;
DROP TABLE old_session_patches;

-- +goose Down
SELECT 'there is no way back from one outcome for each attempt' AS refused;
