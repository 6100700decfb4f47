-- +goose Up
-- Whether what a repository says about its agents counts (opencode.json, .opencode, AGENTS.md): a lead allows it.
ALTER TABLE repositories ADD COLUMN agent_config INTEGER NOT NULL DEFAULT 0;

-- +goose Down
SELECT 'there is no way back from agent config' AS refused;
