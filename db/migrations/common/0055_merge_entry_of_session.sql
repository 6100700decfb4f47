-- +goose Up
-- The page of a session shows its newest entry of a merge queue.
CREATE INDEX merge_entries_by_session ON merge_entries (tenant_id, session_id, added_at);

-- +goose Down
DROP INDEX merge_entries_by_session;
