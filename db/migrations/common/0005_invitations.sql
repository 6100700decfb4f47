-- +goose Up
-- An invitation is open until it is used, revoked or expired; of its link only the hash is kept.
CREATE TABLE invitations (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, email TEXT NOT NULL, email_folded TEXT NOT NULL,
  role TEXT NOT NULL REFERENCES roles (name), hash TEXT NOT NULL, invited_by TEXT NOT NULL, invited_by_name TEXT NOT NULL,
  created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT, used_by TEXT, revoked_at BIGINT, PRIMARY KEY (tenant_id, id));
CREATE INDEX invitations_by_hash ON invitations (hash);
CREATE INDEX invitations_open ON invitations (tenant_id, email_folded) WHERE used_at IS NULL AND revoked_at IS NULL;

-- A reset lets one person set a new password, once.
CREATE TABLE reset_links (
  user_id TEXT PRIMARY KEY REFERENCES users (id), token_hash TEXT NOT NULL UNIQUE, expires_at BIGINT NOT NULL);

-- +goose Down
DROP TABLE reset_links;
DROP TABLE invitations;
