-- +goose Up
-- When a lead was told that work which nobody has taken will be removed, and when its working tree was removed. Its patch is kept longer.
ALTER TABLE outcomes ADD COLUMN noticed_at BIGINT;
ALTER TABLE outcomes ADD COLUMN removed_at BIGINT;
CREATE INDEX outcomes_removed ON outcomes (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX outcomes_noticed ON outcomes (noticed_at) WHERE noticed_at IS NOT NULL AND removed_at IS NULL;

-- +goose Down
SELECT 'there is no way back from notices about work' AS refused;
