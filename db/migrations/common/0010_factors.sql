-- +goose Up
-- What proves a person beside a password. An authenticator app counts from confirmed_at on; last_step is the last code that was taken.
CREATE TABLE authenticators (
  user_id TEXT PRIMARY KEY REFERENCES users (id), secret TEXT NOT NULL, last_step BIGINT NOT NULL DEFAULT 0, created_at BIGINT NOT NULL,
  confirmed_at BIGINT);
CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL REFERENCES users (id), hash TEXT NOT NULL, PRIMARY KEY (user_id, hash));

-- A passkey as the browser registered it; refused_at says that its counter went back, so that it may have been copied.
CREATE TABLE passkeys (
  id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), credential_id TEXT NOT NULL UNIQUE, credential TEXT NOT NULL,
  name TEXT NOT NULL, sign_count BIGINT NOT NULL, created_at BIGINT NOT NULL, last_used_at BIGINT, refused_at BIGINT);
CREATE INDEX passkeys_by_user ON passkeys (user_id, id);
CREATE TABLE spent_challenges (hash TEXT PRIMARY KEY, expires_at BIGINT NOT NULL);

-- Who has proved the first step of signing in and can do nothing but the second.
CREATE TABLE pending_logins (
  id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), expires_at BIGINT NOT NULL);
CREATE INDEX pending_logins_by_user ON pending_logins (user_id);

-- +goose Down
DROP TABLE pending_logins;
DROP TABLE spent_challenges;
DROP TABLE passkeys;
DROP TABLE recovery_codes;
DROP TABLE authenticators;
