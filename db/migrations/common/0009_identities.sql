-- +goose Up
-- Who a person is at an identity provider; there a subject is one person for ever, an e-mail address is not.
CREATE TABLE identities (
  issuer TEXT NOT NULL, subject TEXT NOT NULL, user_id TEXT NOT NULL REFERENCES users (id), email TEXT NOT NULL,
  linked_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL, PRIMARY KEY (issuer, subject));
CREATE UNIQUE INDEX identities_by_user ON identities (user_id, issuer);

-- How a login was made: password, oidc, or link for one that the operator made on the host.
ALTER TABLE logins ADD COLUMN via TEXT NOT NULL DEFAULT 'password';
-- Who put a person into a team: hand, or groups of the identity provider, which take out again what they put in and nothing else.
ALTER TABLE memberships ADD COLUMN origin TEXT NOT NULL DEFAULT 'hand';

-- A link by which the operator lets a person in without the provider, once.
CREATE TABLE login_links (
  user_id TEXT PRIMARY KEY REFERENCES users (id), token_hash TEXT NOT NULL UNIQUE, expires_at BIGINT NOT NULL);

-- +goose Down
DROP TABLE login_links;
ALTER TABLE memberships DROP COLUMN origin;
ALTER TABLE logins DROP COLUMN via;
DROP TABLE identities;
