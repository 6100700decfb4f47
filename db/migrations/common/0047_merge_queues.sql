-- +goose Up
-- Each repository has a merge queue. Its row exists from the first entry. landing is the commit that is being pushed: after a crash,
-- the base tells whether it arrived.
CREATE TABLE merge_queues (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), repository_id TEXT NOT NULL, base_commit TEXT NOT NULL, held TEXT NOT NULL, held_by TEXT NOT NULL, held_by_name TEXT NOT NULL,
  stopped TEXT NOT NULL, note TEXT NOT NULL, landing TEXT NOT NULL,
  PRIMARY KEY (tenant_id, repository_id),
  FOREIGN KEY (tenant_id, repository_id) REFERENCES repositories (tenant_id, id));

CREATE TABLE merge_entry_statuses (name TEXT NOT NULL PRIMARY KEY);
INSERT INTO merge_entry_statuses VALUES ('waiting'), ('held'), ('checking'), ('merged'), ('removed'), ('taken_out');
CREATE TABLE merge_entries (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, repository_id TEXT NOT NULL, session_id TEXT NOT NULL, head TEXT NOT NULL,
  place BIGINT NOT NULL, status TEXT NOT NULL REFERENCES merge_entry_statuses (name), note TEXT NOT NULL, noted_by TEXT NOT NULL, noted_by_name TEXT NOT NULL, conflicts TEXT NOT NULL,
  merged_commit TEXT NOT NULL, added_by TEXT NOT NULL, added_by_name TEXT NOT NULL, added_at BIGINT NOT NULL, ended_at BIGINT,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, repository_id) REFERENCES merge_queues (tenant_id, repository_id),
  FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE UNIQUE INDEX merge_entries_open ON merge_entries (tenant_id, session_id) WHERE ended_at IS NULL;
CREATE INDEX merge_entries_places ON merge_entries (tenant_id, repository_id, place) WHERE ended_at IS NULL;
CREATE INDEX merge_entries_ended ON merge_entries (tenant_id, repository_id, ended_at) WHERE ended_at IS NOT NULL;

-- What the checks said about a tree, with the commands that ran. A tree lands only if its row says passed.
CREATE TABLE merge_runs (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), repository_id TEXT NOT NULL, tree TEXT NOT NULL, commands TEXT NOT NULL, base_commit TEXT NOT NULL,
  entries TEXT NOT NULL, verdict TEXT NOT NULL, tries INTEGER NOT NULL, failed TEXT NOT NULL, output TEXT NOT NULL, ran_at BIGINT NOT NULL, took_ms BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, repository_id, tree, commands),
  FOREIGN KEY (tenant_id, repository_id) REFERENCES merge_queues (tenant_id, repository_id));
CREATE INDEX merge_runs_newest ON merge_runs (tenant_id, repository_id, ran_at);

-- +goose Down
SELECT 'there is no way back from merge queues' AS refused;
