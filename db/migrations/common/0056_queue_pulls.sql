-- +goose Up
-- The attempt whose work is merged; 0 for entries of before, which mean the newest one. Where the forge protects the base, an entry lands by a
-- pull request of the branch pull_branch; pull_number is 0 until it is known to be open.
ALTER TABLE merge_entries ADD COLUMN attempt BIGINT NOT NULL DEFAULT 0;
ALTER TABLE merge_entries ADD COLUMN pull_branch TEXT NOT NULL DEFAULT '';
ALTER TABLE merge_entries ADD COLUMN pull_number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE merge_entries ADD COLUMN pull_url TEXT NOT NULL DEFAULT '';
-- landing_entry is the entry whose pull request lands the commit in landing; empty for a push. waits says what the queue waits for.
ALTER TABLE merge_queues ADD COLUMN landing_entry TEXT NOT NULL DEFAULT '';
ALTER TABLE merge_queues ADD COLUMN waits TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 'there is no way back from pull requests of merge queues' AS refused;
