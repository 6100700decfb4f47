-- +goose Up
INSERT INTO event_types VALUES ('session.pull');

CREATE TABLE pull_request_states (state TEXT PRIMARY KEY);
INSERT INTO pull_request_states VALUES ('open'), ('merged'), ('closed'), ('reverted');

-- Pull requests of sessions as their forge reported them at read_at. A row without next_read_at is not read again. trouble says why the last
-- reading failed. checks and reviewers are JSON.
CREATE TABLE pull_requests (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, number BIGINT NOT NULL, repository_id TEXT NOT NULL, attempt BIGINT NOT NULL,
  host TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL REFERENCES pull_request_states (state), draft INTEGER NOT NULL,
  base TEXT NOT NULL, branch TEXT NOT NULL, head TEXT NOT NULL, merge_commit TEXT NOT NULL, merging TEXT NOT NULL, reviewers TEXT NOT NULL, checks TEXT NOT NULL,
  opened_by TEXT NOT NULL, opened_by_name TEXT NOT NULL, opened_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, read_at BIGINT NOT NULL,
  trouble TEXT NOT NULL DEFAULT '', next_read_at BIGINT,
  PRIMARY KEY (tenant_id, session_id, number), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE INDEX pull_requests_due ON pull_requests (next_read_at) WHERE next_read_at IS NOT NULL;
CREATE INDEX pull_requests_of_repository ON pull_requests (tenant_id, repository_id, number);

-- Deliveries of webhooks within the last day, so that one that is sent again does nothing.
CREATE TABLE forge_deliveries (
  tenant_id TEXT NOT NULL, repository_id TEXT NOT NULL, delivery TEXT NOT NULL, received_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, repository_id, delivery), FOREIGN KEY (tenant_id, repository_id) REFERENCES repositories (tenant_id, id));

-- +goose Down
SELECT 'there is no way back from pull requests' AS refused;
