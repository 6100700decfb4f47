-- +goose Up
-- Requests that programs sent with an idempotency key, for 24 hours. via is the credential, digest the request's content. committed is
-- set to 1 in the transaction of what the request does, so that a crash after it cannot lead to a second one, and to 2 if the response
-- is lost. response is sealed, because it
-- can hold what is returned only once, and empty until the request was answered.
CREATE TABLE idempotency_keys (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, via TEXT NOT NULL, idempotency_key TEXT NOT NULL, digest TEXT NOT NULL,
  claimed_at BIGINT NOT NULL, committed INTEGER NOT NULL DEFAULT 0, response TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id));
CREATE UNIQUE INDEX idempotency_keys_by_key ON idempotency_keys (tenant_id, via, idempotency_key);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (claimed_at);

-- +goose Down
DROP TABLE idempotency_keys;
