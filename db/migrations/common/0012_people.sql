-- +goose Up
-- When a person was here last, whether or not a login is left.
ALTER TABLE users ADD COLUMN seen_at BIGINT;
UPDATE users SET seen_at = (SELECT max(l.last_seen_at) FROM logins l WHERE l.user_id = users.id);

-- How many sessions each person made in a team, so that no page counts them.
CREATE TABLE person_counts (
  tenant_id TEXT NOT NULL REFERENCES tenants (id), user_id TEXT NOT NULL, made BIGINT NOT NULL, PRIMARY KEY (tenant_id, user_id));
INSERT INTO person_counts (tenant_id, user_id, made) SELECT tenant_id, created_by, count(*) FROM sessions GROUP BY tenant_id, created_by;

-- +goose Down
DROP TABLE person_counts;
ALTER TABLE users DROP COLUMN seen_at;
