-- +goose Up
-- Browsers that somebody signed in with: the limits on wrong passwords of others do not slow them down. token_hash is the hash of
-- their cookie, which proves nothing else.
CREATE TABLE known_browsers (
  token_hash TEXT NOT NULL, user_id TEXT NOT NULL REFERENCES users (id), expires_at BIGINT NOT NULL, PRIMARY KEY (token_hash, user_id));
CREATE INDEX known_browsers_by_user ON known_browsers (user_id);
CREATE INDEX known_browsers_by_expiry ON known_browsers (expires_at);

-- +goose Down
DROP TABLE known_browsers;
