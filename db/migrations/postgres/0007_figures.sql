-- +goose Up
-- What each person's sessions used, per UTC day and model; of nobody ('') is what no session could be named for. Written with each
-- call, so that no page counts calls. Estimated are the calls whose provider gave no figures, doubtful those whose figures look
-- wrong; the guesses are what the tokenizer's rule makes of the doubtful ones.
CREATE TABLE usage_user_days (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), day TEXT NOT NULL, user_id TEXT NOT NULL, model TEXT NOT NULL, calls BIGINT NOT NULL,
  tokens_input BIGINT NOT NULL, tokens_output BIGINT NOT NULL, tokens_reasoning BIGINT NOT NULL, tokens_cache_read BIGINT NOT NULL,
  tokens_cache_write_short BIGINT NOT NULL, tokens_cache_write_long BIGINT NOT NULL, cost_microusd BIGINT NOT NULL,
  estimated BIGINT NOT NULL DEFAULT 0, doubtful BIGINT NOT NULL DEFAULT 0, guess_input BIGINT NOT NULL DEFAULT 0, guess_output BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, day, user_id, model));
INSERT INTO usage_user_days (tenant_id, day, user_id, model, calls, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read,
    tokens_cache_write_short, tokens_cache_write_long, cost_microusd, estimated)
  SELECT c.tenant_id, to_char(to_timestamp(c.started_at / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, coalesce(s.created_by, ''), c.provider || '/' || c.model, count(*), CAST(sum(c.tokens_input) AS BIGINT),
    CAST(sum(c.tokens_output) AS BIGINT), CAST(sum(c.tokens_reasoning) AS BIGINT), CAST(sum(c.tokens_cache_read) AS BIGINT),
    CAST(sum(c.tokens_cache_write_short) AS BIGINT), CAST(sum(c.tokens_cache_write_long) AS BIGINT), CAST(sum(c.cost_microusd) AS BIGINT), sum(c.estimated)
  FROM model_calls c LEFT JOIN sessions s ON s.tenant_id = c.tenant_id AND s.id = c.session_id
  GROUP BY c.tenant_id, to_char(to_timestamp(c.started_at / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD'), coalesce(s.created_by, ''), c.provider || '/' || c.model;
-- Calls that are gone already were made by somebody nobody remembers: the days' sums say how many they were.
INSERT INTO usage_user_days (tenant_id, day, user_id, model, calls, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read,
    tokens_cache_write_short, tokens_cache_write_long, cost_microusd)
  SELECT d.tenant_id, d.day, '', d.model, d.calls - coalesce(u.calls, 0), d.tokens_input - coalesce(u.i, 0), d.tokens_output - coalesce(u.o, 0),
    d.tokens_reasoning - coalesce(u.r, 0), d.tokens_cache_read - coalesce(u.cr, 0), d.tokens_cache_write_short - coalesce(u.ws, 0),
    d.tokens_cache_write_long - coalesce(u.wl, 0), d.cost_microusd - coalesce(u.cost, 0)
  FROM usage_days d LEFT JOIN (SELECT tenant_id, day, model, CAST(sum(calls) AS BIGINT) AS calls, CAST(sum(tokens_input) AS BIGINT) AS i,
      CAST(sum(tokens_output) AS BIGINT) AS o, CAST(sum(tokens_reasoning) AS BIGINT) AS r, CAST(sum(tokens_cache_read) AS BIGINT) AS cr,
      CAST(sum(tokens_cache_write_short) AS BIGINT) AS ws, CAST(sum(tokens_cache_write_long) AS BIGINT) AS wl, CAST(sum(cost_microusd) AS BIGINT) AS cost
      FROM usage_user_days GROUP BY tenant_id, day, model) u ON u.tenant_id = d.tenant_id AND u.day = d.day AND u.model = d.model
  WHERE d.calls > coalesce(u.calls, 0)
  ON CONFLICT (tenant_id, day, user_id, model) DO UPDATE SET calls = usage_user_days.calls + excluded.calls,
    tokens_input = usage_user_days.tokens_input + excluded.tokens_input, tokens_output = usage_user_days.tokens_output + excluded.tokens_output,
    tokens_reasoning = usage_user_days.tokens_reasoning + excluded.tokens_reasoning,
    tokens_cache_read = usage_user_days.tokens_cache_read + excluded.tokens_cache_read,
    tokens_cache_write_short = usage_user_days.tokens_cache_write_short + excluded.tokens_cache_write_short,
    tokens_cache_write_long = usage_user_days.tokens_cache_write_long + excluded.tokens_cache_write_long,
    cost_microusd = usage_user_days.cost_microusd + excluded.cost_microusd;
ALTER TABLE model_calls ADD COLUMN guess_input BIGINT NOT NULL DEFAULT 0;
ALTER TABLE model_calls ADD COLUMN guess_output BIGINT NOT NULL DEFAULT 0;

-- What the agent itself says that it used, beside what the gateway counted: of a session, and of a team's UTC day.
CREATE TABLE agent_usage (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, steps BIGINT NOT NULL, tokens_input BIGINT NOT NULL, tokens_output BIGINT NOT NULL,
  tokens_reasoning BIGINT NOT NULL, tokens_cache_read BIGINT NOT NULL, tokens_cache_write BIGINT NOT NULL, cost_microusd BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, session_id), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));
CREATE TABLE agent_usage_days (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), day TEXT NOT NULL, steps BIGINT NOT NULL, tokens_input BIGINT NOT NULL, tokens_output BIGINT NOT NULL,
  tokens_reasoning BIGINT NOT NULL, tokens_cache_read BIGINT NOT NULL, tokens_cache_write BIGINT NOT NULL, cost_microusd BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, day));

-- How often a team's OpenCode was started, and how often one was lost that nobody had stopped.
CREATE TABLE agent_starts (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), generation TEXT NOT NULL, starts BIGINT NOT NULL, lost BIGINT NOT NULL, lost_at BIGINT,
  PRIMARY KEY (tenant_id));
INSERT INTO agent_starts (tenant_id, generation, starts, lost) SELECT tenant_id, generation, 1, 0 FROM agent_processes;

-- The operator's prices of a provider's model, for every team, before the team's own. A row is never changed: a new price is a new row
-- from a time on that has not come yet.
CREATE TABLE prices (
  provider TEXT NOT NULL, model TEXT NOT NULL, valid_from BIGINT NOT NULL, price_input BIGINT NOT NULL, price_output BIGINT NOT NULL,
  price_cache_read BIGINT NOT NULL, price_cache_write BIGINT NOT NULL, added_by TEXT NOT NULL, added_at BIGINT NOT NULL,
  PRIMARY KEY (provider, model, valid_from));

-- +goose Down
SELECT 'there is no way back from usage by person' AS refused;
