-- +goose Up
-- Each time a session was stopped because its agent ran away: the evidence, and what a person did about it.
CREATE TABLE session_loops (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, n INTEGER NOT NULL, at BIGINT NOT NULL, attempt INTEGER NOT NULL, evidence TEXT NOT NULL,
  reply TEXT NOT NULL DEFAULT '', replied_by TEXT NOT NULL DEFAULT '', replied_by_name TEXT NOT NULL DEFAULT '', replied_at BIGINT,
  PRIMARY KEY (tenant_id, session_id, n), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE INDEX session_loops_by_time ON session_loops (tenant_id, at);

-- +goose Down
SELECT 'there is no way back from stopped loops' AS refused;
