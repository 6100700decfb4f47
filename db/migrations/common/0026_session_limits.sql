-- +goose Up
-- What a session of the team may use unless its creator says otherwise (NULL is no limit), and the number of repeats that stops it.
ALTER TABLE lanes ADD COLUMN max_tokens_per_session BIGINT DEFAULT 5000000;
ALTER TABLE lanes ADD COLUMN max_cost_microusd_per_session BIGINT;
ALTER TABLE lanes ADD COLUMN max_repeats INTEGER NOT NULL DEFAULT 6;

-- +goose Down
SELECT 'there is no way back from limits of sessions' AS refused;
