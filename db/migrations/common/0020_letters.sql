-- +goose Up
-- E-mails that wait to be sent, about a team or about a person. What they say is sealed, for it may hold a link that opens
-- something. next_at is the next try; a letter that was sent or given up is gone.
CREATE TABLE letters (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), id TEXT NOT NULL, kind TEXT NOT NULL, user_id TEXT NOT NULL, data TEXT NOT NULL,
  created_at BIGINT NOT NULL, next_at BIGINT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (tenant_id, id));
CREATE INDEX letters_by_try ON letters (next_at);
CREATE TABLE instance_letters (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, user_id TEXT NOT NULL, data TEXT NOT NULL,
  created_at BIGINT NOT NULL, next_at BIGINT NOT NULL, tries INTEGER NOT NULL DEFAULT 0);
CREATE INDEX instance_letters_by_try ON instance_letters (next_at);

-- +goose Down
DROP TABLE instance_letters;
DROP TABLE letters;
