-- +goose Up
-- Sessions that were paused because they repeated themselves wait for a person. Every page counts them, among all paused ones.
CREATE INDEX sessions_looped ON sessions (tenant_id, status, reason_code, status_at, id) WHERE deleted_at IS NULL AND reason_code = 'loop_detected';

-- +goose Down
DROP INDEX sessions_looped;
