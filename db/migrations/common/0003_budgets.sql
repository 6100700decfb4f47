-- +goose Up
-- What a team may use in a UTC month; NULL is no limit, 0 is nothing.
ALTER TABLE lanes ADD COLUMN max_tokens_per_month BIGINT DEFAULT 50000000;
ALTER TABLE lanes ADD COLUMN max_cost_microusd_per_month BIGINT;

-- One row a team and month: what is used, and what calls under way hold. It is taken from by one conditional UPDATE.
CREATE TABLE budgets (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), month TEXT NOT NULL, used_tokens BIGINT NOT NULL DEFAULT 0, held_tokens BIGINT NOT NULL DEFAULT 0,
  used_cost BIGINT NOT NULL DEFAULT 0, held_cost BIGINT NOT NULL DEFAULT 0, noticed_at BIGINT, PRIMARY KEY (tenant_id, month));
INSERT INTO budgets (tenant_id, month, used_tokens, used_cost)
  SELECT tenant_id, substr(day, 1, 7), CAST(sum(tokens_input + tokens_output + tokens_reasoning + tokens_cache_write_short + tokens_cache_write_long
  + (tokens_cache_read + 9) / 10) AS BIGINT), CAST(sum(cost_microusd) AS BIGINT) FROM usage_days GROUP BY tenant_id, substr(day, 1, 7);

-- A call under way with all that is needed to charge it if its server dies. No foreign key to the session: a call is charged
-- to its team even when its session is gone.
CREATE TABLE reservations (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), call_id TEXT NOT NULL, month TEXT NOT NULL, session_id TEXT NOT NULL, attempt INTEGER NOT NULL,
  agent_session TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, endpoint TEXT NOT NULL, is_title INTEGER NOT NULL, is_stream INTEGER NOT NULL,
  tokens_input BIGINT NOT NULL, tokens_output BIGINT NOT NULL, cost_microusd BIGINT NOT NULL, started_at BIGINT NOT NULL,
  holder TEXT NOT NULL, held_until BIGINT NOT NULL, PRIMARY KEY (tenant_id, call_id));
CREATE INDEX reservations_by_session ON reservations (tenant_id, session_id);
CREATE INDEX reservations_by_holder ON reservations (holder);

-- Which sessions were refused a call for want of their team's budget, and how much headroom that call needed.
CREATE TABLE budget_stops (
  tenant_id TEXT NOT NULL, session_id TEXT NOT NULL, tokens BIGINT NOT NULL, cost_microusd BIGINT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, session_id), FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id));

-- A lead's wish for a higher limit and the operator's answer.
CREATE TABLE budget_requests (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, asked_by TEXT NOT NULL, asked_by_name TEXT NOT NULL, asked_at BIGINT NOT NULL,
  tokens BIGINT, cost_microusd BIGINT, reason TEXT NOT NULL, answer TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '',
  answered_by TEXT NOT NULL DEFAULT '', answered_at BIGINT, PRIMARY KEY (tenant_id, id));
CREATE INDEX budget_requests_open ON budget_requests (tenant_id, id) WHERE answer = '';

-- +goose Down
SELECT 'there is no way back from budgets' AS refused;
