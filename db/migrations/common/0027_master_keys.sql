-- +goose Up
-- What identifies the master keys that this database was written with, without revealing them. root = 1 is the key that audit seals
-- and content addresses derive from; root = 0 are those that encrypt secrets.
CREATE TABLE master_keys (
  root INTEGER NOT NULL, id TEXT NOT NULL, check_value TEXT NOT NULL, noted_at BIGINT NOT NULL, PRIMARY KEY (root, id));

-- +goose Down
DROP TABLE master_keys;
