-- +goose Up
-- How many entries the check that runs now has in its tree, and since when; checking_since is null while none runs.
ALTER TABLE merge_queues ADD COLUMN checking BIGINT NOT NULL DEFAULT 0;
ALTER TABLE merge_queues ADD COLUMN checking_since BIGINT;

-- +goose Down
SELECT 'there is no way back from the checks of merge queues' AS refused;
