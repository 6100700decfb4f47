-- +goose Up
-- Further limits of a team: what it may keep (NULL is no limit, 0 is nothing), how often its tokens may ask in a minute, and
-- whether a start at a full concurrency quota is refused instead of queued.
ALTER TABLE lanes ADD COLUMN max_storage_bytes BIGINT DEFAULT 21474836480;
ALTER TABLE lanes ADD COLUMN max_requests_per_minute INTEGER NOT NULL DEFAULT 600;
ALTER TABLE lanes ADD COLUMN refuse_when_full INTEGER NOT NULL DEFAULT 0;

-- What a team keeps, in bytes, as it was last measured; one row a team that was measured at all.
CREATE TABLE storage (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), clones BIGINT NOT NULL, trees BIGINT NOT NULL, homes BIGINT NOT NULL, calls BIGINT NOT NULL,
  measured_at BIGINT NOT NULL, PRIMARY KEY (tenant_id));

-- +goose Down
SELECT 'there is no way back from quotas' AS refused;
